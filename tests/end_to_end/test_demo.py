"""`make demo`, and the picture of a conversation that it makes."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

import demo as demo_program
from chatroom.client.view.names import nick_style, rgb
from end_to_end import inside
from end_to_end.glass import Glass
from harness import ROOT

DEMO = ROOT / "scripts" / "demo.py"
LARGEST = 100_000
"""Bytes of a file that everybody fetches with the project."""

SVG = "{http://www.w3.org/2000/svg}"
TALK = (
    "<bob> I do, and 餅 from 京都",
    "--- you are up to date ---",
    "<You> hello everyone 👋",
    '<You> (to bob: "alice: how is the release?") all tests pass',
    '-- carol reacted 🎉 to "all tests pass"',
    "games <bob> alice: chess tonight?",
    "* carol puts the kettle on",
    "general | games:1!> see you at five",
)


def demo(*arguments: str) -> str:
    """Run it to its end; what it prints."""
    status, out, errors = inside.run(demo_program.main, *arguments)
    assert status == 0, out + errors
    return out


def last_screen(file: Path) -> Glass:
    """What stands on a terminal that has played the recording."""
    header, *events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert header["version"] == 2
    glass = Glass(header["width"], header["height"])
    times = [seconds for seconds, _, _ in events]
    assert times == sorted(times)
    for _, kind, text in events:
        assert kind == "o"
        glass.write(text)
    return glass


def drawn_rows(picture: Xml.Element) -> list[str]:
    """What is drawn in the cells, row by row, without the gaps."""
    rows: dict[float, str] = {}
    for text in picture.iterfind(f"{SVG}g/{SVG}text"):
        height = float(text.attrib["y"])
        rows[height] = rows.get(height, "") + (text.text or "")
    return [rows[height] for height in sorted(rows)]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("demo") / "demo.cast"
    demo("--record", str(file), "--pace", "0")
    return file


def test_everyone_sees_what_they_should() -> None:
    """The conversation in which each thing is tried."""
    assert demo().endswith("The demo went as written: everyone saw what they should.\n")


def test_the_recording_ends_with_the_conversation(recording: Path) -> None:
    """In the order of what was said, with the cursor behind what is being typed."""
    glass = last_screen(recording)
    shown = glass.picture()
    places = [shown.find(line) for line in TALK]
    assert -1 not in places and places == sorted(places), shown
    assert shown.endswith("see you at five|")


def test_the_picture_has_the_lines_of_the_screen(recording: Path) -> None:
    """All of them, drawn and for those who do not see it."""
    picture = Xml.parse(recording.with_suffix(".svg")).getroot()
    text = last_screen(recording).text()
    assert picture.findtext(f"{SVG}title") == "Three people in a chat room"
    assert picture.findtext(f"{SVG}desc") == text
    assert drawn_rows(picture) == ["".join(row.split()) for row in text.splitlines()]


def test_the_picture_has_the_clients_colours_and_widths(recording: Path) -> None:
    """A nickname in its colour; a wide character in the middle of its two cells."""
    picture = Xml.parse(recording.with_suffix(".svg")).getroot()
    words = list(picture.iter(f"{SVG}text"))

    def all_of(word: str, attribute: str) -> set[str | None]:
        return {text.get(attribute) for text in words if text.text == word}

    red, green, blue = rgb(int(nick_style("carol").rpartition(";")[2]))
    assert f"#{red:02x}{green:02x}{blue:02x}" in all_of("carol", "fill")
    assert all_of("tests", "text-decoration") == {None, "underline"}
    assert all_of("pass", "text-decoration") == {None}
    (width,) = all_of("Welcome", "textLength")
    places = [float(str(*all_of(character, "x"))) for character in "京都"]
    assert width is not None
    cell = float(width) / len("Welcome")
    assert places[1] - places[0] == pytest.approx(2 * cell, abs=0.11)


def test_nothing_of_the_machine_is_in_it(recording: Path) -> None:
    """No path of this checkout, of anybody's home, or of where the history was."""
    for file in (recording, recording.with_suffix(".svg")):
        shown = file.read_text(encoding="utf-8")
        for place in (ROOT, Path.home(), tempfile.gettempdir()):
            assert f"{place}/" not in shown


def test_the_picture_in_the_docs_is_of_the_recording_beside_it() -> None:
    """And both are small."""
    cast, svg = ROOT / "docs" / "demo.cast", ROOT / "docs" / "demo.svg"
    assert Xml.parse(svg).getroot().findtext(f"{SVG}desc") == last_screen(cast).text()
    assert max(cast.stat().st_size, svg.stat().st_size) < LARGEST


@pytest.mark.parametrize(
    "wrong", [("--record", "picture.svg"), ("--record", "no/where.cast"), ("--pace", "-1")]
)
def test_wrong_usage_is_told_at_once(wrong: tuple[str, str]) -> None:
    """Before half a minute of conversation."""
    done = subprocess.run([sys.executable, str(DEMO), *wrong], capture_output=True, text=True)
    assert done.returncode == 2 and wrong[0] in done.stderr

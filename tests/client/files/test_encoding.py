"""Input that is not UTF-8, and input in which there is nothing to see."""

import pytest

from chatroom.client.files.encoding import ESCAPING, is_blank, trouble
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.keys import KeyReader
from client.visitor import entered

LATIN_1 = "iconv -f LATIN1 "
UTF_16 = "iconv -f UTF-16 "


@pytest.mark.parametrize(
    ("data", "byte", "remedy"),
    [
        ("Grüße".encode("latin-1"), "0xFC", LATIN_1),
        (b"50 \x80", "0x80", LATIN_1),
        ("hi".encode("utf-16"), "0x00", UTF_16),
        ("hi".encode("utf-16-be"), "0x00", UTF_16),
        ("太郎".encode("utf-16"), "0xFF", UTF_16),
        ("emoji 👍 then".encode()[:-8], "0xF0", LATIN_1),
        (b"a\0b", "0x00", UTF_16),
    ],
)
def test_what_is_no_utf_8(data: bytes, byte: str, remedy: str) -> None:
    """The sentence names the first wrong byte, and what helps."""
    told = trouble(data.decode("utf-8", ESCAPING))
    assert byte in told
    assert remedy in told


@pytest.mark.parametrize(
    "text", ["hello", "Grüße", "太郎さん 👍🪿", "\ufeffhi", "\x02bold\x02", ""]
)
def test_what_is_utf_8(text: str) -> None:
    """In every script, with whatever formatting."""
    assert trouble(text) == ""


@pytest.mark.parametrize("data", [b"caf\xe9", b"/me caf\xe9", b"a\0b", b"/msg bob \xff"])
def test_nothing_of_such_a_line_is_sent(data: bytes) -> None:
    """Nor guessed."""
    visit = entered()
    assert visit.types(data.decode("utf-8", ESCAPING)) == ""
    assert visit.shown()[-1].startswith("-- That line was not sent: it is not UTF-8")


def test_a_terminal_that_sends_no_utf_8() -> None:
    """The line shows which bytes are invalid, and is refused with the remedy."""
    line = InputLine()
    keys = KeyReader().feed(b"caf\xe9 \xfcber\r")
    entries = [line.press(key) for key in keys[:-1]]
    assert not any(entries)
    assert "".join(line.view.graphemes) == "caf\ufffd \ufffdber"
    entry = line.press(keys[-1])
    assert entry
    visit = entered()
    assert visit.types(entry.lines[0]) == ""
    assert visit.shown()[-1] == (
        "-- That line was not sent: it is not UTF-8: it contains the byte 0xE9."
        " Set the terminal's encoding to UTF-8."
    )


@pytest.mark.parametrize("text", ["", " ", "\t\u3000", "\x02\x02", "\x0304\x03", "\u200b\u2060"])
def test_nothing_to_see(text: str) -> None:
    """White space, formatting, and characters without a shape."""
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "\x02a\x02", "👍", "\x034,\x03"])
def test_something_to_see(text: str) -> None:
    """However little."""
    assert not is_blank(text)

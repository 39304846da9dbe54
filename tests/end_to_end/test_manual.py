"""The man pages: they name every command, option and key, and can be set without a complaint."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chatroom.server.sample import sample
from command_lines import Lines, client_lines, server_lines
from harness import PATIENCE, ROOT

MANUAL = ROOT / "man"
PAGES = sorted(MANUAL.iterdir())


def words_of(page: str) -> str:
    """Its text, without what mdoc writes between the words of a name."""
    return (MANUAL / page).read_text()


@pytest.mark.parametrize(
    ("page", "lines"),
    [("chatroom-client.1", client_lines()), ("chatroom-server.1", server_lines())],
)
def test_options(page: str, lines: Lines) -> None:
    """`--json` is `Fl -json` in mdoc."""
    text = words_of(page)
    for words, options in lines.items():
        for option in options:
            assert f"Fl {option.removeprefix('-')} " in f"{text} ".replace("\n", " "), option
        assert not words or f"\n.Cm {' '.join(words)}" in text or len(words) == 1, words
        assert not words or words[-1] in text, words


def test_keys() -> None:
    """Each with its default, and each section; as --print-config prints them."""
    text = words_of("chatroom.toml.5").replace("\\(dq", '"').replace("\\(aq", "'")
    for line in sample().splitlines():
        if line.startswith("["):
            assert f".Ss {line.strip('[]')}\n" in text
        elif " = " in line and not line.startswith("#"):
            key, _, default = line.partition(" = ")
            assert f".It Cm {key} No = Li {default}\n" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize(
    "command",
    [
        ("mandoc", "-T", "lint", "-W", "warning"),
        ("groff", "-mdoc", "-ww", "-z"),
        ("man", "--warnings", "-l"),
    ],
    ids=lambda command: command[0],
)
def test_setting(page: Path, command: tuple[str, ...]) -> None:
    """By whichever of the programs is there."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([*command, str(page)], capture_output=True, text=True, timeout=PATIENCE)
    if command[0] != "man":
        assert done.stdout == ""
    assert (done.returncode, done.stderr) == (0, "")

"""The man pages: they name every command, option and key, and can be set without a complaint."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blessed.line_editor import DEFAULT_KEYMAP

from chatroom.client.app.bindings import KEYED_CONVERSATIONS
from chatroom.client.config import profiles as config
from chatroom.client.terminal.open_console import HISTORY_FILE
from chatroom.server.config.schema import sample
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


def test_tables() -> None:
    """Commands and settings stand there as the program has them; `make man` writes them."""
    script = ROOT / "scripts" / "manual.py"
    done = subprocess.run([sys.executable, str(script), "--check"], timeout=PATIENCE)
    assert done.returncode == 0, "the tables are out of date: make man"


TERMINAL = ROOT / "lib" / "chatroom" / "client" / "terminal"
KEYED = [ROOT / "lib" / "chatroom" / "client" / "app" / "bindings.py"] + [
    TERMINAL / name for name in ("console.py", "editor.py", "input_line.py")
]
"""The modules that give keys a meaning, besides those that the editor of blessed knows."""

SPELLINGS = {"btab": "shift-tab", "sleft": "shift-left", "sright": "shift-right"}


def test_keys_of_the_input_line() -> None:
    """Each that means something, and no other: `KEY_ALT_b` is Alt-B. Ctrl-\\ is the terminal's."""
    names = {name for file in KEYED for name in re.findall(r'"KEY_(\w+)"', file.read_text())}
    names |= {name.removeprefix("KEY_") for name in DEFAULT_KEYMAP}
    names |= {f"ALT_{number}" for number in (KEYED_CONVERSATIONS[0], KEYED_CONVERSATIONS[-1])}
    words = {re.sub("^(ctrl|alt)_", r"\1-", name.casefold()) for name in names}
    section = words_of("chatroom-client.1").partition(".Sh KEYS\n")[2].partition(".Sh ")[0]
    rows = re.findall(r"^\.It Li (.*)$", section.replace(" No to Li ", " , "), re.MULTILINE)
    told = {word.casefold() for row in rows for word in row.split(" , ")}
    assert told - {r"ctrl-\e"} == {SPELLINGS.get(word, word) for word in words}


def test_files() -> None:
    """Everything that the client keeps, and every key of client.toml."""
    files = words_of("chatroom-client.1").partition(".Sh FILES\n")[2]
    keys = (*config._KEYS, *config._PROFILE_KEYS)
    for name in (config.FILE_NAME, HISTORY_FILE, "/logs/", *keys):
        assert name in files, name


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

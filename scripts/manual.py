#!/usr/bin/env python3
"""The tables of man/chatroom-client.1 that the program has as tables, too: commands and settings.

`make man` writes them anew, each between its two marks. With `--check` nothing is written: the exit
status is 1 if that would change anything.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from chatroom.client.config.settings import SETTINGS, Setting
from chatroom.client.ui.commands.base import Command
from chatroom.client.ui.commands.table import COMMANDS

PAGE = Path(__file__).resolve().parent.parent / "man" / "chatroom-client.1"

_MARKED = re.compile(
    r'(?P<begin>^\.\\" begin (?P<name>\w+)\n)(?P<rows>.*?)(?P<end>^\.\\" end (?P=name)\n)',
    re.DOTALL | re.MULTILINE,
)

_ESCAPES = str.maketrans({"\\": r"\e", '"': r"\(dq", "'": r"\(aq", "`": r"\(ga", "~": r"\(ti"})
"""What mdoc would take for something else, or print as something else."""


def main() -> int:
    """Write the page, or with `--check` compare it; 0 if it is as it should be."""
    page = PAGE.read_text()
    written = _MARKED.sub(_table, page)
    if sys.argv[1:] == ["--check"]:
        return int(written != page)
    PAGE.write_text(written)
    return 0


def _table(marked: re.Match[str]) -> str:
    rows = "".join(f"{line}\n" for line in _TABLES[marked["name"]]())
    return marked["begin"] + rows + marked["end"]


def _commands() -> Iterator[str]:
    for row in COMMANDS.values():
        yield f'.It Li "{_mdoc(_usage(row))}"'
        yield _sentence(row.help)


def _usage(row: Command) -> str:
    return f"/{row.name} {row.usage}".rstrip()


def _settings() -> Iterator[str]:
    for row in SETTINGS.values():
        yield f".It Cm {row.name}{_default(row)}"
        yield _sentence(f"{row.meaning} ({row.expected})")


def _default(row: Setting) -> str:
    return f" No = Li {_mdoc(row.default)}" if row.default else ""


def _sentence(text: str) -> str:
    """One, unless it ends with an example; such are not broken in two."""
    whole = text[0].upper() + text[1:] + ("" if text.endswith(":") else ".")
    return re.sub(r"(?<!\S)(?=\w+:\S)", r"\\%", _mdoc(whole))


def _mdoc(text: str) -> str:
    return text.translate(_ESCAPES)


_TABLES: dict[str, Callable[[], Iterator[str]]] = {"commands": _commands, "settings": _settings}


if __name__ == "__main__":
    sys.exit(main())

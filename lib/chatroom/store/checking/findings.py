"""What a check finds, and what it is given."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

RESTORE = "restore a backup, or ask SQLite's `.recover` for what is left"

MOST_NAMED = 20
"""Of many findings of one kind, so many are named, and the rest is counted."""


class Finding(NamedTuple):
    """Something that is wrong: where, what, and what to do about it. A note is nothing wrong, but
    good to know."""

    where: str
    what: str
    remedy: str = ""
    is_note: bool = False


COUNTED = (
    *("messages", "rooms", "accounts", "uploaded files", "contents of files"),
    *("audit entries", "read positions"),
)


@dataclass
class Data:
    """A data directory that is checked. `rows` is its database, of one moment, if that can be read
    at all; `quick` leaves out what takes long. `server` is the process id of a server that uses the
    directory, or ""."""

    directory: Path
    quick: bool = False
    server: str = ""
    rows: sqlite3.Connection | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    """What was checked, in words -> how many."""

    def finding(self, name: str, what: str, remedy: str) -> Finding:
        """A finding in a file of the directory."""
        return Finding(str(self.directory / name), what, remedy)

    def note(self, name: str, what: str) -> Finding:
        """A note about a file of the directory."""
        return Finding(str(self.directory / name), what, is_note=True)


def bounded(findings: Iterable[Finding], what: str) -> Iterator[Finding]:
    """The first findings of one kind; `what` says in words what the others are."""
    more = 0
    last = None
    for number, finding in enumerate(findings):
        if number < MOST_NAMED:
            yield finding
        else:
            more, last = more + 1, finding
    if last is not None:
        yield Finding(last.where, f"{more:,} more {what}", last.remedy, last.is_note)

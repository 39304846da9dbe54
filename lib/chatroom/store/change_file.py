"""States that are on disk before they are in the database: their journal.

A transaction in the tick of a change would make that tick longer than a millisecond; and while
somebody else writes to the database it would have to wait, and the whole chat with it. Messages go
to the journal; states and seals of rooms, bans from the server and the like go here. The next
transaction takes all of them, and empties this file: mostly in the next tick.

A line is like one of the journal: the CRC-32 of its JSON in hexadecimal, a space, and the JSON:

    5f0c9a11 ["ab12cd", "#general", "state", "#General", {"flags": ["n", "t"]}]

Later lines win. With `durability = "power"` there is no such file, because no write here is synced.
"""

import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from chatroom.store.database import (
    CHANGES_FILE,
    HISTORY_FILE,
    NO_LINKS,
    StoreError,
    as_store_error,
    store_error,
)
from chatroom.store.personal import WRITE

SERVER_BAN = "server_ban"
ROOM_COLUMNS = ("state", "sealed")
KINDS = frozenset((*ROOM_COLUMNS, SERVER_BAN, *WRITE))
"""The kinds of changes that this version knows."""


class Change(NamedTuple):
    """A change of a state: what it is found by, its kind, its name, and the value as JSON has
    it."""

    key: str
    kind: str
    name: str
    value: object


class ChangeFile:
    """The file. `suffix` is that of its database. Methods may raise StoreError."""

    def __init__(self, directory: Path, suffix: str) -> None:
        self._path = directory / CHANGES_FILE
        self._what = f"Cannot write {self._path}"
        self._suffix = suffix
        self._file = -1  # opened when it is needed
        self._size = 0

    def read(self) -> list[Change]:
        """The changes that the last process left; a torn line is cut off. Raises StoreError."""
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | NO_LINKS)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise store_error(f"Cannot open {self._path}", error) from error
        with as_store_error(f"Cannot read {self._path}"):
            self._size = os.fstat(self._file).st_size
            data = os.pread(self._file, self._size, 0)
        changes, whole = parse_changes(data, self._suffix, self._path)
        if whole < self._size:  # it would spoil the next line
            self._cut(whole)
        return changes

    def append(self, changes: Iterable[Change]) -> None:
        """Append a line for each change: all of them or none."""
        texts = [json.dumps([self._suffix, *change]).encode() for change in changes]
        data = b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in texts)
        with as_store_error(self._what):
            if self._file < 0:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | NO_LINKS
                self._file = os.open(self._path, flags, 0o600)
            written = os.write(self._file, data)
        if written < len(data):  # the disk is full: half a line would spoil the next
            self._cut(self._size)
            raise StoreError(f"{self._what}: no space left")
        self._size += written

    def _cut(self, size: int) -> None:
        with as_store_error(self._what):
            os.ftruncate(self._file, size)
        self._size = size

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self._size

    def clear(self) -> None:
        """Empty the file, after its changes were written to the database."""
        if self._size:
            self._cut(0)

    def close(self) -> None:
        """Close the file, and delete it if it is empty."""
        if self._file < 0:
            return
        if not self._size:
            self._path.unlink(missing_ok=True)
        self.abandon()

    def abandon(self) -> None:
        """Close the file, and leave it where it is: another process uses it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def parse_changes(data: bytes, suffix: str, file: Path) -> tuple[list[Change], int]:
    """The changes, and the size of their lines; nobody was shown the change in a last line without
    a line end. Raises StoreError if they are damaged, or belong to another database than the suffix
    says."""
    *lines, torn = data.split(b"\n")
    found = [_parsed(line, suffix, f"{file} line {place}") for place, line in enumerate(lines, 1)]
    return found, len(data) - len(torn)


def _parsed(line: bytes, suffix: str, where: str) -> Change:
    digits, _, text = line.partition(b" ")
    try:
        if int(digits, 16) != zlib.crc32(text):
            raise ValueError
        mark, key, kind, name, value = json.loads(text)
        if not all(isinstance(one, str) for one in (mark, key, kind, name)):
            raise TypeError
    except (ValueError, TypeError):
        raise StoreError(
            f"{where} is damaged. Nothing was changed. Move the file away to go on without the"
            " changes in it"
        ) from None
    if mark != suffix:
        raise StoreError(f"{where} belongs to another {HISTORY_FILE}")
    if kind not in KINDS:
        raise StoreError(
            f"{where} is from a newer Chatroom: this one does not know changes of the kind"
            f" {kind!r}. Nothing was changed. Update Chatroom, or move the file away to go on"
            " without the changes in it"
        )
    return Change(key, kind, name, value)

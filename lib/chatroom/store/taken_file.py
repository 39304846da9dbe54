"""`history.taken`: the read positions of clients, kept while the server is not running.

The file contains lines of JSON. New lines are appended without an fsync, and a worker sometimes
rewrites the file to drop outdated lines. A loss does little harm: unreadable lines are skipped, and
without the file some messages are replayed once more.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from chatroom.store.database import (
    HISTORY_FILE,
    NO_LINKS,
    TAKEN_FILE,
    as_store_error,
    connect_worker,
    store_error,
)
from chatroom.store.rows import EVENT, NUMBER_OF
from chatroom.wire.names import fold

LARGE = 1 << 20
"""From this size in bytes the file should be rewritten, if half of it is outdated."""

_NEW = ".new"


@lru_cache(maxsize=256)  # active people are noted again and again; 7 MB at most
def _who_and_where(reader: tuple[str, str], rooms: tuple[str, ...]) -> str:
    return json.dumps([reader, rooms], ensure_ascii=False)[1:-1]


class Line(NamedTuple):
    """One line: UTC seconds, the number of a message, (folded nickname, host), folded rooms."""

    at: int
    number: int
    reader: tuple[str, str]
    rooms: tuple[str, ...]


Fields = tuple[int, int, tuple[str, str], tuple[str, ...]]
"""What a `Line` consists of: the chat has a type of its own for the same."""


class TakenFile:
    """The file of one data directory, whose database has this `suffix`. Raises StoreError."""

    def __init__(self, directory: Path, suffix: str) -> None:
        self._directory = directory
        self._path = directory / TAKEN_FILE
        self._suffix = suffix
        self._what = f"Cannot write {self._path}"
        self._written = 0  # size in bytes after the last rewrite
        self._open()

    def _open(self) -> None:
        with as_store_error(f"Cannot open {self._path}"):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | NO_LINKS
            self._file = os.open(self._path, flags, 0o600)
            self._size = os.fstat(self._file).st_size

    def read(self) -> list[Line]:
        """The saved lines, the oldest first."""
        with as_store_error(f"Cannot read {self._path}"):
            data = os.pread(self._file, self._size, 0)
        self._written = self._size
        if data and not data.endswith(b"\n"):
            self._write(b"\n")  # ends a torn line, so that it does not spoil the next
        return list(_readable(data, self._suffix))

    def append(self, lines: Iterable[Fields]) -> None:
        """Append these lines."""
        self._write(self._encoded(lines))

    def _write(self, data: bytes) -> None:
        try:  # not as_store_error: a proof of reading comes with nearly each message of a person
            self._size += os.write(self._file, data)
        except OSError as error:
            raise store_error(self._what, error) from error

    def _encoded(self, lines: Iterable[Fields]) -> bytes:
        texts = []
        for at, number, reader, rooms in lines:
            words = _who_and_where(reader, rooms)
            texts.append(f'["{self._suffix}", {at}, {number}, {words}]\n')
        return "".join(texts).encode()

    @property
    def is_large(self) -> bool:
        """Whether the file should be rewritten."""
        return self._size > LARGE + 2 * self._written

    # Called by a worker

    def write_anew(self, lines: Collection[Line], oldest: float) -> list[Line]:
        """Replace the file by these lines, without the outdated ones.

        A line is outdated if it is older than `oldest` (UTC seconds), or if the history has no
        message of its reader or room any more. Returns the outdated lines. Afterwards the loop
        calls `reopen`.
        """
        kept, dropped = self._sorted(lines, oldest)
        path = self._path.with_name(TAKEN_FILE + _NEW)
        with as_store_error(self._what):
            with suppress(FileNotFoundError):
                path.unlink()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | NO_LINKS
            with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(self._encoded(kept))
            path.replace(self._path)
        return dropped

    def _sorted(self, lines: Collection[Line], oldest: float) -> tuple[list[Line], list[Line]]:
        """The lines to keep, and the outdated lines."""
        with (
            as_store_error("Cannot look for unused names"),
            closing(connect_worker(self._directory / HISTORY_FILE)) as connection,
        ):
            highest, readers, rooms = _known(connection)
            silent = [line for line in lines if line.reader not in readers]
            readers |= _renamed(connection, {room for line in silent for room in line.rooms})
        kept: list[Line] = []
        dropped: list[Line] = []
        for line in lines:
            used = [
                room
                for room in line.rooms
                if line.at >= oldest
                if line.number > highest or (line.reader in readers and room in rooms)
            ]
            unused = [room for room in line.rooms if room not in used]
            kept += [line._replace(rooms=tuple(used))] if used else []
            dropped += [line._replace(rooms=tuple(unused))] if unused else []
        return kept, dropped

    # Called by the loop

    def reopen(self) -> None:
        """Continue with the rewritten file."""
        os.close(self._file)
        self._open()
        self._written = self._size

    def close(self) -> None:
        """Close the file, and delete it if it is empty. Closing twice is allowed."""
        if self._file < 0:
            return
        if not self._size:
            with suppress(OSError):
                self._path.unlink()
        self.abandon()

    def abandon(self) -> None:
        """Close the file, and leave it where it is: another process uses it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _known(connection: sqlite3.Connection) -> tuple[int, set[tuple[str, str]], set[str]]:
    """The highest number in the database, and the readers and rooms with messages.

    Messages with higher numbers are not in the database yet.
    """
    (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
    sources = connection.execute("SELECT source FROM sender WHERE source <> ''")
    readers = {_reader(source) for (source,) in sources}
    return highest, readers, {room for (room,) in connection.execute("SELECT folded FROM room")}


_NICKS = f"""SELECT DISTINCT source, more FROM message JOIN sender ON sender.id = sender
    WHERE room = (SELECT id FROM room WHERE folded = ?) AND {EVENT} AND command = ?"""


def _renamed(connection: sqlite3.Connection, rooms: Iterable[str]) -> set[tuple[str, str]]:
    """The readers who got their nickname in these rooms, and may have said nothing since: the NICK
    is a message of their former one."""
    found: set[tuple[str, str]] = set()
    for room in rooms:
        for source, more in connection.execute(_NICKS, (room, NUMBER_OF["NICK"])):
            (nick,) = json.loads(more)["params"]
            found.add((fold(nick), _reader(source)[1]))
    return found


def _reader(source: str) -> tuple[str, str]:
    return fold(source.partition("!")[0]), source.rpartition("@")[2]


def _readable(data: bytes, suffix: str) -> Iterator[Line]:
    for text in data.split(b"\n"):
        try:
            fields: Any = json.loads(text)
            own, at, number, (nick, host), rooms = fields
        except (ValueError, TypeError, RecursionError):
            continue
        is_ours = own == suffix and _is_count(at) and _is_count(number)
        names = rooms if isinstance(rooms, list) else []
        if is_ours and names and all(map(_is_text, (nick, host, *names))):
            yield Line(at, number, (nick, host), tuple(names))


def read_lines(path: Path) -> tuple[int, int]:
    """How many lines a file has, and how many of them cannot be read. Raises StoreError."""
    with as_store_error(f"Cannot read {path}"):
        data = path.read_bytes() if path.exists() else b""
    lines = [line for line in data.split(b"\n") if line]
    return len(lines), sum(not _is_line(line) for line in lines)


def _is_line(text: bytes) -> bool:
    try:
        fields = json.loads(text)
        return isinstance(fields, list) and isinstance(fields[0], str) and len(fields) == 5
    except (ValueError, IndexError, RecursionError):
        return False


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_text(value: object) -> bool:
    return isinstance(value, str)

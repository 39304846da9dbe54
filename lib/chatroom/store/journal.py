"""What has just been said, before it is in the database: lines in a file that is only added to.

A transaction for one message costs SQLite some 40 µs, for a busy server's caches hold neither its
code nor its pages; a line here costs a quarter of that, and soon many of them become one
transaction. A write is the system's when it returns, so it survives the end of the process, however
sudden. A loss of power it need not survive: with `durability = "power"` nothing is kept here.
"""

import json
import os
from collections.abc import Collection
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path

from chatroom.store.database import HISTORY_FILE, StoreError, as_store_error
from chatroom.store.rows import NUMBER_OF
from chatroom.wire.message import Message

JOURNAL_FILE = "history.journal"

Pending = tuple[int, int, str, Message]
"""A message that is not in the database yet: its number, time (UTC milliseconds) and room."""


class Journal:
    """The file. `suffix` is that of the database it belongs to. Methods may raise StoreError."""

    def __init__(self, directory: Path, suffix: str) -> None:
        self._path = directory / JOURNAL_FILE
        self._what = f"Cannot write {self._path}"
        self._suffix = suffix
        self._open()

    def _open(self) -> None:
        with as_store_error(f"Cannot open {self._path}"):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "a+b", 0)
            self._size = os.fstat(self._file.fileno()).st_size

    def read(self) -> list[Pending]:
        """What is in it. StoreError also where that is not this database's."""
        with as_store_error(f"Cannot read {self._path}"):
            data = os.pread(self._file.fileno(), self._size, 0)
        return read_lines(data, self._suffix)

    @property
    def in_place(self) -> bool:
        """Whether it is still the file in the directory, which the next process will read."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:  # it was removed
            return False

    def reopen(self) -> None:
        """Go on with the file that is in the directory now, where nothing is in this one."""
        self._file.close()
        self._open()

    def append(self, messages: Collection[Pending]) -> None:
        """Write a line for each: all of them or none."""
        data = "".join([_line(self._suffix, *each) for each in messages]).encode()
        with as_store_error(self._what):
            written = self._file.write(data)
            if written < len(data):  # the disk is full: half a line would spoil the next
                self._file.truncate(self._size)
                raise StoreError(f"{self._what}: no space left")
        self._size += written

    def clear(self) -> None:
        """All of it is in the database."""
        if self._size:
            with as_store_error(self._what):
                self._file.truncate(0)
            self._size = 0

    def close(self) -> None:
        """Give the file back. It vanishes when nothing is in it."""
        if not (self._size or self._file.closed) and self.in_place:
            self._path.unlink()
        self._file.close()


def _line(suffix: str, number: int, at: int, room: str, message: Message) -> str:
    """What `json.dumps` would write, which takes four times as long: it makes an encoder first."""
    command, params, source, tags = message
    words = ", ".join(map(_quoted, params))
    named = ", ".join([f"{_quoted(name)}: {_quoted(value)}" for name, value in tags.items()])
    where = f'"{suffix}", {number}, {at}, {_quoted(room)}'
    return f"[{where}, {_quoted(command)}, [{words}], {_quoted(source)}, {{{named}}}]\n"


def read_lines(data: bytes, suffix: str) -> list[Pending]:
    """The messages of a journal, which has to belong to the database with this suffix.

    A last line without its end was not finished, so nobody has seen the message. Where bytes are
    missing, power was lost, which a journal need not survive. Raises StoreError where it is another
    database's, or any other line cannot be read.
    """
    found = []
    for place, line in enumerate(data.split(b"\n")[:-1], 1):
        if b"\0" in line:
            continue
        try:
            mark, number, at, room, command, params, source, tags = json.loads(line)
            message = Message(command, tuple(params), source, {**tags})
        except (ValueError, TypeError, RecursionError):
            mark = None
        if mark is None or command not in NUMBER_OF:
            raise StoreError(f"Line {place} of {JOURNAL_FILE} cannot be read; {_ADVICE}")
        if mark != suffix:
            raise StoreError(f"{JOURNAL_FILE} belongs to another {HISTORY_FILE}; {_ADVICE}")
        found.append((number, at, room, message))
    return found


_ADVICE = "move it away to go on without what was said last"

"""The journal: new messages, before they are in the database, as lines of an append-only file.

A transaction for one message costs SQLite some 40 µs, because a busy server's caches contain
neither its code nor its pages. A line here costs a quarter of that, and many lines later become one
transaction. When a write returns, the kernel has the data, so it survives any end of the process.
It need not survive a power cut: with `durability = "power"` there is no journal.

A line is the CRC-32 of its JSON in hexadecimal, a space, and the JSON:

    5f0c9a11 ["ab12cd", 10000001, 1800000000000, "#general", "PRIVMSG", ["#general", "hi"], "bob!...

The checksum detects every damaged bit of a line, and every added or missing line end. The first
servers with a journal wrote the JSON alone; their journals can still be read.

An event in many rooms (NICK, QUIT) is one line with the list of the rooms: ["#general", "#den"]. In
each further room it has the next number.
"""

import json
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Any, NamedTuple

from chatroom.store.database import (
    HISTORY_FILE,
    JOURNAL_FILE,
    NO_LINKS,
    StoreError,
    as_store_error,
    store_error,
)
from chatroom.store.rows import NUMBER_OF
from chatroom.wire.message import Message
from chatroom.wire.reference import LAST_ID

Pending = tuple[int, int, str, Message, int | None]
"""A message that is not in the database yet: its number, its place in time (UTC milliseconds), its
room, itself, and the clock's time if that was different (see history.py)."""


class JournalContents(NamedTuple):
    """The contents of a journal: messages with their line numbers, and the size of its whole lines.

    `size` is in bytes. A last line without its line end is not included: nobody has seen its
    message.
    """

    messages: list[tuple[int, Pending]]
    size: int


class Journal:
    """The journal's file. `suffix` is that of its database. Methods may raise StoreError."""

    def __init__(self, directory: Path, suffix: str) -> None:
        self._path = directory / JOURNAL_FILE
        self._what = f"Cannot write {self._path}"
        self._suffix = suffix
        self._open()

    def _open(self) -> None:
        with as_store_error(f"Cannot open {self._path}"):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | NO_LINKS
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "a+b", 0)
            self._size = os.fstat(self._file.fileno()).st_size

    def read(self) -> JournalContents:
        """Read the contents. Raises StoreError, also if they are damaged or belong to another
        database."""
        with as_store_error(f"Cannot read {self._path}"):
            data = os.pread(self._file.fileno(), self._size, 0)
        return read_lines(data, self._suffix, self._path)

    def cut(self, size: int) -> None:
        """Truncate the file to `size` bytes, because a torn line would spoil the next one."""
        if size < self._size:
            with as_store_error(self._what):
                self._file.truncate(size)
            self._size = size

    @property
    def in_place(self) -> bool:
        """Whether the open file is still the one in the directory, which the next process will
        read."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:  # the file was removed
            return False

    def reopen(self) -> None:
        """Continue with the file that is in the directory now, if this one is empty."""
        self._file.close()
        self._open()

    def append(self, messages: Sequence[Pending]) -> None:
        """Append a line for each message: all of them or none."""
        if len(messages) == 1:  # the usual case
            data = _line(self._suffix, messages)
        else:
            data = b"".join([_line(self._suffix, event) for event in _events(messages)])
        try:
            written = self._file.write(data)
            if written < len(data):  # the disk is full: half a line would spoil the next
                self._file.truncate(self._size)
        except OSError as error:
            raise store_error(self._what, error) from error
        if written < len(data):
            raise StoreError(f"{self._what}: no space left")
        self._size += written

    def clear(self) -> None:
        """Empty the journal, after its contents were moved."""
        if self._size:
            try:
                self._file.truncate(0)
            except OSError as error:
                raise store_error(self._what, error) from error
            self._size = 0

    def abandon(self) -> None:
        """Close the file, and leave it where it is: another process uses it."""
        self._file.close()

    def close(self) -> None:
        """Close the file, and delete it if it is empty."""
        if not (self._size or self._file.closed) and self.in_place:
            self._path.unlink()
        self._file.close()


def _events(messages: Sequence[Pending]) -> Iterable[Sequence[Pending]]:
    """The messages by lines: those of one event in several rooms share a line."""
    return [tuple(event) for _, event in groupby(messages, _event)]


def _event(pending: Pending) -> tuple[int, int, int | None]:
    """Equal for the messages of one event, which are recorded one after the other."""
    _, at, _, message, told = pending
    return id(message), at, told


def _line(suffix: str, event: Sequence[Pending]) -> bytes:
    """Encode a line like `json.dumps`, which takes four times as long because it creates an
    encoder."""
    number, at, room, (command, params, source, tags), told = event[0]
    words = ", ".join(map(_quoted, params))
    pairs = []
    for name, value in tags.items():  # no comprehension: its frame would take as long
        pairs.append(f"{_quoted(name)}: {_quoted(value)}")
    named = ", ".join(pairs)
    said = "" if told is None else f", {told}"
    rooms = _quoted(room)
    if len(event) > 1:
        rooms = f"[{', '.join([_quoted(each[2]) for each in event])}]"
    where = f'"{suffix}", {number}, {at}, {rooms}'
    text = (
        f"[{where}, {_quoted(command)}, [{words}], {_quoted(source)}, {{{named}}}{said}]".encode()
    )
    return b"%08x %b\n" % (zlib.crc32(text), text)


_CHECKED = re.compile(rb"([0-9a-f]{8}) (.*)", re.DOTALL)


def read_lines(data: bytes, suffix: str, file: Path) -> JournalContents:
    """Parse a journal, which has to belong to the database with this suffix.

    A last line without its line end is unfinished, so nobody has seen its message. If anything else
    is wrong, raises StoreError, which names `file` and the line.
    """
    *lines, rest = data.split(b"\n")
    found: list[tuple[int, Pending]] = []
    numbers: dict[int, int] = {}
    checked = False
    for place, line in enumerate(lines, 1):
        match = _CHECKED.fullmatch(line)
        checked = checked or match is not None
        if match is None and (checked or line[:1] != b"["):
            raise damage(file, place, "is damaged: it does not begin with a checksum")
        if match is not None and not _agrees(match):
            raise damage(file, place, "is damaged: its checksum does not match")
        fields = _fields(match[2] if match else line)
        if fields is None:
            raise damage(file, place, "is damaged: it does not contain a message")
        mark, first, at, rooms, command, params, source, tags, told = fields
        if mark != suffix:
            raise damage(file, place, f"belongs to another {HISTORY_FILE}")
        message = Message(command, tuple(params), source, tags)
        for number, room in enumerate([rooms] if isinstance(rooms, str) else rooms, first):
            if number in numbers:
                raise damage(file, place, f"has the same number as line {numbers[number]}")
            numbers[number] = place
            found.append((place, (number, at, room, message, told)))
    # A torn line has lost its end. A line that is complete except for the line end was whole once.
    if (match := _CHECKED.fullmatch(rest[:-1])) is not None and _agrees(match):
        raise damage(file, len(lines) + 1, "is damaged: its line end is wrong")
    return JournalContents(found, len(data) - len(rest))


def damage(file: Path, line: int, what: str) -> StoreError:
    """The error for a damaged line of the journal, with the remedy for an operator."""
    return StoreError(
        f"{file} line {line} {what}. Nothing was changed. Move the file away to go on without the"
        " messages in it"
    )


def _agrees(match: re.Match[bytes]) -> bool:
    return int(match[1], 16) == zlib.crc32(match[2])


def _fields(text: bytes) -> tuple[Any, ...] | None:
    """The fields of a line; None if one is missing, superfluous, or of the wrong type."""
    try:
        fields = json.loads(text)
        json.dumps(fields, ensure_ascii=False).encode()  # raises for a lone surrogate
    except (ValueError, RecursionError):
        return None
    if isinstance(fields, list) and len(fields) == len(_FITS) - 1:
        fields.append(None)
    if not isinstance(fields, list) or len(fields) != len(_FITS):
        return None
    if not all(fits(field) for fits, field in zip(_FITS, fields, strict=True)):
        return None
    return tuple(fields)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_rooms(value: object) -> bool:
    return _is_text(value) or (_are_texts(value) and bool(value))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LAST_ID


def _is_command(value: object) -> bool:
    return isinstance(value, str) and value in NUMBER_OF


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_tags(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_told(value: object) -> bool:
    return value is None or _is_count(value)


_FITS = (
    _is_text, _is_count, _is_count, _are_rooms, _is_command, _are_texts, _is_text, _are_tags,
    _is_told,
)  # fmt: skip
"""A check for each field of a line: suffix, number, time, room or rooms, the message, and the
clock's time, which is present only if it was different."""

"""Reads the whole history for exports and statistics, while the server runs.

A `Snapshot` is one read transaction on a connection that cannot write. Everything that it returns
is from one moment, whatever the server writes meanwhile, and it delays nobody. It streams, so
memory does not grow with the history.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from chatroom.store.database import (
    HISTORY_FILE,
    SEARCH_FILE,
    StoreError,
    as_store_error,
    connect,
)
from chatroom.store.files.index import totals
from chatroom.store.journal import Pending
from chatroom.store.jsonl import Entry
from chatroom.store.migrations import MIGRATIONS
from chatroom.store.rows import (
    BRANCHES,
    MESSAGE_COLUMNS,
    SHOWN,
    as_message,
    read_suffix,
)
from chatroom.store.unmoved import read_journal, unmoved
from chatroom.wire.gaps import ALL_OF_IT, Gap, Gaps, hide, saved_gaps, with_gap
from chatroom.wire.names import bare, fold
from chatroom.wire.private import LAST, PREFIX, is_private, without_own_tags
from chatroom.wire.reference import format_time, msgid_of, with_tags

_CLOSING_FLAGS = frozenset("is")
"""Modes that keep people out of a room, as its key does."""

_NO_CONVERSATION = f"NOT (name >= '{PREFIX}' AND name < '{LAST}')"
"""Private conversations are neither exported nor counted."""

PATIENCE_MS = 5000
"""Milliseconds that a tool waits for a lock. Only a starting server holds one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects messages: of one room (its wire name; "" means all), from `since` on, before `until`.

    Both times are UTC milliseconds.
    """

    room: str = ""
    since: int | None = None
    until: int | None = None


class RoomSummary(NamedTuple):
    """A room, its number of messages, and the times of the first and the last (UTC
    milliseconds)."""

    name: str
    messages: int
    first: int | None
    last: int | None


class _Room(NamedTuple):
    """A room. `number` is 0 if the database does not contain it yet."""

    number: int
    name: str
    sealed: int
    state: str | None

    @property
    def sealed_parts(self) -> Gaps:
        """The sealed parts. A room that is closed now counts as sealed, because exports do not
        contain its modes."""
        state = json.loads(self.state or "{}")
        closed = state.get("key") or not _CLOSING_FLAGS.isdisjoint(state.get("flags", ()))
        return ALL_OF_IT if closed else with_gap(saved_gaps(state), Gap(0, self.sealed))


class Snapshot:
    """The history of a data directory at one moment. Every method may raise StoreError.

    `unmoved` are the messages that are not in the database yet.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.connection = open_for_reading(directory)
        with as_store_error(f"Cannot read {directory / HISTORY_FILE}"):
            self._suffix = read_suffix(self.connection)
            there = read_journal(directory, self._suffix)
            self.connection.execute("BEGIN")
            self.unmoved = unmoved(directory, self.connection, there)

    def rooms(self, selection: Selection) -> list[str]:
        """The names of the rooms in the order of `entries`."""
        return [room.name for room in self._rooms(selection)]

    def count(self, selection: Selection) -> int:
        """The number of entries."""
        count = 0
        condition, values = _condition(selection)
        with as_store_error("Cannot read the history"):
            for room in self._rooms(selection):
                count += self.connection.execute(
                    " + ".join(
                        f"(SELECT count(*) FROM message {index} WHERE {condition} AND {kind})"
                        for index, kind in BRANCHES
                    ).join(("SELECT ", "")),
                    (room.number, *values) * len(BRANCHES),
                ).fetchone()[0]
                count += len(self._unmoved(room.name, selection))
        return count

    def _unmoved(self, room: str, selection: Selection) -> list[Pending]:
        """The room's messages that are not in the database yet. They are its latest."""
        since, until = selection.since, selection.until
        return [
            pending
            for pending in self.unmoved
            if fold(pending[2]) == fold(room)
            and (since is None or _shown(pending) >= since)
            and (until is None or _shown(pending) < until)
        ]

    def entries(self, selection: Selection) -> Iterator[Entry]:
        """All entries, ordered by room name and then by time."""
        condition, values = _condition(selection)
        with as_store_error("Cannot read the history"):
            for room in self._rooms(selection):
                rows = self.connection.execute(
                    " UNION ALL ".join(
                        f"SELECT {MESSAGE_COLUMNS}, sender.account FROM message {index}"
                        " JOIN room ON room.id = message.room"
                        " JOIN sender ON sender.id = message.sender"
                        f" WHERE {condition} AND {kind}"
                        for index, kind in BRANCHES
                    )
                    + " ORDER BY 2, 1",
                    (room.number, *values) * len(BRANCHES),
                )
                sealed = room.sealed_parts
                for row in rows:
                    message = as_message(row[:-1], self._suffix)
                    placed = None if row[-2] is None else row[1]
                    yield Entry(room.name, message, row[-1], hide(sealed, row[1]), placed)
                for number, at, _, message, told in self._unmoved(room.name, selection):
                    msgid = msgid_of(number, self._suffix)
                    message = without_own_tags(message)
                    stamped = with_tags(message, format_time(at if told is None else told), msgid)
                    placed = None if told is None else at
                    yield Entry(room.name, stamped, "", hide(sealed, at), placed)

    def _rooms(self, selection: Selection) -> list[_Room]:
        """The rooms with at least one entry. Raises StoreError if the selected room is unknown."""
        condition, values = _condition(selection)
        named, names = ("folded = ?", [fold(selection.room)]) if selection.room else ("true", [])
        with as_store_error("Cannot read the history"):
            known = {
                fold(row[1]): _Room(*row)
                for row in self.connection.execute(
                    "SELECT id, name, sealed, state FROM room"
                    f" WHERE {named} AND {_NO_CONVERSATION}",
                    names,
                )
            }
            for _, _, room, *_ in self.unmoved:
                if is_private(room):
                    continue
                if not selection.room or fold(room) == fold(selection.room):
                    known.setdefault(fold(room), _Room(0, room, 0, None))
            if selection.room and not known:
                raise StoreError(f"There is no room {bare(selection.room)} in the history")
            return [
                known[folded]
                for folded in sorted(known)
                if self._unmoved(known[folded].name, selection)
                or self.connection.execute(
                    f"SELECT 1 FROM message WHERE {condition} LIMIT 1",
                    (known[folded].number, *values),
                ).fetchone()
            ]

    def summaries(self) -> list[RoomSummary]:
        """All rooms of the history, the busiest first."""
        with as_store_error("Cannot read the history"):
            rows = self.connection.execute(
                f"SELECT name, count(message.id), min({SHOWN}), max({SHOWN}) FROM room"
                " LEFT JOIN message ON message.room = room.id"
                f" WHERE {_NO_CONVERSATION} GROUP BY room.id"
            ).fetchall()
        found = {fold(row[0]): RoomSummary(*row) for row in rows}
        for pending in self.unmoved:
            name, at = pending[2], _shown(pending)
            if is_private(name):
                continue
            one = found.get(fold(name), RoomSummary(name, 0, None, None))
            first = at if one.first is None else min(one.first, at)
            last = at if one.last is None else max(one.last, at)
            found[fold(name)] = RoomSummary(one.name, one.messages + 1, first, last)
        return [
            found[each] for each in sorted(found, key=lambda each: (-found[each].messages, each))
        ]

    def sizes(self) -> dict[str, int]:
        """The sizes on disk of the history and its index in bytes, including write-ahead logs."""
        return {
            "history": _size(self._directory / HISTORY_FILE),
            "search": _size(self._directory / SEARCH_FILE),
        }

    def files(self) -> tuple[int, int]:
        """The number of uploaded files, and the bytes of their contents."""
        with as_store_error("Cannot read the history"):
            return totals(self.connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.connection.close()


def open_for_reading(directory: Path) -> sqlite3.Connection:
    """Open a read-only connection to the history. Raises StoreError."""
    file = directory / HISTORY_FILE
    with as_store_error(f"Cannot open {file}"):
        if not file.exists():
            raise StoreError(f"There is no history in {directory}")
    connection = connect(file, readonly=True)
    with as_store_error(f"Cannot read {file}"):
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != len(MIGRATIONS):
        connection.close()
        advice = (
            "update Chatroom"
            if version > len(MIGRATIONS)
            else "start the server once with this directory"
        )
        raise StoreError(
            f"{file} has version {version} of its format, and this Chatroom works with"
            f" {len(MIGRATIONS)}; {advice}"
        )
    return connection


def _condition(selection: Selection) -> tuple[str, list[Any]]:
    """A condition for the messages of one room, whose number is the first value, and the other
    values."""
    condition, values = "message.room = ?", []
    # also by `at`, which is never earlier, so that the index is used
    if selection.since is not None:
        condition += f" AND at >= ? AND {SHOWN} >= ?"
        values += [selection.since] * 2
    if selection.until is not None:
        condition += f" AND {SHOWN} < ?"
        values.append(selection.until)
    return condition, values


def _shown(pending: Pending) -> int:
    """The displayed time (UTC milliseconds)."""
    _, at, _, _, told = pending
    return at if told is None else told


def _size(file: Path) -> int:
    with as_store_error(f"Cannot look at {file}"):
        files = (file, file.with_name(f"{file.name}-wal"))
        return sum(each.stat().st_size for each in files if each.exists())

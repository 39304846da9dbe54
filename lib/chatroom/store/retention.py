"""Deletes messages that are older than `keep_days`, or exceed `keep_messages` in a room.

It runs in a worker, on its own connection, in small steps, because the loop's commit has to wait
for each; and in a bounded number of steps, because a stopping server waits for its workers.
`ages.py` decides what is old. In each room the oldest places go first, up to the first message that
is kept.

The first run has no count of time yet. The count begins where the existing messages stop following
each other without a long pause (`_followed`), because a message after a long pause may have been
dated by a wrong clock, which may still be wrong.
"""

import sqlite3
import time
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

from chatroom.store.age_count import AgeCount, since_boot
from chatroom.store.ages import DAY_MS, RELEASED, Ages, Old
from chatroom.store.clock import confirmed
from chatroom.store.database import (
    HISTORY_FILE,
    as_store_error,
    connect_worker,
    transaction,
)
from chatroom.store.rows import BRANCHES, NUMBER_OF, SAID
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import UNSWEPT
from chatroom.wire.reference import LAST_ID, Point, just_before

STEP = 100
"""Messages deleted in one transaction: about a millisecond."""

PAUSE = 0.005
"""Seconds after each step, in which others can write: SQLite does not queue for its lock."""

MOST = 10_000
"""Messages deleted in one run: about a second."""

_DOUBT_MS = DAY_MS
"""If the machine's clock is ahead of the count by more than this, the log may warn about it."""

_PART = 4
"""A pause between messages is long if it exceeds this part of `keep_days`, and a day. So the first
run deletes no message before three quarters of its time have passed, whatever the clock shows."""

_OLDEST = tuple(
    f"""
SELECT message.id, room, source, text, at, told IS NULL, command <> {NUMBER_OF["REDACT"]}
    AND EXISTS (SELECT 1 FROM foreign_msgid WHERE foreign_msgid.message = message.id)
FROM message {index} JOIN sender ON sender.id = message.sender
WHERE room = ? AND {kind} ORDER BY at, message.id LIMIT ?
"""
    for index, kind in BRANCHES
)
"""These follow the indexes, because a search through all messages would delay the loop. The last
column tells whether the message was imported; a redaction has an entry there for its own msgid."""

_LAST_OLD = tuple(
    f"""
SELECT id FROM message {index} WHERE room = ? AND {kind} AND at >= ? AND at < ? AND id <= ?
    AND told IS NULL
    AND NOT EXISTS (SELECT 1 FROM foreign_msgid WHERE foreign_msgid.message = message.id)
ORDER BY at DESC, id DESC LIMIT 1
"""
    for index, kind in BRANCHES
)
"""The last of a room's messages that is old by its own time; imported ones have other numbers."""

_NTH_NEWEST = f"""
SELECT at, id FROM message INDEXED BY message_said WHERE room = ? AND {SAID}
ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?
"""
"""Joins and leaves do not count, so that nobody can push messages out by coming and going."""

REMEMBER_HIGHEST = """
INSERT INTO meta VALUES ('highest', ?)
ON CONFLICT (key) DO UPDATE SET value = max(value + 0, excluded.value + 0)
"""
"""No number is assigned twice, even if the newest messages are deleted."""

_TOLD = ("INDEXED BY message_told", "told", "told IS NOT NULL")
_TIMES = (*((index, "at", kind) for index, kind in BRANCHES), _TOLD)
"""The indexes that contain times, each with its column and its condition."""


def _extreme(function: str, bounds: str) -> str:
    """SQL for the earliest (min) or latest (max) time within bounds on `{0}`."""
    return (
        f"SELECT {function}(time) FROM ("
        + " UNION ALL ".join(
            f"SELECT {function}((SELECT {function}({column}) FROM message {index}"
            f" WHERE room = room.id AND {kind} AND {bounds.format(column)})) AS time FROM room"
            for index, column, kind in _TIMES
        )
        + ")"
    )


_EARLIEST = _extreme("min", "{0} BETWEEN ?1 AND ?2")
_LATEST = _extreme("max", "{0} BETWEEN ?1 AND ?2")

_ANY_BEFORE = tuple(
    f"SELECT 1 FROM message {index} WHERE room = ? AND {kind} AND at < ? LIMIT 1"
    for index, kind in BRANCHES
)


_Row = tuple[int, int, str, str, int, int, int]
"""A row of _OLDEST: number, room, source, text, place, whether that is what the clock said, and
whether the message was imported."""


class Retention:
    """The rules of one data directory, for one worker at a time."""

    def __init__(
        self,
        directory: Path,
        index: SearchIndex,
        keep_days: int,
        keep_messages: int,
        monotonic: Callable[[], float] = since_boot,
        boot: str | None = None,
        confirmed: Callable[[float], bool] = confirmed,
    ) -> None:
        """Keep messages for `keep_days`, and `keep_messages` in each room; 0 means no such rule.

        `monotonic`, `boot` and `confirmed` are those of `AgeCount`.
        """
        self._file = directory / HISTORY_FILE
        self._index = index
        self._keep = keep_days * DAY_MS
        self._keep_messages = keep_messages
        self._ages = AgeCount("ages", monotonic, boot, confirmed)
        self.doubted = 0
        """Milliseconds by which the machine's clock was ahead of the count in the last run, if that
        is more than a day and keeps messages from being deleted; otherwise 0."""

    def run(self, now: float) -> int:
        """Delete what the rules do not keep. `now` is the machine's clock, in UTC seconds.

        Returns the number of deleted messages; if it is MOST or more, there may be more to delete.
        Raises StoreError; what was deleted stays deleted.
        """
        connection = connect_worker(self._file)
        try:
            with as_store_error("Cannot delete old messages"):
                ages = self._count(connection, round(now * 1000)) if self._keep else None
                rooms = [room for (room,) in connection.execute("SELECT id FROM room")]
                old = _with_all_before(connection, rooms, ages.old(self._keep)) if ages else None
                deleted = 0
                for room in rooms:
                    goes = self._rule(connection, room, old)
                    deleted += self._shorten(connection, room, goes, MOST - deleted)
                doubted = ages is not None and ages.owed > _DOUBT_MS
                due = doubted and self._any_due(connection, rooms, round(now * 1000))
                self.doubted = ages.owed if ages and due else 0
                return deleted
        finally:
            connection.close()

    def _count(self, connection: sqlite3.Connection, now: int) -> Ages:
        """Continue the count and store it. `now` is the machine's clock, in UTC milliseconds."""
        (highest,) = connection.execute("SELECT ifnull(max(id), 0) FROM message").fetchone()
        return self._ages.run(
            connection, now, self._keep, highest, lambda: self._first_reached(connection, now)
        )

    def _first_reached(self, connection: sqlite3.Connection, now: int) -> int:
        """Where the count begins: at the last message before the first long pause, or now."""
        pause = max(DAY_MS, self._keep // _PART)
        (reached,) = connection.execute(_EARLIEST, (RELEASED, now)).fetchone()
        if reached is None:
            return now
        reached = _followed(connection, reached, now, pause)
        return now if now - reached <= pause else reached

    def _any_due(self, connection: sqlite3.Connection, rooms: list[int], now: int) -> bool:
        """Whether a message would be old if the machine's clock were right."""
        return any(
            connection.execute(some, (room, now - self._keep)).fetchone()
            for room in rooms
            for some in _ANY_BEFORE
        )

    def _rule(
        self, connection: sqlite3.Connection, room: int, old: Old | None
    ) -> Callable[[_Row], bool]:
        """A function that tells whether a message of the room goes, by its row."""
        first_kept = just_before(-LAST_ID)
        if self._keep_messages:
            row = connection.execute(_NTH_NEWEST, (room, self._keep_messages - 1)).fetchone()
            first_kept = Point(*row) if row else first_kept

        def goes(row: _Row) -> bool:
            number, _, _, _, at, steady, imported = row
            if (at, number) < first_kept:
                return True
            return old is not None and old.has(number, at if steady else None, bool(imported))

        return goes

    def _shorten(
        self, connection: sqlite3.Connection, room: int, goes: Callable[[_Row], bool], most: int
    ) -> int:
        deleted = 0
        while deleted < most and (rows := _delete_step(connection, room, goes)):
            deleted += len(rows)
            for number, place, source, text, *_ in rows:
                self._index.forget(number, place, source, text)
            time.sleep(PAUSE)
        return deleted


def _with_all_before(connection: sqlite3.Connection, rooms: list[int], old: Old) -> Old:
    """A message before an old one is older still, whatever its time says."""
    bounds = (old.since, old.before, old.upto)
    numbers = [
        number
        for room in rooms
        for last in _LAST_OLD
        for (number,) in connection.execute(last, (room, *bounds))
    ]
    return old._replace(seen=max([old.seen, *numbers]))


def _followed(connection: sqlite3.Connection, reached: int, now: int, pause: int) -> int:
    """The time up to which messages follow each other from `reached` on, without a longer pause."""
    while True:
        bounds = (reached, min(now, reached + pause))
        (latest,) = connection.execute(_LATEST, bounds).fetchone()
        if latest is None or latest == reached:
            return reached
        reached = latest


def _oldest(
    connection: sqlite3.Connection, room: int, goes: Callable[[_Row], bool], most: int
) -> list[_Row]:
    """The room's oldest messages, or else events, up to the first that does not go."""
    rows: list[_Row] = []
    for oldest in _OLDEST:
        rows = rows or list(takewhile(goes, connection.execute(oldest, (room, most))))
    return rows


def _delete_step(
    connection: sqlite3.Connection, room: int, goes: Callable[[_Row], bool]
) -> list[_Row]:
    """Delete the room's oldest messages that are due, STEP at most. Returns them."""
    if not _oldest(connection, room, goes, 1):  # the loop need not wait for this look
        return []
    with transaction(connection):
        rows = _oldest(connection, room, goes, STEP)
        numbers = [(row[0],) for row in rows]
        connection.executemany("DELETE FROM message WHERE id = ?", numbers)
        connection.executemany("DELETE FROM foreign_msgid WHERE message = ?", numbers)
        if rows:
            connection.execute(REMEMBER_HIGHEST, (str(max(numbers)[0]),))
            connection.execute(UNSWEPT)
    return rows

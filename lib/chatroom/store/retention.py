"""Forgetting: what is older than so many days, or more than so many messages in a room.

It runs in a worker, on a connection of its own, in steps so small that the loop's commit, which has
to wait for each, hardly notices; and a bounded number of them, since a server that ends waits for
its workers.

The clock may be wrong, and nothing may be deleted because of that. A clock that is behind deletes
nothing. One that is ahead looks like a right one after the server was off for long. So a clock of
our own decides what is old (`_believed`): it is never ahead of the machine's, and it advances at
most PACE times as fast as the monotonic clock, which also counts while the server is off, as long
as the machine is on. Messages with at most a day between them confirm a time as well, or a server
that runs for minutes a day would fall behind for ever. A clock that is 400 days ahead for an hour
deletes what would have been deleted a day later; after a month with the machine off, what is due is
deleted in little more than a day.

Our clock starts (`_first_known`) at the time up to which messages follow each other without a long
pause: a message after a long pause may be one that a wrong clock dated. It never starts before
RELEASED, and a stored clock that is earlier came from a wrong clock and is discarded.

Messages recorded after a clock had been ahead have a place in the future, and their own time may be
wrong as well: 1970, for example. So once a day, when both clocks agree, the highest number is noted
with the time (`_SEEN`). Such a message is deleted only when a number that is as high was seen so
long ago.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from heapq import merge
from pathlib import Path

from chatroom.store.database import (
    HISTORY_FILE,
    as_store_error,
    connect_worker,
    transaction,
)
from chatroom.store.rows import BRANCHES, SAID
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import UNSWEPT
from chatroom.wire.reference import LAST_ID, Point, just_before

STEP = 100
"""Messages deleted in one transaction: about a millisecond."""

PAUSE = 0.005
"""Seconds after each step, in which others can write. SQLite has no queue for who waits."""

MOST = 10_000
"""Messages deleted in one run: about a second."""

PACE = 24
"""Hours by which our clock goes on in an hour, at most."""

DOUBT_MS = 24 * 60 * 60 * 1000
"""So much later than ours, the machine's clock is doubted in so many words."""

_DAY_MS = 24 * 60 * 60 * 1000

RELEASED = 1_793_491_200_000
"""2026-11-01 in UTC milliseconds: before this program's first release, so no clock that is right
shows an earlier time."""

_PART = 4
"""A pause between messages is long if it exceeds this part of `keep_days`, and a day. So the first
run deletes no message before three quarters of its time have passed, whatever the clock shows."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_OLDEST = tuple(
    f"""
SELECT message.id, room, source, text FROM message {index} JOIN sender ON sender.id = message.sender
WHERE room = ? AND {kind} AND (at, message.id) < (?, ?) ORDER BY at, message.id LIMIT ?
"""
    for index, kind in BRANCHES
)
"""By the indexes: whoever looks through all messages here keeps the loop waiting."""

_NTH_NEWEST = f"""
SELECT at, id FROM message INDEXED BY message_said WHERE room = ? AND {SAID}
ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?
"""
"""Joins and leaves do not count: nobody shall push talk out by coming and going."""

_REMEMBER_HIGHEST = """
INSERT INTO meta VALUES ('highest', ?)
ON CONFLICT (key) DO UPDATE SET value = max(value + 0, excluded.value + 0)
"""
"""So that a message's number is not given twice, even when the newest are deleted."""


_KNOWN_CLOCK = "SELECT value + 0 FROM meta WHERE key = 'clock'"

_SEEN = "SELECT value FROM meta WHERE key = 'seen'"
"""JSON: times by our clock, UTC milliseconds, each with the highest number that there was."""

_SET_SEEN = """
INSERT OR REPLACE INTO meta VALUES ('seen', json_insert(?, '$[#]',
    json_array(?, (SELECT ifnull(max(id), 0) FROM message))))
"""

_SET_CLOCK = "INSERT OR REPLACE INTO meta VALUES ('clock', ?)"

_RAN = "SELECT value FROM meta WHERE key = 'ran'"
"""JSON: the machine's boot, and its monotonic clock in seconds, at the last run."""

_SET_RAN = "INSERT OR REPLACE INTO meta VALUES ('ran', ?)"

_TOLD = ("INDEXED BY message_told", "told", "told IS NOT NULL")
_TIMES = (*((index, "at", kind) for index, kind in BRANCHES), _TOLD)
"""Where times are: each index with its column and its condition."""


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

_ANY_IN_BETWEEN = tuple(
    f"SELECT 1 FROM message {index} WHERE room = ? AND {kind} AND at BETWEEN ? AND ? LIMIT 1"
    for index, kind in BRANCHES
)

_ANY_BEFORE = tuple(
    f"SELECT 1 FROM message {index} WHERE room = ? AND {kind} AND at < ? LIMIT 1"
    for index, kind in BRANCHES
)

_IN_THE_FUTURE = tuple(
    f"SELECT at, id, told FROM message {index} WHERE room = ? AND {kind} AND at > ? ORDER BY at, id"
    for index, kind in BRANCHES
)


class Retention:
    """One data directory's rules; 0 means that there is no such rule."""

    def __init__(
        self,
        directory: Path,
        index: SearchIndex,
        keep_days: int,
        keep_messages: int,
        monotonic: Callable[[], float] = time.monotonic,
        boot: str | None = None,
    ) -> None:
        """`boot` tells whether `monotonic` goes on where it was before a restart; None: asks the
        system, "": it does not."""
        self._file = directory / HISTORY_FILE
        self._index = index
        self._keep_days = keep_days
        self._keep_messages = keep_messages
        self._monotonic = monotonic
        self._boot = _this_boot() if boot is None else boot
        self._last_run: float | None = None
        self._began = monotonic()
        self.doubted = 0
        """Milliseconds that the machine's clock was ahead of ours in the last run, if that is much
        and keeps old messages from being deleted; else 0."""

    def run(self, now: float) -> int:
        """Delete what the rules do not keep at `now` (UTC seconds); how many messages.

        From MOST on there may be more. Raises StoreError; what was deleted stays deleted.
        """
        connection = connect_worker(self._file)
        try:
            with as_store_error("Cannot delete old messages"):
                believed = self._believed(connection, round(now * 1000)) if self._keep_days else 0
                rooms = connection.execute("SELECT id FROM room").fetchall()
                deleted = 0
                for (room,) in rooms:
                    deleted += self._shorten(connection, room, believed, MOST - deleted)
                if self.doubted and not self._any_due(connection, rooms, now):
                    self.doubted = 0
                return deleted
        finally:
            connection.close()

    def _any_due(self, connection: sqlite3.Connection, rooms: list[tuple[int]], now: float) -> bool:
        """Whether a message would be old if the machine's clock were right."""
        oldest = round(now * 1000) - self._keep_days * _DAY_MS
        return any(
            connection.execute(some, (room, oldest)).fetchone()
            for (room,) in rooms
            for some in _ANY_BEFORE
        )

    def _believed(self, connection: sqlite3.Connection, now: int) -> int:
        """The time by our clock, UTC milliseconds; `now` is that by the machine's."""
        passed = self._passed(connection)
        self.doubted = 0
        if now < RELEASED:
            return now  # nothing is as old as that, and such a time is not worth keeping
        row = connection.execute(_KNOWN_CLOCK).fetchone()
        known = int(row[0]) if row else 0
        if known < RELEASED:
            known = self._first_known(connection, now)
        else:
            known = _followed(connection, known, now, _DAY_MS)
        believed = min(now, known + round(passed * 1000 * PACE))
        agreed = known - DOUBT_MS <= now <= believed + DOUBT_MS
        with transaction(connection):
            connection.execute(_SET_CLOCK, (str(max(known, believed)),))
            connection.execute(_SET_RAN, (json.dumps([self._boot, self._last_run]),))
            if agreed:
                self._note_what_is_there(connection, believed)
        self.doubted = now - believed if now - believed > DOUBT_MS else 0
        return believed

    def _passed(self, connection: sqlite3.Connection) -> float:
        """Seconds since the last run, of this process or of an earlier one since the same boot."""
        ran, self._last_run = self._last_run, self._monotonic()
        if ran is None:
            ran = self._began
            row = connection.execute(_RAN).fetchone()
            boot, earlier = json.loads(row[0]) if row else ("", 0.0)
            if boot and boot == self._boot:
                ran = min(ran, earlier)
        return max(0.0, self._last_run - ran)

    def _first_known(self, connection: sqlite3.Connection, now: int) -> int:
        """Where our clock starts: the last message before the first long pause."""
        pause = max(_DAY_MS, self._keep_days * _DAY_MS // _PART)
        (reached,) = connection.execute(_EARLIEST, (RELEASED, now)).fetchone()
        if reached is None:
            return RELEASED
        return _followed(connection, reached, now, pause)

    def _note_what_is_there(self, connection: sqlite3.Connection, believed: int) -> None:
        seen = _read_seen(connection)
        if not seen or believed >= seen[-1][0] + _DAY_MS:
            oldest = believed - self._keep_days * _DAY_MS
            old = sum(at <= oldest for at, _ in seen)
            needed = seen[max(0, old - 1) :]
            connection.execute(_SET_SEEN, (json.dumps(needed), believed))

    def _shorten(self, connection: sqlite3.Connection, room: int, now: int, most: int) -> int:
        deleted = 0
        first_kept = self._first_kept(connection, room, now)
        while deleted < most and (rows := _delete_step(connection, room, first_kept)):
            deleted += len(rows)
            for row in rows:
                self._index.forget(*row)
            time.sleep(PAUSE)
        return deleted

    def _first_kept(self, connection: sqlite3.Connection, room: int, now: int) -> Point:
        """All of the room's messages before this point can go."""
        points = [just_before(-LAST_ID)]
        if self._keep_days:
            oldest = now - self._keep_days * _DAY_MS
            points += [just_before(oldest), *_old_ones_ahead(connection, room, oldest, now)]
        if self._keep_messages:
            row = connection.execute(_NTH_NEWEST, (room, self._keep_messages - 1)).fetchone()
            points += [Point(*row)] if row else []
        return max(points)


def _followed(connection: sqlite3.Connection, reached: int, now: int, pause: int) -> int:
    """The time up to which messages follow each other from `reached` on, without a longer pause."""
    while True:
        bounds = (reached, min(now, reached + pause))
        (latest,) = connection.execute(_LATEST, bounds).fetchone()
        if latest is None or latest == reached:
            return reached
        reached = latest


def _this_boot() -> str:
    """Linux's name for the time since the machine was started; "" on other systems."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _old_ones_ahead(
    connection: sqlite3.Connection, room: int, oldest: int, now: int
) -> Iterator[Point]:
    """The point behind the last old one of those that have a place in the future.

    They were said after the clock had been ahead. What it said then counts, if they were there so
    long ago, and unless it contradicts what was said before, whose place is not in the future: then
    that was wrong.
    """
    seen = max((number for at, number in _read_seen(connection) if at <= oldest), default=0)
    for some in _ANY_IN_BETWEEN:
        if connection.execute(some, (room, oldest, now)).fetchone():
            return
    last = None
    for at, number, told in merge(*(connection.execute(q, (room, now)) for q in _IN_THE_FUTURE)):
        if told is not None:
            if told >= oldest or number > seen:
                break
            last = Point(at, number + 1)
    if last is not None:
        yield last


def _read_seen(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    row = connection.execute(_SEEN).fetchone()
    return [(at, number) for at, number in json.loads(row[0])] if row else []


def _delete_step(
    connection: sqlite3.Connection, room: int, before: Point
) -> list[tuple[int, int, str, str]]:
    """Delete the room's oldest; what the index knows them by."""
    with transaction(connection):
        rows: list[tuple[int, int, str, str]] = []
        for oldest in _OLDEST:
            rows = rows or connection.execute(oldest, (room, *before, STEP)).fetchall()
        numbers = [(row[0],) for row in rows]
        connection.executemany("DELETE FROM message WHERE id = ?", numbers)
        connection.executemany("DELETE FROM foreign_msgid WHERE message = ?", numbers)
        if rows:
            highest = max(row[0] for row in rows)
            connection.execute(_REMEMBER_HIGHEST, (str(highest),))
            connection.execute(UNSWEPT)
    return rows

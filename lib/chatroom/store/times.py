"""Where a time lies in a room's past, although the clock may have been wrong now and then.

Messages are in the order of their place (`at`, which never falls) and number. Most are shown with
that time. Where the clock was set back, a message is shown with what the clock said (`told`), which
is earlier: so a time may lie at several places. It is taken to be where the message is that has
just this time; else behind the message whose time is the closest before it. A client that pages by
the times that it was shown so comes to every message.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from chatroom.store.journal import Pending
from chatroom.store.rows import BRANCHES
from chatroom.wire.reference import LAST_ID, Point

_STEPS = 45
"""Doublings of a millisecond: to go back over any stretch in which the clock was behind."""

_TOLD = """
SELECT told, at, id FROM message INDEXED BY message_told
WHERE room = ? AND told IS NOT NULL AND told <= ? ORDER BY told DESC, id DESC LIMIT 1
"""

_TOLD_JUST = """
SELECT told, at, id FROM message INDEXED BY message_told
WHERE room = ? AND told IS NOT NULL AND told = ? ORDER BY id LIMIT 1
"""

_LATEST_PLACE = f"""
SELECT max(at) FROM ({
    " UNION ALL ".join(
        f"SELECT max(at) AS at FROM message {index} WHERE room = ?1 AND {kind} AND at <= ?2"
        for index, kind in BRANCHES
    )
})
"""

_AT_PLACE = f"""
SELECT id, told FROM ({
    " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, told FROM message {index}"
        f" WHERE room = ?1 AND {kind} AND at = ?2 ORDER BY id LIMIT 100)"
        for index, kind in BRANCHES
    )
}) ORDER BY id
"""
"""The first there: where the clock was set back, what was said before comes before the rest."""


class Span(NamedTuple):
    """A time as two points: what was said before it is before `start`, what after it after `end`.

    What was said at that time is in between.
    """

    start: Point
    end: Point


class _Shown(NamedTuple):
    """A message by its time, and its place among those with the same."""

    time: int
    point: Point


def span_of(
    connection: sqlite3.Connection, room: int, pending: Iterable[Pending], time: int
) -> Span:
    """Where that time (UTC milliseconds) lies in the room. SQLite's errors pass through.

    `pending` are the room's messages that are not in the database yet.
    """
    waiting = [_Shown(at if told is None else told, Point(at, n)) for n, at, _, _, told in pending]
    until = _closest(connection, room, waiting, time)
    if until is None:
        nowhere = Point(-LAST_ID, 0)
        return Span(nowhere, nowhere)
    if until.time < time:
        here = until.point
        return Span(Point(here.at, here.number + 1), here)
    return Span(_first(connection, room, waiting, time), until.point)


def _first(
    connection: sqlite3.Connection, room: int, waiting: Iterable[_Shown], time: int
) -> Point:
    """The first message of that time, of which there is one."""
    found = [shown.point for shown in waiting if shown.time == time]
    row = connection.execute(_TOLD_JUST, (room, time)).fetchone()
    found += [Point(row[1], row[2])] if row else []
    usual = [id for id, told in connection.execute(_AT_PLACE, (room, time)) if told is None]
    found += [Point(time, usual[0])] if usual else []
    return min(found)


def _closest(
    connection: sqlite3.Connection, room: int, waiting: Iterable[_Shown], time: int
) -> _Shown | None:
    """The last message with the latest time that is not after this one."""
    found = [shown for shown in waiting if shown.time <= time]
    row = connection.execute(_TOLD, (room, time)).fetchone()
    found += [_Shown(row[0], Point(row[1], row[2]))] if row else []
    usual = _usual(connection, room, time, row[0] if row else -LAST_ID)
    found += [usual] if usual else []
    return max(found, default=None)


def _usual(connection: sqlite3.Connection, room: int, time: int, enough: int) -> _Shown | None:
    """The last that is shown with the time of its place, if that is not before `enough`."""
    for step in range(_STEPS):
        (place,) = connection.execute(_LATEST_PLACE, (room, time)).fetchone()
        if place is None or place < enough:
            return None
        usual = [id for id, told in connection.execute(_AT_PLACE, (room, place)) if told is None]
        if usual:
            return _Shown(place, Point(place, usual[-1]))
        time = place - (1 << step)
    return None

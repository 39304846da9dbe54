"""Finds where a time lies in a room's history, although the clock may have been wrong at times.

The problem: messages are in the order of their place (`at`, which never decreases) and number. Most
are shown with the time of their place. Where the clock was set back, a message is shown with the
clock's time (`told`), which is earlier. So the displayed times may decrease along the order, and a
time may lie at several places. The idea:

- If a message is shown with exactly this time, the time means that message. A client that pages by
  displayed times advances with each page, and reaches every message.
- Any other time comes from a client that missed something since then. A message with a later time
  has a later place too, so reading forwards from the time's own place leaves nothing out. It may
  return earlier messages again; the client recognises them by their msgids. For reading backwards,
  the time is behind the message with the closest time before it.
"""

import sqlite3
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from chatroom.store.journal import Pending
from chatroom.store.rows import BRANCHES
from chatroom.wire.reference import LAST_ID, Point, just_after

_STEPS = 15
"""How often a step back of one millisecond is multiplied by eight: this covers any stretch in which
the clock was behind. Doubling it instead costs the loop milliseconds in a room made for that."""

_TOLD = """
SELECT told, at, id FROM message INDEXED BY message_told
WHERE room = ? AND told IS NOT NULL AND told < ? ORDER BY told DESC, id DESC LIMIT 1
"""

_TOLD_JUST = """
SELECT at, id FROM message INDEXED BY message_told
WHERE room = ? AND told IS NOT NULL AND told = ? ORDER BY id LIMIT 100
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
"""The messages at one place. Where the clock was set back, the first is the one from before."""

_ENDS_OF_PLACE = " UNION ALL ".join(
    f"SELECT * FROM (SELECT id, told FROM message {index}"
    f" WHERE room = ?1 AND {kind} AND at = ?2 ORDER BY id {direction} LIMIT 1)"
    for index, kind in BRANCHES
    for direction in ("ASC", "DESC")
)
"""The first and the last message at one place. Messages from a clock that was behind are in
between."""

_RUN = 100
"""Messages with the same time that are skipped together, at most."""

_FROM_POINT = " UNION ALL ".join(
    f"SELECT * FROM (SELECT at, id, told FROM message {index}"
    f" WHERE room = ?1 AND {kind} AND (at, id) >= (?2, ?3) ORDER BY at, id LIMIT {_RUN})"
    for index, kind in BRANCHES
)


class Span(NamedTuple):
    """A time as two points: read backwards from `start` and forwards from `end`.

    The messages with exactly this time are in between. If there are none, the points come from
    different messages, and `start` may be behind `end`.
    """

    start: Point
    end: Point


class _Shown(NamedTuple):
    """A message's displayed time (UTC milliseconds) and its point."""

    time: int
    point: Point


def span_of(
    connection: sqlite3.Connection, room: int, pending: Iterable[Pending], time: int
) -> Span:
    """Find where `time` (UTC milliseconds) lies in the room with this number.

    `pending` are the room's messages that are not in the database yet. The work is bounded,
    whatever the clock did. SQLite's errors pass through.
    """
    waiting = [_Shown(at if told is None else told, Point(at, n)) for n, at, _, _, told in pending]
    first = _first(connection, room, waiting, time)
    if first is not None:
        return Span(first, _end_of_run(connection, room, waiting, first, time))
    earlier = _closest(connection, room, waiting, time)
    here = earlier.point if earlier else Point(-LAST_ID, 0)
    return Span(Point(here.at, here.number + 1), just_after(time))


def _first(
    connection: sqlite3.Connection, room: int, waiting: Iterable[_Shown], time: int
) -> Point | None:
    """The first message with that time; None if there is none."""
    found = [shown.point for shown in waiting if shown.time == time]
    found += [Point(*row) for row in connection.execute(_TOLD_JUST, (room, time))]
    usual = [id for id, told in connection.execute(_AT_PLACE, (room, time)) if told is None]
    found += [Point(time, usual[0])] if usual else []
    return min(found, default=None)


def _end_of_run(
    connection: sqlite3.Connection, room: int, waiting: Iterable[_Shown], first: Point, time: int
) -> Point:
    """The last of the consecutive messages with that time, from `first` on.

    If the clock reached the same time again later, the messages in between count as later.
    """
    rows = connection.execute(_FROM_POINT, (room, *first))
    following = [_Shown(at if told is None else told, Point(at, id)) for at, id, told in rows]
    following += [shown for shown in waiting if shown.point >= first]
    following.sort(key=lambda shown: shown.point)
    run = takewhile(lambda shown: shown.time == time, following[:_RUN])
    return max((shown.point for shown in run), default=first)


def _closest(
    connection: sqlite3.Connection, room: int, waiting: Iterable[_Shown], time: int
) -> _Shown | None:
    """The message with the latest time before this one; the last of several."""
    found = [shown for shown in waiting if shown.time < time]
    row = connection.execute(_TOLD, (room, time)).fetchone()
    found += [_Shown(row[0], Point(row[1], row[2]))] if row else []
    usual = _usual(connection, room, time, row[0] if row else -LAST_ID)
    found += [usual] if usual else []
    return max(found, default=None)


def _usual(connection: sqlite3.Connection, room: int, time: int, enough: int) -> _Shown | None:
    """The last message before `time` that is shown with the time of its place; None if its place
    would be before `enough`."""
    for step in range(_STEPS):
        (place,) = connection.execute(_LATEST_PLACE, (room, time)).fetchone()
        if place is None or place < enough:
            return None
        ends = connection.execute(_ENDS_OF_PLACE, (room, place)).fetchall()
        if any(told is None for _, told in ends):
            ends += connection.execute(_AT_PLACE, (room, place))
            return _Shown(place, Point(place, max(id for id, told in ends if told is None)))
        time = place - (1 << 3 * step)
    return None

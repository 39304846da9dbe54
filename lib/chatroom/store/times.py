"""Where a time lies in a room's past, although the clock may have been wrong now and then.

Messages are in the order of their place (`at`, which never falls) and number. Most are shown with
that time. Where the clock was set back, a message is shown with what the clock said (`told`), which
is earlier. So a time may lie at several places, and nobody knows which clock was the right one.

- The time of a message is where that message is: a client that pages by the times that it was shown
  comes to every message once.
- Any other time leaves nothing out: all that is shown with a later time is behind its `end`, and
  all that is shown with an earlier one before its `start`. Between `end` and `start` is what the
  clock went over twice, so a client may get some messages again, which it knows by their msgids.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from chatroom.store.journal import Pending
from chatroom.store.rows import BRANCHES
from chatroom.wire.reference import LAST_ID, Point

_LOOK = 40
"""Rows to look at in one stretch: it may have a million, and a look costs microseconds."""

_STEPS = 45
"""Places to look at for a message that is shown with the time of its place. A stretch in which the
clock was behind has one, and one more for each time that a room's door was opened or closed."""

_TOLD = """
SELECT told, at, id FROM message INDEXED BY message_told
WHERE room = ? AND told IS NOT NULL AND told {sign} ? ORDER BY told {order}, id {order} LIMIT ?
"""

_TOLD_BEFORE = _TOLD.format(sign="<", order="DESC")
_TOLD_AFTER = _TOLD.format(sign=">", order="ASC")
_TOLD_FIRST_OF = _TOLD.format(sign="=", order="ASC")
_TOLD_LAST_OF = _TOLD.format(sign="=", order="DESC")


def _by_place(sign: str, order: str) -> str:
    """The next rows from a place on, in either direction."""
    some = " UNION ALL ".join(
        f"SELECT * FROM (SELECT told, at, id FROM message {index}"
        f" WHERE room = ?1 AND {kind} AND at {sign} ?2 ORDER BY at {order}, id {order} LIMIT ?3)"
        for index, kind in BRANCHES
    )
    return f"SELECT told, at, id FROM ({some}) ORDER BY at {order}, id {order} LIMIT ?3"


_PLACES_BEFORE = _by_place("<", "DESC")
_PLACES_AFTER = _by_place(">", "ASC")
_AT_PLACE = _by_place("=", "ASC")
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


class _Room:
    """A room's messages: those in the database, and those that are `waiting` to be written there.

    Nothing is asked of more rows than _LOOK at once. SQLite's errors pass through.
    """

    def __init__(self, connection: sqlite3.Connection, number: int, waiting: list[_Shown]) -> None:
        self._connection = connection
        self._number = number
        self._waiting = waiting

    def at(self, time: int) -> list[Point]:
        """The first and the last message that is shown with this time, among others perhaps."""
        found = [shown.point for shown in self._waiting if shown.time == time]
        for question in (_TOLD_FIRST_OF, _TOLD_LAST_OF):
            found += [shown.point for shown in self._rows(question, time, 1)]
        return sorted(found + [s.point for s in self._rows(_AT_PLACE, time) if s.time == time])

    def last_before(self, time: int) -> Point | None:
        """The last message by place that is shown with an earlier time.

        That of the last earlier place is, since nobody is shown a time later than a place.
        """
        found = [shown for shown in self._waiting if shown.time < time]
        found += self._rows(_PLACES_BEFORE, time, 1)
        found += self._rows(_TOLD_BEFORE, time)
        return max((shown.point for shown in found), default=None)

    def first_after(self, time: int) -> Point | None:
        """The first message by place that is shown with a later time: its place is later, too.

        Mostly that of the next place is. Else this is in a stretch in which the clock was behind,
        and the times in it rise, unless the clock was set back again in there.
        """
        found = [shown for shown in self._waiting if shown.time > time]
        next_ones = self._rows(_PLACES_AFTER, time)
        later = [shown for shown in next_ones if shown.time > time][:1]
        if not later and len(next_ones) == _LOOK:
            later = self._rows(_TOLD_AFTER, time) + self._usual_after(next_ones[-1].point.at)
        return min((shown.point for shown in found + later), default=None)

    def _usual_after(self, place: int) -> list[_Shown]:
        """The next that is shown with the time of its place, if that is not far."""
        for _ in range(_STEPS):
            there = self._rows(_AT_PLACE, place)
            if usual := [shown for shown in there if shown.time == place]:
                return usual[:1]
            following = self._rows(_PLACES_AFTER, place, 1)
            if not following:
                break
            place = following[0].point.at
        return []

    def _rows(self, question: str, time: int, most: int = _LOOK) -> list[_Shown]:
        rows = self._connection.execute(question, (self._number, time, most))
        return [_Shown(at if told is None else told, Point(at, id)) for told, at, id in rows]


def span_of(
    connection: sqlite3.Connection, room: int, pending: Iterable[Pending], time: int
) -> Span:
    """Where that time (UTC milliseconds) lies in the room. SQLite's errors pass through.

    `pending` are the room's messages that are not in the database yet.
    """
    waiting = [_Shown(at if told is None else told, Point(at, n)) for n, at, _, _, told in pending]
    messages = _Room(connection, room, waiting)
    if here := messages.at(time):
        return Span(here[0], here[-1])
    earlier, later = messages.last_before(time), messages.first_after(time)
    start = Point(earlier.at, earlier.number + 1) if earlier else Point(-LAST_ID, 0)
    end = Point(later.at, later.number - 1) if later else Point(LAST_ID, 0)
    return Span(start, end)

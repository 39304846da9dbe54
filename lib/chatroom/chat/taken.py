"""How far each client has read, so that whoever comes back is not shown the same lines twice.

The problem: a connection that broke says nothing about what its client had read. The idea: while
it lasts the client proves it, again and again: it answers a PING, or it says something after its
system has acknowledged all that we wrote. Then all that it was told before has been taken. What is
kept is a number, for each nickname, host and room: the log's message up to which that is so.

Nobody gets more by being taken for somebody else: all that follows is that less is replayed, and
CHATHISTORY still has it.

It is kept for some hours, in bounded space, and over restarts: `news` is what the store has yet
to write, `restore` takes in what it has kept.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

HOURS = 24 * 60 * 60.0
"""Seconds for which it is remembered."""

MOST_ROOMS = 10_000
"""Rooms in all, of all visitors together."""

MOST_CHARACTERS = 1_000_000
"""Of names and addresses."""

Visitor = tuple[str, str]
"""Folded nickname, host."""


class Entry(NamedTuple):
    """What a visitor has taken in these rooms (folded names): all messages up to `number`.

    `at` is when that was known, in whole UTC seconds.
    """

    at: int
    number: int
    visitor: Visitor
    rooms: tuple[str, ...]


class Mark(NamedTuple):
    """The same of one room."""

    number: int
    at: int


class Taken:
    """All that is remembered; the visitors who were heard of last are at the end."""

    def __init__(
        self, most_rooms: int = MOST_ROOMS, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._most_rooms = most_rooms
        self._most_characters = most_characters
        self._visitors: OrderedDict[Visitor, dict[str, Mark]] = OrderedDict()
        self._rooms = 0
        self._characters = 0
        self._news: dict[tuple[Visitor, tuple[str, ...]], Entry] = {}

    def __len__(self) -> int:
        """Rooms in all."""
        return self._rooms

    def note(self, entry: Entry) -> None:
        """Remember this, and that it is new."""
        self._put(entry)
        self._news[entry.visitor, entry.rooms] = entry

    @property
    def has_news(self) -> bool:
        """Whether something was noted since `news` was called."""
        return bool(self._news)

    def news(self) -> list[Entry]:
        """What was noted since this was called before."""
        news = list(self._news.values())
        self._news.clear()
        return news

    def number(self, visitor: Visitor, room: str, now: float, within: float = HOURS) -> int:
        """The last message that was taken; 0 where that was not known `within` so many seconds."""
        mark = self._visitors.get(visitor, {}).get(room)
        return mark.number if mark is not None and now - mark.at < within else 0

    def restore(self, entries: Iterable[Entry], now: float, highest: int) -> None:
        """Take in what was kept, the oldest first. What is not possible is corrected.

        A clock may have been wrong when it was written, and the log may have been another: nothing
        is from the future, and no message has a number above `highest`.
        """
        for entry in entries:
            at, number = min(entry.at, int(now)), min(entry.number, highest)
            if now - at < HOURS:
                self._put(entry._replace(at=at, number=number))

    def entries(self) -> list[Entry]:
        """All of it: to be kept, or looked through."""
        found = []
        for visitor, rooms in self._visitors.items():
            alike: dict[Mark, list[str]] = {}
            for room, mark in rooms.items():
                alike.setdefault(mark, []).append(room)
            found += [
                Entry(mark.at, mark.number, visitor, tuple(names)) for mark, names in alike.items()
            ]
        return found

    def forget(self, entries: Iterable[Entry]) -> None:
        """Drop these, but for what was noted since."""
        for entry in entries:
            rooms = self._visitors.get(entry.visitor, {})
            for room in entry.rooms:
                if rooms.get(room) == Mark(entry.number, entry.at):
                    self._drop(entry.visitor, room)

    def _put(self, entry: Entry) -> None:
        visitor = entry.visitor
        rooms = self._visitors.setdefault(visitor, {})
        self._visitors.move_to_end(visitor)
        mark = Mark(entry.number, entry.at)
        for room in entry.rooms:
            if room not in rooms:
                self._count(visitor, room, 1)
            rooms[room] = mark
        while self._rooms > self._most_rooms or self._characters > self._most_characters:
            oldest, its_rooms = next(iter(self._visitors.items()))
            self._drop(oldest, next(iter(its_rooms)))

    def _drop(self, visitor: Visitor, room: str) -> None:
        del self._visitors[visitor][room]
        self._count(visitor, room, -1)
        if not self._visitors[visitor]:
            del self._visitors[visitor]

    def _count(self, visitor: Visitor, room: str, sign: int) -> None:
        self._rooms += sign
        self._characters += sign * (len(visitor[0]) + len(visitor[1]) + len(room))

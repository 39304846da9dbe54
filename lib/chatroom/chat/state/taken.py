"""Remembers how far each client has read, so that people who return are not shown the same lines
twice.

    (folded nickname, host) -> {folded room: Mark(number, at)}
    ("bob", "192.0.2.7")    -> {"#general": Mark(5123, 1800000000), "#tea": Mark(4711, 1799990000)}

`number` is the log's: the client has read the room's messages up to this one, as known at `at`.

The problem: a broken connection does not say what its client has read. The idea: while it lasts,
the client proves that again and again: it answers a PING, or it sends something after its kernel
has acknowledged all that we wrote. Then it has read everything that it was sent before.

This is kept for REMEMBERED_SECONDS, in bounded space, and over restarts: `news` returns what the
store has yet to write, `restore` loads what it has kept. A nickname and a host do not prove an
identity, and need not: a person who is mistaken for somebody else is only shown fewer lines on
joining, and can still request them with CHATHISTORY.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

REMEMBERED_SECONDS = 24 * 60 * 60.0
"""Seconds that a position is remembered."""

MOST_ROOMS = 10_000
"""The most rooms, of all readers together."""

MOST_CHARACTERS = 1_000_000
"""The most characters of names and addresses: with the rooms, at most 9 MB."""

TOGETHER = 50
"""Noted entries that are sorted in at once. A position comes with nearly each line of a person, and
is mostly outdated by the next one before anybody asks for it."""

ReaderId = tuple[str, str]
"""Folded nickname, host."""


class Entry(NamedTuple):
    """Somebody has read all messages up to `number` in these rooms (folded names).

    `at` is the time at which that was known, in whole UTC seconds.
    """

    at: int
    number: int
    reader: ReaderId
    rooms: tuple[str, ...]


new_entry: Callable[[tuple[int, int, ReaderId, tuple[str, ...]]], Entry]
new_entry = partial(tuple.__new__, Entry)
"""Makes an entry in half of the time that `Entry(...)` takes, like `new_message`."""


class Mark(NamedTuple):
    """How far a reader has read in one room."""

    number: int
    at: int


class Taken:
    """All remembered positions; readers who were active last are at the end.

    `has_news` says whether something was noted since the last call of `news`.
    """

    def __init__(
        self, most_rooms: int = MOST_ROOMS, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._most_rooms = most_rooms
        self._most_characters = most_characters
        self._readers: OrderedDict[ReaderId, dict[str, Mark]] = OrderedDict()
        self._rooms = 0
        self._characters = 0
        self._news: dict[tuple[ReaderId, tuple[str, ...]], Entry] = {}
        self._unsorted: dict[tuple[ReaderId, tuple[str, ...]], Entry] = {}  # not in `_readers` yet
        self.has_news = False  # no property, because each tick asks

    def __len__(self) -> int:
        """The number of rooms."""
        self._sort_in()
        return self._rooms

    def note(self, entry: Entry) -> None:
        """Remember an entry, and report it as news."""
        key = entry.reader, entry.rooms
        self._news[key] = self._unsorted[key] = entry
        self.has_news = True
        if len(self._unsorted) >= TOGETHER:
            self._sort_in()

    def _sort_in(self) -> None:
        if self._unsorted:
            for entry in self._unsorted.values():
                self.put(entry)
            self._unsorted.clear()

    def news(self) -> list[Entry]:
        """The entries that were noted since the last call."""
        news = list(self._news.values())
        self._news.clear()
        self.has_news = False
        return news

    def number(
        self, reader: ReaderId, room: str, now: float, within: float = REMEMBERED_SECONDS
    ) -> int:
        """The number of the last message that was read; 0 if it was not known `within` that many
        seconds."""
        self._sort_in()
        mark = self._readers.get(reader, {}).get(room)
        return mark.number if mark is not None and now - mark.at < within else 0

    def restore(self, entries: Iterable[Entry], now: float, highest: int) -> None:
        """Load saved entries, the oldest first, and correct impossible ones.

        A clock may have been wrong when they were written, and the log may have been another one:
        no entry is from the future, and no number is above `highest`.
        """
        for entry in entries:
            at, number = min(entry.at, int(now)), min(entry.number, highest)
            if now - at < REMEMBERED_SECONDS:
                self.put(entry._replace(at=at, number=number))

    def entries(self) -> list[Entry]:
        """All entries."""
        self._sort_in()
        found = []
        for reader, rooms in self._readers.items():
            alike: dict[Mark, list[str]] = {}
            for room, mark in rooms.items():
                alike.setdefault(mark, []).append(room)
            found += [
                Entry(mark.at, mark.number, reader, tuple(names)) for mark, names in alike.items()
            ]
        return found

    def snapshot(self) -> list[list[Any]]:
        """All positions as plain values, readers who were active last at the end."""
        self._sort_in()
        return [
            [nick, host, [[room, mark.number, mark.at] for room, mark in rooms.items()]]
            for (nick, host), rooms in self._readers.items()
        ]

    def take_over(self, readers: Iterable[Sequence[Any]]) -> None:
        """Take over the positions of a snapshot."""
        for nick, host, rooms in readers:
            reader = nick, host
            self._readers[reader] = {room: Mark(number, at) for room, number, at in rooms}
            for room, _, _ in rooms:
                self._count(reader, room, 1)

    def forget(self, entries: Iterable[Entry]) -> None:
        """Drop these entries, unless they were noted again since."""
        self._sort_in()
        for entry in entries:
            rooms = self._readers.get(entry.reader, {})
            for room in entry.rooms:
                if rooms.get(room) == Mark(entry.number, entry.at):
                    self._drop(entry.reader, room)

    def put(self, entry: Entry) -> None:
        """Remember an entry without reporting it as news."""
        reader = entry.reader
        rooms = self._readers.setdefault(reader, {})
        self._readers.move_to_end(reader)
        mark = Mark(entry.number, entry.at)
        for room in entry.rooms:
            if room not in rooms:
                self._count(reader, room, 1)
            rooms[room] = mark
        while self._rooms > self._most_rooms or self._characters > self._most_characters:
            oldest, its_rooms = next(iter(self._readers.items()))
            self._drop(oldest, next(iter(its_rooms)))

    def _drop(self, reader: ReaderId, room: str) -> None:
        del self._readers[reader][room]
        self._count(reader, room, -1)
        if not self._readers[reader]:
            del self._readers[reader]

    def _count(self, reader: ReaderId, room: str, sign: int) -> None:
        self._rooms += sign
        self._characters += sign * (len(reader[0]) + len(reader[1]) + len(room))

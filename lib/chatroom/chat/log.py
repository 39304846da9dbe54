"""What the chat wants of a history; the store has one, and `NoLog` is for servers without.

A room's log is read between two points. Every method may raise HistoryError.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chatroom.wire.message import Message
from chatroom.wire.query import Query
from chatroom.wire.reference import (
    HistoryError,
    Point,
    format_time,
    just_after,
    just_before,
    msgid_of,
    parse_time,
    with_tags,
)

Found = Callable[[list[Message] | HistoryError], Iterator[None] | None]
"""Called in the loop's thread with what a search found, the newest first, or why it failed."""


class SearchTooLong(HistoryError):
    """A search that was abandoned. `str()` is a sentence, without its full stop, for the asker."""

    def __init__(self) -> None:
        super().__init__("The search took too long; use fewer or longer words")


class IndexBehind(SearchTooLong):
    """A search that would have missed messages, since the index does not have all of them yet."""

    def __init__(self) -> None:
        HistoryError.__init__(self, "The search index is being rebuilt; try again in a minute")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who searches: for the order of the searches, and for what each may find.

    Searches take turns by `address`, and at one address by `session`. `charge` is called when a
    search has to look further, as for another one. `may_read` is asked for every message that is
    shown; `is_shut_out` says of a room, from which a message may not be read, whether that goes
    for all of its messages.
    """

    address: str
    session: Hashable
    is_gone: Callable[[], bool]
    charge: Callable[[], None]
    may_read: Callable[[Message], bool]
    is_shut_out: Callable[[str], bool]


class Log(Protocol):
    """The history of all rooms."""

    def record(self, room: str, message: Message, now: float) -> Message:
        """Keep what happens in a room; the message with its `time` and `msgid` tags."""
        ...

    def stamp(self, message: Message, now: float) -> Message:
        """The tags without keeping: for what passes between two people."""
        ...

    @property
    def position(self) -> int:
        """The number of the message that was recorded last; the next one has a higher one."""
        ...

    def boundary(self, now: float) -> int:
        """A time (UTC milliseconds) after all that was recorded; the rest is not before it."""
        ...

    def number_of(self, msgid: str) -> int:
        """The number of the message with that msgid; 0: there is none."""
        ...

    def point(self, room: str, msgid: str) -> Point | None:
        """Where that message stands in the room's history; None where it does not, or is sealed."""
        ...

    def span(self, room: str, time: int) -> tuple[Point, Point]:
        """Before and after which points is what was said before and after that time (UTC
        milliseconds)."""
        ...

    def place(self, message: Message) -> int:
        """Where a message of the log stands in time, UTC milliseconds: for seals and gaps. It may
        be shown with another time, where the clock was wrong."""
        ...

    def select(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> list[Message]:
        """Messages between two points, both excluded, in the order of time."""
        ...

    def pages(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> Iterator[list[Message]]:
        """The same in short pages, which are read one by one; `newest`: the newest page first."""
        ...

    def author(self, room: str, msgid: str) -> str | None:
        """The source of a message that can be redacted."""
        ...

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Put the redaction in the message's place."""
        ...

    def seal(self, room: str, at: float) -> None:
        """Nobody reads any more what was said in the room before `at` (UTC seconds)."""
        ...

    def seal_before(self, room: str, boundary: int) -> None:
        """Nobody reads any more what was said in the room before that `boundary`."""
        ...

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        """Keep a room's state over a restart; an empty one is forgotten."""
        ...

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Search for what this asker may read; `below` is a msgid, or "" for the newest.

        `found` is called later, or never if they go.
        """
        ...


class NoLog:
    """Keeps nothing, and says so by being empty.

    Messages have msgids all the same, so that people can reply and react. `run` makes them unlike
    those of any other run of the server.
    """

    def __init__(self, run: str = "0") -> None:
        self._run = run
        self._stamped = 0

    def record(self, room: str, message: Message, now: float) -> Message:
        """The message with its `time` and `msgid` tags."""
        return self.stamp(message, now)

    def stamp(self, message: Message, now: float) -> Message:
        """The same."""
        self._stamped += 1
        time = format_time(round(now * 1000))
        return with_tags(message, time, msgid_of(self._stamped, self._run))

    @property
    def position(self) -> int:
        """Nothing has a number."""
        return 0

    def boundary(self, now: float) -> int:
        """Now will do."""
        return round(now * 1000)

    def number_of(self, msgid: str) -> int:
        """Nothing has a number."""
        return 0

    def point(self, room: str, msgid: str) -> Point | None:
        """Nowhere."""
        return None

    def span(self, room: str, time: int) -> tuple[Point, Point]:
        """As good as any."""
        return just_before(time), just_after(time)

    def place(self, message: Message) -> int:
        """Nowhere else than it says."""
        return parse_time(message.tags["time"])

    def select(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> list[Message]:
        """Nothing."""
        return []

    def pages(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> Iterator[list[Message]]:
        """None."""
        return iter(())

    def author(self, room: str, msgid: str) -> str | None:
        """Nobody."""
        return None

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Nothing is there to be redacted."""

    def seal(self, room: str, at: float) -> None:
        """Nothing is there to be read."""

    def seal_before(self, room: str, boundary: int) -> None:
        """Nothing is there to be read."""

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        """Forgotten with the process."""

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Nothing."""
        found([])

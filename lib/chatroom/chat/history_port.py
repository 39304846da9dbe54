"""The interface of a history, as the chat needs it.

The server's `HistoryService` implements it with the store's `History`; `NoHistory` is for servers
that keep nothing. The world calls it its `log`, because that is its part in a change: an event
changes the state, goes to the log, and is told to people.

A room's history is read between two points. Every method may raise HistoryError.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.once import SaidOnce
from chatroom.wire.reference import (
    HistoryError,
    Point,
    Redaction,
    format_time,
    just_after,
    just_before,
    msgid_of,
    parse_time,
    with_tags,
)

Found = Callable[[list[Message] | HistoryError], Iterator[None] | None]
"""Called in the loop's thread with the results of a search, the newest first, or with its error."""


class SearchTooLong(HistoryError):
    """The search was stopped. `str()` is a sentence for the asker, without its full stop."""

    def __init__(self) -> None:
        super().__init__("The search took too long; use fewer or longer words")


class IndexBehind(SearchTooLong):
    """The search would have missed messages, because the index is not up to date."""

    def __init__(self) -> None:
        HistoryError.__init__(self, "The search index is behind; try again in a minute")


@dataclass(frozen=True, slots=True)
class Asker:
    """The person who searches, for the order of searches and for the rights to read.

    Searches take turns by `address`, and at one address by `session`. `charge` is called when a
    search has to continue, which costs as much as another one. `may_read` is called for every
    message that is shown; `is_shut_out` says whether an unreadable message means that its whole
    room is unreadable. `account` is the number of their account, whose private conversations are
    searched too; 0 for a guest.
    """

    address: str
    session: Hashable
    is_gone: Callable[[], bool]
    charge: Callable[[], None]
    may_read: Callable[[Message], bool]
    is_shut_out: Callable[[str], bool]
    account: int = 0


class HistoryPort(Protocol):
    """The history of all rooms, and of private conversations, whose logs have a name as if they
    were rooms (`wire.private`)."""

    def record(self, room: str, message: Message, now: float, account: str = "") -> Message:
        """Record an event of a room. Returns the message with its `time` and `msgid` tags.

        `account` is the number of the author's account, in digits; "" for guests."""
        ...

    def record_in_each(
        self, rooms: Sequence[str], message: Message, now: float, account: str = ""
    ) -> None:
        """Record an event that concerns several rooms, in each of them or in none."""
        ...

    def stamp(self, message: Message, now: float) -> Message:
        """Add the tags without recording, for messages between two people."""
        ...

    @property
    def position(self) -> int:
        """The number of the last recorded message; the next one has a higher number."""
        ...

    def boundary(self, now: float) -> int:
        """A time (UTC milliseconds) after all recorded messages; later messages are not before
        it."""
        ...

    def number_of(self, msgid: str) -> int:
        """The number of the message with that msgid; 0 if there is none."""
        ...

    def room_of(self, msgid: str) -> str:
        """The room of an imported message, which kept the msgid of another server; "" for other
        messages."""
        ...

    def point(self, room: str, msgid: str) -> Point | None:
        """The position of that message in the room's history; None if it is not there, or
        sealed."""
        ...

    def span(self, room: str, time: int) -> tuple[Point, Point]:
        """The points that bound the messages before and after that time (UTC milliseconds)."""
        ...

    def place(self, message: Message) -> int:
        """The place of a message in time (UTC milliseconds), for seals and gaps. It may be
        displayed with another time, if the clock was wrong."""
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
        """Messages between two points, excluding both, in the order of time."""
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
        """Like `select`, in short pages that are read one by one; with `newest`, the newest page
        comes first."""
        ...

    def conversations(self, account: int) -> list[str]:
        """The logs of an account's private conversations, the newest first, a bounded number."""
        ...

    def author(self, room: str, msgid: str) -> str | None:
        """The source of a message that can be redacted."""
        ...

    def account_behind(self, room: str, msgid: str) -> int:
        """The number of the account that said a message; 0 for one of a guest, and for none."""
        ...

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Replace the message by its redaction."""
        ...

    @property
    def deletions(self) -> int:
        """How often something was deleted from the history that people may have seen."""
        ...

    def redactions(self, room: str, after: int, most: int) -> list[Redaction]:
        """The next redactions in a room, after the one with that number."""
        ...

    def redactions_until(self, room: str, point: Point) -> int:
        """The number of the last redaction in a room up to a point of its history; 0 if there is
        none."""
        ...

    def said_once(self, key: str, now: float) -> list[SaidOnce]:
        """What an earlier process has recorded for a request with that key in the last day (`now`
        is in UTC seconds), and this one, as far as it does not have it in memory anyway."""
        ...

    def seal(self, room: str, at: float) -> None:
        """Make the messages of the room before `at` (UTC seconds) unreadable for everybody."""
        ...

    def seal_before(self, room: str, boundary: int) -> None:
        """Make the messages of the room before that `boundary` unreadable for everybody."""
        ...

    def rename_room(self, room: str, name: str, state: Mapping[str, Any]) -> None:
        """Give a room's history another name, and the room that state, as `save_room` does; both or
        neither are on disk when this returns. The history of a former room with that name is put
        aside."""
        ...

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        """Save a room's state for the next start; an empty state is removed."""
        ...

    def save_server_ban(self, key: str, values: Sequence[Any] | None) -> None:
        """Save a ban from the server, as plain values, for the next start; None removes it."""
        ...

    def save_marker(self, account: int, conversation: str, at: int | None) -> None:
        """Save up to when (UTC milliseconds) an account has read there; None removes it."""
        ...

    def forget_markers(self, account: int) -> None:
        """Remove all of an account's."""
        ...

    def save_metadata(self, account: int, values: Mapping[str, str] | None) -> None:
        """Save an account's metadata, by key; None removes them."""
        ...

    def save_user(self, account: int, state: Mapping[str, Any] | None) -> None:
        """Save a user who stays without a connection, for the next start; None removes them."""
        ...

    @property
    def changes(self) -> int:
        """The number of the last saved state: of a room, a ban, a marker, a user, ..."""
        ...

    def has_written(self, change: int) -> bool:
        """Whether the change with that number would survive the process. Raises HistoryError while
        nothing can be written."""
        ...

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Search for messages that this asker may read; `below` is a msgid, or "" for the newest.

        `found` is called later, or never if the asker leaves.
        """
        ...


class NoHistory:
    """A history that stays empty.

    Messages have msgids all the same, so that people can reply and react. `run` makes these
    different from the msgids of any other run of the server.
    """

    def __init__(self, run: str = "0") -> None:
        self._run = run
        self._stamped = 0

    def record(self, room: str, message: Message, now: float, account: str = "") -> Message:
        """The message with its `time` and `msgid` tags."""
        return self.stamp(message, now)

    def record_in_each(
        self, rooms: Sequence[str], message: Message, now: float, account: str = ""
    ) -> None:
        """Nothing is recorded."""

    def stamp(self, message: Message, now: float) -> Message:
        """The message with its `time` and `msgid` tags; they are not stored anywhere."""
        self._stamped += 1
        time = format_time(round(now * 1000))
        return with_tags(message, time, msgid_of(self._stamped, self._run))

    @property
    def position(self) -> int:
        """Nothing has a number."""
        return 0

    def room_of(self, msgid: str) -> str:
        """Nothing is imported."""
        return ""

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

    def conversations(self, account: int) -> list[str]:
        """None."""
        return []

    def author(self, room: str, msgid: str) -> str | None:
        """Nobody."""
        return None

    def account_behind(self, room: str, msgid: str) -> int:
        """Nobody's."""
        return 0

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Nothing is there to be redacted."""

    @property
    def deletions(self) -> int:
        """Never."""
        return 0

    def redactions(self, room: str, after: int, most: int) -> list[Redaction]:
        """None."""
        return []

    def redactions_until(self, room: str, point: Point) -> int:
        """None."""
        return 0

    def said_once(self, key: str, now: float) -> list[SaidOnce]:
        """Nothing is left of an earlier process."""
        return []

    def seal(self, room: str, at: float) -> None:
        """Nothing is there to be read."""

    def seal_before(self, room: str, boundary: int) -> None:
        """Nothing is there to be read."""

    def rename_room(self, room: str, name: str, state: Mapping[str, Any]) -> None:
        """Nothing has the old name."""

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        """Forgotten with the process."""

    def save_server_ban(self, key: str, values: Sequence[Any] | None) -> None:
        """Forgotten with the process."""

    def save_marker(self, account: int, conversation: str, at: int | None) -> None:
        """Forgotten with the process."""

    def forget_markers(self, account: int) -> None:
        """Forgotten with the process."""

    def save_metadata(self, account: int, values: Mapping[str, str] | None) -> None:
        """Forgotten with the process."""

    def save_user(self, account: int, state: Mapping[str, Any] | None) -> None:
        """Forgotten with the process."""

    @property
    def changes(self) -> int:
        """Nothing is written."""
        return 0

    def has_written(self, change: int) -> bool:
        """As far as it ever will be."""
        return True

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Nothing."""
        found([])

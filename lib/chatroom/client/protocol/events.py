"""What a session tells: each event is a value, in the words of the wire, nothing made visible yet.

Room names are the server's, `#` included. `own` marks what the person at this client did.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from chatroom.client.limits import LIMITS, OBJECT_BYTES, TEXT_BYTES
from chatroom.wire.message import NO_TAGS, Message
from chatroom.wire.modes import ModeChange


class Member(NamedTuple):
    """Somebody in a room; `modes` are the letters of the prefixes held there, such as `o`."""

    nick: str
    modes: str = ""


class WhoRow(NamedTuple):
    """One person of a WHO reply; `flags` are H or G (gone), `*`, B and prefixes."""

    nick: str
    userhost: str
    modes: str
    away: bool
    bot: bool
    realname: str


class RoomRow(NamedTuple):
    """One room of a LIST reply."""

    room: str
    users: int
    topic: str = ""


class Registered(NamedTuple):
    """001: the server has let us in."""

    nick: str


class MotdLine(NamedTuple):
    """One line of the message of the day."""

    text: str


class Ready(NamedTuple):
    """The welcome is over and ISUPPORT is known: rooms can be joined."""


class NickRefused(NamedTuple):
    """The nickname cannot be had, and registration waits for another one."""

    message: Message


class Refusal(NamedTuple):
    """An error numeric, or the standard reply FAIL."""

    message: Message


class Remark(NamedTuple):
    """One of the standard replies WARN and NOTE: nothing failed."""

    message: Message


class Answer(NamedTuple):
    """Any other numeric that somebody asked for."""

    message: Message


class Unreadable(NamedTuple):
    """A line that is no message; `reason` says why."""

    reason: str


class Exceeded(NamedTuple):
    """The server sent more of something than is taken (client/limits.py, where `limit` is a row),
    and the rest is missing. `text` is a sentence. Told once for each limit and connection, or for
    each room and answer where it is about them, but not without end."""

    limit: str
    text: str


class Closed(NamedTuple):
    """ERROR: the server is about to hang up, and says why."""

    message: Message


class Settled(NamedTuple):
    """The server has dealt with everything that was sent before `settle`."""


class RoomEntered(NamedTuple):
    """We are in a room and know who else is; `topic` "" means none.

    `since` is when we came in, by the server's clock; "" where it does not tell.
    """

    room: str
    members: tuple[Member, ...]
    topic: str
    since: str = ""


class NamesListed(NamedTuple):
    """Who is in a room, as somebody asked."""

    room: str
    members: tuple[Member, ...]


class WhoListed(NamedTuple):
    """Who is in a room, or fits a mask, with more about each."""

    mask: str
    rows: tuple[WhoRow, ...]


class WhoisTold(NamedTuple):
    """Everything that the server tells about a person: numerics as they came."""

    nick: str
    messages: tuple[Message, ...]


class RoomsListed(NamedTuple):
    """The rooms that there are."""

    rows: tuple[RoomRow, ...]


class TopicTold(NamedTuple):
    """A room's topic, as somebody asked; "" means none."""

    room: str
    topic: str


class Joined(NamedTuple):
    """Somebody else came into a room of ours."""

    room: str
    nick: str


class Left(NamedTuple):
    """Somebody left a room; `room` "" means all of them, by QUIT."""

    room: str
    nick: str
    reason: str
    own: bool


class Kicked(NamedTuple):
    """Somebody was thrown out of a room."""

    room: str
    nick: str
    by: str
    reason: str
    own: bool


class Renamed(NamedTuple):
    """Somebody has another nickname now."""

    old: str
    new: str
    own: bool


class TopicChanged(NamedTuple):
    """Somebody set a room's topic, or took it away."""

    room: str
    by: str
    topic: str
    own: bool


class ModesChanged(NamedTuple):
    """Somebody changed the modes of a room."""

    room: str
    by: str
    changes: tuple[ModeChange, ...]
    own: bool


class OwnModes(NamedTuple):
    """Our own user modes changed."""

    modes: str


class Invited(NamedTuple):
    """Somebody wants us, or `nick`, to come into a room."""

    room: str
    by: str
    nick: str
    own: bool


class Said(NamedTuple):
    """A PRIVMSG or NOTICE. `room` is "" for what goes to one person, `target`.

    `target` "" is ourselves. `server` marks a sender that is no person. A `text` of several lines
    has line breaks in it. `source` is the sender as nick!user@host, where that is known.
    """

    room: str
    sender: str
    target: str
    text: str
    own: bool = False
    notice: bool = False
    server: bool = False
    tags: Mapping[str, str] = NO_TAGS
    source: str = ""

    @property
    def with_whom(self) -> str:
        """The room or the person that it belongs to: the one we talk with."""
        return self.room or (self.target if self.own and self.target else self.sender)

    @property
    def answers(self) -> str:
        """The msgid of the message that it is a reply to (+draft/reply); "" for none."""
        return self.tags.get("+draft/reply") or self.tags.get("+reply") or ""


class Typing(NamedTuple):
    """Somebody types, has stopped to think, or has given it up (client tag `typing`).

    `phase` is active, paused or done; `room` is "" where it is for us alone.
    """

    room: str
    nick: str
    phase: str
    source: str = ""


class Reacted(NamedTuple):
    """Somebody reacted to the message `msgid`, or took a reaction back (+draft/react).

    `tags` are empty for what we do ourselves: the server has not told us of it.
    """

    room: str
    sender: str
    target: str
    msgid: str
    reaction: str
    removed: bool
    own: bool
    source: str = ""
    tags: Mapping[str, str] = NO_TAGS


class Delivered(NamedTuple):
    """What we sent under this label has been taken; `msgid` is "" where the server tells none."""

    label: str
    msgid: str = ""


class Echoed(NamedTuple):
    """The server has answered to `measure`."""


class TakenBack(NamedTuple):
    """A REDACT: somebody took back the message `msgid`; `room` is "" where it went to a person."""

    room: str
    by: str
    msgid: str
    reason: str
    own: bool


class Gone(NamedTuple):
    """The place in a history of a message that was taken back."""

    room: str
    tags: Mapping[str, str]


class HistoryPage(NamedTuple):
    """A stretch of what was said in a room, or with a person, the oldest first.

    `lines` are `entries` without the reactions: what the limit of a question counts.
    """

    room: str
    entries: tuple[Said | Gone | Reacted, ...]

    @property
    def lines(self) -> tuple[Said | Gone, ...]:
        return tuple(each for each in self.entries if not isinstance(each, Reacted))


class Found(NamedTuple):
    """What a search found, the oldest first."""

    lines: tuple[Said, ...]


Event: TypeAlias = (
    Registered
    | MotdLine
    | Ready
    | NickRefused
    | Refusal
    | Remark
    | Answer
    | Unreadable
    | Exceeded
    | Closed
    | Settled
    | RoomEntered
    | NamesListed
    | WhoListed
    | WhoisTold
    | RoomsListed
    | TopicTold
    | Joined
    | Left
    | Kicked
    | Renamed
    | TopicChanged
    | ModesChanged
    | OwnModes
    | Invited
    | Said
    | Typing
    | Reacted
    | Delivered
    | Echoed
    | TakenBack
    | HistoryPage
    | Found
)


# In bounded memory


class HeldEvents:
    """Some events in their order. Once it is `full`, it takes no more."""

    def __init__(
        self, most_events: int = LIMITS.held_events, most_bytes: int = LIMITS.held_bytes
    ) -> None:
        self.events: list[Event] = []
        self.full = False
        self._most_events, self._most_bytes = most_events, most_bytes
        self._used = 0

    def takes(self, event: Event) -> bool:
        """Keep an event; False where there is no place for it."""
        self._used += event_weight(event)
        if len(self.events) >= self._most_events or self._used > self._most_bytes:
            self.full = True
        else:
            self.events.append(event)
        return not self.full

    def given(self) -> list[Event]:
        """All of them, which leaves place for others."""
        given, self.events = self.events, []
        self._used, self.full = 0, False
        return given


def event_weight(event: object) -> int:
    """Bytes of memory that an event takes, about, with everything in it."""
    weight, left = 0, [event]
    while left:
        part = left.pop()
        if isinstance(part, str):
            weight += TEXT_BYTES + len(part) * (1 if part.isascii() else 4) if part else 0
        elif isinstance(part, tuple):  # as events are
            weight += OBJECT_BYTES
            left += part
        elif isinstance(part, Mapping):
            weight += 2 * OBJECT_BYTES
            left += (*part, *part.values())
    return weight  # True, None and the like are there once

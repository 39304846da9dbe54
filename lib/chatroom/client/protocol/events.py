"""The events of a session, as immutable values. Texts are as on the wire, not yet passed through
`visible`.

Rooms have the server's names, `#` included. `own` means that the person at this client did it.
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
    """The nickname is not available, and registration waits for another one."""

    message: Message


class Refusal(NamedTuple):
    """An error numeric, or the standard reply FAIL."""

    message: Message


class Remark(NamedTuple):
    """One of the standard replies WARN and NOTE: nothing failed."""

    message: Message


class Answer(NamedTuple):
    """Any other numeric: the answer to a command."""

    message: Message


class AccountChanged(NamedTuple):
    """900 and 901: we are logged in to this account; "" for none. `told`: it is not part of the
    welcome."""

    account: str
    told: bool = True


class AccountRegistered(NamedTuple):
    """REGISTER SUCCESS: the account is made, or VERIFICATION_REQUIRED: it is `unverified`, and
    `text` says what is missing (IRCv3 account-registration)."""

    account: str
    unverified: bool
    text: str


class Unreadable(NamedTuple):
    """A line that is not an IRC message; `reason` says why."""

    reason: str


class Exceeded(NamedTuple):
    """The server sent more of something than the client accepts (client/limits.py, where `limit` is
    a row), and the rest is missing. `text` is a sentence. It is reported once for each limit and
    connection; limits of rooms and answers once for each of these, up to a number."""

    limit: str
    text: str


class Closed(NamedTuple):
    """ERROR: the server is about to close the connection, and says why."""

    message: Message


class Settled(NamedTuple):
    """The server has processed everything that was sent before `barrier`."""


class RoomEntered(NamedTuple):
    """We have entered a room and know who else is in it; `topic` "" means that there is none.

    `since` is the time of entering by the server's clock; "" if the server does not say.
    """

    room: str
    members: tuple[Member, ...]
    topic: str
    since: str = ""


class NamesListed(NamedTuple):
    """The members of a room: the answer to a question."""

    room: str
    members: tuple[Member, ...]


class WhoListed(NamedTuple):
    """The people in a room, or matching a mask, with details."""

    mask: str
    rows: tuple[WhoRow, ...]


class WhoisTold(NamedTuple):
    """Everything that WHOIS says about a person, as the original numerics."""

    nick: str
    messages: tuple[Message, ...]


class RoomsListed(NamedTuple):
    """The list of rooms."""

    rows: tuple[RoomRow, ...]


class TopicTold(NamedTuple):
    """A room's topic: the answer to a question; "" means that there is none."""

    room: str
    topic: str


class Joined(NamedTuple):
    """Somebody else has entered a room of ours."""

    room: str
    nick: str


class Left(NamedTuple):
    """Somebody has left a room; `room` "" means all rooms, by QUIT."""

    room: str
    nick: str
    reason: str
    own: bool


class Kicked(NamedTuple):
    """Somebody was kicked from a room."""

    room: str
    nick: str
    by: str
    reason: str
    own: bool


class Renamed(NamedTuple):
    """Somebody has changed their nickname."""

    old: str
    new: str
    own: bool


class RealnameChanged(NamedTuple):
    """We have another real name now (SETNAME)."""

    realname: str


class RoomRenamed(NamedTuple):
    """Our room `old` is called `room` now. `by` is "" where the server only says so, because we
    wanted to enter it under its old name."""

    room: str
    old: str
    by: str
    reason: str
    own: bool


class TopicChanged(NamedTuple):
    """Somebody has set or removed a room's topic."""

    room: str
    by: str
    topic: str
    own: bool


class ModesChanged(NamedTuple):
    """Somebody has changed the modes of a room."""

    room: str
    by: str
    changes: tuple[ModeChange, ...]
    own: bool


class OwnModes(NamedTuple):
    """Our own user modes have changed."""

    modes: str


class Invited(NamedTuple):
    """Somebody has invited us, or `nick`, to a room."""

    room: str
    by: str
    nick: str
    own: bool


class Said(NamedTuple):
    """A PRIVMSG or NOTICE. `room` is "" for a private message to `target`.

    `target` "" means us. `server`: the sender is a server, not a person. A `text` of several lines
    contains line breaks. `source` is the sender as nick!user@host, if that is known. `audience`: in
    words, who in the room gets it; "" for everybody.
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
    audience: str = ""

    @property
    def with_whom(self) -> str:
        """The conversation of the message: its room, or the other person."""
        return self.room or (self.target if self.own and self.target else self.sender)

    @property
    def answers(self) -> str:
        """The msgid of the message that this one replies to (+draft/reply); "" for none."""
        return self.tags.get("+draft/reply") or self.tags.get("+reply") or ""


class Typing(NamedTuple):
    """Somebody is typing, has paused, or has stopped (client tag `typing`).

    `phase` is active, paused or done; `room` is "" if they type to us alone.
    """

    room: str
    nick: str
    phase: str
    source: str = ""


class Reacted(NamedTuple):
    """Somebody has reacted to the message `msgid`, or removed a reaction (+draft/react).

    `tags` are empty for our own reactions, because the server has not sent them.
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
    """The server has accepted what we sent with this label; `msgid` is "" if the server does not
    say it."""

    label: str
    msgid: str = ""


class Echoed(NamedTuple):
    """The server has answered the PING of `ping`."""


class MarkedRead(NamedTuple):
    """The person has read a conversation up to then, UTC milliseconds, perhaps on another device
    (IRCv3 draft/read-marker)."""

    name: str
    upto: int


class TakenBack(NamedTuple):
    """Somebody has deleted the message `msgid` (REDACT); `room` is "" if it was private."""

    room: str
    by: str
    msgid: str
    reason: str
    own: bool


class Gone(NamedTuple):
    """The place of a deleted message in the history."""

    room: str
    tags: Mapping[str, str]


class HistoryPage(NamedTuple):
    """A page of the history of a room, or of a conversation with a person, the oldest entry first.

    `lines` are the `entries` without the reactions, which the limit of a request does not count.
    `is_last`: the server says that the next page would be empty; many servers do not say it.
    """

    room: str
    entries: tuple[Said | Gone | Reacted, ...]
    is_last: bool = False

    @property
    def lines(self) -> tuple[Said | Gone, ...]:
        return tuple(each for each in self.entries if not isinstance(each, Reacted))


class Found(NamedTuple):
    """The results of a search, the oldest first."""

    lines: tuple[Said, ...]


Event: TypeAlias = (
    Registered
    | MotdLine
    | Ready
    | NickRefused
    | Refusal
    | Remark
    | Answer
    | AccountChanged
    | AccountRegistered
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
    | RealnameChanged
    | RoomRenamed
    | TopicChanged
    | ModesChanged
    | OwnModes
    | Invited
    | Said
    | Typing
    | Reacted
    | Delivered
    | Echoed
    | MarkedRead
    | TakenBack
    | HistoryPage
    | Found
)


# In bounded memory


class HeldEvents:
    """Events that are kept in order until they can be delivered. When it is `full`, it accepts
    nothing further."""

    def __init__(
        self, most_events: int = LIMITS.held_events, most_bytes: int = LIMITS.held_bytes
    ) -> None:
        self.events: list[Event] = []
        self.full = False
        self._most_events, self._most_bytes = most_events, most_bytes
        self._used = 0

    def takes(self, event: Event) -> bool:
        """Keep an event. Returns False if there is no room for it."""
        self._used += event_weight(event)
        if len(self.events) >= self._most_events or self._used > self._most_bytes:
            self.full = True
        else:
            self.events.append(event)
        return not self.full

    def given(self) -> list[Event]:
        """Take out all events."""
        given, self.events = self.events, []
        self._used, self.full = 0, False
        return given


def event_weight(event: object) -> int:
    """The approximate memory of an event in bytes, with everything in it."""
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

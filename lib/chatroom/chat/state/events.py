"""Everything that can happen to people and rooms, as frozen values.

An event holds all that applying it needs: who (the number of a `User`), in which room (its name),
when (`at`, UTC seconds), and what. If the event affects who said which message of the history, it
also holds the log's `position` before it, because a log that is full has kept less than people were
shown.

A handler that has checked the rights makes an event, `apply` carries it out. Played in their order
into another world, the events of one make it the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chatroom.chat.limits import Limits
from chatroom.wire.message import Message
from chatroom.wire.modes import ModeChange

# People


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody who has no name yet has connected from that host."""

    user: int
    host: str
    at: float


@dataclass(frozen=True, slots=True)
class Relocated:
    """A proxy has named the host of somebody who has no nickname yet."""

    user: int
    host: str


@dataclass(frozen=True, slots=True)
class NickChanged:
    """A user has chosen a nickname: the first one, or another."""

    user: int
    nick: str
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class Identified:
    """A user has sent USER: the user name and the real name."""

    user: int
    username: str
    realname: str


@dataclass(frozen=True, slots=True)
class RealnameChanged:
    """A user has another real name."""

    user: int
    realname: str
    at: float


@dataclass(frozen=True, slots=True)
class HostChanged:
    """A user comes from another host, with that user name. `position` is the log's."""

    user: int
    username: str
    host: str
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class Registered:
    """A user has a name, and is let in."""

    user: int
    position: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A user has logged in to an account."""

    user: int
    account: str
    at: float


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """A user has logged out of their account."""

    user: int
    at: float


@dataclass(frozen=True, slots=True)
class AwayChanged:
    """A user is away, with this text, or is back: then it is empty."""

    user: int
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class UserModesChanged:
    """A user has changed modes of their own."""

    user: int
    changes: tuple[ModeChange, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Quit:
    """A user's last connection has ended. The others see why."""

    user: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Stayed:
    """A user's last connection has ended, and the user stays in their rooms."""

    user: int
    at: float


@dataclass(frozen=True, slots=True)
class Returned:
    """A user who has stayed without a connection has one again."""

    user: int
    at: float


@dataclass(frozen=True, slots=True)
class UserRestored:
    """A user who stays without a connection is there, as they were saved. `modes` are of "iB";
    `rooms` have name, ranks and gaps."""

    user: int
    account: str
    nick: str
    username: str
    realname: str
    host: str
    signed_on: float
    modes: str
    away: str
    rooms: tuple[tuple[str, str, tuple[tuple[int, int], ...]], ...]
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """Somebody has gone without a QUIT: before registering, or after an unexpected exception."""

    user: int
    at: float


# Accounts


@dataclass(frozen=True, slots=True)
class AccountAdded:
    """An account was added, with a number that no other account ever has."""

    account: str
    suspended: bool = False
    number: int = 0
    always_on: bool | None = None


@dataclass(frozen=True, slots=True)
class AlwaysOnSet:
    """From now on the users of an account stay without a connection, or no longer do so; None: as
    the configuration says."""

    account: str
    on: bool | None
    at: float


@dataclass(frozen=True, slots=True)
class AccountSuspended:
    """Nobody can use an account any more, or they can again. Its users are logged out."""

    account: str
    suspended: bool
    at: float


@dataclass(frozen=True, slots=True)
class AccountRenamed:
    """An account has another name. Its users stay logged in."""

    account: str
    to: str
    at: float


@dataclass(frozen=True, slots=True)
class AccountRemoved:
    """An account was removed. Its users are logged out. `erased`: what they said is erased, so
    rooms do not name them any more."""

    account: str
    at: float
    erased: bool = False


# Operators of the server


@dataclass(frozen=True, slots=True)
class OperatorMade:
    """A user is an operator of the server from now on (`model.Operator`)."""

    user: int
    name: str
    kind: str
    privileges: tuple[str, ...]
    by_account: bool
    at: float


@dataclass(frozen=True, slots=True)
class OperatorUnmade:
    """A user is no longer an operator of the server."""

    user: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorActed:
    """An operator has carried out that command."""

    user: int
    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Killed:
    """An operator puts a user out of the server: their connections are about to end."""

    by: int
    user: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class ServerBanSet:
    """An operator has banned somebody from the server (`server_bans.ServerBan`), in the place of an
    earlier ban of the same target."""

    by: int
    target: str
    is_address: bool
    setter: str
    at: float
    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class ServerBanLifted:
    """An operator has lifted the ban of that key."""

    by: int
    key: str
    at: float


@dataclass(frozen=True, slots=True)
class ServerBansEnded:
    """Server bans have ended: some of those whose end was before `at`, a bounded number."""

    at: float


@dataclass(frozen=True, slots=True)
class ServerBansRestored:
    """The stored server bans were loaded; each has the attributes of `ServerBan`, in order."""

    bans: tuple[tuple[str, bool, str, float, float, str], ...]


# Rooms


@dataclass(frozen=True, slots=True)
class Joined:
    """A user has entered a room, which is made if there is none."""

    user: int
    room: str
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class Parted:
    """A user has left a room. If it is empty then, it fades."""

    user: int
    room: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Kicked:
    """An operator has put a user out of a room."""

    by: int
    user: int
    room: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class TopicChanged:
    """A room has another topic; an empty one clears it."""

    user: int
    room: str
    topic: str
    at: float


@dataclass(frozen=True, slots=True)
class Invited:
    """A user was invited to a room; `opens`: by somebody whose invitation overrides its modes."""

    by: int
    user: int
    room: str
    opens: bool
    at: float


@dataclass(frozen=True, slots=True)
class Knocked:
    """A user asked those in charge of a room to be let in, perhaps with a text."""

    user: int
    room: str
    text: str
    at: float


class RoomModeChange(NamedTuple):
    """One change as it is `shown`. `member` is whose rank it gives or takes; 0 for other modes, and
    for somebody who is not here. `account` is the account for which the room keeps the rank, or no
    longer does; "" for none.

    A timed ban ends at `until` (UTC seconds); `reason` is for people.
    """

    shown: ModeChange
    member: int = 0
    until: float = 0.0
    reason: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class RoomModesChanged:
    """An operator has changed modes of a room, in this order."""

    user: int
    room: str
    changes: tuple[RoomModeChange, ...]
    at: float


@dataclass(frozen=True, slots=True)
class BansExpired:
    """Timed bans of a room have ended."""

    room: str
    at: float


@dataclass(frozen=True, slots=True)
class RanksGiven:
    """The server has given members a rank (a letter): the configuration names them, or the room
    keeps it for their accounts.

    `enters`: they have just entered, and will be told who is there.
    """

    room: str
    letter: str
    users: tuple[int, ...]
    at: float
    enters: bool = False


@dataclass(frozen=True, slots=True)
class RoomRegistered:
    """A room belongs to an account from now on, and lasts."""

    room: str
    account: str
    at: float


@dataclass(frozen=True, slots=True)
class RoomAccepted:
    """An account accepts a room of which it was made an owner."""

    room: str
    account: str
    at: float


@dataclass(frozen=True, slots=True)
class RoomRenamed:
    """A user has given a room another name, or another spelling of its name."""

    user: int
    room: str
    to: str
    reason: str
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class RoomDropped:
    """A room belongs to nobody any more. If it is empty and not permanent, it fades."""

    room: str
    at: float


@dataclass(frozen=True, slots=True)
class RoomRestored:
    """A room is as it was saved. If it is neither permanent nor registered, it fades at once: the
    server has ended since, and nobody is in it, unless it is `occupied` by people who stay without
    a connection, and are restored next."""

    name: str
    state: Mapping[str, Any]
    permanent: bool
    at: float
    occupied: bool = False


# What is said


class Said(NamedTuple):
    """Words to a room, or to its members of a `rank` (a letter).

    `message` has its msgid, which the log gave it. A log that is told of it later gives it its own,
    and the same one if it has been told of everything before.
    """

    user: int
    room: str
    rank: str
    message: Message
    at: float


class SaidTo(NamedTuple):
    """Words from one user to another."""

    user: int
    to: int
    message: Message
    at: float


class SaidToAbsent(NamedTuple):
    """Words from one user to an account (its number) whose owner is not there: they wait."""

    user: int
    account: int
    message: Message
    at: float


@dataclass(frozen=True, slots=True)
class WaitingTold:
    """Somebody has come back and was told what waited for their account (its number)."""

    account: int
    position: int


@dataclass(frozen=True, slots=True)
class WaitingRestored:
    """The stored waiting messages of accounts were loaded: number -> state."""

    accounts: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class MarkedRead:
    """A user has read a conversation (`markers`) up to that time, in UTC milliseconds."""

    user: int
    conversation: str
    upto: int


@dataclass(frozen=True, slots=True)
class MarkUndone:
    """A marker could not be saved, and is what it was: UTC milliseconds, or None for no marker.

    `owner` is the number of an account (`markers`); whoever has set it may have left meanwhile.
    """

    owner: int
    conversation: str
    upto: int | None


@dataclass(frozen=True, slots=True)
class MarkersRestored:
    """The read markers are as they were kept: account, conversation, UTC milliseconds."""

    markers: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class MetadataChanged:
    """A user has set values of a room's metadata, or of their own if `room` is "", or removed them
    (""). They are saved once, however many there are."""

    user: int
    room: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MetadataRestored:
    """The metadata of accounts are as they were kept: number -> values by key."""

    accounts: Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Redacted:
    """A message was deleted. `reason` is empty, or one text. `of`: the nickname of the author, for
    the room's audit, if it was somebody else's."""

    user: int
    room: str
    msgid: str
    reason: tuple[str, ...]
    at: float
    of: str = ""


@dataclass(frozen=True, slots=True)
class RoomCleared:
    """A user has deleted that many messages that somebody said in a room, each by its own event."""

    user: int
    room: str
    nick: str
    count: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Erased:
    """A message of somebody whose account was removed is gone from the log of a room, or from that
    of a conversation of the account of this number."""

    account: int
    log: str
    source: str
    msgid: str
    at: float


# The operator of the server


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """The operator has changed limits. (Settings are no state: they hold the password.)"""

    limits: Limits


@dataclass(frozen=True, slots=True)
class OperatorsNamed:
    """The configuration names rooms' operators and owners: bare names of rooms -> masks
    `nick!user@host`, and -> accounts."""

    operators: Mapping[str, tuple[str, ...]]
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Event = (
    Connected
    | Relocated
    | NickChanged
    | HostChanged
    | Identified
    | RealnameChanged
    | Registered
    | LoggedIn
    | LoggedOut
    | AwayChanged
    | UserModesChanged
    | Quit
    | Stayed
    | Returned
    | UserRestored
    | Dropped
    | AccountAdded
    | AlwaysOnSet
    | AccountSuspended
    | AccountRenamed
    | AccountRemoved
    | OperatorMade
    | OperatorUnmade
    | OperatorActed
    | Killed
    | ServerBanSet
    | ServerBanLifted
    | ServerBansEnded
    | ServerBansRestored
    | Joined
    | Parted
    | Kicked
    | TopicChanged
    | Invited
    | Knocked
    | RoomModesChanged
    | BansExpired
    | RanksGiven
    | RoomRegistered
    | RoomAccepted
    | RoomRenamed
    | RoomDropped
    | RoomRestored
    | Said
    | SaidTo
    | SaidToAbsent
    | WaitingTold
    | WaitingRestored
    | MarkedRead
    | MarkUndone
    | MarkersRestored
    | MetadataChanged
    | MetadataRestored
    | Redacted
    | RoomCleared
    | Erased
    | LimitsChanged
    | OperatorsNamed
)

"""The whole state of the chat: indexes of users and rooms, the time of this tick, and the
operator's settings.

Everybody may read it. The methods after "Changes" are only for `apply` and `snapshot`.
"""

import hashlib
import heapq
import json
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from chatroom.chat.accounts_port import AccountsPort, NoAccounts
from chatroom.chat.history_port import HistoryPort, NoHistory
from chatroom.chat.levels import Levels
from chatroom.chat.limits import Limits
from chatroom.chat.operators_port import AuditPort, NoAudit, NoOperators, OperatorsPort
from chatroom.chat.ports import Recipient
from chatroom.chat.settings import AccountSettings, OperatorSettings, Settings, TlsSettings
from chatroom.chat.state.accounts import Account, Accounts
from chatroom.chat.state.events import Event
from chatroom.chat.state.faded import FadedRooms
from chatroom.chat.state.fanout_port import FanoutPort
from chatroom.chat.state.model import Operator, Room, User, with_rank
from chatroom.chat.state.read_marks import ReadMarks
from chatroom.chat.state.server_bans import ServerBan, ServerBans
from chatroom.chat.state.waiting import WaitingMessages
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.gaps import Gap
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.masks import Mask
from chatroom.wire.message import Message, new_message
from chatroom.wire.names import fold, fold_mask, prefixed
from chatroom.wire.reference import format_time

_REDACTIONS = 1000
"""The number of latest redactions that are remembered, because unfinished answers may still contain
those messages."""


_EXPIRIES_OVER = 64
"""Ends of bans that were lifted before, which the heap may still hold."""


class Departed(NamedTuple):
    """What WHOWAS knows about a nickname."""

    nick: str
    username: str
    host: str
    realname: str
    left_at: float
    folded: str


def utc_moment(at: float) -> datetime:
    """UTC seconds as a datetime in UTC."""
    return datetime.fromtimestamp(at, UTC)


class World:
    """The state of the chat, with the `log` that records every change, and the `fanout` that
    announces it.

    It has no clock of its own: `set_time` sets the time, and `local` converts it to local time.
    `on_event` is called with each event that has happened.
    """

    def __init__(
        self,
        settings: Settings,
        limits: Limits,
        version: str,
        now: float,
        clock: float,
        fanout: FanoutPort,
        log: HistoryPort | None = None,
        replay: int = 0,
        local: Callable[[float], datetime] = utc_moment,
    ) -> None:
        self.version = version
        self.started_text = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S UTC}"
        self.started_clock = clock
        self.fanout = fanout
        self.log: HistoryPort = log or NoHistory()
        self.keeper: AccountsPort = NoAccounts()
        self.operator_keeper: OperatorsPort = NoOperators()
        self.audit: AuditPort = NoAudit()
        self.read_marks = ReadMarks(replay)
        self.local = local
        self.on_event: Callable[[Event], None] | None = None
        self.on_squatting: Callable[[int, str], None] = lambda _user, _nick: None
        self.on_wrong_password: Callable[[str], float] = lambda _host: 0.0
        self.on_expelled: Callable[[Recipient, str], None] = lambda _session, _why: None
        self.on_rehash: Callable[[Recipient], None] = lambda _session: None
        self.on_fading: Callable[[str], None] = lambda _room: None
        self.on_timed_ban: Callable[[], None] = lambda: None
        self.on_redaction: Callable[[str, str], object] = lambda _room, _msgid: None
        self.on_back: Callable[[User], None] = lambda _user: None
        self.accounts = Accounts()
        self.waiting = WaitingMessages()
        self.rooms: dict[str, Room] = {}  # by folded name
        self.users: dict[int, User] = {}  # everybody, also those who have not registered
        self.last_user = 0
        self.operators: dict[User, None] = {}  # of the server
        self.server_bans = ServerBans()
        self.levels = Levels()
        self.network_of: Callable[[str], str] = lambda host: host
        self.faded = FadedRooms()
        self.departed: deque[Departed] = deque()
        self.registered = 0
        self.invisible = 0
        self.most_registered = 0
        self._operators: Mapping[str, Collection[Mask]] = {}  # by the rooms' folded names
        self._owners: Mapping[str, Collection[str]] = {}  # folded accounts, by the same
        self.registered_rooms: dict[str, Room] = {}  # those that belong to accounts, by the same
        self._by_nick: dict[str, User] = {}
        self._by_skeleton: dict[str, User] = {}
        self._by_account: dict[str, set[User]] = {}  # who is logged in to an account
        self._expiries: dict[str, float] = {}  # when the first timed ban of a room ends
        self._expiry_heap: list[tuple[float, str]] = []  # the same, with some that are over
        self.next_expiry = 0.0  # the first of all; 0: there is none
        self._redacted: OrderedDict[str, None] = OrderedDict()
        self.set_settings(settings)
        self.set_tls(TlsSettings())
        self.set_account_settings(AccountSettings())
        self.set_operator_settings(OperatorSettings())
        self.set_limits(limits)
        self.set_time(now, clock)

    # Time

    def set_time(self, now: float, clock: float) -> None:
        """Set the time of this tick: UTC seconds, and seconds on a clock that is never set back.

        The time is rounded to milliseconds, so that the history has the same times that were shown.
        """
        self.now = round(now * 1000) / 1000  # four times as fast as round(now, 3)
        self.clock = clock
        self._time_tag: Mapping[str, str] | None = None
        self._common_tags: dict[tuple[str, bool], Mapping[str, str]] = {}

    def time_tag(self, at: float) -> Mapping[str, str]:
        """The `time` tag for that time (IRCv3 server-time); the same object for a whole tick."""
        if at != self.now:
            return {"time": format_time(round(at * 1000))}
        if self._time_tag is None:
            self._time_tag = {"time": format_time(round(at * 1000))}
        return self._time_tag

    def message_from(
        self,
        user: User,
        command: str,
        *params: str,
        at: float,
        tags: Mapping[str, str] | None = None,
    ) -> Message:
        """A message from this user, with the time and perhaps further tags.

        These are the user's account (IRCv3 account-tag), and whether they are a bot (IRCv3
        bot-mode).
        """
        common = self._tags_of(user, at) if user.account or user.bot else self.time_tag(at)
        tags = {**common, **tags} if tags else common
        return new_message((command, params, user.source, tags))

    def _tags_of(self, user: User, at: float) -> Mapping[str, str]:
        """The time with the tags of this user: one object for a whole tick."""
        key = user.account, user.bot
        tags = self._common_tags.get(key) if at == self.now else None
        if tags is None:
            account = {"account": user.account} if user.account else {}
            tags = {**self.time_tag(at), **account, **({"bot": ""} if user.bot else {})}
            if at == self.now:
                self._common_tags[key] = tags
        return tags

    # What the server is

    def set_settings(self, settings: Settings) -> None:
        """Set the operator's settings, which do not belong to the state of the chat."""
        self.settings = settings
        self.fanout.server_name = settings.name

    def set_tls(self, tls: TlsSettings, has_tls: bool = False, sts_port: int = 0) -> None:
        """Set the settings for TLS, and whether there is a certificate.

        `sts_port` is the port that clients should use over TLS and no other way (IRCv3 sts), or 0.
        """
        self.tls = tls
        self.has_tls = has_tls
        self.sts_port = sts_port

    def set_account_settings(self, settings: AccountSettings) -> None:
        """Take over what the operator says of accounts. It is no state of the chat either."""
        self.account_settings = settings

    def set_operator_settings(self, settings: OperatorSettings) -> None:
        """Take over whom the configuration makes operators of the server. It is no state either."""
        self.operator_settings = settings
        self.operator_accounts = {fold(name): name for name in settings.accounts}

    @property
    def keeps_history(self) -> bool:
        """Whether there is a history."""
        return not isinstance(self.log, NoHistory)

    @property
    def has_accounts(self) -> bool:
        """Whether people can have accounts."""
        return not isinstance(self.keeper, NoAccounts)

    @property
    def needs_account(self) -> bool:
        """Whether nobody is let in without an account."""
        return self.has_accounts and self.account_settings.required

    def offers(self, capability: str) -> bool:
        """Whether this server has that capability."""
        row = CAPABILITIES.get(capability)
        return row is not None and (
            (self.keeps_history or not row.needs_history)
            and (self.has_accounts or not row.needs_accounts)
        )

    @property
    def version_token(self) -> str:
        """The version as one word: chatroom-0.1.0."""
        return self.version.lower().replace(" ", "-")

    # People

    def find(self, nick: str) -> User | None:
        """The registered user of that nickname, whatever its case or width."""
        user = self._by_nick.get(fold(nick))
        return user if user is not None and user.registered else None

    def is_free(self, nick: str, user: User) -> bool:
        """Whether `user` may take that nickname."""
        return self._by_nick.get(fold(nick), user) is user

    def holder(self, nick: str) -> User | None:
        """Whoever has that nickname, also if they have not registered yet."""
        return self._by_nick.get(fold(nick))

    def resembling(self, nick: str) -> User | None:
        """A user whose nickname is this one, or looks like it (UTS #39 section 4)."""
        return self._by_skeleton.get(skeleton(nick))

    def lookalike(self, nick: str, user: User) -> User | None:
        """The same; None if that is `user`."""
        other = self.resembling(nick)
        return None if other is user else other

    def logged_in(self, account: str) -> list[User]:
        """The users who are logged in to that account."""
        users = self._by_account.get(fold(account))
        return sorted(users, key=attrgetter("id")) if users else []

    def people(self) -> Iterator[User]:
        """All registered users at this moment; a caller may be interrupted between two of them."""
        return (user for user in list(self._by_nick.values()) if user.registered)

    @property
    def unregistered(self) -> int:
        """The number of connections that have not registered."""
        return len(self.users) - self.registered

    def names_operator(self, user: User, room: Room) -> bool:
        """Whether the configuration names this user as an operator of the room."""
        masks = self._operators.get(room.folded)
        return masks is not None and any(mask.matches(user.folded_mask) for mask in masks)

    def account_ranks(self, user: User, room: Room) -> str:
        """The ranks that the user's account has in the room: those that it keeps, and that of an
        owner whom the configuration names."""
        if not user.account:
            return ""
        account = fold(user.account)
        ranks = room.kept.get(account, "")
        owns = account in self._owners.get(room.folded, ())
        return with_rank(ranks, "q", True) if owns else ranks

    def names_owner(self, account: str) -> bool:
        """Whether the configuration names this account as an owner of any room."""
        folded = fold(account)
        return any(folded in accounts for accounts in self._owners.values())

    def due_ranks(self, user: User, room: Room) -> str:
        """The ranks that the user gets on entering."""
        ranks = self.account_ranks(user, room)
        return with_rank(ranks, "o", True) if self.names_operator(user, room) else ranks

    def owned_by(self, account: str) -> int:
        """The number of registered rooms of which the account is an owner."""
        folded = fold(account)
        return sum("q" in room.kept.get(folded, "") for room in self.registered_rooms.values())

    # Rooms

    def find_room(self, name: str) -> Room | None:
        """The room of that name, whatever its case or width."""
        return self.rooms.get(name) or self.rooms.get(fold(name))  # mostly as it is compared

    def is_new(self, room: Room) -> bool:
        """Whether the next person to enter becomes the room's operator.

        A lasting room is nobody's for coming first: after a restart that would be the person with
        the fastest client.
        """
        return not (room.lasts or room.members)

    @property
    def due_room(self) -> str:
        """The name of the room whose first timed ban has ended; "" if none has."""
        if not self.next_expiry or self.next_expiry > self.now:
            return ""
        return self._expiry_heap[0][1]

    def was_redacted(self, message: Message) -> bool:
        """Whether the message was redacted while it was on its way to somebody."""
        return message.tags.get("msgid", "") in self._redacted and message.command != "REDACT"

    def snapshot(self) -> dict[str, Any]:
        """The whole state as plain values that JSON can hold; `restore` turns them into a world.

        It does not contain what belongs to a process (sessions, settings with the password), nor
        what the log and `read_marks` keep.
        """
        return {
            "limits": asdict(self.limits),
            "operators": {room: [m.text for m in masks] for room, masks in self._operators.items()},
            "owners": {room: list(accounts) for room, accounts in self._owners.items()},
            "accounts": self.accounts.snapshot(),
            "server_bans": self.server_bans.snapshot(),
            "waiting": self.waiting.snapshot(),
            "users": [self._snapshot_of(user) for user in self.users.values()],
            "last_user": self.last_user,
            "most_registered": self.most_registered,
            "nicks": [user.id for user in self._by_nick.values()],
            "looks": [[shape, user.id] for shape, user in self._by_skeleton.items()],
            "rooms": [room.snapshot() for room in self.rooms.values()],
            "faded": self.faded.snapshot(),
            "departed": [list(one) for one in self.departed],
            "redacted": list(self._redacted),
        }

    def _snapshot_of(self, user: User) -> dict[str, Any]:
        rooms = [[room.folded, [list(gap) for gap in gaps]] for room, gaps in user.rooms.items()]
        invitations = [
            [room.folded, at]
            for room, at in user.invitations.items()
            if self.rooms.get(room.folded) is room  # to a room that has faded it means nothing
        ]
        return {**user.snapshot(), "rooms": rooms, "invitations": invitations}

    @property
    def digest(self) -> str:
        """A hash of the state, the same in every process."""
        text = json.dumps(self.snapshot(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    # Changes

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over the state of a snapshot. The world must be new."""
        self.set_limits(Limits(**snapshot["limits"]))
        self._operators = {
            room: [Mask(text) for text in masks] for room, masks in snapshot["operators"].items()
        }
        self._owners = snapshot["owners"]
        self.accounts.restore(snapshot["accounts"])
        self.server_bans.restore(snapshot["server_bans"])
        self.waiting.restore(snapshot["waiting"])
        for values in snapshot["users"]:
            user = User(values["id"], values["host"], values["signed_on"])
            user.restore(values)
            self.add_user(user)
            self.log_in(user, user.account)
        for values in snapshot["rooms"]:
            room = Room(values["name"], values["created"])
            room.restore(values, self.users)
            self.add_room(room)
            self.plan_expiry(room)
        for values in snapshot["users"]:
            user = self.users[values["id"]]
            for room, gaps in values["rooms"]:
                user.rooms[self.rooms[room]] = tuple(Gap(*gap) for gap in gaps)
            if values["invitations"]:
                user.invitations = {self.rooms[room]: at for room, at in values["invitations"]}
        self._by_nick = {self.users[n].folded: self.users[n] for n in snapshot["nicks"]}
        self._by_skeleton = {shape: self.users[number] for shape, number in snapshot["looks"]}
        self.operators = {user: None for user in self.users.values() if user.operator}
        self.registered = sum(user.registered for user in self.users.values())
        self.invisible = sum(user.invisible for user in self.users.values())
        self.last_user = snapshot["last_user"]
        self.most_registered = snapshot["most_registered"]
        self.faded.restore(snapshot["faded"])
        self.departed = deque(Departed(*one) for one in snapshot["departed"])
        self._redacted = OrderedDict.fromkeys(snapshot["redacted"])

    def set_limits(self, limits: Limits) -> None:
        """Set the operator's limits."""
        self.limits = limits

    def name_operators(
        self, operators: Mapping[str, Iterable[str]], owners: Mapping[str, Iterable[str]]
    ) -> None:
        """Set the masks of rooms' operators, and the accounts of owners, by the rooms' bare
        names."""
        named: dict[str, list[Mask]] = {}
        for name, masks in operators.items():
            of_room = named.setdefault(fold(prefixed(name)), [])
            of_room += [Mask(fold_mask(mask)) for mask in masks]
        self._operators = named
        belonging: dict[str, list[str]] = {}
        for name, accounts in owners.items():
            belonging.setdefault(fold(prefixed(name)), []).extend(map(fold, accounts))
        self._owners = belonging

    def register_room(self, room: Room, account: str, at: float) -> None:
        """The room belongs to that account."""
        room.registered = at
        room.keep_rank(account, "q", True)
        self.registered_rooms[room.folded] = room

    def drop_room(self, room: Room) -> None:
        """The room belongs to nobody."""
        room.registered = 0.0
        room.kept.clear()
        self.registered_rooms.pop(room.folded, None)

    def add_account(self, account: Account) -> None:
        """There is such an account, or it has changed."""
        self.accounts.add_account(account)

    def remove_account(self, account: str) -> None:
        """There is no account of that name any more."""
        self.accounts.remove_account(account)

    def add_server_ban(self, ban: ServerBan) -> None:
        """There is such a ban."""
        self.server_bans.add_ban(ban)

    def drop_server_ban(self, key: str) -> None:
        """There is no ban of that key any more."""
        self.server_bans.drop_ban(key)

    def drop_ended_server_bans(self, now: float) -> list[str]:
        """Some bans that are over are gone. Returns their keys."""
        return self.server_bans.drop_ended(now)

    def log_in(self, user: User, account: str) -> None:
        """The user is logged in to an account; "" for none."""
        self._log_out(user)
        user.account = account
        if account:
            self._by_account.setdefault(fold(account), set()).add(user)

    def _log_out(self, user: User) -> None:
        users = self._by_account.get(fold(user.account))
        if users is not None:
            users.discard(user)
            if not users:
                del self._by_account[fold(user.account)]

    def make_operator(self, user: User, operator: Operator | None) -> None:
        """The user is an operator of the server, or is none any more."""
        user.operator = operator
        self.operators.pop(user, None)
        if operator is not None:
            self.operators[user] = None

    def add_user(self, user: User) -> None:
        """Add a user who has connected."""
        self.users[user.id] = user
        self.last_user = max(self.last_user, user.id)

    def take_nick(self, user: User, nick: str, position: int, at: float) -> None:
        """Give the user a nickname that is free. `position` is the log's."""
        if user.registered and fold(nick) != user.folded:
            self._remember(user, at)
        self._release_nick(user)
        user.rename(nick, position)
        self._index_nick(user)

    def _index_nick(self, user: User) -> None:
        self._by_nick[user.folded] = user
        self._by_skeleton.setdefault(skeleton(user.nick), user)

    def _release_nick(self, user: User) -> None:
        self._by_nick.pop(user.folded, None)
        shape = skeleton(user.nick)
        if self._by_skeleton.get(shape) is user:
            del self._by_skeleton[shape]

    def register(self, user: User, position: int) -> None:
        """Note that the user is registered. `position` is the log's."""
        user.registered = True
        user.named_after = position
        self.registered += 1
        self.most_registered = max(self.most_registered, self.registered)

    def set_invisible(self, user: User, invisible: bool) -> None:
        """Set user mode i."""
        change = invisible - user.invisible
        self.invisible += change
        for room in user.rooms:
            room.invisible += change
        user.invisible = invisible

    def remove_user(self, user: User, at: float) -> None:
        """Remove a user who is in no room from all indexes."""
        if user.registered:
            self.registered -= 1
            self.set_invisible(user, False)
            self._remember(user, at)
        self._release_nick(user)
        self._log_out(user)
        self.operators.pop(user, None)
        self.users.pop(user.id, None)

    def _remember(self, user: User, at: float) -> None:
        self.departed.appendleft(
            Departed(user.nick, user.username, user.host, user.realname, at, user.folded)
        )
        while len(self.departed) > self.limits.whowas:
            self.departed.pop()

    def add_room(self, room: Room) -> None:
        """Add a room."""
        self.rooms[room.folded] = room
        if room.registered:
            self.registered_rooms[room.folded] = room

    def plan_expiry(self, room: Room) -> None:
        """A room's timed bans have changed."""
        at = room.next_expiry if self.rooms.get(room.folded) is room else 0.0
        if at == self._expiries.get(room.folded, 0.0):
            return
        heap = self._expiry_heap
        if at:
            self._expiries[room.folded] = at
            heapq.heappush(heap, (at, room.folded))
        else:
            del self._expiries[room.folded]
        if len(heap) > 2 * len(self._expiries) + _EXPIRIES_OVER:
            heap[:] = [(when, name) for name, when in self._expiries.items()]
            heapq.heapify(heap)
        while heap and self._expiries.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        self.next_expiry = heap[0][0] if heap else 0.0
        self.on_timed_ban()

    def remove_room(self, room: Room) -> None:
        """Remove a room."""
        del self.rooms[room.folded]
        self.registered_rooms.pop(room.folded, None)
        self.plan_expiry(room)
        self.fanout.ended(room)

    def enter(self, user: User, room: Room, position: int) -> None:
        """Make the user a member; the first one in a new room becomes its operator. `position` is
        the log's."""
        self.fanout.encode()
        if not room.members:
            room.occupied_after = position
        room.admit(user, "o" if self.is_new(room) else "")
        user.rooms[room] = room.gaps_for(user)
        if room in user.invitations:
            user.invitations = {k: v for k, v in user.invitations.items() if k is not room}
        self.fanout.entered(room, user)

    def leave(self, user: User, room: Room) -> None:
        """End a membership."""
        self.leave_all(user, (room,))

    def leave_all(self, user: User, rooms: Sequence[Room]) -> None:
        """End several memberships."""
        self.fanout.encode()
        self.fanout.leaves(rooms, user)
        for room in rooms:
            room.release(user)
            del user.rooms[room]

    def note_redaction(self, msgid: str) -> None:
        """Remember a redaction, because answers that were read before it may still be on their
        way."""
        self._redacted[msgid] = None
        if len(self._redacted) > _REDACTIONS:
            self._redacted.popitem(last=False)

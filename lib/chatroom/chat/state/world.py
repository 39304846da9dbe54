"""The whole state of the chat: all users, rooms and accounts, by name and number.

Everybody may read it. The methods after "Changes" are only for `apply` and `snapshot`.
"""

import hashlib
import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from chatroom.chat.history_port import HistoryPort
from chatroom.chat.limits import Limits
from chatroom.chat.settings import Settings
from chatroom.chat.state.accounts import Account, Accounts
from chatroom.chat.state.expiries import Expiries
from chatroom.chat.state.faded import FadedRooms
from chatroom.chat.state.fanout_port import FanoutPort
from chatroom.chat.state.markers import Markers
from chatroom.chat.state.model import Operator, Room, User
from chatroom.chat.state.named_ranks import NamedRanks
from chatroom.chat.state.people_metadata import PeopleMetadata
from chatroom.chat.state.room_modes import with_rank
from chatroom.chat.state.server_bans import ServerBan, ServerBans
from chatroom.chat.state.surroundings import Surroundings, utc_moment
from chatroom.chat.state.waiting import WaitingMessages
from chatroom.wire.gaps import Gap
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.message import Message
from chatroom.wire.names import fold

FORMER_SECONDS = 30 * 86_400
"""Seconds for which the former name of a room leads people to it, and is nobody else's."""

_REDACTIONS = 1000
"""The number of latest redactions that are remembered, because unfinished answers may still contain
those messages."""


class Departed(NamedTuple):
    """What WHOWAS knows about a nickname. `invisible`: only the exact nickname finds it. `address`
    is for bans."""

    nick: str
    username: str
    host: str
    realname: str
    left_at: float
    folded: str
    invisible: bool
    address: str = ""  # of a process that did not note it: the host


class World(Surroundings):
    """The state of the chat, and what it has around it."""

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
        super().__init__(settings, version, now, clock, fanout, log, replay, local)
        self.accounts = Accounts()
        self.waiting = WaitingMessages()
        self.markers = Markers()
        self.metadata = PeopleMetadata()
        self.rooms: dict[str, Room] = {}  # by folded name
        self._former: dict[str, Room] = {}  # by the folded names that they had before
        self.users: dict[int, User] = {}  # everybody, also those who have not registered
        self.last_user = 0
        self.absent: dict[User, None] = {}  # who stay without a connection, in that order
        self.operators: dict[User, None] = {}  # of the server
        self.server_bans = ServerBans()
        self.faded = FadedRooms()
        self.departed: deque[Departed] = deque()
        self.registered = 0
        self.invisible = 0
        self.most_registered = 0
        self.named = NamedRanks()
        self.registered_rooms: dict[str, Room] = {}  # those that belong to accounts
        self._by_nick: dict[str, User] = {}
        self._by_skeleton: dict[str, User] = {}
        self._by_account: dict[str, set[User]] = {}  # who is logged in to an account
        self._expiries = Expiries()
        self._redacted: OrderedDict[str, None] = OrderedDict()
        self.set_limits(limits)

    # People

    def find(self, nick: str) -> User | None:
        """The registered user of that nickname, whatever its case or width."""
        user = self._by_nick.get(fold(nick))
        return user if user is not None and user.registered else None

    def is_free(self, nick: str, user: User) -> bool:
        """Whether `user` may take that nickname."""
        return self._by_nick.get(fold(nick), user) is user

    def holder(self, nick: str) -> User | None:
        """The user with that nickname, registered or not."""
        return self._by_nick.get(fold(nick))

    def resembling(self, nick: str) -> User | None:
        """A user whose nickname is this one, or looks like it (UTS #39 section 4)."""
        return self._by_skeleton.get(skeleton(nick))

    def lookalike(self, nick: str, user: User) -> User | None:
        """Another user than `user` whose nickname is this one or looks like it; None for none."""
        other = self.resembling(nick)
        return None if other is user else other

    def logged_in(self, account: str) -> list[User]:
        """The users who are logged in to that account."""
        users = self._by_account.get(fold(account))
        return sorted(users, key=attrgetter("id")) if users else []

    def is_always_on(self, account: str) -> bool:
        """Whether the user of that account stays without a connection."""
        known = self.accounts.find(account)
        if known is None or not known.number:
            return False
        on = known.always_on
        return self.account_settings.always_on if on is None else on

    def stays(self, user: User) -> bool:
        """Whether this user stays without a connection: only one who has their account's name."""
        account = user.account
        if not (account and user.registered) or user.folded != fold(account):
            return False
        return self.is_always_on(account)

    def has_staying(self, room: Room) -> bool:
        """Whether somebody is in the room who stays without a connection."""
        if not (self.account_settings.always_on or self.accounts.any_always_on):
            return False
        return any(self.stays(member) for member in room.members)

    def owner_of(self, user: User) -> int:
        """To whom the user's read markers belong: their account's, or a guest's own (`markers`)."""
        return self.accounts.number_of(user.account) or -user.id

    def metadata_of(self, target: User | Room) -> Mapping[str, str]:
        """The metadata of somebody, which is that of their account, or of a room: values by key."""
        if isinstance(target, Room):
            return target.metadata
        return self.metadata.of(int(target.account_number or -target.id))

    def people(self) -> Iterator[User]:
        """All registered users at this moment; a caller may be interrupted between two of them."""
        return (user for user in list(self._by_nick.values()) if user.registered)

    @property
    def unregistered(self) -> int:
        """The number of connections that have not registered."""
        return len(self.users) - self.registered

    def account_ranks(self, user: User, room: Room) -> str:
        """The ranks that the user's account has in the room: those that it keeps, and that of an
        owner whom the configuration names."""
        if not user.account:
            return ""
        ranks = room.kept.get(fold(user.account), "")
        return with_rank(ranks, "q", True) if self.named.owns(user.account, room) else ranks

    def due_ranks(self, user: User, room: Room) -> str:
        """The ranks that the user gets on entering."""
        ranks = self.account_ranks(user, room)
        return with_rank(ranks, "o", True) if self.named.operates(user, room) else ranks

    def owned_by(self, account: str) -> int:
        """The number of rooms that the account has registered, or accepted from another owner."""
        return sum(room.counts_for(account) for room in self.registered_rooms.values())

    # Rooms

    def find_room(self, name: str) -> Room | None:
        """The room of that name, whatever its case or width."""
        return self.rooms.get(name) or self.rooms.get(fold(name))  # mostly as it is compared

    def formerly(self, name: str) -> Room | None:
        """The room that was called so before, as long as that is remembered."""
        room = self._former.get(fold(name))
        if room is None:
            return None
        at = next((one.at for one in room.former if fold(one.name) == fold(name)), 0.0)
        return room if self.now - at < FORMER_SECONDS else None

    def is_new(self, room: Room) -> bool:
        """Whether the next person to enter becomes the room's operator.

        A lasting room is nobody's for coming first: after a restart that would be the person with
        the fastest client.
        """
        return not (room.lasts or room.members)

    @property
    def due_room(self) -> str:
        """The name of the room whose first timed ban has ended; "" if none has."""
        return self._expiries.due(self.now)

    @property
    def next_expiry(self) -> float:
        """When the first timed ban of all rooms ends (UTC seconds); 0: there is none."""
        return self._expiries.next

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
            **self.named.snapshot(),
            "accounts": self.accounts.snapshot(),
            "server_bans": self.server_bans.snapshot(),
            "waiting": self.waiting.snapshot(),
            "markers": self.markers.snapshot(),
            "metadata": self.metadata.snapshot(),
            "users": [self._snapshot_of(user) for user in self.users.values()],
            "absent": [user.id for user in self.absent],
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
        self.named.restore(snapshot)
        self.accounts.restore(snapshot["accounts"])
        self.server_bans.restore(snapshot["server_bans"])
        self.waiting.restore(snapshot["waiting"])
        self.markers.restore(snapshot["markers"])
        self.metadata.restore(snapshot["metadata"])
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
        self.absent = {self.users[number]: None for number in snapshot["absent"]}
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
        self.named.name(operators, owners)

    def register_room(self, room: Room, account: str, at: float) -> None:
        """Make the account the room's owner."""
        room.keep_rank(account, "q", True)
        room.registered = at
        self.registered_rooms[room.folded] = room

    def drop_room(self, room: Room) -> None:
        """Take the room away from its owners."""
        room.registered = 0.0
        room.kept.clear()
        room.offered.clear()
        self.registered_rooms.pop(room.folded, None)

    def add_account(self, account: Account) -> None:
        """Add an account, or replace it."""
        self.accounts.add_account(account)

    def remove_account(self, account: str) -> None:
        """Remove an account."""
        self.accounts.remove_account(account)

    def add_server_ban(self, ban: ServerBan) -> None:
        """Add a ban, or replace it."""
        self.server_bans.add_ban(ban)

    def drop_server_ban(self, key: str) -> None:
        """Remove a ban by its key."""
        self.server_bans.drop_ban(key)

    def drop_ended_server_bans(self, now: float) -> list[str]:
        """Remove some of the bans that have ended. Returns their keys."""
        return self.server_bans.drop_ended(now)

    def log_in(self, user: User, account: str) -> None:
        """Log the user in to an account, or out ("")."""
        self.fanout.about_to_change(user)
        self._log_out(user)
        user.account = account
        user.account_number = str(self.accounts.number_of(account) or "")
        if account:
            self._by_account.setdefault(fold(account), set()).add(user)

    def _log_out(self, user: User) -> None:
        users = self._by_account.get(fold(user.account))
        if users is not None:
            users.discard(user)
            if not users:
                del self._by_account[fold(user.account)]

    def make_operator(self, user: User, operator: Operator | None) -> None:
        """Make the user an operator of the server, or end that (None)."""
        user.operator = operator
        self.operators.pop(user, None)
        if operator is not None:
            self.operators[user] = None

    def stay(self, user: User) -> None:
        """The user has no connection any more."""
        self.absent[user] = None

    def come_back(self, user: User) -> None:
        """The user has one again."""
        self.absent.pop(user, None)

    def add_user(self, user: User) -> None:
        """Add a user who has connected."""
        self.users[user.id] = user
        self.last_user = max(self.last_user, user.id)

    def take_nick(self, user: User, nick: str, position: int, at: float) -> None:
        """Give the user a nickname that is free. `position` is the log's."""
        if user.registered and fold(nick) != user.folded:
            self._remember(user, at)
        self.fanout.about_to_change(user)
        self._release_nick(user)
        user.rename(nick, position)
        self._index_nick(user)

    def rehost(self, user: User, username: str, position: int) -> None:
        """Give the user another user name, and show the host that follows from their address and
        mode x. `position` is the log's."""
        self.fanout.about_to_change(user)
        user.rehost(username, position)

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
            self._remember(user, at)
            self.set_invisible(user, False)
        self._release_nick(user)
        self._log_out(user)
        self.markers.forget(-user.id)
        self.metadata.forget(-user.id)
        self.subscriptions.forget(user)
        self.operators.pop(user, None)
        self.absent.pop(user, None)
        self.users.pop(user.id, None)

    def _remember(self, user: User, at: float) -> None:
        who = (user.nick, user.username, user.host, user.realname)
        self.departed.appendleft(Departed(*who, at, user.folded, user.invisible, user.address))
        while len(self.departed) > self.limits.whowas:
            self.departed.pop()

    def add_room(self, room: Room) -> None:
        """Add a room."""
        self.rooms[room.folded] = room
        if room.registered:
            self.registered_rooms[room.folded] = room
        self._former |= {fold(one.name): room for one in room.former}

    def plan_expiry(self, room: Room) -> None:
        """Note when the first timed ban of a room ends, after its list was changed."""
        at = room.lists.next_expiry if self.rooms.get(room.folded) is room else 0.0
        if self._expiries.plan(room.folded, at):
            self.on_timed_ban()

    def remove_room(self, room: Room) -> None:
        """Remove a room."""
        self._unlist(room)
        self.subscriptions.forget(room)
        self.fanout.ended(room)

    def rename_room(self, room: Room, name: str, position: int, at: float) -> None:
        """Give a room another name. `position` is the log's."""
        self._unlist(room)
        room.rename(name, position, at)
        self.faded.take(room.folded)
        self.add_room(room)
        self.plan_expiry(room)

    def _unlist(self, room: Room) -> None:
        """Remove a room from what finds it by a name."""
        del self.rooms[room.folded]
        self.registered_rooms.pop(room.folded, None)
        for one in room.former:
            if self._former.get(fold(one.name)) is room:
                del self._former[fold(one.name)]
        self.plan_expiry(room)

    def enter(self, user: User, room: Room, position: int) -> None:
        """Make the user a member; the first one in a new room becomes its operator. `position` is
        the log's."""
        self.fanout.encode()
        if self.is_new(room) and not room.occupied_after:
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

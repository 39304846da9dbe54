"""Users and rooms: what others see of a person; a room's members, topic and modes.

Everybody may read them. The methods of each class after "Changes" are only for `apply`, which calls
them through the world: nothing else changes a user or a room.
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from sys import intern
from types import MappingProxyType
from typing import Any, NamedTuple

from chatroom.chat.ports import Recipient
from chatroom.chat.state.faded import Barred, bars, following, restored
from chatroom.chat.state.mask_lists import OUTSIDERS, MaskLists
from chatroom.chat.state.room_audit import ERASED, Deed, Deeds, with_deed, without
from chatroom.chat.state.room_modes import CLOSING_FLAGS, INITIAL_FLAGS, prefixes, with_rank
from chatroom.wire.capabilities import OPER
from chatroom.wire.cloaks import HIDDEN
from chatroom.wire.gaps import NO_GAPS, Gap, Gaps, saved_gaps, with_gap
from chatroom.wire.masks import Mask
from chatroom.wire.message import NO_TAGS
from chatroom.wire.names import ACCOUNT, fold

_STATE = (
    "began", "closed_at", "created", "forward", "forward_at", "key", "limit", "occupied_after",
    "registered", "slow", "topic", "topic_at", "topic_by",
)  # fmt: skip
"""The attributes of a lasting room that are saved, besides flags, lists, the ranks of accounts and
the rights to read its past."""

_OF_A_ROOM = ("bans_set", "is_saved", "name", "permanent", "renamed_at")
"""The further attributes of a room in a snapshot."""


class FormerName(NamedTuple):
    """A `nick!user@host`, and the range of messages during which only this user had it.

    `after` is the number of the last message before, `upto` that of the last message under this
    name.
    """

    source: str
    after: int
    upto: int


class Operator(NamedTuple):
    """What makes somebody an operator of the server: the `name` in the configuration, which is that
    of an account or one for OPER, its class, and what this class may do (`chat.privileges`)."""

    name: str
    kind: str
    privileges: tuple[str, ...]
    by_account: bool = False


_FORMER_NAMES = 50
"""The most former names that are kept for a user, who can no longer delete messages sent under
older ones."""

_ANSWERING = 20
"""Guests who may answer somebody to whom guests cannot write (mode R): the latest ones."""

_HOSTS = ("host", "address", "cloak")

_OF_A_USER = (
    "account", "away", "bot", "flags", "folded", "invisible", "named_after", "nick", "realname",
    "registered", "signed_on", "source", "spoke_at", "username",
)  # fmt: skip
"""The attributes of a user that a snapshot contains unchanged."""

_attributes_of = attrgetter(*_OF_A_USER)

NO_INVITATIONS: Mapping["Room", int] = MappingProxyType({})  # shared: an empty one takes memory


NO_VISITS: Mapping["Room", str] = MappingProxyType({})


class User:
    """A person as others see them. `sessions` are their connections; rooms belong to the user, not
    to a connection.

    `id` is the number by which events name the user. `account` is the name of the account that they
    are logged in to, or "", and `account_number` its number in digits, by which the history knows
    what it said. `host` is what others see: the `address`, or its `cloak` in mode x. `operator` is
    set for operators of the server. `rooms` are in the order
    of joining, each with the gaps in its past for this user. `invitations` have the room's
    `bans_set` at the time of the invitation, because later bans override them. Times are UTC
    seconds.
    """

    visits: Mapping["Room", str] = NO_VISITS
    """Rooms in which they may speak without being there, with ranks: see `Visitor`."""

    __slots__ = (
        "account",
        "account_number",
        "address",
        "answerable",
        "away",
        "bot",
        "cloak",
        "flags",
        "folded",
        "former_names",
        "host",
        "id",
        "invisible",
        "invitations",
        "named_after",
        "nick",
        "operator",
        "realname",
        "registered",
        "rooms",
        "sessions",
        "signed_on",
        "source",
        "spoke_at",
        "username",
    )

    def __init__(self, number: int, host: str, now: float) -> None:
        self.id = number
        self.host = self.address = host
        self.cloak = ""
        self.nick = ""
        self.folded = ""
        self.username = ""
        self.realname = ""
        self.source = ""
        self.registered = False
        self.account = ""
        self.account_number = ""
        self.invisible = False
        self.bot = False
        self.answerable: tuple[int, ...] = ()  # by number: guests to whom they wrote in mode R
        self.flags = ""  # the letters of all other modes that they have set
        self.away = ""
        self.rooms: dict[Room, Gaps] = {}
        self.invitations = NO_INVITATIONS
        self.named_after = 0  # the history's last message when the user got this name
        self.former_names: tuple[FormerName, ...] = ()
        self.operator: Operator | None = None  # of the server
        self.signed_on = now
        self.spoke_at = now
        self.sessions: tuple[Recipient, ...] = ()

    def said(self, source: str, number: int) -> bool:
        """Whether this user sent the message with that source and number, and not an earlier or
        later owner of the nickname.

        It uses the numbers of messages, not the clock, which may be set back.
        """
        return (source == self.source and number > self.named_after) or any(
            source == former.source and former.after < number <= former.upto
            for former in self.former_names
        )

    @property
    def modes(self) -> str:
        """The letters of their modes, in alphabetical order."""
        letters = "B" * self.bot + "i" * self.invisible + "o" * bool(self.operator) + self.flags
        return "".join(sorted(letters))

    def has(self, privilege: str) -> bool:
        """Whether they are an operator of the server whose class has this privilege."""
        return self.operator is not None and privilege in self.operator.privileges

    @property
    def is_leaving(self) -> bool:
        """Whether all connections of the user are about to end."""
        return bool(self.sessions) and all(session.closing for session in self.sessions)

    @property
    def folded_mask(self) -> str:
        """The folded `nick!user@host`, as others see it."""
        return f"{self.folded}!{fold(self.username)}@{fold(self.host)}"

    @property
    def masks(self) -> tuple[str, ...]:
        """The folded `nick!user@host` with the address, and with its cloak: nobody evades a ban on
        one of them by setting or unsetting mode x."""
        begin = f"{self.folded}!{fold(self.username)}@"
        hosts = dict.fromkeys((self.address, self.cloak))
        return tuple(begin + fold(host) for host in hosts if host)

    @property
    def names(self) -> tuple[str, ...]:
        """All that a ban may fit: the `masks`, and that of the account."""
        return (*self.masks, self.account_mask) if self.account else self.masks

    @property
    def account_mask(self) -> str:
        """The folded `a:account`, for comparison with masks of accounts; "" without an account."""
        return ACCOUNT + fold(self.account) if self.account else ""

    def matches(self, mask: Mask) -> bool:
        """Whether a mask from a room's list fits this user, or their account."""
        if mask.text.startswith(ACCOUNT):
            return bool(self.account) and mask.matches(self.account_mask)
        if mask.matches(self.folded_mask):
            return True
        if self.host != self.address:
            return any(map(mask.matches, self.masks))
        # the cloak that they do not show; not for each mask, because that takes as long again
        return mask.text.endswith(HIDDEN) and any(map(mask.matches, self.masks))

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read what they are sent, on any of their connections."""
        return all(session.transport.secure for session in self.sessions)

    def snapshot(self) -> dict[str, Any]:
        """The user without the sessions, as plain values."""
        plain = dict(zip(_OF_A_USER, _attributes_of(self), strict=True))
        names = [list(former) for former in self.former_names]
        own = self.operator
        operator = own and [own.name, own.kind, list(own.privileges), own.by_account]
        former = {"former_names": names, "operator": operator}
        answerable = {"answerable": list(self.answerable)}
        hosts = {name: getattr(self, name) for name in _HOSTS}
        return {"id": self.id, **hosts, **plain, **former, **answerable}

    def state(self) -> dict[str, Any]:
        """The state that is saved of a user who stays without a connection, as plain values."""
        rooms = [
            [room.name, room.members[self], [list(gap) for gap in gaps]]
            for room, gaps in self.rooms.items()
        ]
        names = ("nick", "username", "realname", "signed_on", "away")
        modes = self.modes.replace("o", "").replace("s", "")  # operators have to come as such again
        plain = {name: getattr(self, name) for name in names}
        return {**plain, "host": self.address, "modes": modes, "rooms": rooms}

    # Changes

    def restore(self, values: Mapping[str, Any]) -> None:
        """Restore the user from a snapshot. What it does not have, because it is older, stays
        unchanged."""
        for name in _OF_A_USER:
            setattr(self, name, values.get(name, getattr(self, name)))
        self.former_names = tuple(FormerName(*former) for former in values["former_names"])
        self.answerable = tuple(values.get("answerable", ()))
        self.host = values["host"]
        self.address = values.get("address", self.host)
        self.cloak = values.get("cloak", "")
        if values["operator"]:
            name, kind, privileges, by_account = values["operator"]
            self.operator = Operator(name, kind, tuple(privileges), by_account)

    def set_flag(self, letter: str, given: bool) -> None:
        """Set or unset a mode other than B, i and o."""
        letters = {*self.flags, letter} if given else {*self.flags} - {letter}
        self.flags = intern("".join(sorted(letters)))  # many have the same

    def note_written_to(self, guest: "User") -> None:
        """They have written to somebody who may answer, whatever mode R says."""
        others = (one for one in self.answerable if one != guest.id)
        self.answerable = (*others, guest.id)[-_ANSWERING:]

    def add_session(self, session: Recipient) -> None:
        """Add a connection."""
        self.sessions = (*self.sessions, session)

    def remove_session(self, session: Recipient) -> None:
        """Remove a connection."""
        self.sessions = tuple(one for one in self.sessions if one is not session)

    def rename(self, nick: str, position: int) -> None:
        """Change the nickname. `position` is the log's."""
        self._note_former(position)
        self.nick = nick
        folded = fold(nick)
        self.folded = nick if folded == nick else folded  # one string where it can be
        self.source = f"{nick}!{self.username}@{self.host}"

    def rehost(self, username: str, position: int) -> None:
        """Change the user name, and show the host that follows from mode x. `position` is the
        log's."""
        self._note_former(position)
        self.host = self.shown_host
        self.identify(username, self.realname)

    @property
    def shown_host(self) -> str:
        """What others should see."""
        return self.cloak if "x" in self.flags and self.cloak else self.address

    def _note_former(self, position: int) -> None:
        """Others will see the user as somebody else from now on."""
        if self.registered:
            former = FormerName(self.source, self.named_after, position)
            self.former_names = (*self.former_names, former)[-_FORMER_NAMES:]
        self.named_after = position

    def relocate(self, address: str, cloak: str) -> None:
        """Set the address. `rehost` shows it, or the user has no nickname yet."""
        self.address, self.cloak = address, cloak
        if not self.registered:
            self.host = self.shown_host

    def identify(self, username: str, realname: str) -> None:
        """Set the user name and the real name, which come with USER."""
        self.username = intern(username)  # many have the same
        self.realname = realname
        self.source = f"{self.nick}!{username}@{self.host}"


def marks_of(user: User) -> Mapping[str, str]:
    """The tag of a numeric that is sent on behalf of a user (IRCv3 draft/oper-tag)."""
    return _MARKS if user.operator is not None else NO_TAGS


_MARKS: Mapping[str, str] = MappingProxyType({OPER: ""})


class FormerRoomName(NamedTuple):
    """A former name of a room, when it lost that name (UTC seconds), and the log's position
    then."""

    name: str
    at: float
    position: int


FORMER_ROOM_NAMES = 3
"""This many former names lead people to a room; the oldest is free again for others."""


class Room:
    """A room and its members.

    `members` maps each user to their ranks, a part of "qaohv". `lists` are the masks of
    list modes.

    `registered` is when the room was registered to an account (UTC seconds; 0: it was not).
    `kept` are the ranks of accounts, by folded name: in a room that `lasts`, people get them back
    whenever they enter. `offered` are the owners whom others have named, and who have not accepted
    the room yet. `former` are the names that it had before, the latest last. `deeds` are its audit.
    `metadata` are its values by key (IRCv3 draft/metadata-3).

    The other attributes decide who may read the room's past (see `reading`). `gaps` are the times
    between a closing and an opening of the door. `closed_at` is the time since which the door is
    closed; 0 while it is open. `barred` are the bans of former rooms of this name, and `began` is
    the time at which this one began. Times are the log's boundaries, in UTC milliseconds.
    """

    __slots__ = (
        "bans_set",
        "barred",
        "began",
        "closed_at",
        "created",
        "deeds",
        "flags",
        "folded",
        "former",
        "forward",
        "forward_at",
        "gaps",
        "invisible",
        "is_saved",
        "kept",
        "key",
        "limit",
        "lists",
        "members",
        "metadata",
        "name",
        "occupied_after",
        "offered",
        "permanent",
        "ranked",
        "registered",
        "renamed_at",
        "slow",
        "spoke",
        "topic",
        "topic_at",
        "topic_by",
    )

    def __init__(self, name: str, created: float) -> None:
        self.name = name
        self.folded = fold(name)
        self.created = created
        self.members: dict[User, str] = {}
        self.ranked: dict[User, None] = {}  # those with a rank, because there may be few
        self.invisible = 0  # how many of them have user mode i
        self.occupied_after = 0  # the log's position when somebody became operator by coming first
        self.flags: set[str] = set(INITIAL_FLAGS)
        self.key = ""
        self.limit = 0
        self.forward = ""  # the room to which people are led who cannot enter; "": mode f is off
        self.forward_at = 0.0  # when that was set
        self.slow = 0  # seconds between two messages of one person; 0: mode W is off
        self.spoke: dict[int, float] = {}  # while it is on: who spoke last when, by their numbers
        self.lists = MaskLists(self.members)
        self.permanent = False
        self.registered = 0.0
        self.kept: dict[str, str] = {}
        self.offered: set[str] = set()
        self.former: tuple[FormerRoomName, ...] = ()
        self.renamed_at = 0.0  # the last time, be it to another spelling
        self.deeds: Deeds = ()
        self.is_saved = False  # whether the log has a state of it
        self.metadata: dict[str, str] = {}
        self.topic = ""
        self.topic_by = ""
        self.topic_at = 0.0
        self.bans_set = 0  # counts them: which of two came first
        self.closed_at = 0
        self.gaps: Gaps = NO_GAPS
        self.barred: Barred = ()
        self.began = 0

    def state(self) -> dict[str, Any]:
        """The state that is saved of a lasting room, without its members, as plain values."""
        plain = {name: getattr(self, name) for name in _STATE}
        rights = {"barred": self.barred, "gaps": self.gaps}
        kept: dict[str, list[Any]] = {
            "kept": [list(each) for each in self.kept.items()],
            "offered": sorted(self.offered),
            "former": [[*each] for each in self.former],
            "deeds": [[*each] for each in self.deeds],
            "metadata": [[*each] for each in self.metadata.items()],
        }
        kept = {name: values for name, values in kept.items() if values}
        return {**plain, **rights, **kept, "flags": sorted(self.flags), "lists": self.lists.plain()}

    def state_after_renaming(self, name: str, position: int, deed: Deed) -> dict[str, Any]:
        """What `state` returns after `rename` and `note_deed`, both at the time of the deed."""
        former = self._former_after(name, position, deed.at)
        renamed = {"former": [[*each] for each in former]} if former else {}
        return {
            **self.state(),
            **renamed,
            "deeds": [[*each] for each in with_deed(self.deeds, deed)],
        }

    def snapshot(self) -> dict[str, Any]:
        """The room as plain values; members by their numbers."""
        plain = {name: getattr(self, name) for name in (*_STATE, *_OF_A_ROOM)}
        return {
            **plain,
            "flags": sorted(self.flags),
            "lists": self.lists.snapshot(),
            "kept": list(map(list, self.kept.items())),
            "offered": sorted(self.offered),
            "former": [list(each) for each in self.former],
            "deeds": [list(each) for each in self.deeds],
            "metadata": [list(each) for each in self.metadata.items()],
            "spoke": [[number, at] for number, at in self.spoke.items()],
            "barred": [[list(bans.masks), list(bans.exceptions)] for bans in self.barred],
            "gaps": [list(gap) for gap in self.gaps],
            "members": [[member.id, ranks] for member, ranks in self.members.items()],
        }

    @property
    def lasts(self) -> bool:
        """Whether the room stays when it is empty, and when the server starts again: because of the
        configuration or mode P, or because it belongs to an account."""
        return self.permanent or self.registered > 0 or "P" in self.flags

    @property
    def has_owner(self) -> bool:
        """Whether the room belongs to an account."""
        return any("q" in ranks for ranks in self.kept.values())

    def counts_for(self, account: str) -> bool:
        """Whether the account owns the room by its own will: it has registered or accepted it."""
        folded = fold(account)
        return "q" in self.kept.get(folded, "") and folded not in self.offered

    @property
    def is_closed(self) -> bool:
        """Whether some people may not enter or read. When a closed room fades, its history is
        sealed."""
        return bool(self.key) or not self.flags.isdisjoint(CLOSING_FLAGS)

    @property
    def barriers(self) -> frozenset[str]:
        """The modes that keep people out: R, i, k, s, z."""
        return (CLOSING_FLAGS & self.flags) | ({"k"} if self.key else set())

    @property
    def guards_its_past(self) -> bool:
        """Whether some people may not read everything that was said here; this is remembered when
        the room fades."""
        return bool(self.is_closed or self.gaps or self.barred or self.lists.has_bans)

    def gaps_for(self, newcomer: User) -> Gaps:
        """The gaps in the room's past for this user, if they enter now."""
        if self.barred and bars(self.barred, newcomer.names):
            return with_gap(self.gaps, Gap(0, self.began))
        return self.gaps

    def is_operator(self, user: User) -> bool:
        """Whether this member has rank o."""
        return "o" in self.members.get(user, "")

    def people_seen_by(self, user: User) -> int:
        """The number of people there: outsiders do not see invisible members. Those whom mode u
        hides are counted, because a number does not say who they are."""
        sees_all = user in self.members or user.has("see")
        return len(self.members) - (0 if sees_all else self.invisible)

    def hides_member(self, user: User) -> bool:
        """Whether people without a rank do not see this member (mode u), who has none."""
        return "u" in self.flags and not self.members.get(user)

    def hides(self, member: User, user: User) -> bool:
        """Whether mode u hides this member from that user."""
        if not self.hides_member(member) or member is user:
            return False
        return not (self.members.get(user) or user.has("see"))

    def prefix(self, user: User, every: bool) -> str:
        """A member's prefix symbols: the highest, or `every` one (IRCv3 multi-prefix)."""
        return prefixes(every)[self.members.get(user, "")]

    def names(
        self, some: Iterable[User], every: bool, with_host: bool, with_invisible: bool
    ) -> list[str]:
        """The members among `some`, each with their `prefix`: as nicknames, or with hosts (IRCv3
        userhost-in-names).

        Everybody who enters gets all of them, so a crowd that enters costs the square of its size.
        """
        symbols, members = prefixes(every), self.members
        return [
            symbols[members[member]] + (member.source if with_host else member.nick)
            for member in some
            if member in members and (with_invisible or not member.invisible)
        ]

    def wait(self, user: User, now: float) -> float:
        """Seconds until slow mode lets a member without a rank speak again; 0: now."""
        at = self.spoke.get(user.id)
        return 0.0 if at is None else max(0.0, min(at, now) + self.slow - now)

    def visible_to(self, user: User) -> bool:
        """Whether this user may know that the room exists (mode s)."""
        return "s" not in self.flags or user in self.members or user.has("see")

    def modes_for(self, user: User) -> tuple[str, ...]:
        """RPL_CHANNELMODEIS's parameters; only members get the key, and the room of mode f."""
        letters = "".join(sorted(self.flags))
        params = []
        if self.key:
            letters += "k"
            params.append(self.key if user in self.members else "*")
        if self.limit:
            letters += "l"
            params.append(str(self.limit))
        if self.slow:
            letters += "W"
            params.append(str(self.slow))
        if self.forward:
            letters += "f"
            params.append(self.forward if user in self.members else "*")
        return (f"+{letters}", *params)

    # Changes

    def restore(self, values: Mapping[str, Any], users: Mapping[int, User]) -> None:
        """Restore the room from a snapshot, like `load`."""
        self.load(values)
        for name in _OF_A_ROOM:
            setattr(self, name, values.get(name, getattr(self, name)))
        self.spoke = dict(values["spoke"])
        for number, ranks in values["members"]:
            self.admit(users[number], ranks)

    def admit(self, user: User, ranks: str) -> None:
        """Add a member."""
        self.members[user] = ranks
        if ranks:
            self.ranked[user] = None
        self.invisible += user.invisible

    def release(self, user: User) -> None:
        """Remove a member."""
        del self.members[user]
        self.ranked.pop(user, None)
        self.invisible -= user.invisible

    def set_topic(self, topic: str, source: str, at: float) -> None:
        """Set the topic; an empty one clears it."""
        self.topic, self.topic_by, self.topic_at = topic, source, at

    def set_value(self, key: str, value: str) -> None:
        """Set a value of the metadata, or remove it ("")."""
        if value:
            self.metadata[key] = value
        else:
            self.metadata.pop(key, None)

    def set_flag(self, letter: str, given: bool) -> None:
        """Set or unset a mode without a parameter."""
        (self.flags.add if given else self.flags.discard)(letter)

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over a saved `state`; attributes that it does not have stay unchanged."""
        for name in _STATE:
            setattr(self, name, state.get(name, getattr(self, name)))
        self.flags = set(state.get("flags", self.flags))
        self.gaps = saved_gaps(state) or self.gaps
        if (
            "gap" in state
            and self.gaps
            and self.closed_at < self.gaps[-1].end
            and not self.barriers
        ):
            self.closed_at = 0  # an earlier version left it as it was when the door opened
        self.barred = restored(state.get("barred", self.barred))
        self.kept = dict(state.get("kept", self.kept))
        self.offered = set(state.get("offered", self.offered))
        self.former = tuple(FormerRoomName(*each) for each in state.get("former", self.former))
        self.deeds = tuple(Deed(*each) for each in state.get("deeds", self.deeds))
        self.metadata = dict(state.get("metadata", self.metadata))
        self.lists.load(state.get("lists", {}))

    def rename(self, name: str, position: int, at: float) -> None:
        """Change the name; `position` is the log's. Another spelling leaves no former name."""
        self.former = self._former_after(name, position, at)
        self.name, self.folded, self.renamed_at = name, fold(name), at

    def _former_after(self, name: str, position: int, at: float) -> tuple[FormerRoomName, ...]:
        if fold(name) == self.folded:
            return self.former
        others = [one for one in self.former if fold(one.name) not in (self.folded, fold(name))]
        return (*others, FormerRoomName(self.name, at, position))[-FORMER_ROOM_NAMES:]

    def note_deed(self, user: User, what: str, at: float) -> None:
        """Note in the audit what somebody in charge has done."""
        self.deeds = with_deed(self.deeds, Deed(at, user.source, user.account, what))

    def forget_person(self, account: str) -> bool:
        """The owner of that account is not to be named any more. Returns whether they were."""
        before = self.topic_by, self.deeds
        if fold(self.topic_by.partition("!")[0]) == fold(account):
            self.topic_by = ERASED
        self.deeds = without(self.deeds, account)
        return (self.topic_by, self.deeds) != before

    def count_ban(self, letter: str) -> int:
        """The `order` of a new entry on the list `letter`."""
        self.bans_set += letter == "b"
        return self.bans_set

    def set_forward(self, name: str, at: float) -> None:
        """Set the room to which people are led who cannot enter; "" ends it."""
        self.forward, self.forward_at = name, at

    def set_slow(self, seconds: int) -> None:
        """Set slow mode; 0 ends it."""
        self.slow = seconds
        self.spoke.clear()

    def note_speaker(self, user: User, at: float) -> None:
        """Remember when somebody spoke (slow mode). People who may speak again can be forgotten."""
        if len(self.spoke) > 2 * len(self.members) + OUTSIDERS:  # people come again as others
            latest = list(self.spoke.items())[len(self.members) :]
            self.spoke = {one: when for one, when in latest if when + self.slow > at}
        self.spoke.pop(user.id, None)  # so that the latest come last
        self.spoke[user.id] = at

    def follow_account(self, before: str, after: str) -> bool:
        """The account `before` is called `after` now; "" if it is gone: so on the lists, and in the
        bans of former rooms. Returns whether anything changed."""
        barred, self.barred = self.barred, following(self.barred, before, after)
        named = self.lists.follow_account(before, after)
        return named or self.barred is not barred

    def change_barriers(self, before: frozenset[str], boundary: int) -> None:
        """Note that the `barriers` were different until `boundary`, the log's.

        If one was removed, the time behind closed doors ends there for it. If others are left, the
        gap grows when they are opened.
        """
        if not before:
            self.closed_at = boundary
        elif before - self.barriers:
            self.opened(boundary)

    def opened(self, boundary: int) -> None:
        """Hide what was said since the door was closed, up to that boundary."""
        self.gaps = with_gap(self.gaps, Gap(self.closed_at, boundary))
        if not self.barriers:
            self.closed_at = 0

    def keep_rank(self, account: str, letter: str, given: bool) -> None:
        """Give an account a rank that it gets back on entering, or take it away. A new owner of a
        registered room has to accept it."""
        folded = fold(account)
        before = self.kept.get(folded, "")
        ranks = with_rank(before, letter, given)
        if "q" not in ranks:
            self.offered.discard(folded)
        elif self.registered and "q" not in before:
            self.offered.add(folded)
        if ranks:
            self.kept[folded] = ranks
        else:
            self.kept.pop(folded, None)

    def accept(self, account: str) -> None:
        """An owner whom somebody else has named accepts the room."""
        self.offered.discard(fold(account))

    def forget_ranks(self, account: str) -> None:
        """The account is gone."""
        self.kept.pop(fold(account), None)
        self.accept(account)

    def rename_ranks(self, before: str, after: str) -> None:
        """The account `before` is called `after` now."""
        offered = fold(before) in self.offered
        ranks = self.kept.pop(fold(before))
        self.accept(before)
        self.kept[fold(after)] = ranks
        if offered:
            self.offered.add(fold(after))

    def rank(self, user: User, letter: str, given: bool) -> None:
        """Give or remove a member's rank."""
        ranks = self.members[user] = with_rank(self.members[user], letter, given)
        if ranks:
            self.ranked[user] = None
        else:
            self.ranked.pop(user, None)

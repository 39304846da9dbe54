"""Keeps the lists of members that clients have true when mode u, or a rank in its room, changes.

In an auditorium (mode u), people without a rank hear only of those who have one. The plain problem:
clients keep a list of each room's members. When mode u or somebody's rank changes, other members
become visible, or stop being so. A member who became invisible would stay in a client's list for
ever, even after leaving. So each client gets a JOIN for each member whom it sees from now on, and a
PART for each member whom it no longer sees.

If one member becomes visible or invisible to all others, they all get the same line, with the MODE.
If everybody's list changes (mode u), or one person's whole list (their own rank), the lines are
sent in steps, and only for up to MOST hidden members: their number grows with the square.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from chatroom.chat.state.changes.people import AWAY_NOTIFY, away_line
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message

MOST = 100
"""With more members without a rank, clients have to ask for NAMES."""

PER_STEP = 200
"""Lines that one step sends, which takes some tenths of a millisecond."""


class MemberLists:
    """Keeps clients' lists true over one change: make it before that, and call `before_mode` and
    `after_mode` when the change is made, before and after its MODE is sent.

    `ranked` are the members whose ranks may change; `enters`: they will be sent the names of the
    others anyway. `changes_mode`: mode u may change.
    """

    def __init__(
        self,
        world: World,
        room: Room,
        ranked: Iterable[User],
        *,
        changes_mode: bool = False,
        enters: bool = False,
    ) -> None:
        self._world = world
        self._room = room
        self._was_on = "u" in room.flags
        self._members = tuple(ranked)
        self._ranked_before = dict(room.ranked) if self._was_on else {}
        self._hidden_before = _hidden(room) if changes_mode else []
        self._enters = enters

    def before_mode(self, at: float) -> None:
        """Tell the others of members who have a rank now, before they see which."""
        world, room = self._world, self._room
        for member in self._shown:
            others = world.fanout.audience_without(room, {*self._ranked_before, member})
            world.fanout.tell(others, _join_line(world, room, member, at))
            if member.away:
                able = world.fanout.with_capability(others, AWAY_NOTIFY, True)
                world.fanout.tell(able, away_line(world, member, at))

    def after_mode(self, at: float) -> None:
        """Tell the others of members who have no rank any more; and the rest in steps."""
        world, room, is_on = self._world, self._room, "u" in self._room.flags
        if is_on != self._was_on:
            everybody = _hidden(room) if is_on else self._hidden_before
            _update(world, room, everybody, everybody, comes=not is_on)
            return
        unranked = self._unranked
        for member in unranked:
            others = world.fanout.audience_without(room, {*room.ranked, member})
            world.fanout.tell(others, world.message_from(member, "PART", room.name, at=at))
        ranked = [] if self._enters else self._shown
        for viewers, comes in ((ranked, True), (unranked, False)):
            if viewers:
                hidden = [one for one in _hidden(room) if one not in self._ranked_before]
                _update(world, room, hidden, viewers, comes=comes)

    # Where mode u stays:

    @property
    def _shown(self) -> list[User]:
        ranked = self._room.ranked if self._stays else {}
        return [one for one in self._members if one in ranked and one not in self._ranked_before]

    @property
    def _unranked(self) -> list[User]:
        before = self._ranked_before if self._stays else {}
        return [one for one in self._members if one in before and one not in self._room.ranked]

    @property
    def _stays(self) -> bool:
        return self._was_on and "u" in self._room.flags


def _hidden(room: Room) -> list[User]:
    if "u" not in room.flags:
        return []
    return [member for member in room.members if member not in room.ranked]


def _join_line(world: World, room: Room, member: User, at: float) -> Message:
    extended = (room.name, member.account or "*", member.realname)  # for extended-join
    return world.message_from(member, "JOIN", *extended, at=at)


def _update(
    world: World, room: Room, members: Sequence[User], viewers: Collection[User], *, comes: bool
) -> None:
    """Tell `viewers` in steps that they hear of these members from now on, or no longer."""
    if len(members) <= MOST:
        # those who are renamed meanwhile are in the lists by the names that they have now
        named = [(member, member.source) for member in members]
        world.in_steps(_steps(world, room, named, viewers, comes=comes))


def _steps(
    world: World,
    room: Room,
    named: Iterable[tuple[User, str]],
    viewers: Collection[User],
    *,
    comes: bool,
) -> Iterator[None]:
    spent = 0
    for member, source in named:
        sessions = [
            session
            for viewer in viewers
            if viewer is not member and viewer in room.members
            if (_hears_of(room, viewer, member) and (comes or member.source == source)) is comes
            for session in viewer.sessions
        ]
        if not comes:
            line = world.message_from(member, "PART", room.name, at=world.now)
            world.fanout.tell_all(sessions, line._replace(source=source))
        else:
            world.fanout.tell_all(sessions, _join_line(world, room, member, world.now))
            if member.away:
                able = (one for one in sessions if AWAY_NOTIFY in one.capabilities)
                world.fanout.tell_all(able, away_line(world, member, world.now))
        spent += len(viewers)
        if spent >= PER_STEP:
            spent = 0
            yield


def _hears_of(room: Room, user: User, member: User) -> bool:
    """Whether one member hears what happens to another one."""
    return member in room.members and (user in room.ranked or not room.hides_member(member))

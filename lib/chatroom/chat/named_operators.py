"""Ranks that people get from the server when they enter a room: those that it keeps for their
accounts, and those that the configuration gives (`rooms.owners` by account, `rooms.operators` by
mask).

In a lasting room nobody becomes operator by being first: after a restart that would be the person
with the fastest client. Owners, admins and operators can enter whatever the room's modes are,
because somebody without a right to the rank may have set these. A permanent room without any of
them keeps its modes as they are: +nt if it is new.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from chatroom.chat.ports import Recipient
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorsNamed, RanksGiven
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes

_ALWAYS_IN = frozenset("qao")


def name_operators(
    world: World,
    operators: Mapping[str, Iterable[str]],
    owners: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Apply the configured operators and owners: bare names of rooms -> masks `nick!user@host`, and
    -> accounts.

    Matching people in the rooms get their ranks now. Nobody's rank is taken away.
    """
    masks = {name: tuple(some) for name, some in operators.items()}
    accounts = {name: tuple(some) for name, some in (owners or {}).items()}
    apply(world, OperatorsNamed(masks, accounts))
    for room in list(world.rooms.values()):
        promote(world, room, list(room.members))


def promote(
    world: World,
    room: Room,
    members: Collection[User],
    by: Recipient | None = None,
    *,
    enters: bool = False,
) -> None:
    """Give members of a room the ranks that they do not have yet; all members see the MODE.

    `by` is the session that has just entered: it sees the MODE behind its JOIN, whose answer may be
    still under way. `enters`: the members have just entered, too.
    """
    due = {member: world.due_ranks(member, room) for member in members}
    for letter in ROOM_MODES.prefix_letters:
        made = [
            member
            for member, ranks in due.items()
            if letter in ranks and letter not in room.members[member]
        ]
        for some in _in_lines(world, room, letter, made):
            numbers = tuple(member.id for member in some)
            apply(world, RanksGiven(room.name, letter, numbers, world.now, enters), by)


def promote_everywhere(world: World, user: User, by: Recipient | None = None) -> None:
    """Give somebody who has logged in the ranks that they are due, in all of their rooms."""
    for room in list(user.rooms):
        promote(world, room, [user], by)


def may_always_enter(world: World, user: User, room: Room) -> bool:
    """Whether no mode and no ban keeps this user out."""
    return not _ALWAYS_IN.isdisjoint(world.due_ranks(user, room))


def _in_lines(world: World, room: Room, letter: str, made: Iterable[User]) -> Iterator[list[User]]:
    """Split the people with a new rank into groups for one MODE each."""
    line: list[User] = []
    for member in made:
        full = len(line) == world.limits.mode_changes
        if line and (full or not fits(_mode(world, room, letter, [*line, member]))):
            yield line
            line = []
        line.append(member)
    if line:
        yield line


def _mode(world: World, room: Room, letter: str, members: Iterable[User]) -> Message:
    changes = [ModeChange(True, letter, member.nick) for member in members]
    return Message("MODE", (room.name, *format_changes(changes)), world.settings.name)

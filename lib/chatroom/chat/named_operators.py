"""Operators that the configuration names (`rooms.operators`), until there are accounts.

In a permanent room nobody becomes operator by being first: after a restart that would be the person
with the fastest client. Named operators get their rank when they enter, and they can enter whatever
the room's modes are, because somebody without a right to the rank may have set these. A room
without named operators has none, and keeps its modes as they are: +nt if it is new.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from chatroom.chat.ports import Recipient
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorsNamed, RanksGiven
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes


def name_operators(world: World, operators: Mapping[str, Iterable[str]]) -> None:
    """Apply the configured operators: bare names of rooms -> masks `nick!user@host`.

    Matching people in the rooms become operators now. Nobody's rank is taken away.
    """
    named = {name: tuple(masks) for name, masks in operators.items()}
    apply(world, OperatorsNamed(named))
    for room in list(world.rooms.values()):
        promote(world, room, list(room.members))


def promote(
    world: World, room: Room, members: Collection[User], by: Recipient | None = None
) -> None:
    """Make the named members of a room operators; all members see the MODE.

    `by` is the session that has just entered: it sees the MODE behind its JOIN, whose answer may be
    still under way.
    """
    made = [
        member
        for member in members
        if world.names_operator(member, room) and not room.is_operator(member)
    ]
    for some in _in_lines(world, room, made):
        numbers = tuple(member.id for member in some)
        apply(world, RanksGiven(room.name, "o", numbers, world.now), by)


def _in_lines(world: World, room: Room, made: Iterable[User]) -> Iterator[list[User]]:
    """Split the new operators into groups for one MODE each."""
    line: list[User] = []
    for member in made:
        full = len(line) == world.limits.mode_changes
        if line and (full or not fits(_mode(world, room, [*line, member]))):
            yield line
            line = []
        line.append(member)
    if line:
        yield line


def _mode(world: World, room: Room, members: Iterable[User]) -> Message:
    changes = [ModeChange(True, "o", member.nick) for member in members]
    return Message("MODE", (room.name, *format_changes(changes)), world.settings.name)

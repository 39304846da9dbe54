"""Operators that the configuration names (`rooms.operators`), until there are accounts.

In a permanent room that has had visitors, nobody becomes operator by being first: after a restart
that would be the person with the fastest client. Named operators get their rank when they enter,
and they can enter whatever the room's modes are, because somebody without a right to the rank may
have set these.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping

from chatroom.chat.output.delivery import announce, logged
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import bare

log = logging.getLogger("chatroom")


def name_operators(world: World, operators: Mapping[str, Iterable[str]]) -> None:
    """Apply the configured operators: bare names of rooms -> masks `nick!user@host`.

    Matching people in the rooms become operators now. Nobody's rank is taken away.
    """
    world.name_operators(operators)
    for room in list(world.rooms.values()):
        promote(world, room, list(room.members))


def promote(world: World, room: Room, members: Collection[Session]) -> None:
    """Make the named members of a room operators; all members see the MODE."""
    made = [
        member
        for member in members
        if world.names_operator(member, room) and room.rank(member, "o", True)
    ]
    for some in _in_lines(world, room, made):
        event = logged(room, some[0], _mode(world, room, some))
        announce(some[0], event, room.audience)  # behind a JOIN whose answer is being collected
        for member in some:
            log.info("%s is an operator of %s (rooms.operators)", *_names(member, room))


def _in_lines(world: World, room: Room, made: Iterable[Session]) -> Iterator[list[Session]]:
    """Split the new operators into groups for one MODE each."""
    line: list[Session] = []
    for member in made:
        full = len(line) == world.limits.mode_changes
        if line and (full or not fits(_mode(world, room, [*line, member]))):
            yield line
            line = []
        line.append(member)
    if line:
        yield line


def _mode(world: World, room: Room, members: Iterable[Session]) -> Message:
    changes = [ModeChange(True, "o", member.nick) for member in members]
    params = (room.name, *format_changes(changes))
    return Message("MODE", params, world.settings.name, world.time_tag)


def _names(member: Session, room: Room) -> tuple[str, str]:
    return visible(member.nick), visible(bare(room.name))

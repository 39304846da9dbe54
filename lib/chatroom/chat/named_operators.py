"""Rooms' operators whom the configuration names (`rooms.operators`), until there are accounts.

A permanent room that has had people makes nobody its operator for coming first: after a restart
that would be whoever's client is the quickest. Those whom the configuration names are operators
from the moment they enter, and they enter whatever the room's modes are, since those may have been
set by somebody whose rank should never have been.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping

from chatroom.chat.delivery import deliver_to, logged
from chatroom.chat.room import Room
from chatroom.chat.session import Session
from chatroom.chat.world import World
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import bare
from chatroom.wire.prose import visible

log = logging.getLogger("chatroom")


def name_operators(world: World, operators: Mapping[str, Iterable[str]]) -> None:
    """Take over whom the configuration names: bare names of rooms -> masks `nick!user@host`.

    Those who are in the rooms become operators now. Nobody's rank is taken away.
    """
    world.name_operators(operators)
    for room in list(world.rooms.values()):
        promote(world, room, list(room.members))


def promote(world: World, room: Room, members: Collection[Session]) -> None:
    """Make operators of those of a room's members who are named and are none; all see the MODE."""
    made = [
        member
        for member in members
        if world.names_operator(member, room) and room.rank(member, "o", True)
    ]
    for some in _in_lines(world, room, made):
        event = logged(room, some[0], _mode(world, room, some))
        deliver_to(world, event, room.audience)
        for member in some:
            log.info("%s is an operator of %s (rooms.operators)", *_names(member, room))


def _in_lines(world: World, room: Room, made: Iterable[Session]) -> Iterator[list[Session]]:
    """Those whom one MODE names each."""
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

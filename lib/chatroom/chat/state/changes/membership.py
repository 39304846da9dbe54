"""People enter and leave rooms: the part of `apply` for JOIN, PART and KICK."""

import logging
from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import fade_if_empty, keep_membership, save
from chatroom.chat.state.changes.people import AWAY_NOTIFY, away_line
from chatroom.chat.state.changes.telling import (
    log_line,
    tell_able_neighbours,
    tell_own,
    tell_room,
)
from chatroom.chat.state.events import (
    Joined,
    Kicked,
    Parted,
)
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_audit import because
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.names import bare, fold

log = logging.getLogger("chatroom")


def _joined(world: World, event: Joined, by: Recipient | None) -> None:
    user = world.users[event.user]
    room = find_or_make_room(world, event.room, event.at)
    world.enter(user, room, event.position)
    keep_membership(world, user, room)
    log.info("%s joined %s", visible(user.nick), visible(bare(room.name)))
    line = world.message_from(user, "JOIN", room.name, at=event.at)
    is_hidden = room.hides_member(user)  # those whom a rank shows in a moment, until then
    is_passing = is_hidden and not world.due_ranks(user, room)
    line = log_line(world, room, line, event.at, user, is_hidden=is_passing)
    extended = (room.name, user.account or "*", user.realname)  # to clients with extended-join
    line = line._replace(params=extended)
    tell_room(world, room, line, by, is_hidden=is_hidden)
    if is_hidden:
        others = (session for session in user.sessions if session is not by)
        world.fanout.tell_all(others, line)
    if user.away:
        tell_able_neighbours(world, user, [room], away_line(world, user, event.at), AWAY_NOTIFY)


def find_or_make_room(world: World, name: str, at: float) -> Room:
    """The room of that name, which is made if there is none."""
    known = world.find_room(name)
    if known is not None:
        return known
    room = Room(name, at)
    room.barred, room.gaps = world.faded.take(room.folded)
    if room.barred:
        room.began = world.log.boundary(at)
    world.add_room(room)
    return room


def _parted(world: World, event: Parted, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    params = (room.name, event.reason) if event.reason else (room.name,)
    is_hidden = room.hides_member(user)
    world.leave(user, room)
    keep_membership(world, user, room)
    line = world.message_from(user, "PART", *params, at=event.at)
    line = log_line(world, room, line, event.at, user, is_hidden=is_hidden)
    fade_if_empty(world, room, event.at)
    _log_left(user, room, event.reason)
    tell_own(user, line, by)
    tell_room(world, room, line, is_hidden=is_hidden)


def _kicked(world: World, event: Kicked, by: Recipient | None) -> None:
    operator, user = world.users[event.by], world.users[event.user]
    room = world.rooms[fold(event.room)]
    line = world.message_from(operator, "KICK", room.name, user.nick, event.reason, at=event.at)
    is_hidden = room.hides_member(user)
    world.leave(user, room)
    keep_membership(world, user, room)
    line = log_line(world, room, line, event.at, operator, is_hidden=is_hidden)
    room.note_deed(operator, because(f"kicked {user.nick}", event.reason), event.at)
    if room.lasts:
        save(world, room)
    fade_if_empty(world, room, event.at)
    _log_left(user, room, f"kicked by {operator.nick}: {event.reason}")
    tell_own(user, line, by)
    tell_room(world, room, line, None if operator is user else by, is_hidden=is_hidden)


def _log_left(user: User, room: Room, reason: str) -> None:
    why = f" ({visible(reason)})" if reason else ""
    log.info("%s left %s%s", visible(user.nick), visible(bare(room.name)), why)


APPLY_MEMBERSHIP: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    Joined: _joined,
    Kicked: _kicked,
    Parted: _parted,
}
"""The events, and what applies them."""

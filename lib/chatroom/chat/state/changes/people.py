"""People connect, get names and modes, and disconnect: the part of `apply` for users."""

import logging
from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import (
    fade_if_empty,
    forget_user,
    keep_changed,
    keep_user,
    save,
)
from chatroom.chat.state.changes.telling import (
    few_in,
    log_in_each,
    tell_able_neighbours,
    tell_own,
)
from chatroom.chat.state.events import (
    AwayChanged,
    Connected,
    Dropped,
    Identified,
    NickChanged,
    Quit,
    RealnameChanged,
    Registered,
    Relocated,
    UserModesChanged,
)
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message
from chatroom.wire.modes import format_changes
from chatroom.wire.names import fold

log = logging.getLogger("chatroom")

AWAY_NOTIFY, SETNAME = "away-notify", "setname"


def _connected(world: World, event: Connected, _by: Recipient | None) -> None:
    user = User(event.user, event.host, event.at)
    user.relocate(event.host, world.cloak_of(event.host))
    world.add_user(user)


def _relocated(world: World, event: Relocated, _by: Recipient | None) -> None:
    world.users[event.user].relocate(event.host, world.cloak_of(event.host))


def _nick_changed(world: World, event: NickChanged, by: Recipient | None) -> None:
    user = world.users[event.user]
    line = world.message_from(user, "NICK", event.nick, at=event.at)
    before = user.nick
    stayed = forget_user(world, user)
    world.take_nick(user, event.nick, event.position, event.at)
    keep_changed(world, user, stayed)
    if user.registered:
        if fold(before) != user.folded:
            world.monitors.went(user, before, world.settings.name)
            world.monitors.came(user, world.settings.name)
        log.info("%s is now known as %s", visible(before), visible(user.nick))
        few = few_in(user, user.rooms)
        log_in_each(world, user, list(user.rooms), line, event.at, few)
        if len(few) < len(user.rooms):
            if by is not None:
                by.send(line)
            world.fanout.tell_rooms(user.rooms, line, by, few)
        else:
            tell_own(user, line, by)
            world.fanout.tell_rooms(few, line, by, few)


def _identified(world: World, event: Identified, _by: Recipient | None) -> None:
    world.users[event.user].identify(event.username, event.realname)


def _realname_changed(world: World, event: RealnameChanged, by: Recipient | None) -> None:
    """Those in common rooms and the user's own connections get SETNAME (IRCv3 setname), if their
    clients asked for it."""
    user = world.users[event.user]
    user.identify(user.username, event.realname)
    keep_user(world, user)
    line = world.message_from(user, "SETNAME", event.realname, at=event.at)
    for session in user.sessions:
        if SETNAME in session.capabilities:
            send = session.send if session is by else session.send_now
            send(line)
    if user.rooms:
        tell_able_neighbours(world, user, user.rooms, line, SETNAME)
    world.monitors.changed(user, line, SETNAME)


def _registered(world: World, event: Registered, _by: Recipient | None) -> None:
    user = world.users[event.user]
    world.register(user, event.position)
    world.monitors.came(user, world.settings.name)
    keep_user(world, user)
    over = " over TLS" if any(each.transport.tls for each in user.sessions) else ""
    log.info("%s has come in from %s%s", visible(user.nick), user.address, over)


def _away_changed(world: World, event: AwayChanged, _by: Recipient | None) -> None:
    user = world.users[event.user]
    user.away = event.text
    if user in world.absent:
        keep_user(world, user)
    line = away_line(world, user, event.at)
    if user.rooms:
        tell_able_neighbours(world, user, user.rooms, line, AWAY_NOTIFY)
    world.monitors.changed(user, line, AWAY_NOTIFY)


def away_line(world: World, user: User, at: float) -> Message:
    """AWAY as others get it: with the text, or without one from somebody who is back."""
    text = (user.away,) if user.away else ()
    return world.message_from(user, "AWAY", *text, at=at)


def _user_modes_changed(world: World, event: UserModesChanged, by: Recipient | None) -> None:
    user = world.users[event.user]
    for change in event.changes:
        if change.letter == "i":
            world.set_invisible(user, change.adding)
        elif change.letter == "B":
            user.bot = change.adding
        else:
            user.set_flag(change.letter, change.adding)
    keep_user(world, user)
    line = world.message_from(user, "MODE", user.nick, *format_changes(event.changes), at=event.at)
    tell_own(user, line, by)


def _quit(world: World, event: Quit, _by: Recipient | None) -> None:
    quit_user(world, world.users[event.user], event.reason, event.at)


def quit_user(world: World, user: User, reason: str, at: float) -> None:
    """The user is gone."""
    line = world.message_from(user, "QUIT", reason, at=at)
    rooms = list(user.rooms)
    few = few_in(user, rooms)
    stayed = forget_user(world, user)
    world.leave_all(user, rooms)
    world.remove_user(user, at)
    world.monitors.went(user, user.nick, world.settings.name)
    log_in_each(world, user, rooms, line, at, few)
    for room in rooms:
        if stayed and room.members and not room.lasts:
            save(world, room)
        fade_if_empty(world, room, at)
    occupied = [room for room in rooms if room.members]
    world.fanout.tell_rooms(occupied, line, few=few)


def _dropped(world: World, event: Dropped, _by: Recipient | None) -> None:
    user = world.users[event.user]
    rooms = list(user.rooms)
    forget_user(world, user)
    world.leave_all(user, rooms)
    world.remove_user(user, event.at)
    if user.registered:
        world.monitors.went(user, user.nick, world.settings.name)
    for room in rooms:
        fade_if_empty(world, room, event.at)


APPLY_PEOPLE: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    AwayChanged: _away_changed,
    Connected: _connected,
    Dropped: _dropped,
    Identified: _identified,
    NickChanged: _nick_changed,
    Quit: _quit,
    RealnameChanged: _realname_changed,
    Registered: _registered,
    Relocated: _relocated,
    UserModesChanged: _user_modes_changed,
}
"""The events, and what applies them."""

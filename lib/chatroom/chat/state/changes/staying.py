"""People who stay in their rooms without a connection (`accounts.always_on`): the part of `apply`
for these.

A user stays whose account is always on, and who has the account's name as nickname: so there is one
for each account. The state that brings them back after a restart is saved whenever it changes, even
while they are connected, because a server may be killed.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import keep_user, save
from chatroom.chat.state.changes.membership import find_or_make_room
from chatroom.chat.state.changes.operators import unmake_operator
from chatroom.chat.state.changes.people import quit_user
from chatroom.chat.state.events import AlwaysOnSet, Returned, Stayed, UserRestored
from chatroom.chat.state.model import User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.gaps import Gap

log = logging.getLogger("chatroom")

OFF = "is no longer always on"
"""Why a user leaves who was not connected."""


def _stayed(world: World, event: Stayed, _by: Recipient | None) -> None:
    user = world.users[event.user]
    if user.operator is not None:  # who comes back may know the account's password only
        unmake_operator(world, user, event.at, None)
    world.stay(user)
    keep_user(world, user)
    log.info("%s stays, without a connection", visible(user.nick))


def _returned(world: World, event: Returned, _by: Recipient | None) -> None:
    user = world.users[event.user]
    world.come_back(user)
    log.info("%s is connected again", visible(user.nick))


def _always_on_set(world: World, event: AlwaysOnSet, _by: Recipient | None) -> None:
    account = world.accounts.find(event.account)
    if account is None:
        return
    world.add_account(replace(account, always_on=event.on))
    if not world.is_always_on(account.name):
        world.log.save_user(account.number, None)
    for user in world.logged_in(account.name):
        if world.stays(user):
            keep_user(world, user)
        elif user in world.absent:
            quit_user(world, user, OFF, event.at)
        for room in [room for room in user.rooms if not room.lasts]:
            save(world, room)


def _user_restored(world: World, event: UserRestored, _by: Recipient | None) -> None:
    user = User(event.user, event.host, event.signed_on)
    for letter in set(event.modes) - set("Bi"):
        user.set_flag(letter, True)
    user.relocate(event.host, world.cloak_of(event.host))
    world.add_user(user)
    user.identify(event.username, event.realname)
    world.take_nick(user, event.nick, event.position, event.at)
    world.register(user, event.position)
    world.log_in(user, event.account)
    world.set_invisible(user, "i" in event.modes)
    user.bot = "B" in event.modes
    user.away = event.away
    for name, ranks, gaps in event.rooms:
        room = find_or_make_room(world, name, event.at)
        world.enter(user, room, event.position)
        for letter in ROOM_MODES.prefix_letters:
            room.rank(user, letter, letter in ranks)
        user.rooms[room] = tuple(Gap(*gap) for gap in gaps)
    world.stay(user)
    keep_user(world, user)
    log.info("%s is there, without a connection", visible(user.nick))


APPLY_STAYING: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    AlwaysOnSet: _always_on_set,
    Returned: _returned,
    Stayed: _stayed,
    UserRestored: _user_restored,
}
"""The events, and what applies them."""

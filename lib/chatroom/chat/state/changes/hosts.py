"""A user has another user name or host, or hides the host (mode x): the part of `apply` for CHGHOST
(IRCv3 chghost).

Clients that do not know CHGHOST see that the user quits and enters their common rooms again, with
the same ranks. People at the plain door see no hosts, and nothing of this: their door agrees on
chghost, and has no words for it.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import keep_user
from chatroom.chat.state.changes.telling import few_in
from chatroom.chat.state.events import HostChanged
from chatroom.chat.state.fanout_port import Audience
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.capabilities import CHGHOST, WHOAMI
from chatroom.wire.message import Message

log = logging.getLogger("chatroom")

WHY = "Changing host"
"""The reason of the QUIT that clients without chghost see."""


def _host_changed(world: World, event: HostChanged, by: Recipient | None) -> None:
    user = world.users[event.user]
    before = user.address
    user.relocate(event.host, world.cloak_of(event.host))
    if before != user.address:
        log.info("%s now comes from %s instead of %s", visible(user.nick), event.host, before)
    shown = user.shown_host
    if (event.username, shown) == (user.username, user.host):
        keep_user(world, user)
        return
    line = world.message_from(user, "CHGHOST", event.username, shown, at=event.at)
    quits = world.message_from(user, "QUIT", WHY, at=event.at)
    world.rehost(user, event.username, event.position)
    keep_user(world, user)
    for session in user.sessions:
        # whoami: these clients know how others see them
        if not session.capabilities.isdisjoint((CHGHOST, WHOAMI)):
            send = session.send if session is by else session.send_now
            send(line)
    rooms = [room for room in user.rooms if len(room.members) > 1]
    if rooms:
        few = few_in(user, rooms)
        neighbours = _without(user, world.fanout.audience_of_rooms(rooms, few))
        world.fanout.tell(world.fanout.with_capability(neighbours, CHGHOST, True), line)
        world.fanout.tell(world.fanout.with_capability(neighbours, CHGHOST, False), quits)
        world.in_steps(_enter_all_again(world, user, rooms, event.at))
    world.monitors.changed(user, line, CHGHOST)


def _enter_all_again(world: World, user: User, rooms: list[Room], at: float) -> Iterator[None]:
    """One room in each step: somebody may be in fifty rooms of a thousand people."""
    for count, room in enumerate(rooms):
        if count:
            yield
        if user in room.members:
            _enter_again(world, user, room, at)


def _enter_again(world: World, user: User, room: Room, at: float) -> None:
    """The user enters the room again, for clients that have seen the QUIT."""
    few = few_in(user, [room])
    neighbours = _without(user, world.fanout.audience_of_rooms([room], few))
    others = world.fanout.with_capability(neighbours, CHGHOST, False)
    extended = (room.name, user.account or "*", user.realname)  # to clients with extended-join
    world.fanout.tell(others, world.message_from(user, "JOIN", *extended, at=at))
    if ranks := room.members[user]:
        params = (room.name, f"+{ranks}", *(user.nick for _ in ranks))
        line = Message("MODE", params, world.fanout.server_name, world.time_tag(at))
        world.fanout.tell(others, line)


def _without(user: User, audience: Audience) -> Audience:
    """The audience without the user's own connections."""
    left_out = {session.peer for session in user.sessions}
    some = {
        variant: {peer: None for peer in peers if peer not in left_out}
        for variant, peers in audience.items()
    }
    return {variant: peers for variant, peers in some.items() if peers}


APPLY_HOSTS: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    HostChanged: _host_changed,
}
"""The event, and what applies it."""

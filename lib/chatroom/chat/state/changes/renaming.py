"""A room gets another name: the part of `apply` for RENAME (IRCv3 channel-rename).

A client that does not know RENAME sees that it leaves one room and enters another. The command's
handler shows it the topic and the members, as after a JOIN, in steps.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import is_kept, keep_user
from chatroom.chat.state.changes.marking import keep_renamed
from chatroom.chat.state.events import RoomRenamed
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_audit import Deed, because
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message
from chatroom.wire.names import bare, fold

log = logging.getLogger("chatroom")

CHANNEL_RENAME = "draft/channel-rename"

SAVED = 20
"""Users and markers that are saved in one step: some microseconds each, and the commit as many."""


def _room_renamed(world: World, event: RoomRenamed, by: Recipient | None) -> None:
    """The history is the first to change, because it may refuse: then nothing has happened."""
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    before = room.name
    what = because(f"renamed {bare(before)} to {bare(event.to)}", event.reason)
    kept = is_kept(world, room)
    deed = Deed(event.at, user.source, user.account, what)
    state = room.state_after_renaming(event.to, event.position, deed) if kept else {}
    world.log.rename_room(before, event.to, state)
    room.is_saved = kept
    world.fanout.encode()
    world.rename_room(room, event.to, event.position, event.at)
    room.note_deed(user, what, event.at)
    world.on_fading(before)  # what quotes it by name
    if fold(before) != room.folded:
        world.markers.rename(fold(before), room.folded)
    log.info("%s renamed %s to %s", *map(visible, (user.nick, bare(before), bare(room.name))))
    line = world.message_from(user, "RENAME", before, room.name, event.reason, at=event.at)
    if by is not None and CHANNEL_RENAME in by.capabilities:
        by.send(line)
    members = world.fanout.audience(room)
    world.fanout.tell(world.fanout.with_capability(members, CHANNEL_RENAME, True), line, by)
    if fold(before) != room.folded:
        others = world.fanout.with_capability(members, CHANNEL_RENAME, False)
        world.fanout.tell_each(others, lambda member: _moved(world, member, before, event))


def _moved(world: World, member: User, before: str, event: RoomRenamed) -> tuple[Message, Message]:
    """For the connections of a member that do not know RENAME."""
    reason = (event.reason,) if event.reason else ()
    params = (event.to, member.account or "*", member.realname)
    return (
        world.message_from(member, "PART", before, *reason, at=event.at),
        world.message_from(member, "JOIN", *params, at=event.at),
    )


def keep_what_follows(world: World, room: Room, before: str) -> Iterator[None]:
    """Save the users who stay in a renamed room, and its markers, some in each step: they have it
    by its name. If the server dies meanwhile, the next one knows what `before` is called now
    (`chat.renamed_rooms`), because the room's own state has its former names."""
    name = room.folded
    owners = world.markers.owners(name) if fold(before) != name else []
    for count, owner in enumerate(owners, 1):
        keep_renamed(world, owner, fold(before), name)
        if count % SAVED == 0:
            yield
    for count, member in enumerate(list(room.members), 1):
        if member in room.members:
            keep_user(world, member)
        if count % SAVED == 0:
            yield


APPLY_RENAMING: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    RoomRenamed: _room_renamed,
}
"""The event, and what applies it."""

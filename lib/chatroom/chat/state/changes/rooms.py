"""The properties of rooms: the part of `apply` for topics, modes, ranks, invitations, owners."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.auditorium import MemberLists
from chatroom.chat.state.changes.keeping import fade, fade_if_empty, keep_user, save
from chatroom.chat.state.changes.telling import log_line, tell_able_neighbours, tell_room
from chatroom.chat.state.events import (
    BansExpired,
    Invited,
    Knocked,
    RanksGiven,
    RoomAccepted,
    RoomDropped,
    RoomModeChange,
    RoomModesChanged,
    RoomRegistered,
    RoomRestored,
    TopicChanged,
)
from chatroom.chat.state.mask_lists import list_entry
from chatroom.chat.state.model import Room, User, marks_of
from chatroom.chat.state.room_audit import modes_deed
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import bare, fold, list_key
from chatroom.wire.numerics import RPL_KNOCK

log = logging.getLogger("chatroom")

INVITE_NOTIFY = "invite-notify"


def _topic_changed(world: World, event: TopicChanged, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    room.set_topic(event.topic, user.source, event.at)
    line = world.message_from(user, "TOPIC", room.name, event.topic, at=event.at)
    line = log_line(world, room, line, event.at, user)
    save(world, room)
    tell_room(world, room, line, by)


def _invited(world: World, event: Invited, by: Recipient | None) -> None:
    inviter, guest = world.users[event.by], world.users[event.user]
    room = world.rooms[fold(event.room)]
    if event.opens:
        standing = {
            one: at
            for one, at in guest.invitations.items()
            if world.rooms.get(one.folded) is one  # not for those that have faded
        }
        guest.invitations = {**standing, room: room.bans_set}
    line = world.message_from(inviter, "INVITE", guest.nick, room.name, at=event.at)
    for session in guest.sessions:
        session.send(line)
    tell_able_neighbours(world, inviter, [room], line, INVITE_NOTIFY)


def _knocked(world: World, event: Knocked, _by: Recipient | None) -> None:
    """Only the people who may let others in see the knock."""
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    why = f": {event.text}" if event.text else ""
    text = RPL_KNOCK.text.format(why)
    for member, ranks in room.members.items():
        if ranks[:1] in MAY_LET_IN:
            params = (member.nick, room.name, user.source, text)
            line = Message(RPL_KNOCK.code, params, world.fanout.server_name, marks_of(user))
            for session in member.sessions:
                session.send_now(line)
    log.info("%s knocks at %s", visible(user.nick), visible(bare(room.name)))


MAY_LET_IN = frozenset("qaoh")
"""The ranks with the right HEAR_KNOCKS (`chat.rights`)."""


def _room_modes_changed(world: World, event: RoomModesChanged, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    barriers = room.barriers
    lists = _member_lists(world, room, event)
    for change in event.changes:
        _change(world, room, user, change, event.at)
    if room.barriers != barriers:
        room.change_barriers(barriers, world.log.boundary(event.at))
    lines = []
    for changes in _in_lines(user.source, room, [change.shown for change in event.changes]):
        params = (room.name, *format_changes(changes))
        line = world.message_from(user, "MODE", *params, at=event.at)
        lines.append(log_line(world, room, line, event.at, user))
        log.info("%s set %s in %s", *map(visible, (user.nick, params[1], bare(room.name))))
    if event.changes:
        room.note_deed(user, modes_deed(event.changes, event.at), event.at)
    if room.lasts or any(change.account or not change.member for change in event.changes):
        save(world, room)  # elsewhere, other ranks end with their holders' stay
    if any(change.shown.letter == "b" for change in event.changes):
        world.plan_expiry(room)
    lists.before_mode(event.at)
    for line in lines:
        tell_room(world, room, line, by)
    lists.after_mode(event.at)
    if not room.lasts and any(change.shown.letter == "P" for change in event.changes):
        room.kept.clear()
        fade_if_empty(world, room, event.at)


def _member_lists(world: World, room: Room, event: RoomModesChanged) -> MemberLists:
    ranked = dict.fromkeys(world.users[one.member] for one in event.changes if one.member)
    changes_mode = any(change.shown.letter == "u" for change in event.changes)
    return MemberLists(world, room, ranked, changes_mode=changes_mode)


def _change(world: World, room: Room, setter: User, change: RoomModeChange, at: float) -> None:
    adding, letter, param = change.shown
    if change.member or change.account:
        if change.member:
            member = world.users[change.member]
            room.rank(member, letter, adding)
            keep_user(world, member)
        if change.account:
            room.keep_rank(change.account, letter, adding)
    elif letter in ROOM_MODES.lists:
        mask = param or ""
        if adding:
            order = room.count_ban(letter)
            entry = list_entry(mask, setter.nick, at, order, change.until, change.reason)
            room.lists.add(letter, entry)
        else:
            room.lists.remove(letter, list_key(mask))
    elif letter == "k":
        room.key = (param or "") if adding else ""
    elif letter == "l":
        room.limit = int(param or "0") if adding else 0
    elif letter == "W":
        room.set_slow(int(param or "0") if adding else 0)
    elif letter == "f":
        room.set_forward((param or "") if adding else "", at)
    else:
        room.set_flag(letter, adding)


def _in_lines(
    source: str, room: Room, changes: Sequence[ModeChange]
) -> Iterator[Sequence[ModeChange]]:
    """Split the changes into lines that fit, because completed masks are longer than what was
    typed."""
    line: list[ModeChange] = []
    for change in changes:
        params = format_changes([*line, change])
        if line and not fits(Message("MODE", (room.name, *params), source)):
            yield line
            line = []
        line.append(change)
    if line:
        yield line


def _bans_expired(world: World, event: BansExpired, by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    ended = [ModeChange(False, "b", entry.mask) for entry in room.lists.expire(event.at)]
    world.plan_expiry(room)
    if not ended:
        return
    save(world, room)
    for one in ended:
        log.info("-b %s ended in %s", visible(one.param or ""), visible(bare(room.name)))
    tell_modes(world, room, ended, event.at, by)


def tell_modes(
    world: World, room: Room, changes: Sequence[ModeChange], at: float, by: Recipient | None = None
) -> None:
    """Tell the members that the server has changed entries on the room's lists."""
    source = world.fanout.server_name
    for some in _in_lines(source, room, changes):
        params = (room.name, *format_changes(some))
        line = Message("MODE", params, source, world.time_tag(at))
        tell_room(world, room, log_line(world, room, line, at), by)


def _ranks_given(world: World, event: RanksGiven, by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    members = [world.users[number] for number in event.users]
    change_ranks(world, room, event.letter, members, True, event.at, by, enters=event.enters)


def change_ranks(
    world: World,
    room: Room,
    letter: str,
    members: Sequence[User],
    given: bool,
    at: float,
    by: Recipient | None = None,
    *,
    enters: bool = False,
) -> None:
    """The server gives members a rank, or takes it away; the ranks that the room keeps for accounts
    stay as they are. `enters`: they have just entered."""
    lists = MemberLists(world, room, members, enters=enters)
    for member in members:
        room.rank(member, letter, given)
        keep_user(world, member)
    changes = [ModeChange(given, letter, member.nick) for member in members]
    params = (room.name, *format_changes(changes))
    line = Message("MODE", params, world.fanout.server_name, world.time_tag(at))
    lists.before_mode(at)
    tell_room(world, room, log_line(world, room, line, at), by)
    lists.after_mode(at)
    for member in members:
        who, where = visible(member.nick), visible(bare(room.name))
        verb = "has" if given else "no longer has"
        log.info("%s %s rank %s in %s", who, verb, letter, where)


def _room_registered(world: World, event: RoomRegistered, _by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    world.register_room(room, event.account, event.at)
    _note_owner(room, event.account, f"registered the room for the account {event.account}", event)
    save(world, room)
    log.info("%s belongs to the account %s", visible(bare(room.name)), visible(event.account))


def _room_accepted(world: World, event: RoomAccepted, _by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    room.accept(event.account)
    _note_owner(room, event.account, f"accepted the room for the account {event.account}", event)
    save(world, room)
    log.info("%s belongs to the account %s, too", visible(bare(room.name)), visible(event.account))


def _note_owner(room: Room, account: str, deed: str, event: RoomRegistered | RoomAccepted) -> None:
    owner = next((one for one in room.members if one.account == account), None)
    if owner is not None:
        room.note_deed(owner, deed, event.at)


def _room_dropped(world: World, event: RoomDropped, _by: Recipient | None) -> None:
    drop_room(world, world.rooms[fold(event.room)], event.at)


def drop_room(world: World, room: Room, at: float) -> None:
    """The room belongs to nobody any more; it ends if nobody is in it."""
    world.drop_room(room)
    save(world, room)
    log.info("%s belongs to nobody any more", visible(bare(room.name)))
    fade_if_empty(world, room, at)


def _room_restored(world: World, event: RoomRestored, _by: Recipient | None) -> None:
    room = Room(event.name, event.at)
    room.load(event.state)
    room.is_saved = bool(event.state)
    if room.closed_at and not room.is_closed:  # somebody opened the door by editing the database
        room.opened(world.log.boundary(event.at))
        save(world, room)
    room.permanent = event.permanent
    if not (room.lasts or event.occupied):
        fade(world, room, event.at)
        return
    if room.barred and not room.began:
        room.began = world.log.boundary(event.at)
    world.add_room(room)
    world.plan_expiry(room)
    if not event.occupied:  # by people who stay, and are about to be restored
        save(world, room)


APPLY_ROOMS: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    BansExpired: _bans_expired,
    Invited: _invited,
    Knocked: _knocked,
    RanksGiven: _ranks_given,
    RoomAccepted: _room_accepted,
    RoomDropped: _room_dropped,
    RoomModesChanged: _room_modes_changed,
    RoomRegistered: _room_registered,
    RoomRestored: _room_restored,
    TopicChanged: _topic_changed,
}
"""The events, and what applies them."""

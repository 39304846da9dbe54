"""The only code that changes users, rooms and the world: one function for each event.

Each function keeps the same order: the state changes, then the log records it, then the people
concerned see it. A message and a deletion are offered to the log first, because the log may refuse
them; everything else happens even if the log is full. Consequences of an event, such as the end of
a room whose last member has left, are logged after it and before anybody sees it. So the state
follows from the events alone, and nobody sees a change that did not happen.

`by` is the session that acted: its copy goes the way of replies, so that a door, or the label of a
command, can tell it from others' events. It is None where the server acted, or where the events of
another world are played again. Handlers check rights before; here only what the state needs is
looked up.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
    AwayChanged,
    BansExpired,
    Connected,
    Dropped,
    Event,
    Identified,
    Invited,
    Joined,
    Kicked,
    Killed,
    LimitsChanged,
    LoggedIn,
    LoggedOut,
    NickChanged,
    OperatorActed,
    OperatorMade,
    OperatorsNamed,
    OperatorUnmade,
    Parted,
    Quit,
    RanksGiven,
    Registered,
    Relocated,
    RoomDropped,
    RoomModeChange,
    RoomModesChanged,
    RoomRegistered,
    RoomRestored,
    ServerBanLifted,
    ServerBansEnded,
    ServerBanSet,
    ServerBansRestored,
    TopicChanged,
    UserModesChanged,
)
from chatroom.chat.state.faded import Past, size, with_bans
from chatroom.chat.state.model import ROOM_MODES, Operator, Room, User, list_entry
from chatroom.chat.state.saying import APPLY_SAID
from chatroom.chat.state.server_bans import ServerBan, ban_key
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message, fits
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import ACCOUNT, bare, fold, list_key
from chatroom.wire.numerics import RPL_LOGGEDIN, RPL_LOGGEDOUT
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")


def apply(world: World, event: Event, by: Recipient | None = None) -> None:
    """Carry out an event. Raises HistoryError where the log refuses a message or a deletion; then
    nothing has happened."""
    _APPLY[type(event)](world, event, by)
    if world.on_event is not None:
        world.on_event(event)


# People


def _connected(world: World, event: Connected, _by: Recipient | None) -> None:
    world.add_user(User(event.user, event.host, event.at))


def _relocated(world: World, event: Relocated, _by: Recipient | None) -> None:
    world.users[event.user].relocate(event.host)


def _nick_changed(world: World, event: NickChanged, by: Recipient | None) -> None:
    user = world.users[event.user]
    line = world.message_from(user, "NICK", event.nick, at=event.at)
    before = user.nick
    world.take_nick(user, event.nick, event.position, event.at)
    if user.registered:
        log.info("%s is now known as %s", visible(before), visible(user.nick))
        _log_in_each(world, list(user.rooms), line, event.at)
        if user.rooms:
            if by is not None:
                by.send(line)
            world.fanout.tell(world.fanout.audience_of_rooms(user.rooms), line, by)
        else:
            _tell_own(user, line, by)


def _identified(world: World, event: Identified, _by: Recipient | None) -> None:
    world.users[event.user].identify(event.username, event.realname)


def _registered(world: World, event: Registered, _by: Recipient | None) -> None:
    user = world.users[event.user]
    world.register(user, event.position)
    over = " over TLS" if any(each.transport.tls for each in user.sessions) else ""
    log.info("%s has come in from %s%s", visible(user.nick), user.host, over)


def _away_changed(world: World, event: AwayChanged, _by: Recipient | None) -> None:
    world.users[event.user].away = event.text


def _user_modes_changed(world: World, event: UserModesChanged, by: Recipient | None) -> None:
    user = world.users[event.user]
    for change in event.changes:
        if change.letter == "i":
            world.set_invisible(user, change.adding)
        elif change.letter == "B":
            user.bot = change.adding
    line = world.message_from(user, "MODE", user.nick, *format_changes(event.changes), at=event.at)
    _tell_own(user, line, by)


def _quit(world: World, event: Quit, _by: Recipient | None) -> None:
    user = world.users[event.user]
    line = world.message_from(user, "QUIT", event.reason, at=event.at)
    rooms = list(user.rooms)
    world.leave_all(user, rooms)
    world.remove_user(user, event.at)
    _log_in_each(world, rooms, line, event.at)
    for room in rooms:
        _fade_if_empty(world, room, event.at)
    occupied = [room for room in rooms if room.members]
    world.fanout.tell(world.fanout.audience_of_rooms(occupied), line)


def _dropped(world: World, event: Dropped, _by: Recipient | None) -> None:
    user = world.users[event.user]
    rooms = list(user.rooms)
    world.leave_all(user, rooms)
    world.remove_user(user, event.at)
    for room in rooms:
        _fade_if_empty(world, room, event.at)


# Accounts

ACCOUNT_NOTIFY = "account-notify"


def _logged_in(world: World, event: LoggedIn, by: Recipient | None) -> None:
    user = world.users[event.user]
    _set_account(world, user, event.account, event.at, by)
    log.info("%s logged in to the account %s", _name_of(user), visible(event.account))


def _logged_out(world: World, event: LoggedOut, by: Recipient | None) -> None:
    _log_out(world, world.users[event.user], event.at, by)


def _log_out(world: World, user: User, at: float, by: Recipient | None = None) -> None:
    log.info("%s logged out of the account %s", _name_of(user), visible(user.account))
    _set_account(world, user, "", at, by)


def _name_of(user: User) -> str:
    return visible(user.nick or user.host)


def _set_account(world: World, user: User, account: str, at: float, by: Recipient | None) -> None:
    """Tell the user by a numeric, and whoever asked for it (IRCv3 account-notify) by ACCOUNT.

    Whoever is an operator of the server by an account is so no longer than logged in to it.
    """
    line = world.message_from(user, "ACCOUNT", account or "*", at=at)
    if user.account and fold(user.account) != fold(account):
        _take_ranks(world, user, at)
    world.log_in(user, account)
    _tell_own(user, _account_numeric(world, user), by)
    if user.operator is not None and user.operator.by_account:
        _unmake_operator(world, user, at, by)
    if not user.registered:
        return
    members = dict.fromkeys(member for room in user.rooms for member in room.members)
    sessions = (one for member in {user: None, **members} for one in member.sessions)
    world.fanout.tell_all((one for one in sessions if ACCOUNT_NOTIFY in one.capabilities), line)


def _take_ranks(world: World, user: User, at: float) -> None:
    """The user is not logged in to their account any more: the ranks that it has end."""
    for room in list(user.rooms):
        for letter in world.account_ranks(user, room):
            if letter in room.members[user]:
                _change_ranks(world, room, letter, [user], False, at)


def _account_numeric(world: World, user: User) -> Message:
    nick, account = user.nick or "*", user.account
    mask = f"{nick}!{user.username or '*'}@{user.host}"
    if account:
        params = (nick, mask, account, RPL_LOGGEDIN.text.format(account))
        return Message(RPL_LOGGEDIN.code, params, world.fanout.server_name)
    return Message(RPL_LOGGEDOUT.code, (nick, mask, RPL_LOGGEDOUT.text), world.fanout.server_name)


def _account_added(world: World, event: AccountAdded, _by: Recipient | None) -> None:
    world.add_account(Account(event.account, event.suspended, event.number))


def _account_suspended(world: World, event: AccountSuspended, _by: Recipient | None) -> None:
    number = world.accounts.number_of(event.account)
    world.add_account(Account(event.account, event.suspended, number))
    for user in world.logged_in(event.account) if event.suspended else ():
        _log_out(world, user, event.at)


def _account_renamed(world: World, event: AccountRenamed, _by: Recipient | None) -> None:
    before = world.accounts.find(event.account)
    suspended, number = (before.suspended, before.number) if before else (False, 0)
    users = world.logged_in(event.account)
    world.remove_account(event.account)
    world.add_account(Account(event.to, suspended, number))
    _follow_account(world, event.account, event.to)
    for room in _rooms_with_ranks_of(world, event.account):
        ranks = room.kept.pop(fold(event.account))
        for letter in ranks:
            room.keep_rank(event.to, letter, True)
        _save(world, room)
    for user in users:
        _set_account(world, user, event.to, event.at, None)


def _account_removed(world: World, event: AccountRemoved, _by: Recipient | None) -> None:
    number = world.accounts.number_of(event.account)
    world.waiting.forget(number)
    if number:
        world.log.save_room(*world.waiting.saved(number))
    world.remove_account(event.account)
    for user in world.logged_in(event.account):
        _log_out(world, user, event.at)
    _follow_account(world, event.account, "")
    for room in _rooms_with_ranks_of(world, event.account):
        del room.kept[fold(event.account)]
        if room.registered and not room.has_owner:
            _drop(world, room, event.at)
        else:
            _save(world, room)


def _follow_account(world: World, before: str, after: str) -> None:
    """Masks mean the account, under its new name `after`, and not whoever gets the old one; "" if
    it is gone. The stored states of faded rooms are changed by whoever changes the account."""
    for room in world.rooms.values():
        if room.follow_account(before, after):
            world.plan_expiry(room)
            _save(world, room)
    world.faded.follow_account(before, after)
    ban = world.server_bans.find(ban_key(ACCOUNT + before, is_address=False))
    if ban is None:
        return
    world.drop_server_ban(ban.key)
    world.log.save_server_ban(ban.key, None)
    if after:
        _set_server_ban(world, ban._replace(target=ACCOUNT + after))


def _rooms_with_ranks_of(world: World, account: str) -> list[Room]:
    return [room for room in world.rooms.values() if fold(account) in room.kept]


# Operators of the server


def _operator_made(world: World, event: OperatorMade, by: Recipient | None) -> None:
    user = world.users[event.user]
    was = user.operator is not None
    operator = Operator(event.name, event.kind, event.privileges, event.by_account)
    world.make_operator(user, operator)
    log.warning(
        "%s (%s) is an operator of the server as %s, class %s",
        *map(visible, (user.nick, user.host, event.name, event.kind)),
    )
    _audit(world, user, f"is an operator now, class {event.kind}", event.at)
    if not was:
        _tell_own(user, world.message_from(user, "MODE", user.nick, "+o", at=event.at), by)


def _operator_unmade(world: World, event: OperatorUnmade, by: Recipient | None) -> None:
    _unmake_operator(world, world.users[event.user], event.at, by)


def _unmake_operator(world: World, user: User, at: float, by: Recipient | None) -> None:
    _audit(world, user, "is no operator any more", at)
    world.make_operator(user, None)
    log.warning("%s is no longer an operator of the server", visible(user.nick))
    _tell_own(user, world.message_from(user, "MODE", user.nick, "-o", at=at), by)


def _operator_acted(world: World, event: OperatorActed, _by: Recipient | None) -> None:
    user = world.users[event.user]
    log.warning("Operator %s: %s", *map(visible, (user.nick, event.what)))
    _audit(world, user, event.what, event.at)


def _audit(world: World, user: User, what: str, at: float) -> None:
    name = user.operator.name if user.operator else ""
    world.audit.note(at, user.source, name, what)


def _killed(world: World, event: Killed, by: Recipient | None) -> None:
    operator, user = world.users[event.by], world.users[event.user]
    line = world.message_from(operator, "KILL", user.nick, event.reason, at=event.at)
    _tell_own(user, line, by if operator is user else None)


def _server_ban_set(world: World, event: ServerBanSet, _by: Recipient | None) -> None:
    ban = ServerBan(
        event.target, event.is_address, event.setter, event.at, event.until, event.reason
    )
    _set_server_ban(world, ban)


def _set_server_ban(world: World, ban: ServerBan) -> None:
    world.add_server_ban(ban)
    world.log.save_server_ban(ban.key, list(ban))


def _server_ban_lifted(world: World, event: ServerBanLifted, _by: Recipient | None) -> None:
    world.drop_server_ban(event.key)
    world.log.save_server_ban(event.key, None)


def _server_bans_ended(world: World, event: ServerBansEnded, _by: Recipient | None) -> None:
    for key in world.drop_ended_server_bans(event.at):
        world.log.save_server_ban(key, None)


def _server_bans_restored(world: World, event: ServerBansRestored, _by: Recipient | None) -> None:
    for values in event.bans:
        world.add_server_ban(ServerBan(*values))


# Coming and going


def _joined(world: World, event: Joined, by: Recipient | None) -> None:
    user = world.users[event.user]
    room = world.find_room(event.room) or _new_room(world, event.room, event.at)
    world.enter(user, room, event.position)
    log.info("%s joined %s", visible(user.nick), visible(bare(room.name)))
    line = _logged(world, room, world.message_from(user, "JOIN", room.name, at=event.at), event.at)
    extended = (room.name, user.account or "*", user.realname)
    _tell_room(world, room, line._replace(params=extended), by)  # to clients with extended-join


def _new_room(world: World, name: str, at: float) -> Room:
    room = Room(name, at)
    room.barred, room.gaps = world.faded.take(room.folded)
    if room.barred:
        room.began = world.log.boundary(at)
    world.add_room(room)
    return room


def _parted(world: World, event: Parted, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    params = (room.name, event.reason) if event.reason else (room.name,)
    world.leave(user, room)
    line = _logged(world, room, world.message_from(user, "PART", *params, at=event.at), event.at)
    _fade_if_empty(world, room, event.at)
    _log_left(user, room, event.reason)
    _tell_own(user, line, by)
    _tell_room(world, room, line)


def _kicked(world: World, event: Kicked, by: Recipient | None) -> None:
    operator, user = world.users[event.by], world.users[event.user]
    room = world.rooms[fold(event.room)]
    line = world.message_from(operator, "KICK", room.name, user.nick, event.reason, at=event.at)
    world.leave(user, room)
    line = _logged(world, room, line, event.at)
    _fade_if_empty(world, room, event.at)
    _log_left(user, room, f"kicked by {operator.nick}: {event.reason}")
    _tell_own(user, line, by)
    _tell_room(world, room, line, None if operator is user else by)


def _log_left(user: User, room: Room, reason: str) -> None:
    why = f" ({visible(reason)})" if reason else ""
    log.info("%s left %s%s", visible(user.nick), visible(bare(room.name)), why)


def _fade_if_empty(world: World, room: Room, at: float) -> None:
    if not room.members and not room.lasts:
        world.remove_room(room)
        _fade(world, room, at)
        world.on_fading(room.name)


def _fade(world: World, room: Room, at: float) -> None:
    """The room is empty: keep its history only for those who may read it.

    If the room is closed, all of its history is sealed. Otherwise its gaps pass to the next room of
    that name, and banned people stay barred, because anybody can become operator of the next room
    and lift the bans there.
    """
    if not room.guards_its_past:
        if room.is_saved:
            world.log.save_room(room.name, {})
        return
    barred = with_bans(room.barred, room.ban_keys, room.lists["e"])
    if room.is_closed or size(barred) > 2 * world.limits.list_entries:
        _seal(world, room.name, at)
        return
    # The room's state, which was kept when it changed last, tells a server that starts again.
    for name, past in world.faded.add(room.folded, Past(barred, room.gaps)):
        if past.barred:
            _seal(world, name, at)
        else:
            world.log.seal_before(name, past.gaps[-1].end)
            world.log.save_room(name, {})


def _seal(world: World, name: str, at: float) -> None:
    world.log.seal(name, at)
    world.log.save_room(name, {})


# What a room is like


def _topic_changed(world: World, event: TopicChanged, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    room.set_topic(event.topic, user.source, event.at)
    line = world.message_from(user, "TOPIC", room.name, event.topic, at=event.at)
    line = _logged(world, room, line, event.at)
    _save(world, room)
    _tell_room(world, room, line, by)


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


def _room_modes_changed(world: World, event: RoomModesChanged, by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    barriers = room.barriers
    for change in event.changes:
        _change(world, room, user, change, event.at)
    if room.barriers != barriers:
        room.change_barriers(barriers, world.log.boundary(event.at))
    lines = []
    for changes in _in_lines(user.source, room, [change.shown for change in event.changes]):
        params = (room.name, *format_changes(changes))
        line = world.message_from(user, "MODE", *params, at=event.at)
        lines.append(_logged(world, room, line, event.at))
        log.info("%s set %s in %s", *map(visible, (user.nick, params[1], bare(room.name))))
    if any(change.account or not change.member for change in event.changes):
        _save(world, room)  # other ranks end with their holders' stay
    if any(change.shown.letter == "b" for change in event.changes):
        world.plan_expiry(room)
    for line in lines:
        _tell_room(world, room, line, by)


def _change(world: World, room: Room, setter: User, change: RoomModeChange, at: float) -> None:
    adding, letter, param = change.shown
    if change.member or change.account:
        if change.member:
            room.rank(world.users[change.member], letter, adding)
        if change.account:
            room.keep_rank(change.account, letter, adding)
    elif letter in ROOM_MODES.lists:
        mask = param or ""
        if adding:
            order = room.count_ban(letter)
            entry = list_entry(mask, setter.nick, at, order, change.until, change.reason)
            room.add_to_list(letter, entry)
        else:
            room.remove_from_list(letter, list_key(mask))
    elif letter == "k":
        room.key = (param or "") if adding else ""
    elif letter == "l":
        room.limit = int(param or "0") if adding else 0
    elif letter == "W":
        room.set_slow(int(param or "0") if adding else 0)
    else:
        room.set_flag(letter, adding)


def _in_lines(
    source: str, room: Room, changes: Sequence[ModeChange]
) -> Iterator[Sequence[ModeChange]]:
    """The changes for as many lines as needed, because masks grow when they are completed."""
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
    ended = [ModeChange(False, "b", entry.mask) for entry in room.expire(event.at)]
    world.plan_expiry(room)
    if not ended:
        return
    source = world.fanout.server_name
    lines = [
        _logged(world, room, Message("MODE", params, source, world.time_tag(event.at)), event.at)
        for changes in _in_lines(source, room, ended)
        if (params := (room.name, *format_changes(changes)))
    ]
    _save(world, room)
    for line in lines:
        log.info("%s ended in %s", visible(" ".join(line.params[1:])), visible(bare(room.name)))
        _tell_room(world, room, line, by)


def _ranks_given(world: World, event: RanksGiven, by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    members = [world.users[number] for number in event.users]
    _change_ranks(world, room, event.letter, members, True, event.at, by)


def _change_ranks(
    world: World,
    room: Room,
    letter: str,
    members: Sequence[User],
    given: bool,
    at: float,
    by: Recipient | None = None,
) -> None:
    """What the server does; what the room keeps stays as it is."""
    for member in members:
        room.rank(member, letter, given)
    changes = [ModeChange(given, letter, member.nick) for member in members]
    params = (room.name, *format_changes(changes))
    line = Message("MODE", params, world.fanout.server_name, world.time_tag(at))
    _tell_room(world, room, _logged(world, room, line, at), by)
    for member in members:
        who, where = visible(member.nick), visible(bare(room.name))
        verb = "has" if given else "no longer has"
        log.info("%s %s rank %s in %s", who, verb, letter, where)


def _room_registered(world: World, event: RoomRegistered, _by: Recipient | None) -> None:
    room = world.rooms[fold(event.room)]
    world.register_room(room, event.account, event.at)
    _save(world, room)
    log.info("%s belongs to the account %s", visible(bare(room.name)), visible(event.account))


def _room_dropped(world: World, event: RoomDropped, _by: Recipient | None) -> None:
    _drop(world, world.rooms[fold(event.room)], event.at)


def _drop(world: World, room: Room, at: float) -> None:
    world.drop_room(room)
    _save(world, room)
    log.info("%s belongs to nobody any more", visible(bare(room.name)))
    _fade_if_empty(world, room, at)


def _room_restored(world: World, event: RoomRestored, _by: Recipient | None) -> None:
    room = Room(event.name, event.at)
    room.load(event.state)
    room.is_saved = bool(event.state)
    if room.closed_at and not room.is_closed:  # the door was opened by hand, in the database
        room.opened(world.log.boundary(event.at))
        _save(world, room)
    room.permanent = event.permanent
    if not room.lasts:
        _fade(world, room, event.at)
        return
    if room.barred and not room.began:
        room.began = world.log.boundary(event.at)
    world.add_room(room)
    world.plan_expiry(room)
    _save(world, room)


def _save(world: World, room: Room) -> None:
    """Save the changed topic, modes, lists and owners of a lasting room, and of a room whose
    history is not for everybody, in case the server stops."""
    kept = room.lasts or room.guards_its_past
    if kept or room.is_saved:  # nothing in place of nothing would be a transaction for nothing
        world.log.save_room(room.name, room.state() if kept else {})
    room.is_saved = kept


# The operator of the server


def _limits_changed(world: World, event: LimitsChanged, _by: Recipient | None) -> None:
    world.set_limits(event.limits)


def _operators_named(world: World, event: OperatorsNamed, _by: Recipient | None) -> None:
    world.name_operators(event.operators, event.owners)


# Log, and tell


def _logged(world: World, room: Room, line: Message, at: float) -> Message:
    """Record a line in the room's log. The event happens even if the log is full."""
    try:
        return world.log.record(room.name, line, at)
    except HistoryError:
        return line  # the operator was told when the trouble began


def _log_in_each(world: World, rooms: Sequence[Room], line: Message, at: float) -> None:
    """The same for an event that all of these rooms see."""
    with suppress(HistoryError):
        world.log.record_in_each([room.name for room in rooms], line, at)


def _tell_room(world: World, room: Room, line: Message, by: Recipient | None = None) -> None:
    """Send `by` and all members an event."""
    if by is not None:
        by.send(line)
    if room.members:
        world.fanout.tell(world.fanout.audience(room), line, by)


def _tell_own(user: User, line: Message, by: Recipient | None) -> None:
    """Send an event to all sessions of the user whom it concerns."""
    for session in user.sessions:
        if session is by:
            session.send(line)
        else:
            session.send_now(line)


_APPLY: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    **APPLY_SAID,
    AccountAdded: _account_added,
    AccountRemoved: _account_removed,
    AccountRenamed: _account_renamed,
    AccountSuspended: _account_suspended,
    AwayChanged: _away_changed,
    BansExpired: _bans_expired,
    Connected: _connected,
    Dropped: _dropped,
    Identified: _identified,
    Invited: _invited,
    Joined: _joined,
    Kicked: _kicked,
    Killed: _killed,
    LimitsChanged: _limits_changed,
    LoggedIn: _logged_in,
    LoggedOut: _logged_out,
    NickChanged: _nick_changed,
    OperatorActed: _operator_acted,
    OperatorMade: _operator_made,
    OperatorUnmade: _operator_unmade,
    OperatorsNamed: _operators_named,
    Parted: _parted,
    Quit: _quit,
    RanksGiven: _ranks_given,
    Registered: _registered,
    Relocated: _relocated,
    RoomDropped: _room_dropped,
    RoomModesChanged: _room_modes_changed,
    RoomRegistered: _room_registered,
    RoomRestored: _room_restored,
    ServerBanLifted: _server_ban_lifted,
    ServerBanSet: _server_ban_set,
    ServerBansEnded: _server_bans_ended,
    ServerBansRestored: _server_bans_restored,
    TopicChanged: _topic_changed,
    UserModesChanged: _user_modes_changed,
}
"""One row for each event."""

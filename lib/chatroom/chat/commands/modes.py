"""MODE for rooms and for oneself (Modern IRC, "MODE message").

One row for each letter says how a change is checked (`mode_setters`). All changes of a line are
made by one event.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatroom.chat.commands.mode_setters import SETTERS, Draft, invalid, meant
from chatroom.chat.dispatch import attempt, attempt_steps
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.rights import (
    HALF_OPERATOR,
    RANKS,
    SEE_BANS,
    SEE_EXCEPTIONS,
    Right,
    Standing,
    require_inside,
    standing,
    why_not_mode,
    why_not_rank,
)
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    OperatorUnmade,
    RoomModeChange,
    RoomModesChanged,
    UserModesChanged,
)
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room, require_user
from chatroom.wire.message import Message
from chatroom.wire.modes import ModeChange, last_of_each, parse_changes
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.numerics import (
    ERR_CHANOPRIVSNEEDED,
    ERR_NOSUCHNICK,
    ERR_UMODEUNKNOWNFLAG,
    ERR_UNKNOWNMODE,
    ERR_USERSDONTMATCH,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
    RPL_ENDOFEXCEPTLIST,
    RPL_ENDOFINVEXLIST,
    RPL_EXCEPTLIST,
    RPL_INVEXLIST,
    RPL_UMODEIS,
    Numeric,
)

USER_MODES = "Bio"
"""B: a bot (IRCv3 bot-mode). i: hidden from strangers. o: server operator, which nobody can give
themselves."""


def mode(world: World, session: Session, message: Message) -> Steps | None:
    """MODE <room or nickname> [<changes> [<parameters>...]]"""
    target, *rest = message.params
    if target.startswith(ROOM_PREFIX):
        return _room_mode(world, session, require_room(world, session, target), rest)
    _user_mode(world, session, require_user(world, target), rest)
    return None


# Oneself


def _user_mode(world: World, session: Session, target: User, rest: list[str]) -> None:
    if target is not session.user:
        raise Refused(ERR_USERSDONTMATCH)
    if not rest:
        user = session.user
        flags = "B" * user.bot + "i" * user.invisible + "o" * bool(user.operator)
        session.reply(RPL_UMODEIS, f"+{flags}")
        return
    made = []
    unknown = False
    gives_up = False
    for change in last_of_each(parse_changes(rest[0], ())):
        unknown = unknown or change.letter not in USER_MODES
        changes_i = change.letter == "i" and target.invisible != change.adding
        changes_b = change.letter == "B" and target.bot != change.adding
        if changes_i or changes_b:
            made.append(change)
        gives_up = gives_up or (change.letter == "o" and not change.adding)
    if gives_up and target.operator is not None:
        apply(world, OperatorUnmade(target.id, world.now), session)
    if made:
        apply(world, UserModesChanged(target.id, tuple(made), world.now), session)
    if unknown:
        raise Refused(ERR_UMODEUNKNOWNFLAG)


# Rooms


class ListMode(NamedTuple):
    """The numerics for an item and for the end of a list, and the right to see it."""

    item: Numeric
    end: Numeric
    right: Right


_LISTS = {
    "b": ListMode(RPL_BANLIST, RPL_ENDOFBANLIST, SEE_BANS),
    "e": ListMode(RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, SEE_EXCEPTIONS),
    "I": ListMode(RPL_INVEXLIST, RPL_ENDOFINVEXLIST, SEE_EXCEPTIONS),
}


def _room_mode(world: World, session: Session, room: Room, rest: list[str]) -> Steps | None:
    if not rest:
        session.reply(RPL_CHANNELMODEIS, room.name, *room.modes_for(session.user))
        session.reply(RPL_CREATIONTIME, room.name, str(int(room.created)))
        return None
    changes: list[ModeChange] = []
    most = world.limits.mode_changes
    lists: dict[str, None] = {}  # `bb` shows the bans once, `+xxx` is refused once
    unknown: dict[str, None] = {}
    for change in last_of_each(parse_changes(rest[0], rest[1:], ROOM_MODES)):
        if change.letter not in SETTERS:
            if len(unknown) < most:
                unknown[change.letter] = None
        elif change.param is None and change.letter in _LISTS:
            lists[change.letter] = None
        else:
            changes.append(change)
    if lists:
        return _send_lists_first(world, session, room, lists, unknown, changes)
    _refuse_and_change(world, session, room, unknown, changes)
    return None


def _send_lists_first(
    world: World,
    session: Session,
    room: Room,
    lists: Iterable[str],
    unknown: Iterable[str],
    changes: list[ModeChange],
) -> Steps:
    """People who get or lose a rank are looked up first, because nicknames may change hands."""
    ranked = [each.param for each in changes if each.letter in ROOM_MODES.prefix_letters]
    meant = {nick: world.find(nick) for nick in ranked if nick}
    for letter in lists:
        yield from attempt_steps(session, _send_list(world, session, room, letter))
    others = [nick for nick, who in meant.items() if world.find(nick) is not who]
    for nick in others:
        session.reply(ERR_NOSUCHNICK, nick)
    still = [each for each in changes if each.param not in others or each.param not in ranked]
    _refuse_and_change(world, session, room, unknown, still)


def _refuse_and_change(
    world: World, session: Session, room: Room, unknown: Iterable[str], changes: list[ModeChange]
) -> None:
    for letter in unknown:
        session.reply(ERR_UNKNOWNMODE, letter)
    if changes:
        room = require_room(world, session, room.name)
        _change_room(world, session, room, _permitted(world, session, room, changes))


def _permitted(
    world: World, session: Session, room: Room, changes: Iterable[ModeChange]
) -> list[ModeChange]:
    """The changes to which this visitor has a right. Each reason against the others is told once,
    and only the first one to people who may change nothing."""
    own = standing(room, session.user)
    permitted: list[ModeChange] = []
    reasons: dict[str, None] = {}
    for change in changes:
        why = _why_not(world, session, own, change)
        if why:
            reasons[why] = None
        else:
            permitted.append(change)
    for why in list(reasons)[: None if own >= HALF_OPERATOR else 1]:
        session.reply(ERR_CHANOPRIVSNEEDED, room.name, fill=(why,))
    return permitted


def _why_not(world: World, session: Session, own: Standing, change: ModeChange) -> str:
    if change.letter not in RANKS:
        return why_not_mode(own, change.letter)
    is_own = change.param is not None and world.find(change.param) is session.user
    return why_not_rank(own, change.letter, is_own, change.adding)


def change_anyway(world: World, session: Session, room: Room, words: list[str]) -> None:
    """Change modes of a room as an operator of the server, who needs no rank. Unknown letters are
    refused by a reply, because an exception would keep the changes out of the audit log."""
    changes = last_of_each(parse_changes(words[0], words[1:], ROOM_MODES))
    known = [each for each in changes if each.letter in SETTERS]
    changes_only = [each for each in known if not asks_for_list(each)]
    _change_room(world, session, room, changes_only, whatever_rank=True)
    unknown = dict.fromkeys(each.letter for each in changes if each.letter not in SETTERS)
    for letter in list(unknown)[: world.limits.mode_changes]:
        session.reply(ERR_UNKNOWNMODE, letter)


def asks_for_list(change: ModeChange) -> bool:
    return change.param is None and change.letter in _LISTS


def _change_room(
    world: World,
    session: Session,
    room: Room,
    changes: Iterable[ModeChange],
    *,
    whatever_rank: bool = False,
) -> None:
    """Decide which changes are made, one after the other, and make them in one event.
    `whatever_rank`: members of any rank may be banned."""
    draft = Draft(room, None if whatever_rank else session.user)
    made: list[RoomModeChange] = []
    for change in _no_more_than_allowed(world, session, room, changes):
        attempt(session, _try_change, world, draft, change, made)
    if made:
        event = RoomModesChanged(session.user.id, room.name, tuple(made), world.now)
        apply(world, event, session)


def _no_more_than_allowed(
    world: World, session: Session, room: Room, changes: Iterable[ModeChange]
) -> Iterator[ModeChange]:
    """The changes, without those that exceed the number of changes with a parameter; these are
    refused together."""
    most = world.limits.mode_changes
    count = 0
    for change in changes:
        count += change.param is not None
        if change.param is None or count <= most:
            yield change
        elif count == most + 1:
            why = f"At most {most} changes with a parameter in one line"
            invalid(room, change, why).tell(session)


def _try_change(world: World, draft: Draft, change: ModeChange, made: list[RoomModeChange]) -> None:
    for one in meant(world, draft.room, change):
        done = SETTERS[one.letter](world, draft, one)
        if done is not None:
            made.append(done)


def _send_list(world: World, session: Session, room: Room, letter: str) -> Steps:
    """Send a list to a member; lists of exceptions (e, I) only to operators, as on InspIRCd and
    others (`rights`).

    The lists reveal who is banned, and ways to get in despite a ban. Raises Refused (442, 482).
    """
    row = _LISTS[letter]
    for count, entry in enumerate(list(room.lists[letter].values()) or [None]):
        if count and count % _ENTRIES_PER_STEP == 0:
            yield
        require_inside(room, session.user, row.right)  # in each step, because they may have left
        if entry is not None:
            params = (room.name, entry.mask, entry.setter, str(int(entry.at)))
            if words := entry.words(world.now):  # besides what the specification has
                session.tell(row.item.code, session.user.nick, *params, words)
            else:
                session.reply(row.item, *params)
    session.reply(row.end, room.name)


_ENTRIES_PER_STEP = 10
"""Entries of a list that are sent in one step."""

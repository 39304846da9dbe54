"""MODE for rooms and for oneself (Modern IRC, "MODE message").

One row for each letter says how a change is checked and made. A setter returns the change as the
room sees it, or None if nothing changed.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from chatroom.chat.answers import Steps
from chatroom.chat.dispatch import attempt, attempt_steps
from chatroom.chat.output.delivery import announce_in
from chatroom.chat.session import Refused, Session
from chatroom.chat.state.model import ROOM_MODES, Room, list_entry
from chatroom.chat.targets import a_member, a_room, a_room_as_operator, a_visitor
from chatroom.text.display import visible
from chatroom.wire.masks import Mask
from chatroom.wire.message import Message, as_middle, fits
from chatroom.wire.modes import ModeChange, format_changes, last_of_each, parse_changes
from chatroom.wire.names import ROOM_PREFIX, bare, fold_mask, full_mask
from chatroom.wire.numerics import (
    ERR_BANLISTFULL,
    ERR_CHANOPRIVSNEEDED,
    ERR_INVALIDMODEPARAM,
    ERR_NOSUCHNICK,
    ERR_NOTONCHANNEL,
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

log = logging.getLogger("chatroom")

USER_MODES = "Bio"
"""B: a bot (IRCv3 bot-mode). i: hidden from strangers. o: server operator, which nobody can give
themselves."""


def mode(session: Session, message: Message) -> Steps | None:
    """MODE <room or nickname> [<changes> [<parameters>...]]"""
    target, *rest = message.params
    if target.startswith(ROOM_PREFIX):
        return _room_mode(session, a_room(session, target), rest)
    _user_mode(session, a_visitor(session, target), rest)
    return None


# Oneself


def _user_mode(session: Session, target: Session, rest: list[str]) -> None:
    if target is not session:
        raise Refused(ERR_USERSDONTMATCH)
    if not rest:
        session.reply(RPL_UMODEIS, "+" + "B" * session.bot + "i" * session.invisible)
        return
    made = []
    unknown = False
    for change in last_of_each(parse_changes(rest[0], ())):
        unknown = unknown or change.letter not in USER_MODES
        if change.letter == "i" and session.invisible != change.adding:
            session.world.set_invisible(session, change.adding)
            made.append(change)
        elif change.letter == "B" and session.bot != change.adding:
            session.bot = change.adding
            made.append(change)
    if made:
        session.send(session.event("MODE", session.nick, *format_changes(made)))
    if unknown:
        raise Refused(ERR_UMODEUNKNOWNFLAG)


# Rooms


class ListMode(NamedTuple):
    """The numerics for an item and for the end of a list, and whether only operators of the room
    may see it."""

    item: Numeric
    end: Numeric
    for_operators: bool


_LISTS = {
    "b": ListMode(RPL_BANLIST, RPL_ENDOFBANLIST, False),
    "e": ListMode(RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, True),
    "I": ListMode(RPL_INVEXLIST, RPL_ENDOFINVEXLIST, True),
}


def _room_mode(session: Session, room: Room, rest: list[str]) -> Steps | None:
    if not rest:
        session.reply(RPL_CHANNELMODEIS, room.name, *room.modes_for(session))
        session.reply(RPL_CREATIONTIME, room.name, str(int(room.created)))
        return None
    changes: list[ModeChange] = []
    most = session.world.limits.mode_changes
    lists: dict[str, None] = {}  # `bb` shows the bans once, `+xxx` is refused once
    unknown: dict[str, None] = {}
    for change in last_of_each(parse_changes(rest[0], rest[1:], ROOM_MODES)):
        if change.letter not in _SETTERS:
            if len(unknown) < most:
                unknown[change.letter] = None
        elif change.param is None and change.letter in _LISTS:
            lists[change.letter] = None
        else:
            changes.append(change)
    if lists:
        return _send_lists_first(session, room, lists, unknown, changes)
    _refuse_and_change(session, room, unknown, changes)
    return None


def _send_lists_first(
    session: Session,
    room: Room,
    lists: Iterable[str],
    unknown: Iterable[str],
    changes: list[ModeChange],
) -> Steps:
    """Who is to get a rank, or to lose one, is looked up before: nicknames may change hands."""
    ranked = [each.param for each in changes if each.letter in ROOM_MODES.prefix_letters]
    meant = {nick: session.world.find(nick) for nick in ranked if nick}
    for letter in lists:
        yield from attempt_steps(session, _send_list(session, room, letter))
    others = {nick for nick, who in meant.items() if session.world.find(nick) is not who}
    for nick in others:
        session.reply(ERR_NOSUCHNICK, nick)
    still = [each for each in changes if each.param not in others or each.param not in ranked]
    _refuse_and_change(session, room, unknown, still)


def _refuse_and_change(
    session: Session, room: Room, unknown: Iterable[str], changes: list[ModeChange]
) -> None:
    for letter in unknown:
        session.reply(ERR_UNKNOWNMODE, letter)
    if changes:
        _change_room(session, a_room_as_operator(session, room.name), changes)


def _change_room(session: Session, room: Room, changes: Iterable[ModeChange]) -> None:
    made: list[ModeChange] = []
    doors = room.doors
    for change in _no_more_than_allowed(session, room, changes):
        attempt(session, _try_change, session, room, change, made)
    if room.doors != doors:
        room.moved_doors(doors, session.world.log.boundary(session.world.now))
    for event in _events(session, room, made):
        announce_in(room, session, event)
        words = (session.nick, event.params[1], bare(room.name))
        log.info("%s set %s in %s", *map(visible, words))
    if any(change.letter not in ROOM_MODES.prefix_letters for change in made):
        session.world.changed(room)  # saved ranks would outlive their holders


def _events(session: Session, room: Room, made: list[ModeChange]) -> Iterator[Message]:
    """MODE in as many lines as needed, because masks grow when they are completed."""
    line: list[ModeChange] = []
    for change in made:
        longer = session.event("MODE", room.name, *format_changes([*line, change]))
        if line and not fits(longer):
            yield session.event("MODE", room.name, *format_changes(line))
            line = []
        line.append(change)
    if line:
        yield session.event("MODE", room.name, *format_changes(line))


def _no_more_than_allowed(
    session: Session, room: Room, changes: Iterable[ModeChange]
) -> Iterator[ModeChange]:
    """The changes, without those that exceed the number of changes with a parameter; these are
    refused together."""
    most = session.world.limits.mode_changes
    count = 0
    for change in changes:
        count += change.param is not None
        if change.param is None or count <= most:
            yield change
        elif count == most + 1:
            why = f"At most {most} changes with a parameter in one line"
            _invalid(room, change, why).tell(session)


def _try_change(session: Session, room: Room, change: ModeChange, made: list[ModeChange]) -> None:
    done = _SETTERS[change.letter](session, room, change)
    if done is not None:
        made.append(done)


def _send_list(session: Session, room: Room, letter: str) -> Steps:
    """Send a list to a member; lists of exceptions (e, I) only to operators, as on InspIRCd and
    others.

    The lists reveal the banned people, and ways to get in all the same. Raises Refused (442, 482).
    """
    row = _LISTS[letter]
    for count, entry in enumerate(list(room.lists[letter].values()) or [None]):
        if count and count % _ENTRIES_PER_STEP == 0:
            yield
        if session not in room.members:  # they may have left
            raise Refused(ERR_NOTONCHANNEL, room.name)
        if row.for_operators and not room.is_operator(session):
            raise Refused(ERR_CHANOPRIVSNEEDED, room.name)
        if entry is not None:
            session.reply(row.item, room.name, entry.mask, entry.setter, str(int(entry.at)))
    session.reply(row.end, room.name)


def _invalid(room: Room, change: ModeChange, why: str) -> Refused:
    return Refused(ERR_INVALIDMODEPARAM, room.name, change.letter, change.param or "*", fill=(why,))


def _set_flag(_session: Session, room: Room, change: ModeChange) -> ModeChange | None:
    if (change.letter in room.flags) == change.adding:
        return None
    (room.flags.add if change.adding else room.flags.discard)(change.letter)
    return change


def _set_rank(session: Session, room: Room, change: ModeChange) -> ModeChange | None:
    if change.param is None:
        raise _invalid(room, change, "A rank needs a nickname")
    member = a_member(session, room, change.param)
    if not room.rank(member, change.letter, change.adding):
        return None
    return change._replace(param=member.nick)


def _set_key(session: Session, room: Room, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        had, room.key = room.key, ""
        return change._replace(param="*") if had else None
    key, longest = change.param or "", session.world.limits.key
    if not 0 < len(key) <= longest or " " in key or "," in key or key.startswith(":"):
        why = f"A key has 1 to {longest} characters; no spaces, commas, or colon at the beginning"
        raise _invalid(room, change, why)
    room.key = key
    return change._replace(param=key)


def _set_limit(_session: Session, room: Room, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        had, room.limit = room.limit, 0
        return change if had else None
    text = change.param or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < _HIGHEST_LIMIT):
        raise _invalid(room, change, "A limit must be a number above zero")
    if room.limit == int(text):
        return None
    room.limit = int(text)
    return change._replace(param=str(room.limit))


_HIGHEST_LIMIT = 2**31


def _set_listed(session: Session, room: Room, change: ModeChange) -> ModeChange | None:
    entries = room.lists[change.letter]
    mask = full_mask(change.param or "*")
    if len(mask) > _LONGEST_MASK or as_middle(mask) != mask:
        raise _invalid(room, change, "The mask is too long, has a space or begins with a colon")
    folded = fold_mask(mask)
    if not Mask(folded).is_cheap:
        raise _invalid(room, change, "The mask has a ? and too much text between its stars")
    if not change.adding:
        entry = room.remove_from_list(change.letter, folded)
        return change._replace(param=entry.mask) if entry else None
    if folded in entries:
        return None
    if len(entries) >= session.world.limits.list_entries:
        raise Refused(ERR_BANLISTFULL, room.name, change.letter)
    room.bans_set += change.letter == "b"
    entry = list_entry(mask, session.nick, session.world.now, room.bans_set)
    room.add_to_list(change.letter, entry)
    return change._replace(param=mask)


_LONGEST_MASK = 128
"""Characters. A nickname, user name and host of the usual lengths have 95."""

_ENTRIES_PER_STEP = 10
"""Entries of a list that are sent in one step."""

Setter = Callable[[Session, Room, ModeChange], ModeChange | None]

_SETTERS: dict[str, Setter] = {
    **dict.fromkeys(ROOM_MODES.flags, _set_flag),
    **dict.fromkeys(ROOM_MODES.lists, _set_listed),
    **dict.fromkeys(ROOM_MODES.prefix_letters, _set_rank),
    "k": _set_key,
    "l": _set_limit,
}

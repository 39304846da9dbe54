"""MODE for rooms and for oneself (Modern IRC, "MODE message").

One row for each letter says how a change is checked (`mode_setters`). The changes of a line are
made by one event, or by several if there are many.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatroom.chat import flood
from chatroom.chat.commands.mode_setters import SETTERS, Draft, invalid, meant
from chatroom.chat.dispatch import attempt, attempt_steps
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import AUDIT, require_privilege
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
    HostChanged,
    OperatorUnmade,
    RoomModeChange,
    RoomModesChanged,
    UserModesChanged,
)
from chatroom.chat.state.mask_lists import ListEntry
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room, require_user
from chatroom.wire.message import Message, fits
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
    RPL_VISIBLEHOST,
    Numeric,
)

USER_MODES = "BRioswx"
"""B: a bot (IRCv3 bot-mode). R: no private messages from people without an account. i: hidden from
strangers. o: server operator, which nobody can give themselves. s: an operator who gets notices of
what other operators do. w: gets WALLOPS. x: others see no address."""

_RESERVED = {"s": AUDIT}
"""User modes that need a privilege."""


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
        session.reply(RPL_UMODEIS, f"+{target.modes}")
        return
    changes = list(last_of_each(parse_changes(rest[0], ())))
    known = [each for each in changes if each.letter in USER_MODES]
    unknown = len(known) < len(changes)
    if ModeChange(False, "o") in known and target.operator is not None:
        # before the others: the modes of an operator end with the rights
        apply(world, OperatorUnmade(target.id, world.now), session)
    made: list[ModeChange] = []
    for change in known:
        if change.letter != "o" and (change.letter in target.modes) != change.adding:
            attempt(session, _add_own, target, change, made)
    if made:
        apply(world, UserModesChanged(target.id, tuple(made), world.now), session)
        if any(change.letter == "x" for change in made):
            _show_host(world, session)
    if unknown:
        raise Refused(ERR_UMODEUNKNOWNFLAG)


def _show_host(world: World, session: Session) -> None:
    """Mode x has changed: show the user's address to others, or its cloak, and say so (396)."""
    user, position = session.user, world.log.position
    event = HostChanged(user.id, user.username, user.address, position, world.now)
    flood.spend(world, session, len(user.rooms))  # most clients in each of them get a JOIN
    apply(world, event, session)
    session.reply(RPL_VISIBLEHOST, user.host)


def _add_own(user: User, change: ModeChange, made: list[ModeChange]) -> None:
    """Add a change of one's own modes to those that are made. Raises Refused."""
    if change.adding and change.letter in _RESERVED:
        require_privilege(user, _RESERVED[change.letter])
    made.append(change)


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


_IGNORED_WITHOUT = ROOM_MODES.always + ROOM_MODES.when_set
"""Modes that are ignored if they are set without their parameter (Modern IRC, "MODE message")."""


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
        elif change.param is None and change.adding and change.letter in _IGNORED_WITHOUT:
            continue
        else:
            changes.append(change)
    if lists or len(changes) > CHANGES_PER_STEP:
        return _in_steps(world, session, room, lists, unknown, changes)
    _refuse_unknown(session, unknown)
    if changes:
        _change_room(world, session, room, _permitted(world, session, room, changes, set()))
    return None


CHANGES_PER_STEP = 6
"""Changes in one step: of long masks, half a millisecond."""


def _in_steps(
    world: World,
    session: Session,
    room: Room,
    lists: Iterable[str],
    unknown: Iterable[str],
    changes: list[ModeChange],
) -> Steps:
    """Send lists, and then make many changes, some in each step. Rights are checked in each.

    People who get or lose a rank are looked up first, because nicknames may change hands.
    """
    meant = _meant_by(world, changes)
    for letter in lists:
        yield from attempt_steps(session, _send_list(world, session, room, letter))
    _refuse_unknown(session, unknown)
    told: set[str] = set()
    for some in _portions(_no_more_than_allowed(world, session, room, changes)):
        yield
        room = require_room(world, session, room.name)
        still = _of_the_same(world, session, meant, some)
        _change_room(world, session, room, _permitted(world, session, room, still, told))


def _meant_by(world: World, changes: Iterable[ModeChange]) -> dict[str, User | None]:
    """Nicknames that get or lose a rank, and who has them now."""
    ranked = [each.param for each in changes if each.letter in ROOM_MODES.prefix_letters]
    return {nick: world.find(nick) for nick in ranked if nick}


def _of_the_same(
    world: World, session: Session, meant: dict[str, User | None], changes: list[ModeChange]
) -> list[ModeChange]:
    """The changes without those of ranks whose nicknames are somebody else's by now."""
    others = {nick for nick in _meant_by(world, changes) if world.find(nick) is not meant[nick]}
    for nick in others:
        session.reply(ERR_NOSUCHNICK, nick)
    letters = ROOM_MODES.prefix_letters
    return [each for each in changes if each.letter not in letters or each.param not in others]


def _portions(changes: Iterable[ModeChange]) -> list[list[ModeChange]]:
    every = list(changes)
    return [every[at : at + CHANGES_PER_STEP] for at in range(0, len(every), CHANGES_PER_STEP)]


def _refuse_unknown(session: Session, letters: Iterable[str]) -> None:
    for letter in letters:
        session.reply(ERR_UNKNOWNMODE, letter)


def _permitted(
    world: World, session: Session, room: Room, changes: Iterable[ModeChange], told: set[str]
) -> list[ModeChange]:
    """The changes to which this visitor has a right. Each reason against the others is told once,
    and only the first one to people who may change nothing; `told` has those of earlier steps."""
    own = standing(room, session.user)
    permitted: list[ModeChange] = []
    reasons: dict[str, None] = {}
    for change in changes:
        why = _why_not(world, session, own, change)
        if why:
            reasons[why] = None
        else:
            permitted.append(change)
    most = len(reasons) if own >= HALF_OPERATOR else 1 - len(told)
    for why in [one for one in reasons if one not in told][: max(0, most)]:
        session.reply(ERR_CHANOPRIVSNEEDED, room.name, fill=(why,))
        told.add(why)
    return permitted


def _why_not(world: World, session: Session, own: Standing, change: ModeChange) -> str:
    if change.letter not in RANKS:
        return why_not_mode(own, change.letter)
    is_own = change.param is not None and world.find(change.param) is session.user
    return why_not_rank(own, change.letter, is_own, change.adding)


def change_anyway(world: World, session: Session, room: Room, words: list[str]) -> Steps | None:
    """Change modes of a room as an operator of the server, who needs no rank. Unknown letters are
    refused by a reply, because an exception would keep the changes out of the audit log."""
    changes = last_of_each(parse_changes(words[0], words[1:], ROOM_MODES))
    known = [each for each in changes if each.letter in SETTERS]
    changes_only = [each for each in known if not asks_for_list(each)]
    unknown = dict.fromkeys(each.letter for each in changes if each.letter not in SETTERS)
    shown = list(unknown)[: world.limits.mode_changes]
    if len(changes_only) > CHANGES_PER_STEP:
        return _anyway_in_steps(world, session, room, shown, changes_only)
    _change_room(world, session, room, changes_only, whatever_rank=True)
    _refuse_unknown(session, shown)
    return None


def _anyway_in_steps(
    world: World, session: Session, room: Room, unknown: list[str], changes: list[ModeChange]
) -> Steps:
    """Make many changes whatever one's rank, some in each step."""
    meant = _meant_by(world, changes)
    for some in _portions(_no_more_than_allowed(world, session, room, changes)):
        yield
        if world.rooms.get(room.folded) is room:  # it may have ended meanwhile
            still = _of_the_same(world, session, meant, some)
            _change_room(world, session, room, still, whatever_rank=True)
    _refuse_unknown(session, unknown)


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
            params = _item(session, row, room, entry)
            if words := entry.words(world.now):  # besides what the specification has
                session.tell(row.item.code, session.user.nick, *params, words)
            else:
                session.reply(row.item, *params)
    session.reply(row.end, room.name)


def _item(session: Session, row: ListMode, room: Room, entry: ListEntry) -> tuple[str, ...]:
    """The parameters of a list's item: without the setter if long names leave no room for it,
    rather than with a mask that is cut."""
    params = (room.name, entry.mask, entry.setter, str(int(entry.at)))
    line = Message(row.item.code, (session.user.nick, *params), session.fanout.server_name)
    return params if fits(line) else (*params[:2], "*", params[3])


_ENTRIES_PER_STEP = 10
"""Entries of a list that are sent in one step."""

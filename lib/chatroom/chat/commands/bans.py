"""TBAN: bans and mutes that end by themselves, of people instead of masks (as on InspIRCd).

A nickname stands for the person who has it now. The ban is on their address, or on their nickname
where others may have the same address: everybody on this machine has, and somebody in the room may.
"""

from chatroom.chat.commands.mode_setters import LONGEST_MASK, fills_line
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.rights import BAN, require_against, require_ban, require_inside
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import RoomModeChange, RoomModesChanged
from chatroom.chat.state.mask_lists import ListEntry
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room
from chatroom.text.times import LONGEST_SPAN, span, span_words
from chatroom.wire.masks import Mask
from chatroom.wire.message import Message, as_middle
from chatroom.wire.modes import ModeChange
from chatroom.wire.names import ACCOUNT, fold, full_mask, list_key, split_mask, why_fits_nobody
from chatroom.wire.numerics import ERR_BANLISTFULL, ERR_INVALIDMODEPARAM, ERR_NOSUCHNICK

FOR_EVER = "0"
LIFTED = "-"
"""Instead of a time: until it is lifted, and lift it."""

OF_MASKS = frozenset("*?!@")


def tban(world: World, session: Session, message: Message) -> Steps:
    """TBAN <room> <time> <nickname or mask> [<reason>]

    The time is `2h`, `1d12h` or seconds; 0: until it is lifted; -: lift all that fit. `m:` in front
    of the nickname or mask mutes. In a crowd it takes as long to find the mask as to set it, so
    these are two steps.
    """
    name, time, what = message.params[:3]
    room = require_room(world, session, name)
    require_inside(room, session.user, BAN)
    if time == LIFTED:
        _lift(world, session, room, what)
        return
    seconds = seconds_of("TBAN", time)
    masks = _masks(world, session, room, what)
    yield
    room = require_room(world, session, name)  # checked again: they may have lost their rank
    require_inside(room, session.user, BAN)
    new = sum(list_key(mask) not in room.lists["b"] for mask in masks)
    if new and len(room.lists["b"]) + new > world.limits.list_entries:
        raise Refused(ERR_BANLISTFULL, room.name, "b")
    reason = message.param(3)[: world.limits.reason]
    until = world.now + seconds if seconds else 0.0
    changes = tuple(RoomModeChange(ModeChange(True, "b", mask), 0, until, reason) for mask in masks)
    apply(world, RoomModesChanged(session.user.id, room.name, changes, world.now), session)
    if seconds:
        kind, plain = split_mask(masks[0])
        text = f"The {'mute' if kind else 'ban'} on {plain} ends in {span_words(seconds)}"
        session.tell("NOTE", "TBAN", "BAN_ENDS", room.name, text)
    kind, who = split_mask(what)
    if _is_nickname(who) and [list_key(one) for one in masks] == [list_key(kind + full_mask(who))]:
        text = f"Others may have the address of {who}, so only the nickname is {_DONE[bool(kind)]}"
        session.tell("NOTE", "TBAN", "NICKNAME_ONLY", room.name, text)


_DONE = ("banned", "muted")


def seconds_of(command: str, time: str) -> int:
    """The seconds of a ban; 0: for ever. Raises Failed."""
    if time == FOR_EVER:
        return 0
    try:
        return span(f"{time}s" if time.isascii() and time.isdigit() else time)
    except ValueError:
        years = LONGEST_SPAN // (365 * 86_400)
        why = f"A time looks like 30m, 2h or 1d12h, {years} years at most; {FOR_EVER}: for ever"
        raise Failed(command, "INVALID_TIME", as_middle(time), text=why) from None


def _masks(world: World, session: Session, room: Room, what: str) -> list[str]:
    """The full masks of what TBAN names: of a person who is logged in, the account as well, because
    they may come from elsewhere or without it. Raises Refused (401, 482, 696)."""
    kind, rest = split_mask(what)
    if not rest or len(rest) > LONGEST_MASK:
        raise _invalid(room, what)
    if _is_nickname(rest):
        user = world.find(rest)
        if user is None:
            raise Refused(ERR_NOSUCHNICK, rest)
        if user in room.members:
            require_against(room, session.user, user, BAN)
        account = [kind + ACCOUNT + user.account] if user.account else []
        return [kind + _mask_of(world, room, user), *account]
    mask = kind + full_mask(rest)
    ready = Mask(split_mask(list_key(mask))[1])
    if (
        len(mask) > LONGEST_MASK
        or fills_line(mask)
        or as_middle(mask) != mask
        or not ready.is_cheap
    ):
        raise _invalid(room, what)
    if why := why_fits_nobody(full_mask(rest)):
        raise _invalid(room, what, why)
    require_ban(room, session.user, ready)
    return [mask]


def _is_nickname(text: str) -> bool:
    """Whether it is no mask."""
    return OF_MASKS.isdisjoint(text) and not text.startswith(ACCOUNT)


_UNFIT = "This is neither a nickname nor a mask that can be matched quickly"


def _invalid(room: Room, what: str, why: str = _UNFIT) -> Refused:
    return Refused(ERR_INVALIDMODEPARAM, room.name, "b", as_middle(what) or "*", fill=(why,))


def _mask_of(world: World, room: Room, user: User) -> str:
    """Their address, as others see it; their nickname where the address is this machine's, or
    another member's as well."""
    others = [one.host for one in room.members if one is not user]  # a list: there may be thousands
    is_shared = user.host in others or not world.network_of(user.address)
    return full_mask(user.nick) if is_shared else f"*!*@{user.host}"


def _lift(world: World, session: Session, room: Room, what: str) -> None:
    """Lift the bans, or the mutes, that have this mask or match this person. Raises Failed."""
    kind, rest = split_mask(what)
    entries = [one for one in room.lists["b"].values() if one.mutes == bool(kind)]
    if len(rest) > LONGEST_MASK:
        entries = []
    elif _is_nickname(rest):
        entries = _fitting(world, entries, rest)
    else:
        key = list_key(kind + full_mask(rest))
        entries = [one for one in entries if one.key == key]
    if not entries:
        noun = "mute" if kind else "ban"
        why = f"There is no such {noun} in this room"
        raise Failed("TBAN", "NO_SUCH_BAN", room.name, as_middle(what) or "*", text=why)
    changes = tuple(RoomModeChange(ModeChange(False, "b", one.mask)) for one in entries)
    apply(world, RoomModesChanged(session.user.id, room.name, changes, world.now), session)


def _fitting(world: World, entries: list[ListEntry], nick: str) -> list[ListEntry]:
    """The bans that match the person with that nickname, or the last person who had it."""
    folded = fold(nick)
    account = ACCOUNT + folded  # mostly their account has the same name
    user = world.find(nick)
    gone = next((one for one in world.departed if one.folded == folded), None)
    if user is not None:
        return [one for one in entries if one.fits(user)]
    if gone is not None:
        name = f"{folded}!{fold(gone.username)}@{fold(gone.host)}"
    else:
        name = f"{folded}!"  # only a mask of this very nickname is meant
        return [
            one for one in entries if one.ready.text == account or one.ready.text.startswith(name)
        ]
    return [one for one in entries if one.ready.matches(name) or one.ready.matches(account)]

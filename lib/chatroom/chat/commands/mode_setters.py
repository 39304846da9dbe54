"""Checks changes of a room's modes: a setter for each letter.

A setter returns the change as the room sees it, or None if nothing changes, and raises Refused.
"""

from collections.abc import Callable

from chatroom.chat.privileges import ROOMS, require_privilege
from chatroom.chat.refusals import Refused
from chatroom.chat.rights import BE_LED_TO, require, require_ban
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.events import (
    RoomModeChange,
)
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_modes import ROOM_MODES, with_rank
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_member
from chatroom.wire.masks import Mask
from chatroom.wire.message import as_middle
from chatroom.wire.modes import ModeChange
from chatroom.wire.names import bare, fold, full_mask, list_key, split_mask, why_fits_nobody
from chatroom.wire.numerics import (
    ERR_ALLMUSTSSL,
    ERR_BANLISTFULL,
    ERR_INVALIDMODEPARAM,
)


class Draft:
    """The room as it will be with the changes of this line that were accepted so far; `by` is the
    one whose rank decides who may be banned, or None if anybody may be."""

    def __init__(self, room: Room, by: User | None) -> None:
        self.room = room
        self.by = by
        self.flags = set(room.flags)
        self.key = room.key
        self.limit = room.limit
        self.forward = room.forward
        self.slow = room.slow
        self.kept = dict(room.kept)
        self.offered = set(room.offered)
        self._ranks: dict[User, str] = {}
        self._masks: dict[str, dict[str, str]] = {}

    def rank(self, member: User, letter: str, given: bool) -> bool:
        """Give or take a rank. Returns whether that changes anything."""
        before = self._ranks.get(member, self.room.members[member])
        self._ranks[member] = after = with_rank(before, letter, given)
        return before != after

    def masks(self, letter: str) -> dict[str, str]:
        """The masks of a list, by their folded forms."""
        masks = self._masks.get(letter)
        if masks is None:
            entries = self.room.lists[letter].items()
            masks = self._masks[letter] = {folded: entry.mask for folded, entry in entries}
        return masks


def invalid(room: Room, change: ModeChange, why: str) -> Refused:
    return Refused(ERR_INVALIDMODEPARAM, room.name, change.letter, change.param or "*", fill=(why,))


def _set_flag(_world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if (change.letter in draft.flags) == change.adding:
        return None
    (draft.flags.add if change.adding else draft.flags.discard)(change.letter)
    return RoomModeChange(change)


def _set_secure(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if change.adding and not all(member.secure for member in draft.room.members):
        raise Refused(ERR_ALLMUSTSSL, draft.room.name)
    return _set_flag(world, draft, change)


def _set_permanent(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    """Only operators of the server, who may use SAMODE: a room that stays costs the server."""
    if draft.by is not None:
        require_privilege(draft.by, PRIVILEGE_FOR[change.letter])
    return _set_flag(world, draft, change)


PRIVILEGE_FOR = {"P": ROOMS}
"""Room modes that only operators of the server change, and the privilege that they need."""


def _set_forward(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    """The other room has to exist, and whoever sets it has to be an operator there too: nobody
    sends a crowd into somebody else's room."""
    if not change.adding:
        had, draft.forward = draft.forward, ""
        return RoomModeChange(change) if had else None
    target = world.find_room(change.param or "")
    by = draft.by
    if target is None or target is draft.room or (by is not None and not target.visible_to(by)):
        raise invalid(draft.room, change, "There is no such other room")
    if by is not None:
        require(target, by, BE_LED_TO)
    still_leads_there = target.created <= draft.room.forward_at  # or it has been opened anew
    if draft.forward == target.name and still_leads_there:
        return None
    draft.forward = target.name
    return RoomModeChange(change._replace(param=target.name))


def _set_rank(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if change.param is None:
        raise invalid(draft.room, change, "A rank needs a nickname")
    absent = _absent_account(world, draft.room, change.param)
    if absent is not None:
        kept = _keep_rank(world, draft, change, absent.name)
        shown = change._replace(param=absent.name)
        return RoomModeChange(shown, account=absent.name) if kept else None
    member = require_member(world, draft.room, change.param)
    account = member.account if draft.room.lasts else ""
    kept = account != "" and _keep_rank(world, draft, change, account)
    if not (draft.rank(member, change.letter, change.adding) or kept):
        return None
    return RoomModeChange(change._replace(param=member.nick), member.id, account=account)


def meant(world: World, room: Room, change: ModeChange) -> list[ModeChange]:
    """Returns `change` once for each person whom it means: an account's name means everybody here
    who is logged in to it, whatever their nicknames."""
    if change.letter not in ROOM_MODES.prefix_letters or not change.param:
        return [change]
    account = _absent_account(world, room, change.param)
    owners = world.logged_in(account.name) if account else []
    here = [change._replace(param=one.nick) for one in owners if one in room.members]
    return here or [change]


def _absent_account(world: World, room: Room, name: str) -> Account | None:
    """The account of that name, if the room can keep a rank for it, and nobody who is called so is
    here."""
    if not room.lasts or world.find(name) in room.members:
        return None
    return world.accounts.find(name)


def _keep_rank(world: World, draft: Draft, change: ModeChange, account: str) -> bool:
    """Have the room keep a rank for an account, or not any more. Returns whether that changes
    anything. Raises Refused (478, 696)."""
    folded = fold(account)
    ranks = draft.kept.get(folded, "")
    after = with_rank(ranks, change.letter, change.adding)
    if not ranks and after and len(draft.kept) >= world.limits.list_entries:
        raise Refused(ERR_BANLISTFULL, draft.room.name, change.letter)
    if draft.room.registered and change.letter == "q" and ranks != after:
        _change_owner(draft, change, folded)
    draft.kept[folded] = after
    if not after:
        del draft.kept[folded]
    return after != ranks


def _change_owner(draft: Draft, change: ModeChange, folded: str) -> None:
    """Note that a new owner has not accepted the room yet, or that one is none any more. Others
    have to have accepted it then: else people with several accounts could keep any number of rooms,
    or make somebody else answer for theirs. Raises Refused (696)."""
    if change.adding:
        draft.offered.add(folded)
        return
    others = {one for one, ranks in draft.kept.items() if "q" in ranks and one != folded}
    if not others:
        why = "A registered room needs an owner; first make somebody else one, or drop the room"
        raise invalid(draft.room, change, why)
    if draft.by is not None and folded not in draft.offered and others <= draft.offered:
        name = bare(draft.room.name)
        why = f"First another owner has to accept the room, by /msg ChanServ ACCEPT {name}"
        raise invalid(draft.room, change, why)
    draft.offered.discard(folded)


def _set_key(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if not change.adding:
        had, draft.key = draft.key, ""
        return RoomModeChange(change._replace(param="*")) if had else None
    key, longest = change.param or "", world.limits.key
    if not 0 < len(key) <= longest or " " in key or "," in key or key.startswith(":"):
        why = f"A key has 1 to {longest} characters; no spaces, commas, or colon at the beginning"
        raise invalid(draft.room, change, why)
    draft.key = key
    return RoomModeChange(change._replace(param=key))


def _set_limit(_world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if not change.adding:
        had, draft.limit = draft.limit, 0
        return RoomModeChange(change) if had else None
    text = change.param or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < _HIGHEST_LIMIT):
        raise invalid(draft.room, change, "A limit must be a number above zero")
    if draft.limit == int(text):
        return None
    draft.limit = int(text)
    return RoomModeChange(change._replace(param=str(draft.limit)))


_HIGHEST_LIMIT = 2**31


def _set_slow(_world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    if not change.adding:
        had, draft.slow = draft.slow, 0
        return RoomModeChange(change) if had else None
    text = change.param or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= SLOWEST):
        raise invalid(draft.room, change, f"Slow mode needs 1 to {SLOWEST} seconds")
    if draft.slow == int(text):
        return None
    draft.slow = int(text)
    return RoomModeChange(change._replace(param=str(draft.slow)))


SLOWEST = 86_400
"""Seconds: a day."""


def _set_listed(world: World, draft: Draft, change: ModeChange) -> RoomModeChange | None:
    room, masks = draft.room, draft.masks(change.letter)
    kind, rest = split_mask(change.param or "*") if change.letter == "b" else ("", change.param)
    mask = kind + full_mask(rest or "*")
    if len(mask) > LONGEST_MASK or as_middle(mask) != mask or (change.adding and fills_line(mask)):
        raise invalid(room, change, "The mask is too long, has a space or begins with a colon")
    folded = list_key(mask)
    ready = Mask(split_mask(folded)[1])
    if not ready.is_cheap:
        raise invalid(room, change, "The mask has a ? and too much text between its stars")
    if not change.adding:
        listed = masks.pop(folded, None)
        return RoomModeChange(change._replace(param=listed)) if listed else None
    if folded in masks:
        return None
    if why := why_fits_nobody(full_mask(rest or "*")):
        raise invalid(room, change, why)
    if len(masks) >= world.limits.list_entries:
        raise Refused(ERR_BANLISTFULL, room.name, change.letter)
    if change.letter == "b" and draft.by is not None:
        require_ban(room, draft.by, ready)
    masks[folded] = mask
    return RoomModeChange(change._replace(param=mask))


LONGEST_MASK = 128
"""Characters. A nickname, user name and host of the usual lengths have 95."""

_MASK_BYTES = 150
"""Bytes of a mask that fits into MODE beside the longest names."""


def fills_line(mask: str) -> bool:
    """Whether a mask has too many bytes to be announced."""
    return len(mask.encode()) > _MASK_BYTES


Setter = Callable[[World, Draft, ModeChange], RoomModeChange | None]

SETTERS: dict[str, Setter] = {
    **dict.fromkeys(ROOM_MODES.flags, _set_flag),
    **dict.fromkeys(ROOM_MODES.lists, _set_listed),
    **dict.fromkeys(ROOM_MODES.prefix_letters, _set_rank),
    "P": _set_permanent,
    "f": _set_forward,
    "z": _set_secure,
    "k": _set_key,
    "l": _set_limit,
    "W": _set_slow,
}

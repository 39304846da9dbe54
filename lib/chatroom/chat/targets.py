"""Finds the room or person that a parameter names, or raises the refusal that gives the reason."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.wire.names import ROOM_PREFIX, fold, matches
from chatroom.wire.numerics import (
    ERR_NOSUCHCHANNEL,
    ERR_NOSUCHNICK,
    ERR_NOSUCHSERVER,
    ERR_NOTONCHANNEL,
    ERR_TOOMANYTARGETS,
    ERR_USERNOTINCHANNEL,
)


def split(text: str) -> list[str]:
    """`a,b,,a` -> ["a", "b"]: each target once, in order."""
    if "," not in text:
        return [text] if text else []
    return list(dict.fromkeys(target for target in text.split(",") if target))


def no_more_than(most: int, targets: list[str]) -> None:
    """Raises Refused (407) for all targets if there are more than `most` (ISUPPORT TARGMAX)."""
    if len(targets) > most:
        raise Refused(ERR_TOOMANYTARGETS, targets[most], fill=(most,))


def refuse_too_many(world: World, session: Session, targets: list[str]) -> bool:
    """Whether there are more than `most`, after answering 407. For requests whose answer has an end
    for which clients wait."""
    try:
        no_more_than(world.limits.targets, targets)
    except Refused as refusal:
        refusal.tell(session)
        return True
    return False


def require_room(world: World, session: Session, name: str) -> Room:
    """The room of that name. Raises Refused (403) if there is none, or if the user may not know
    it."""
    room = world.find_room(name)
    if room is None or not room.visible_to(session.user):
        raise Refused(ERR_NOSUCHCHANNEL, name or "*")
    return room


def require_membership(world: World, session: Session, name: str) -> Room:
    """The room of that name, with the user in it. Raises Refused (403, 442)."""
    room = require_room(world, session, name)
    if session.user not in room.members:
        raise Refused(ERR_NOTONCHANNEL, room.name)
    return room


def require_this_server(world: World, target: str) -> None:
    """Check the server that a request names, by a mask or by a nickname. Raises Refused (402)."""
    here = not target or matches(fold(target), fold(world.settings.name)) or world.find(target)
    if not here:
        raise Refused(ERR_NOSUCHSERVER, target)


def require_user(world: World, nick: str) -> User:
    """The user of that nickname. Raises Refused (401)."""
    user = world.find(nick)
    if user is None:
        raise Refused(ERR_NOSUCHNICK, nick or "*")
    return user


def require_member(world: World, room: Room, nick: str) -> User:
    """The member of that nickname. Raises Refused (401, 441)."""
    user = require_user(world, nick)
    if user not in room.members:
        raise Refused(ERR_USERNOTINCHANNEL, user.nick, room.name)
    return user


class Addressee(NamedTuple):
    """The addressee of a message: a user, a room's members, or those of a `rank` (a letter); or an
    account whose owner is not there.

    A message may take several steps. Meanwhile somebody else can take the user's nickname, or
    open another room of the same name. So the addressee is looked up once, and kept.
    """

    whom: Room | User | Account
    rank: str = ""

    @property
    def name(self) -> str:
        """Its current name, as a target."""
        if isinstance(self.whom, User):
            return self.whom.nick
        return _SYMBOL_OF.get(self.rank, "") + self.whom.name

    @property
    def refusal(self) -> Refused:
        """The refusal if it no longer exists."""
        is_room = isinstance(self.whom, Room)
        return Refused(ERR_NOSUCHCHANNEL if is_room else ERR_NOSUCHNICK, self.name)

    def is_here(self, world: World) -> bool:
        """Whether it still exists."""
        if isinstance(self.whom, User):
            return world.find(self.whom.nick) is self.whom
        if isinstance(self.whom, Account):
            account = world.accounts.find(self.whom.name)
            return account is not None and account.number == self.whom.number
        return world.find_room(self.whom.name) is self.whom


_new_addressee: Callable[[tuple[Room | User | Account, str]], Addressee] = partial(
    tuple.__new__, Addressee
)
"""Twice as fast as the class, like `new_message`."""

_SYMBOL_OF = dict(zip(ROOM_MODES.prefix_letters, ROOM_MODES.prefix_symbols, strict=True))
_LOWEST_FIRST = [(symbol, letter) for letter, symbol in _SYMBOL_OF.items()][::-1]


def require_addressee(world: World, session: Session, target: str) -> Addressee:
    """The addressee that a PRIVMSG's target names. Raises Refused (401, 403)."""
    if target.startswith(ROOM_PREFIX):
        room = world.rooms.get(target) or world.find_room(target)  # mostly as it is compared
        return _new_addressee((room or _renamed(world, session, target), ""))
    name = target.lstrip(ROOM_MODES.prefix_symbols)
    if name.startswith(ROOM_PREFIX):
        symbols = set(target[: -len(name)])
        rank = next(letter for symbol, letter in _LOWEST_FIRST if symbol in symbols)
        return Addressee(world.find_room(name) or _renamed(world, session, name), rank)
    return Addressee(world.find(target) or _absent(world, session, target))


def _renamed(world: World, session: Session, name: str) -> Room:
    """The room that had this name before, for its members: their client has sent the line before it
    saw the RENAME, or has queued it. Raises Refused (403)."""
    room = world.formerly(name)
    if room is not None and session.user in room.members:
        return room
    return require_room(world, session, name)


def _absent(world: World, session: Session, nick: str) -> Account:
    """The account of somebody who is not there, for whom this user may leave a message: both need
    an account. Raises Refused (401)."""
    account = world.accounts.find(nick)
    if account is None or not may_leave_for(world, session.user, account):
        raise Refused(ERR_NOSUCHNICK, nick or "*")
    return account


def may_leave_for(world: World, user: User, account: Account) -> bool:
    """Whether this user may leave a message for that account, as it is now."""
    both = bool(account.number and world.accounts.number_of(user.account))
    return both and not account.suspended and world.limits.waiting > 0

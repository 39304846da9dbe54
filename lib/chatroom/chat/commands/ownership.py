"""Rooms that belong to accounts: registering, accepting, giving up; and information about them.

For ChanServ, the terminal client (which asks ChanServ) and the plain door. Ranks are given by MODE,
and kept where `Room.lasts`; owners hand their rooms over in that way, too. If an owner makes
somebody else an owner, that person has the rank at once, but the room counts for them only once
they accept it.
"""

from datetime import UTC, datetime

from chatroom.chat.named_operators import promote
from chatroom.chat.refusals import Failed
from chatroom.chat.rights import OWN, REGISTER_ROOM, require
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import RoomAccepted, RoomDropped, RoomRegistered
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_membership, require_room
from chatroom.wire.names import bare, fold

REGISTER, ACCEPT, DROP = "REGISTERROOM", "ACCEPTROOM", "DROPROOM"
"""The names of the commands in FAIL; IRC has no such commands."""


def register_room(world: World, session: Session, name: str) -> Room:
    """Register a room to the session's account; the user has to be an operator there. Raises
    Refused."""
    user = session.user
    if not user.account:
        why = "Log in first: a registered room belongs to an account"
        raise Failed(REGISTER, "ACCOUNT_REQUIRED", text=why)
    room = require_membership(world, session, name)
    shown = bare(room.name)
    if room.permanent:
        why = f"{shown} is permanent: its owners are named in the configuration (rooms.owners)"
        raise Failed(REGISTER, "CANNOT_REGISTER", room.name, text=why)
    if room.registered:
        why = f"{shown} belongs to {_names(owners(world, room))} already"
        raise Failed(REGISTER, "ALREADY_REGISTERED", room.name, text=why)
    require(room, user, REGISTER_ROOM)
    _refuse_too_many(world, user.account, REGISTER, room)
    apply(world, RoomRegistered(room.name, user.account, world.now))
    others = [one for one in room.members if fold(one.account) == fold(user.account)]
    promote(world, room, others, session)
    return room


def _refuse_too_many(world: World, account: str, command: str, room: Room) -> None:
    most = world.limits.rooms_per_account
    if world.owned_by(account) >= most:
        why = f"An account owns {most} rooms at most; drop one, or hand one over"
        raise Failed(command, "LIMIT_REACHED", room.name, text=why)


def accept_room(world: World, session: Session, name: str) -> Room:
    """Accept a room of which somebody else made the session's account an owner. Raises Refused."""
    room, account = _known(world, session, name), session.user.account
    if "q" not in room.kept.get(fold(account), ""):
        why = "You can accept a room only after one of its owners has made you an owner, too"
        raise Failed(ACCEPT, "NOT_OFFERED", room.name, text=why)
    if fold(account) not in room.offered:
        why = f"{bare(room.name)} belongs to your account already"
        raise Failed(ACCEPT, "ALREADY_ACCEPTED", room.name, text=why)
    _refuse_too_many(world, account, ACCEPT, room)
    apply(world, RoomAccepted(room.name, account, world.now))
    return room


def drop_room(world: World, session: Session, name: str) -> Room:
    """Give a room up; only its owners may, whether they are in it or not. Raises Refused."""
    room = _known(world, session, name)
    if not room.registered:
        why = f"{bare(room.name)} belongs to no account"
        raise Failed(DROP, "NOT_REGISTERED", room.name, text=why)
    if "q" not in world.account_ranks(session.user, room):
        require(room, session.user, OWN)
    apply(world, RoomDropped(room.name, world.now))
    return room


def owners(world: World, room: Room) -> list[str]:
    """The names of the accounts to which a room belongs."""
    return _called(world, [name for name, ranks in room.kept.items() if "q" in ranks])


def describe(world: World, session: Session, name: str) -> list[str]:
    """Sentences about a room: its owners, and for members also the ranks that it keeps. Raises
    Refused."""
    room = _known(world, session, name)
    shown = bare(room.name)
    belonging = _names(owners(world, room))
    if room.registered:
        day = datetime.fromtimestamp(room.registered, UTC)
        words = [f"{shown} belongs to {belonging}, since {day:%Y-%m-%d}."]
    elif room.permanent:
        words = [f"{shown} belongs to {belonging or 'the operator of this server'}."]
    else:
        words = [f"{shown} belongs to nobody, and ends when the last person leaves."]
    if session.user in room.members:
        words += [
            f"{_names(_called(world, [name]))} has not accepted the room yet."
            for name in sorted(room.offered)
        ]
        words += [
            f"{_names(_called(world, [name]))} has the rank{'s' * (len(ranks) > 1)} {ranks}."
            for name, ranks in room.kept.items()
            if ranks != "q"
        ]
    return words


def _known(world: World, session: Session, name: str) -> Room:
    """The room of that name. Its owners know of it, wherever they are. Raises Refused (403)."""
    room = world.find_room(name)
    if room is not None and "q" in world.account_ranks(session.user, room):
        return room
    return require_room(world, session, name)


def _called(world: World, folded: list[str]) -> list[str]:
    found = map(world.accounts.find, folded)
    return [name if one is None else one.name for name, one in zip(folded, found, strict=True)]


def _names(names: list[str]) -> str:
    return " and ".join(names)

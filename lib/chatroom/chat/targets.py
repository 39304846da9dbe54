"""From a parameter to the room or person it names, or the refusal that says why not."""

from chatroom.chat.room import Room
from chatroom.chat.session import Refused, Session
from chatroom.wire.names import fold, matches
from chatroom.wire.numerics import (
    ERR_CHANOPRIVSNEEDED,
    ERR_NOSUCHCHANNEL,
    ERR_NOSUCHNICK,
    ERR_NOSUCHSERVER,
    ERR_NOTONCHANNEL,
    ERR_TOOMANYTARGETS,
    ERR_USERNOTINCHANNEL,
)


def split(text: str) -> list[str]:
    """`a,b,,a` -> ["a", "b"]: each target once, in their order."""
    if "," not in text:
        return [text] if text else []
    return list(dict.fromkeys(target for target in text.split(",") if target))


def no_more_than(most: int, targets: list[str]) -> None:
    """Raises Refused (407), for all of them, where there are more (ISUPPORT TARGMAX)."""
    if len(targets) > most:
        raise Refused(ERR_TOOMANYTARGETS, targets[most], fill=(most,))


def are_too_many(session: Session, targets: list[str]) -> bool:
    """The same for a question whose answer has an end for which clients wait: 407 is its answer."""
    try:
        no_more_than(session.world.limits.targets, targets)
    except Refused as refusal:
        refusal.tell(session)
        return True
    return False


def a_room(session: Session, name: str) -> Room:
    """Raises Refused (403) where there is none, or none that may be known."""
    room = session.world.find_room(name)
    if room is None or not room.shown_to(session):
        raise Refused(ERR_NOSUCHCHANNEL, name or "*")
    return room


def my_room(session: Session, name: str) -> Room:
    """Raises Refused (403, 442)."""
    room = a_room(session, name)
    if session not in room.members:
        raise Refused(ERR_NOTONCHANNEL, room.name)
    return room


def my_room_as_operator(session: Session, name: str) -> Room:
    """Raises Refused (403, 442, 482)."""
    room = my_room(session, name)
    if not room.is_operator(session):
        raise Refused(ERR_CHANOPRIVSNEEDED, room.name)
    return room


def a_room_as_operator(session: Session, name: str) -> Room:
    """Raises Refused (403, 482): also to who is not there (Modern IRC, "MODE message")."""
    room = a_room(session, name)
    if not room.is_operator(session):
        raise Refused(ERR_CHANOPRIVSNEEDED, room.name)
    return room


def for_this_server(session: Session, target: str) -> None:
    """A query may name a server, by a mask or by someone who is there. Raises Refused (402)."""
    world = session.world
    here = not target or matches(fold(target), fold(world.settings.name)) or world.find(target)
    if not here:
        raise Refused(ERR_NOSUCHSERVER, target)


def a_visitor(session: Session, nick: str) -> Session:
    """Raises Refused (401)."""
    visitor = session.world.find(nick)
    if visitor is None:
        raise Refused(ERR_NOSUCHNICK, nick or "*")
    return visitor


def a_member(session: Session, room: Room, nick: str) -> Session:
    """Raises Refused (401, 441)."""
    visitor = a_visitor(session, nick)
    if visitor not in room.members:
        raise Refused(ERR_USERNOTINCHANNEL, visitor.nick, room.name)
    return visitor

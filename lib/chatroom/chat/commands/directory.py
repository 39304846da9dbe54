"""LIST, with the conditions of ISUPPORT ELIST=CMNTU (Modern IRC, "LIST message")."""

from collections.abc import Callable
from functools import partial

from chatroom.chat.output.answers import Steps
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.chat.targets import refuse_too_many, split
from chatroom.wire.masks import Mask
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import RPL_LIST, RPL_LISTEND, RPL_LISTSTART

ELIST = "CMNTU"

Condition = Callable[[Room], bool]
"""Whether a room matches."""

_MINUTE = 60

ROOMS_PER_STEP = 20
"""Rooms that LIST checks in one step."""


def list_(world: World, session: Session, message: Message) -> Steps:
    """LIST [<room>{,<room>}] [<condition>{,<condition>}]

    A room must match any of the names and masks, and all of the conditions.
    """
    masks: list[Condition] = []
    others: list[Condition] = []
    words = split(",".join(message.params[:2]))
    if refuse_too_many(world, session, words):
        session.reply(RPL_LISTEND)
        return
    for word in words:
        condition = _condition(world, session, word)
        (masks if condition is None else others).append(
            condition or partial(_named, Mask(fold(word)))
        )
    session.reply(RPL_LISTSTART, "Channel")
    for count, room in enumerate(list(world.rooms.values())):
        if count and count % ROOMS_PER_STEP == 0:
            yield
        if room.visible_to(session.user) and _fits(room, masks, others):
            session.reply(
                RPL_LIST, room.name, str(room.people_seen_by(session.user)), fill=(room.topic,)
            )
    session.reply(RPL_LISTEND)


def _fits(room: Room, masks: list[Condition], others: list[Condition]) -> bool:
    named = not masks or any(mask(room) for mask in masks)
    return named and all(condition(room) for condition in others)


def _named(mask: Mask, room: Room) -> bool:
    return mask.matches(room.folded)


def _condition(world: World, session: Session, word: str) -> Condition | None:
    """The condition for `word`, or None for a name or mask."""
    if word.startswith("!"):
        mask = Mask(fold(word[1:]))
        return lambda room: not mask.matches(room.folded)
    kind, rest = (word[0], word[1:]) if word[0] in "CT" else ("U", word)
    sign, number = rest[:1], rest[1:]
    if sign not in ("<", ">") or not (number.isascii() and number.isdigit()):
        return None
    measure = _MEASURES[kind]
    wanted = int(number)
    if sign == "<":
        return lambda room: measure(world, room, session) < wanted
    return lambda room: measure(world, room, session) > wanted


def _people(_world: World, room: Room, session: Session) -> float:
    return room.people_seen_by(session.user)


def _age(world: World, room: Room, session: Session) -> float:
    return (world.now - room.created) / _MINUTE


def _age_of_topic(world: World, room: Room, session: Session) -> float:
    return (world.now - room.topic_at) / _MINUTE if room.topic_at else float("inf")


_MEASURES: dict[str, Callable[[World, Room, Session], float]] = {
    "U": _people,
    "C": _age,
    "T": _age_of_topic,
}

"""MARKREAD (IRCv3 draft/read-marker): how far somebody has read, on all of their devices. An answer
reveals nothing about the room: it is the same whether the room exists or not, and whether this user
may know of it or not.
"""

from functools import partial
from typing import NamedTuple

from chatroom.chat import conversations
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.durable import save, until_free
from chatroom.chat.output.markers import marker_line, marker_sessions, shown_time
from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import MarkedRead, MarkUndone
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import ROOM_PREFIX, InvalidName, fold, nickname, room_name
from chatroom.wire.private import is_private
from chatroom.wire.reference import parse_time

_OWN = "markers of"
_TIMESTAMP = len("timestamp=2019-01-04T14:33:26.123Z")


class _Target(NamedTuple):
    """A target as the client named it, and the conversation that it means (`state.markers`)."""

    name: str
    conversation: str


def markread(world: World, session: Session, message: Message) -> Steps:
    """MARKREAD <target> [timestamp=<time>]: ask for the marker, or move it forwards."""
    if not message.params:
        raise Failed("MARKREAD", "NEED_MORE_PARAMS", text="Missing parameters")
    target = _target(world, session, message.params[0])
    at = _time(world, message.params[1]) if len(message.params) > 1 else None
    why = "The read timestamp could not be set"
    refusal = Failed("MARKREAD", "INTERNAL_ERROR", target.name, text=why)
    owner = world.owner_of(session.user)
    if at is not None:
        yield from until_free(world, (_OWN, owner), refusal)
    before = world.markers.time(owner, target.conversation)
    if at is None or (before is not None and at <= before):
        session.send(marker_line(world, target.name, before))
        return
    marked = MarkedRead(session.user.id, target.conversation, at)
    undone = MarkUndone(owner, target.conversation, before)
    yield from save(
        world, (_OWN, owner), partial(apply, world, marked), partial(apply, world, undone), refusal
    )
    _tell(world, session, target)


def _tell(world: World, session: Session, target: _Target) -> None:
    """Answer, and tell the user's other connections."""
    at = world.markers.time(world.owner_of(session.user), target.conversation)
    session.send(marker_line(world, target.name, at))
    for other in marker_sessions(world, session.user):
        if other is not session:
            name = target.name
            if is_private(target.conversation):
                name = conversations.name_for(world, session, target.conversation)
            other.send_now(marker_line(world, name, at))


def _target(world: World, session: Session, text: str) -> _Target:
    """Raises Failed for what can be neither a room nor a nickname."""
    try:
        if text.startswith(ROOM_PREFIX):
            name = room_name(text, world.limits.room_name)
            room = world.find_room(name)
            shown = room.name if room is not None and room.visible_to(session.user) else name
            return _Target(shown, fold(name))
        name = nickname(text, world.limits.nickname)
    except InvalidName:
        raise _invalid(text) from None
    present = world.find(name)
    log = conversations.log_with(world, session, name)
    return _Target(present.nick if present else name, log or fold(name))


def _time(world: World, text: str) -> int:
    """UTC milliseconds, and not in the future. Raises Failed."""
    kind, _, value = text.partition("=")
    try:
        if kind != "timestamp" or len(text) != _TIMESTAMP:
            raise ValueError(text)
        return min(parse_time(value), shown_time(world))
    except (ValueError, OverflowError):
        raise _invalid(text) from None


def _invalid(text: str) -> Failed:
    return Failed("MARKREAD", "INVALID_PARAMS", as_middle(text) or "*", text="Invalid parameters")

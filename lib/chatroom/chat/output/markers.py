"""Tells clients how far their user has read (IRCv3 draft/read-marker)."""

from collections.abc import Iterator

from chatroom.chat.ports import Recipient
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.reference import format_time

CAPABILITY = "draft/read-marker"


def marker_line(world: World, target: str, at: int | None) -> Message:
    """The message that says up to when a conversation was read; `at` is in UTC milliseconds."""
    stamp = "*" if at is None else f"timestamp={format_time(at)}"
    return Message("MARKREAD", (target, stamp), world.settings.name)


def marker_sessions(world: World, user: User) -> Iterator[Session]:
    """The connections that are told of a person's markers: all of the user, and of other users of
    the same account."""
    others = world.logged_in(user.account) if user.account else []
    for each in dict.fromkeys([user, *others]):
        for session in each.sessions:
            if isinstance(session, Session) and CAPABILITY in session.capabilities:
                yield session


def send_marker(world: World, session: Recipient, room: Room, by: Recipient | None = None) -> None:
    """Tell a client that was just sent JOIN how far its user has read in the room. `by` is the
    session that joined, whose copy is a part of its reply."""
    if not (isinstance(session, Session) and CAPABILITY in session.capabilities):
        return
    at = world.markers.time(world.owner_of(session.user), room.folded)
    (session.send if session is by else session.send_now)(marker_line(world, room.name, at))


def shown_time(world: World) -> int:
    """The latest time that a message can have: now, in UTC milliseconds."""
    return round(world.now * 1000)

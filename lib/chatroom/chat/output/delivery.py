"""From one visitor to many: the hot path.

Posting and delivering are two halves. `post` puts a message into a room's log; `deliver_to` hands
a logged message to the members here, by way of the world's fan-out. Today both happen in one tick
and the tick's commit stands between them and the sockets, so nothing is seen that could be lost.
"""

from collections.abc import Iterable

from chatroom.chat.output.audience import Audience, audience_of, size
from chatroom.chat.session import Failed, Session
from chatroom.chat.state.model import ROOM_MODES, Room
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError

_LETTERS = ROOM_MODES.prefix_letters
_AT_LEAST = {letter: frozenset(_LETTERS[: at + 1]) for at, letter in enumerate(_LETTERS)}
"""A rank -> the ranks, as the highest of a member's, that are no lower."""


def post(room: Room, message: Message, body: bytes, author: Session, rank: str = "") -> None:
    """Say something in a room, to all members or, with a `rank` letter, to those of that rank.

    `body` is what `encode_body` says of the message. Raises Refused when the log takes no more.
    """
    world = author.world
    target = message.params[0]  # with a rank's symbol in front it is a log of its own
    try:
        if message.command == "TAGMSG" and _passes(message):
            message = world.log.stamp(message, world.now)
        else:
            message = world.log.record(target, message, world.now)
    except HistoryError as error:
        raise Failed(
            message.command, "HISTORY_UNAVAILABLE", target, text=f"Not sent: {error}"
        ) from None
    echoes = author.echoes
    if not rank and echoes and author.replies is None and author in room.members:
        world.fanout.say(room.audience, message, body, None)  # the echo is a copy like everyone's
        world.deliveries += len(room.members)
        return
    if rank:
        enough = _AT_LEAST[rank]
        recipients = [member for member, ranks in room.members.items() if ranks[:1] in enough]
        deliver(world, message, recipients, author)
    else:
        world.fanout.say(room.audience, message, body, author)
        world.deliveries += len(room.members)
    if echoes:
        author.send(message)


_LASTING_TAGS = frozenset({"+draft/react", "+draft/unreact"})


def _passes(message: Message) -> bool:
    """Of no use later, such as that somebody is typing."""
    return message.tags.keys().isdisjoint(_LASTING_TAGS)


def logged(room: Room, session: Session, event: Message) -> Message:
    """An event (JOIN, TOPIC, ...) as the room's log has it. It happens even when that is full."""
    try:
        return session.world.log.record(room.name, event, session.world.now)
    except HistoryError:
        return event  # the operator was told when the trouble began


def deliver(
    world: World, message: Message, recipients: Iterable[Session], skip: Session | None = None
) -> None:
    """Give the message to all recipients but `skip`, serialised once for each variant."""
    deliver_to(world, message, audience_of(recipients, skip))


def deliver_to(
    world: World, message: Message, audience: Audience, skip: Session | None = None
) -> None:
    """The same for an audience, which may be one that a room keeps ready."""
    hearers = size(audience)
    if skip is not None and skip.peer in audience.get(skip.variant, ()):
        hearers -= 1
    if hearers:
        world.fanout.add(audience, message, b"", skip)
        world.deliveries += hearers


def announce(session: Session, message: Message, audience: Audience) -> None:
    """Show everyone, the one who acts included, what happened.

    The actor's copy goes the way of replies, so that a door can tell it from others' events.
    """
    session.send(message)
    deliver_to(session.world, message, audience, session)


def announce_in(room: Room, session: Session, event: Message) -> Message:
    """The same for what happens in a room, which its log keeps; the event as that has it."""
    event = logged(room, session, event)
    announce(session, event, room.audience)
    return event


def depart(session: Session, reason: str) -> None:
    """The visitor is gone: those who shared a room see QUIT, and no index knows them any more.

    Who did not say so has perhaps not read all that was sent.
    """
    world = session.world
    event = session.event("QUIT", reason)
    deliver_to(world, event, world.acquainted(session), session)
    for room in list(session.rooms):
        entry = logged(room, session, event)
        world.leave(session, room, entry if session.closing else None)
    world.forget(session)

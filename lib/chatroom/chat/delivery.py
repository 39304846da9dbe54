"""From one visitor to many: the hot path.

Posting and delivering are two halves. `post` puts a message into a room's log; `deliver` hands a
logged message to the members here. Today both happen in one tick and the tick's commit stands
between the outboxes and the sockets, so nothing is seen that could be lost.
"""

from collections.abc import Iterable

from chatroom.chat.room import Room
from chatroom.chat.session import Encoder, Session
from chatroom.chat.world import World
from chatroom.wire.message import Message


def post(room: Room, message: Message, author: Session, rank: str = "") -> None:
    """Say something in a room, to all members or, with a `rank` letter, to those of that rank."""
    recipients: Iterable[Session] = room.members
    if rank:
        at_least = {"o": "o", "v": "ov"}[rank]
        recipients = [
            member for member, ranks in room.members.items() if set(ranks) & set(at_least)
        ]
    deliver(author.world, message, recipients, author)


def deliver(
    world: World, message: Message, recipients: Iterable[Session], skip: Session | None = None
) -> None:
    """Put the message into each recipient's outbox, serialised once for each variant."""
    encoded: dict[Encoder, bytes] = {}
    to_flush = world.to_flush
    for recipient in recipients:
        if recipient is skip:
            continue
        variant = recipient.variant
        data = encoded.get(variant)
        if data is None:
            data = encoded[variant] = variant.encode(message)
        if not data:
            continue
        outbox = recipient.outbox
        if not outbox:
            to_flush.append(recipient.peer)
        outbox.append(data)


def announce(session: Session, message: Message, recipients: Iterable[Session]) -> None:
    """Show everyone, the one who acts included, what happened.

    The actor's copy goes the way of replies, so that a door can tell it from others' events.
    """
    session.send(message)
    deliver(session.world, message, recipients, session)


def depart(session: Session, reason: str) -> None:
    """The visitor is gone: those who shared a room see QUIT, and no index knows them any more."""
    deliver(session.world, session.event("QUIT", reason), session.world.acquainted(session))
    session.world.forget(session)

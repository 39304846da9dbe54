"""A message of one session on its way to many: the hot path.

`state.apply` puts it into the log, and into the fan-out; here is what concerns the session that
sends it: whether it gets a copy, and what it is told if the log takes no more.
"""

from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.apply import said, said_to
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError


def post(
    world: World, session: Session, room: Room, message: Message, body: bytes, rank: str = ""
) -> None:
    """Say something in a room, to all members or, with a `rank` letter, to those of that rank.

    `body` is what `encode_body` says of the message. Raises Refused when the log takes no more.
    """
    user, echoes = session.user, session.echoes
    by: Session | None = session
    if echoes and not rank and session.replies is None and user in room.members:
        by = None  # the echo is a copy like everyone's
    try:
        said(world, user, room, message, body, rank, by, echoes)
    except HistoryError as error:
        target = message.params[0]
        raise Failed(
            message.command, "HISTORY_UNAVAILABLE", target, text=f"Not sent: {error}"
        ) from None


def post_to(world: World, session: Session, to: User, message: Message, body: bytes) -> None:
    """Say something to one person."""
    said_to(world, session.user, to, message, body, session, session.echoes)

"""A world without sockets: visitors whose outbox is a list that nobody sends."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from chatroom.chat.answers import finish
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.dispatch import dispatch
from chatroom.chat.limits import Limits
from chatroom.chat.rights import read
from chatroom.chat.session import Piece, Session
from chatroom.chat.settings import Settings
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import Capabilities
from chatroom.wire.message import Message, parse

NOW = 1_700_000_000.0
"""2023-11-14T22:13:20Z, when every world here begins."""


@dataclass(eq=False)
class Peer:
    """All that the chat sees of a connection."""

    outbox: list[Piece] = field(default_factory=list)


def a_world(limits: Limits | None = None) -> World:
    """An empty world."""
    return World(Settings(), limits or Limits(), "Chatroom 0.0.0", NOW, 0.0)


def arrive(world: World, nick: str, capabilities: Capabilities = frozenset()) -> Session:
    """A visitor who has registered, and whose outbox is empty."""
    session = world.attach(Peer(), "192.0.2.1")
    session.agree_on(capabilities)
    say(session, f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    heard(session)
    return session


def say(session: Session, *lines: str) -> None:
    """Carry out these lines."""
    for line in lines:
        message = parse(line)
        assert message is not None
        dispatch(COMMANDS.get(message.command), session, message)
        finish(session)


def read_now(
    session: Session, room: str, limit: int, commands: Collection[str], **options: Any
) -> list[Message]:
    """All that `rights.read` reads, in one go."""
    steps = read(session, room, limit, commands, **options)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            messages: list[Message] = end.value
            return messages


def heard(session: Session) -> list[str]:
    """What waits in the outbox, which is then empty."""
    session.world.fanout.hand_out()
    lines = b"".join(session.outbox).decode().split("\r\n")
    session.outbox.clear()
    return lines[:-1]

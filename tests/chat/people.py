"""A world without sockets: visitors whose outbox is a list that nobody sends."""

import re
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.connections import attach, depart
from chatroom.chat.dispatch import dispatch
from chatroom.chat.history_port import HistoryPort
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.output.fanout import Fanout
from chatroom.chat.output.playback import tell_waiting
from chatroom.chat.ports import Piece
from chatroom.chat.reading import read
from chatroom.chat.session import Session
from chatroom.chat.settings import Settings
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import Capabilities
from chatroom.wire.message import Message, parse
from chatroom.wire.numerics import NUMERICS
from numeric_rows import counts

NOW = 1_700_000_000.0
"""2023-11-14T22:13:20Z, when every world here begins."""


@dataclass(eq=False)
class Peer:
    """All that the chat sees of a connection."""

    outbox: list[Piece] = field(default_factory=list)
    backlog: int = 0


class BareFanout(Fanout):
    """A fan-out that knows its world, so that tests need to pass no more than a session."""

    __slots__ = ("world",)

    world: "BareWorld"


class BareWorld(World):
    """A world without sockets. Its fan-out is a real one, which tests may look into."""

    fanout: BareFanout


def a_world(
    limits: Limits | None = None,
    log: HistoryPort | None = None,
    replay: int = 0,
    settings: Settings | None = None,
    kind: type[BareFanout] = BareFanout,
) -> BareWorld:
    """An empty world."""
    fanout = kind([])
    settings, limits = settings or Settings(), limits or Limits()
    fanout.world = BareWorld(settings, limits, "Chatroom 0.0.0", NOW, 0.0, fanout, log, replay)
    world = fanout.world
    world.on_back = lambda user: deque(tell_waiting(world, user), 0).clear()
    return world


def world_of(session: Session) -> BareWorld:
    """The world in which a session is."""
    assert isinstance(session.fanout, BareFanout)
    return session.fanout.world


def arrive(world: World, nick: str, capabilities: Capabilities = frozenset()) -> Session:
    """A visitor who has registered, and whose outbox is empty."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(capabilities)
    say(session, f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    heard(session)
    return session


def say(session: Session, *lines: str) -> None:
    """Carry out these lines."""
    for line in lines:
        first_step(session, line)
        finish(session)


def begin(session: Session, line: str) -> None:
    """Carry out the first step of a line whose answer takes several."""
    first_step(session, line)
    assert session.answer is not None


def first_step(session: Session, line: str) -> None:
    message = parse(line)
    assert message is not None
    dispatch(world_of(session), COMMANDS.get(message.command), session, message)


def hang_up(session: Session, reason: str = "gone") -> None:
    """The connection ends."""
    depart(world_of(session), session, reason)


def read_now(
    session: Session, room: str, limit: int, commands: Collection[str], **options: Any
) -> list[Message]:
    """All that `rights.read` reads, in one go."""
    steps = read(world_of(session), session, room, limit, commands, **options)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            messages: list[Message] = end.value
            return messages


def heard(session: Session) -> list[str]:
    """What waits in the outbox, which is then empty."""
    world_of(session).fanout.flush_to_outboxes()
    lines = b"".join(session.peer.outbox).decode().split("\r\n")[:-1]
    session.peer.outbox.clear()
    check_numerics(lines)
    return lines


_ROWS = {row.code: (row, *counts(row)) for row in NUMERICS.values()}


def check_numerics(lines: Iterable[str]) -> None:
    """Each numeric among the lines has a row, and as many parameters as that says."""
    for line in lines:
        if not _NUMERIC.match(line):
            continue
        message = parse(line)
        assert message is not None
        row, least, most = _ROWS[message.command]
        assert least <= len(message.params) <= most, f"{line!r} does not fit {row}"


_NUMERIC = re.compile(r"(@\S+ )?(:\S+ )?\d{3} ")

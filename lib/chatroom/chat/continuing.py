"""A chat that another process goes on with: the world, and the sessions with what belongs to them.

    take(world, sessions)                    -> plain values, in which sessions have numbers
    restore_world(world, values)             makes a new world the same
    restore_session(world, values, peer)     for each session, which then gets its encoders
    reattach(world, sessions, values)        gives the sessions to their users

`World.snapshot` has the state of the chat. What is added here belongs to this process, and matters
to people nevertheless: their connections, what these have agreed on and ordered, how far they have
read, how much they may send.

Nothing may be under way (`Session.is_under_way`), and nothing queued in the fan-out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from chatroom.chat import connections
from chatroom.chat.client_batches import OpenBatch, restored_batch
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.ports import Peer
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

Values = Mapping[str, Any]


class _Part(NamedTuple):
    """Something around the world that has a memory."""

    take: Callable[[World], Any]
    restore: Callable[[World, Any], None]


PARTS: Mapping[str, _Part] = {
    "fanout": _Part(
        lambda world: world.fanout.snapshot(),
        lambda world, values: world.fanout.restore(values),
    ),
    "levels": _Part(
        lambda world: world.levels.snapshot(),
        lambda world, values: world.levels.restore(values),
    ),
    "read_marks": _Part(
        lambda world: world.read_marks.snapshot(),
        lambda world, values: world.read_marks.restore(values),
    ),
    "started": _Part(
        lambda world: [world.started_text, world.started_clock],
        lambda world, values: world.count_from(*values),
    ),
    "usage": _Part(
        lambda world: world.usage,
        lambda world, values: world.usage.update(values),
    ),
}


def take(world: World, sessions: Sequence[Session]) -> dict[str, Any]:
    """The chat as plain values, with these sessions: all that users have. Changes nothing."""
    numbers: dict[Any, int] = {session: number for number, session in enumerate(sessions)}
    order = [numbers[session] for user in world.users.values() for session in user.sessions]
    state = world.snapshot()
    return {
        "world": {**state, "users": _as_rows(state["users"])},
        "sessions": [_values_of(session) for session in sessions],
        "order": order,
        "monitors": world.monitors.snapshot(numbers),
        "subscriptions": world.subscriptions.snapshot(numbers),
        "parts": {name: part.take(world) for name, part in PARTS.items()},
    }


def _values_of(session: Session) -> dict[str, Any]:
    values = {"user": session.user.id, **session.snapshot()}
    if session.batch is not None:
        batch: OpenBatch = session.batch
        values["batch"] = batch.snapshot()
    return values


def _as_rows(users: Sequence[Values]) -> list[list[Any]]:
    """The attributes' names, and a row for each user: of thousands, that is half as much to write
    and to read."""
    names = list(users[0]) if users else []
    return [names, [list(user.values()) for user in users]]


def _from_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Values]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def restore_world(world: World, values: Values) -> None:
    """Make a new world the same, with the limits that it has. Nobody has a connection yet."""
    limits, state = world.limits, values["world"]
    world.restore({**state, "users": _from_rows(*state["users"])})
    world.set_limits(limits)
    parts = values["parts"]
    for name, part in PARTS.items():
        if name in parts:
            part.restore(world, parts[name])


def restore_session(world: World, values: Values, peer: Peer) -> Session:
    """Make a session the same. It needs its encoders, and then `reattach`."""
    session = Session(world.users[values["user"]], peer, "", world.fanout)
    session.restore(values, world.rooms)
    if "batch" in values:
        session.batch = restored_batch(values["batch"], COMMANDS)
    return session


def reattach(world: World, sessions: Sequence[Session], values: Values) -> None:
    """Give the sessions, in the order of their numbers, to their users, and to what they have
    ordered."""
    connections.reattach(world, (sessions[number] for number in values["order"]))
    world.monitors.restore(values["monitors"], sessions)
    world.subscriptions.restore(values["subscriptions"], sessions)

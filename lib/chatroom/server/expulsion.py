"""Ends connections for their people: a changed password, a suspended account, KILL, KLINE.

An account may have fifty connections, each in fifty rooms whose members see it leave. So only some
of them leave in one tick; nothing is read from the others any more.
"""

from collections import deque
from collections.abc import Callable, Mapping

from chatroom.chat.ports import Recipient
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.net.timers import Timers
from chatroom.server.doors.door import Door

AT_ONCE = 5
"""Connections that leave in one tick."""


class Expulsion:
    """`doors` are those of all connections; `guarded` calls its first argument with the others."""

    def __init__(
        self,
        world: World,
        timers: Timers,
        doors: Mapping[Connection, Door],
        guarded: Callable[..., object],
    ) -> None:
        self._world = world
        self._timers = timers
        self._doors = doors
        self._guarded = guarded
        self._waiting: deque[Door] = deque()
        self._at = 0.0
        self._count = 0  # of those that have left at that time

    def expel(self, session: Recipient, why: str) -> None:
        """End this connection, now or in one of the next ticks."""
        assert isinstance(session.peer, Connection)
        door = self._doors.get(session.peer)
        if door is None or session.closing:
            return
        if self._at != self._world.clock:
            self._at, self._count = self._world.clock, 0
        if self._count < AT_ONCE and not self._waiting:
            self._count += 1
            self._guarded(door.leave, why)
            return
        door.session.closing = why
        if not self._waiting:
            self._timers.at(self._world.clock, self._go_on)
        self._waiting.append(door)

    def _go_on(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            door = self._waiting.popleft()
            if self._doors.get(door.connection) is door and not door.connection.closing:
                self._guarded(door.leave, door.session.closing)
        if self._waiting:
            self._timers.at(self._world.clock, self._go_on)

"""How connections end.

The steps, in their order:

1. `Door.leave`: the user leaves the chat, and the others see why.
2. `Door.dismiss`: the door says its last words and stops reading.
3. `Closing.begin`: from now on there is a deadline for the rest.
4. `Connection.finish`, once the last words are written: our half of the connection ends. A peer
   that reads to the end then ends its own half.
5. `Closing.remove`, at that end or at the deadline: the door is forgotten, the socket is closed.

`Closing.abort` is the shortest way out, for a connection that met a bug of ours.
"""

import logging
from collections.abc import Callable
from functools import partial
from itertools import takewhile

from chatroom.chat.connections import drop
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.net.timers import Timers
from chatroom.server.doors.door import Door

log = logging.getLogger("chatroom")

LINGER = 2.0
"""Seconds that a peer has to close its side after we closed ours, before we close the socket."""

LINGER_AT_STOP = 0.2
"""LINGER when the server stops. A person's netcat does not close, so waiting longer gains
nothing."""

Guarded = Callable[..., object]
"""Calls its first argument with the others; an exception closes only one connection."""


class Closing:
    """The connections that are about to end; `doors` are the doors of all connections.

    `removed` is called with the door of each connection that has ended.
    """

    def __init__(
        self,
        world: World,
        timers: Timers,
        doors: dict[Connection, Door],
        guarded: Guarded,
        removed: Callable[[Door], None],
    ) -> None:
        self._world = world
        self._timers = timers
        self._doors = doors
        self._guarded = guarded
        self._removed = removed
        self.stopping = False
        """Whether the server is stopping: then the deadlines are short."""
        self.deadlines: dict[Connection, float] = {}
        # closing connections with unwritten last words
        self._to_finish: dict[Connection, None] = {}
        self._ended: list[Connection] = []  # closing connections whose peer has ended as well

    def __contains__(self, connection: Connection) -> bool:
        return connection in self.deadlines

    def __len__(self) -> int:
        return len(self.deadlines)

    def begin(self, connection: Connection, seconds: float | None = None) -> None:
        """End this connection when its last words are written, or after `seconds` (LINGER)."""
        deadline = self._world.clock + (LINGER if seconds is None else seconds)
        self.deadlines.pop(connection, None)
        self.deadlines[connection] = deadline
        if not connection.finished:
            self._to_finish[connection] = None
        self._timers.wake_at(deadline)

    def advance(self) -> None:
        """Do the next possible step for each closing connection."""
        for connection in list(self._to_finish):
            self._guarded(self._finish, connection)
        for connection in (*self._expired(), *self._ended):
            self._guarded(self.remove, connection)
        self._ended.clear()

    def _finish(self, connection: Connection) -> None:
        peer_ended = connection.flushed and self._doors[connection].ended
        if connection.lost or peer_ended or self._world.clock >= self.deadlines[connection]:
            self.remove(connection)
        elif connection.flushed:
            del self._to_finish[connection]
            connection.drained = partial(self._ended.append, connection)
            connection.finish()
            if connection.lost:
                self.remove(connection)
            elif self.stopping:
                self.begin(connection, LINGER_AT_STOP)

    def _expired(self) -> list[Connection]:
        """The connections whose deadline has passed. Unless the server stops, all have the same
        time, so the search ends at the first that has time left: there may be thousands."""
        if not self.stopping:
            return [one for one, _ in takewhile(self._is_over, self.deadlines.items())]
        return [one for one, _ in filter(self._is_over, self.deadlines.items())]

    def _is_over(self, deadline: tuple[Connection, float]) -> bool:
        return self._world.clock >= deadline[1]

    def remove(self, connection: Connection) -> None:
        """Forget the connection's door, and close its socket."""
        self.deadlines.pop(connection, None)
        self._to_finish.pop(connection, None)
        connection.drained = None
        door = self._doors.pop(connection, None)
        if door is None:
            return  # already removed in this tick
        if connection.finished and connection.lost == "closed":
            # The client has read everything and then closed; this happens when the server stops.
            marks = self._world.read_marks
            marks.took(door.session, marks.flushed, self._world.now)
        door.forget()
        self._removed(door)
        _release(connection)

    # After an unexpected exception

    def abort(self, connection: Connection) -> None:
        """End a connection after an unexpected exception, with a reason if that is still
        possible."""
        door = self._doors.get(connection)
        if door is None:
            _release(connection)
        elif connection.closing or not self._is_known(door.session):
            self._drop(door)
        else:
            connection.closing = True  # so that an exception in `leave` takes the branch above
            self._guarded(door.leave, "Internal error")

    def _drop(self, door: Door) -> None:
        """Close a connection without last words."""
        session = door.session
        session.closing = session.closing or "Internal error"
        door.timer.cancel()
        if self._is_known(session):
            self._guarded(drop, self._world, session)
        self.remove(door.connection)

    def _is_known(self, session: Session) -> bool:
        return session in session.user.sessions


def _release(connection: Connection) -> None:
    try:
        connection.release()
    except Exception:
        log.exception("Unhandled exception while closing a connection")
        connection.sock.close()

"""Accepts connections: the listeners, which pause while descriptors are short."""

import logging
import socket
from collections.abc import Callable

from chatroom.chat.state.world import World
from chatroom.net.addresses import Address
from chatroom.net.listener import Listener
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers

log = logging.getLogger("chatroom")

PAUSE = 1.0
"""Seconds without accepting after descriptors ran out."""


A_MOMENT = 0.005
"""Seconds without accepting after a connection from an address without allowance."""


class Accepting:
    """The listeners. `accepted` is called with each new socket and its peer's host; `count` returns
    the number of connections.

    `descriptors` is the number that the process may have.
    """

    def __init__(
        self,
        loop: Loop,
        timers: Timers,
        world: World,
        descriptors: int,
        accepted: Callable[[socket.socket, str], None],
        count: Callable[[], int],
    ) -> None:
        self._loop = loop
        self._timers = timers
        self._world = world
        self._descriptors = descriptors
        self._accepted = accepted
        self._count = count
        self._listeners: list[Listener] = []
        self._paused = False
        self._slowed = False
        self._closed = False

    def listen(self, sock: socket.socket, inherited: bool = False) -> None:
        """Accept connections to this listening socket, which may be `inherited` (see Listener)."""
        listener = Listener(self._loop, sock, self._accepted, self.pause, inherited)
        self._listeners.append(listener)

    @property
    def is_accepting(self) -> bool:
        """Whether new connections are accepted now."""
        return bool(self._listeners) and not (self._paused or self._closed)

    @property
    def shown(self) -> list[str]:
        """Where it listens, as `--listen` has it."""
        names = [each.sock.getsockname() for each in self._listeners if each.sock.fileno() >= 0]
        return [f"unix:{one}" if isinstance(one, str) else str(Address(*one[:2])) for one in names]

    @property
    def places(self) -> list[Address]:
        """Where it listens, apart from unix sockets."""
        names = [
            listener.sock.getsockname()
            for listener in self._listeners
            if listener.sock.family != socket.AF_UNIX and listener.sock.fileno() >= 0
        ]
        return [Address(str(name[0]), name[1]) for name in names]

    def pause_if_full(self) -> None:
        """Pause if there are no descriptors for more connections."""
        if self._is_full():
            self.pause("there are no descriptors for more connections")

    def _is_full(self) -> bool:
        reserved = self._world.limits.descriptors_reserved
        return self._count() >= max(1, self._descriptors - reserved)

    def pause(self, reason: str) -> None:
        """Stop accepting for a while. The kernel queues a few connections meanwhile."""
        if self._paused:
            return
        log.warning(
            "Not accepting new connections for now: %s. The %d existing ones stay open.",
            reason,
            self._count(),
        )
        self._paused = True
        for listener in self._listeners:
            listener.pause()
        self._timers.at(self._world.clock + PAUSE, self._resume)

    def slow_down(self) -> None:
        """Accept the next connection a moment later: one came from an address that has used up its
        allowance. Otherwise somebody who connects and resets again and again would use half of the
        core.
        """
        if self._paused or self._slowed or self._closed:
            return
        self._slowed = True
        for listener in self._listeners:
            listener.pause()
        self._timers.at(self._world.clock + A_MOMENT, self._speed_up)

    def _speed_up(self) -> None:
        self._slowed = False
        if not (self._paused or self._closed):
            for listener in self._listeners:
                listener.resume()

    def _resume(self) -> None:
        if self._closed:
            return
        if self._is_full():
            self._timers.at(self._world.clock + PAUSE, self._resume)
            return
        log.info("Accepting connections again.")
        self._paused = False
        for listener in self._listeners:
            listener.resume()

    @property
    def sockets(self) -> list[tuple[socket.socket, bool]]:
        """The listening sockets, and whether they are inherited (see Listener)."""
        return [(listener.sock, listener.inherited) for listener in self._listeners]

    def close(self) -> None:
        """Stop accepting for good. Closing twice is allowed."""
        self._closed = True
        for listener in self._listeners:
            listener.close()

    def abandon(self) -> None:
        """Leave the listening sockets to another process."""
        self._closed = True
        for listener in self._listeners:
            listener.abandon()
        self._listeners.clear()

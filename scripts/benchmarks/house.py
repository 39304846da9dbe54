"""A real server in this process, one tick at a time, on real sockets.

A tick can then be timed by the thread's own clock, which other processes on the machine do not
change. The callers' addresses are made up, so that they can be as expensive as the limits allow.
"""

import gc
import logging
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chatroom.chat.output.fanout import Fanout
from chatroom.net.addresses import Address, bind
from chatroom.net.listener import raise_descriptor_limit
from chatroom.server.config.load import load
from chatroom.server.config.options import parse_options
from chatroom.server.main import GARBAGE
from chatroom.server.server import Server

if TYPE_CHECKING:
    from chatroom.chat.output.segments import Parcels
    from chatroom.net.ring import Ring

BACKLOG = 512
RECEIVE_BYTES = 1 << 20

PATIENCE = 120.0
"""Seconds without anything to do after which an answer is thought never to come."""

LOG = logging.getLogger("chatroom")

Hosts = Iterator[str]


class Overdue(BaseException):
    """Nothing happened for PATIENCE seconds. Not an Exception, which the server would survive."""


class Step(NamedTuple):
    """CPU of one tick in seconds: all of it, and its flush alone; and to how many it wrote what was
    in their outboxes."""

    total: float
    flush: float
    written: int


class _Listening(socket.socket):
    """Says that each caller is at the next host, and counts them."""

    hosts: Hosts
    taken = 0

    def accept(self) -> tuple[socket.socket, object]:
        """The next connection."""
        sock, _ = super().accept()
        self.taken += 1
        return sock, (next(self.hosts), 40_000)


class _TimedFanout(Fanout):
    """Notes what it costs to find out who gets what."""

    __slots__ = ("seconds",)

    def __init__(self, to_flush: list[Any]) -> None:
        super().__init__(to_flush)
        self.seconds = 0.0

    def parcels(self, most: float = inf) -> "Parcels":
        """The same, on the clock."""
        begin = time.thread_time()
        for parcel in super().parcels(most):
            self.seconds += time.thread_time() - begin
            yield parcel
            begin = time.thread_time()
        self.seconds += time.thread_time() - begin


class _TimedServer(Server):
    """Notes what its last flush cost, apart from finding out who gets what, and how many outboxes
    it emptied."""

    flush_seconds = 0.0
    written = 0

    def use_fanout(self, fanout: Fanout) -> None:
        """Exchange the fan-out, for the doors as well: what it counts ends their turns."""
        self.fanout = self.world.fanout = self._host.load = fanout

    def flush(self) -> None:
        """Write what there is for each, on the clock."""
        self.written = len(self.to_flush)
        fanout = self.fanout
        before = fanout.seconds if isinstance(fanout, _TimedFanout) else 0.0
        begin = time.thread_time()
        super().flush()
        self.flush_seconds = time.thread_time() - begin
        if isinstance(fanout, _TimedFanout):
            self.flush_seconds -= fanout.seconds - before


class Bugs(logging.Handler):
    """The exceptions that the server met, survived and logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what has a traceback."""
        if record.exc_info:
            self.found.append(record)


class House:
    """Turns the server's crank by hand: what was sent before a `step` is what that tick meets.

    `config` is TOML text. `hosts` gives the callers' addresses in the order in which they connect.
    """

    def __init__(self, directory: Path, config: str, hosts: Hosts) -> None:
        file = directory / "chatroom.toml"
        file.write_text(config)
        options = parse_options(["-c", str(file), "--data", str(directory / "data")])
        self.server = _TimedServer(load(options), options, raise_descriptor_limit())
        timed = _TimedFanout(self.server.to_flush)
        timed.server_name = self.server.world.settings.name
        self.server.use_fanout(timed)
        self.server.ring = _open_ring()
        self.server.open_history()
        self.bugs = Bugs()
        self._propagated, LOG.propagate = LOG.propagate, False  # nothing onto standard error
        self._level = LOG.level
        LOG.setLevel(logging.ERROR)
        LOG.addHandler(self.bugs)
        (sock,) = bind(Address("127.0.0.1", 0), BACKLOG)
        self.address = sock.getsockname()
        self._listening = _Listening(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self._listening.hosts = hosts
        self.server.accepting.listen(self._listening)

    def spare_the_loop(self) -> None:
        """Collect garbage as the program itself does: rarely."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)

    def step(self) -> Step:
        """One tick. Raises Overdue where there was nothing to do for PATIENCE seconds."""
        timer = self.server.timers.at(self.server.world.clock + PATIENCE, _overdue)
        begin = time.thread_time()
        self.server.tick()
        total = time.thread_time() - begin
        timer.cancel()
        return Step(total, self.server.flush_seconds, self.server.written)

    def until(self, done: Callable[[], object]) -> None:
        """Tick until that is so. Raises Overdue where it is not soon."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            self.step()
            if time.monotonic() > deadline:
                raise Overdue

    def connect(self, count: int = 1) -> list[socket.socket]:
        """New callers, whom the server has taken in."""
        socks = []
        for begin in range(0, count, BACKLOG):
            several = min(BACKLOG, count - begin)
            wanted = self._listening.taken + several
            for _ in range(several):
                sock = socket.create_connection(self.address, PATIENCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setblocking(False)
                socks.append(sock)
            self.until(partial(self._has_taken, wanted))
        return socks

    def _has_taken(self, callers: int) -> bool:
        return self._listening.taken >= callers

    def end(self) -> None:
        """Give everything back."""
        self.server.end()
        gc.unfreeze()
        LOG.removeHandler(self.bugs)
        LOG.propagate = self._propagated
        LOG.setLevel(self._level)


def receive(sock: socket.socket) -> bytes | None:
    """All that has come; None at the end of the stream."""
    parts: list[bytes] = []
    while True:
        try:
            data = sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return b"".join(parts)
        except ConnectionError:
            data = b""
        if not data:
            return b"".join(parts) if parts else None
        parts.append(data)


def _overdue() -> None:
    raise Overdue


def _open_ring() -> "Ring | None":
    """As the program does."""
    try:
        from chatroom.net.ring import Ring

        return Ring()
    except (ImportError, OSError):
        return None

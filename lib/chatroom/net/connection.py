"""One socket with what is to be written to it.

Whoever has something to say appends to `outbox`; only the tick's flush writes, with one `send` for
all of a tick's messages: by `write_to_all` what many get, by `flush` what one gets besides. Closing
is a state: `close` marks, `flush` says the last words, `release` lets go.
"""

import os
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from chatroom.net.acknowledged import unacknowledged
from chatroom.net.loop import READ, WRITE, Loop

if TYPE_CHECKING:  # it needs ctypes, which takes a client's time at its start
    from chatroom.net.ring import Ring

RECEIVE_BYTES = 8192
"""What one tick reads from one connection at the most, so that nobody keeps the others waiting."""

ACKNOWLEDGED = 240_000
"""Milliseconds that the peer may leave what we sent unacknowledged: as long as keep-alive takes to
find out that it is gone. Keep-alive pauses while there is unacknowledged data, and then the system
itself would try for a quarter of an hour."""

TCP_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # a lone message must not wait for an ACK
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),  # finds the half-open, netcat's too
    # Telnet's synch (RFC 854) sends its IAC DM as urgent data. Out of line, the DM would be missing
    # from the stream, and the next byte of the text be taken for the rest of the command.
    (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),
]
if hasattr(socket, "TCP_KEEPIDLE"):
    TCP_OPTIONS += [
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 120),  # seconds; the system's is two hours
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    ]
if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
    TCP_OPTIONS += [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ACKNOWLEDGED)]


DRAINED = 32768
"""Bytes in the backlog at which whoever waits for its reader is told to go on."""


def _ignore(_data: bytes) -> None:
    """Nobody listens any more."""


class Connection:
    """A non-blocking stream socket in the loop.

    `received` is called with bytes, and with b"" once when the peer will send no more. `lost` is
    the reason once the socket is of no use any more. `backlog` counts the bytes that an earlier
    flush could not write, and `progress` those that the socket has taken while there were any;
    `drained` is called once when few of them are left, or when the peer has ended or is lost.

    When the outbox gets its first bytes of a tick, whoever fills it puts the connection on the
    list `to_flush`; the connection does the same when a socket that was full has room again. So
    the flush has one place in the tick, after the commit.
    """

    __slots__ = (
        "_blocked",
        "_broken",
        "_ended",
        "_events",
        "_loop",
        "_to_flush",
        "_unsent",
        "backlog",
        "closing",
        "descriptor",
        "drained",
        "finished",
        "lost",
        "outbox",
        "progress",
        "received",
        "sock",
    )

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        received: Callable[[bytes], None],
        to_flush: "list[Connection]",
    ) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            # macOS: EINVAL for a peer that reset before it was accepted; `recv` will say so too.
            with suppress(OSError):
                for level, option, value in TCP_OPTIONS:
                    sock.setsockopt(level, option, value)
        self.sock = sock
        self.descriptor = sock.fileno()  # -1 once it is closed, for the number soon is another's
        self.received = received
        self.outbox: list[bytes | memoryview] = []
        self.closing = False
        self.finished = False
        self.lost = ""
        self._unsent: list[bytes | memoryview] | None = None
        self.backlog = 0
        self.drained: Callable[[], None] | None = None
        self.progress = 0
        self._blocked = False
        self._broken: OSError | None = None  # why nothing can be sent, while there is input left
        self._ended = False  # `received` was told that no more will come
        self._loop = loop
        self._to_flush = to_flush
        self._events = READ
        loop.watch(sock, READ, self._ready)

    def _ready(self, mask: int) -> None:
        if mask & WRITE:
            self._blocked = False
            self._to_flush.append(self)
        if mask & READ and (self.finished or not self.closing) and not self.lost:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self.sock.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return  # not ready after all
        except OSError as error:
            self._lose(error)
            return
        if not data and self._broken is not None:
            self._lose(self._broken)
            return
        if not data:
            self._ended = True
            self._watch(READ, False)
        self.received(data)

    def say(self, data: bytes) -> None:
        """Put `data` into the outbox, to be written by the tick's flush."""
        if not self.outbox:
            self._to_flush.append(self)
        self.outbox.append(data)

    def flush(self, data: bytes = b"") -> int:
        """Write what waits, and `data` after it, with one `send`.

        The number of bytes that the socket has not taken.
        """
        outbox = self.outbox
        if self._unsent is not None or self.lost:
            return self._flush_more(data)
        if outbox:
            data = b"".join((*outbox, data))
            outbox.clear()
        elif not data:
            return 0
        try:
            sent = self.sock.send(data)
        except OSError as error:
            return self._refused(data, error)
        return 0 if sent == len(data) else self._keep(data, sent)

    def _flush_more(self, data: bytes) -> int:
        """The same with what an earlier flush could not write.

        While the socket is known to be full this only counts, so that a reader who does not read
        costs no copying and no system calls.
        """
        unsent, outbox = self._unsent, self.outbox
        if unsent is None or self.lost:
            self._forget()
            return 0
        more = b"".join((*outbox, data))  # a piece of something larger would keep all of that
        if more:
            unsent.append(more)
            self.backlog += len(more)
        outbox.clear()
        if self._blocked:
            return self.backlog
        data = b"".join(unsent)
        try:
            sent = self.sock.send(data)
        except OSError as error:
            return self._refused(data, error)
        return self._keep(data, sent)

    def _refused(self, data: bytes, error: OSError) -> int:
        if isinstance(error, BlockingIOError | InterruptedError):
            return self._keep(data, 0)
        if self._ended or self.closing:
            self._lose(error)
        else:
            self._break(error)
        return 0

    def _break(self, error: OSError) -> None:
        """Nothing can be sent any more. What the peer had sent before is still read to its end.

        Somebody may send a last message and go without reading ours, and a server may say why it
        refuses us and reset the connection, since it has not read what we sent meanwhile.
        """
        self._broken = error
        self._blocked = False
        self._forget()
        self._watch(WRITE, False)
        self._call_drained()

    def _keep(self, data: bytes, sent: int) -> int:
        """The socket has taken so many bytes: the others wait until it has room again."""
        left = len(data) - sent
        self._unsent = [memoryview(data)[sent:]] if left else None
        self.backlog = left
        self.progress += sent
        self._blocked = bool(left)
        self._watch(WRITE, self._blocked)
        if left <= DRAINED:
            self._call_drained()
        return left

    def _call_drained(self) -> None:
        if self.drained is not None:
            drained, self.drained = self.drained, None
            drained()

    @property
    def flushed(self) -> bool:
        """Whether everything said has been handed to the system, or never can be."""
        return bool(self.lost) or (self._unsent is None and not self.outbox)

    def is_acknowledged(self) -> bool:
        """Whether the peer's system has all that was flushed. A system call; False where nobody
        can tell."""
        return self._unsent is None and not self.lost and unacknowledged(self.sock) == 0

    def pause(self) -> None:
        """Take nothing in for a while: what the peer sends waits in the system, and then there."""
        self._watch(READ, False)

    def resume(self) -> None:
        """Take in again."""
        if not (self.closing or self.lost or self._ended):
            self._watch(READ, True)

    def notice_reset(self) -> None:
        """Find out whether the peer has reset the connection, which a paused one is not told."""
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        error = OSError(code, os.strerror(code)) if code else self._broken
        if error is not None and not self.lost:
            self._lose(error)

    def close(self) -> None:
        """Parse nothing more; what is in the outbox is still written."""
        self.closing = True
        self._watch(READ, False)

    def finish(self) -> None:
        """All was written: tell the peer so, and throw away what it still sends until it ends too.

        A socket that is closed with unread bytes resets the connection, and the reset can overtake
        our last words.
        """
        self.finished = True
        self.received = self._discard
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer was faster; there is nobody to be polite to
            self.lost = error.strerror or type(error).__name__
            return
        self._watch(READ, True)

    def _discard(self, data: bytes) -> None:
        if not data:
            self.lost = self.lost or "closed"
            self._call_drained()

    def release(self) -> None:
        """Let the socket go.

        What the peer has sent is thrown away first, or closing would reset the connection.
        """
        self.descriptor = -1
        self._watch(READ | WRITE, False)
        if not self.lost:
            with suppress(OSError):  # nothing is there, or nobody
                self.sock.recv(RECEIVE_BYTES)
        self._forget()
        self.lost = self.lost or "closed"
        self.received = _ignore  # which held on to this connection: a cycle
        self.sock.close()

    def _lose(self, error: OSError) -> None:
        self.lost = error.strerror or type(error).__name__
        self._forget()
        self._watch(READ | WRITE, False)
        self._call_drained()
        if not self._ended:
            self._ended = True
            self.received(b"")

    def _forget(self) -> None:
        self._unsent, self.backlog = None, 0
        self.outbox.clear()

    def _watch(self, event: int, wanted: bool) -> None:
        events = self._events | event if wanted else self._events & ~event
        if events == self._events:
            return
        if not events:
            self._loop.unwatch(self.sock)
        elif not self._events:
            self._loop.watch(self.sock, events, self._ready)
        else:
            self._loop.rewatch(self.sock, events, self._ready)
        self._events = events


def write_to_all(
    data: bytes, connections: Collection[Connection], ring: "Ring | None"
) -> list[tuple[Connection, bytes]]:
    """The same bytes to many, with one `send` each: the hot path.

    Those for whom something is left to be written, and what: `Connection.flush` finds out why.
    """
    if not (ring and len(connections) >= ring.LEAST and len(data) <= ring.LARGEST):
        return _send_to_each(data, connections)
    free = [one.descriptor for one in connections if one._unsent is None and not one.outbox]
    taken = ring.send_to_all(data, free)
    size = len(data)
    if taken.count(size) == len(connections):
        return []
    # The same as before the sends: nothing has been called that could fill an outbox.
    first = [each for each in connections if each._unsent is None and not each.outbox]
    rest = [(who, data[max(0, n) :]) for who, n in zip(first, taken, strict=True) if n < size]
    rest += [(each, data) for each in connections if each.outbox or each._unsent is not None]
    return rest


def _send_to_each(data: bytes, connections: Iterable[Connection]) -> list[tuple[Connection, bytes]]:
    """The same with one system call each, which costs less for a few."""
    size = len(data)
    rest = []
    for connection in connections:
        sent = 0
        if connection._unsent is None and not connection.outbox:
            try:
                sent = connection.sock.send(data)
            except Exception:  # noqa: BLE001  our bug, too: `flush` meets it, and its finder pays
                sent = 0
        if sent != size:
            rest.append((connection, data[sent:]))
    return rest

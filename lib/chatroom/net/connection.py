"""One socket with its output buffer.

Code that wants to send appends to `outbox`. Only the tick's flush writes, with one `send` for all
messages of a tick: `write_to_all` sends what a whole room gets, and `flush` anything extra for one
connection. Closing is a state: `close` marks it, `flush` writes the last words, and `release`
closes the socket.

A connection begins in the clear. `start_tls` puts a layer of TLS behind its two buffers, when the
handshake is done: everybody else still writes and receives plaintext.
"""

import os
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from chatroom.net.acknowledged import has_acknowledged
from chatroom.net.addresses import peer_host
from chatroom.net.loop import READ, WRITE, Loop

if TYPE_CHECKING:  # ctypes and ssl would slow down the client's start
    from chatroom.net.ring import Ring
    from chatroom.net.tls import TlsLayer

RECEIVE_BYTES = 8192
"""The maximum that one tick reads from one connection, so that nobody delays the others."""

ACKNOWLEDGED = 240_000
"""Milliseconds that sent data may stay unacknowledged: as long as keep-alive takes to find a dead
peer. Keep-alive pauses while there is unacknowledged data, and by default the kernel would retry
for a quarter of an hour."""

TCP_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # a lone message must not wait for an ACK
    # finds half-open connections, also those of netcat
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # Telnet's synch (RFC 854) sends its IAC DM as urgent data. Out of line, the DM would be missing
    # from the stream, and the next byte of the text would be taken for the rest of the command.
    (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),
]
if hasattr(socket, "TCP_KEEPIDLE"):
    TCP_OPTIONS += [
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 120),  # seconds; the default is two hours
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    ]
if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
    TCP_OPTIONS += [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ACKNOWLEDGED)]


REST_BYTES = 65_536
"""Bytes that are still read from a paused connection which the peer has reset."""

SEALED_BYTES = 16_384
SEALED_AT_ONCE = 256
"""Up to SEALED_BYTES of plaintext are encrypted for SEALED_AT_ONCE connections at a time, and then
sent with one system call. Each connection has a copy of its own until then."""

DRAINED = 32768
"""When the backlog has shrunk to this many bytes, `drained` is called."""


class Way(NamedTuple):
    """How a peer reached us: our own host and port, the peer's host, and the name that it asked for
    over TLS (SNI), "" if it said none. Empty on a unix socket, and once the peer has gone."""

    host: str = ""
    port: int = 0
    peer: str = ""
    name: str = ""


class Traffic:
    """The bytes of many connections, as both ends see them: without what TLS adds.

    `sent` is what was put into outboxes and flushed; whoever sends something past them
    (`write_to_all`) adds that.
    """

    __slots__ = ("received", "sent")

    def __init__(self) -> None:
        self.received = 0
        self.sent = 0


def _ignore(_data: bytes) -> None:
    """Ignore input: nobody listens any more."""


class Connection:
    """A non-blocking stream socket in the loop.

    `relayed` is set if another process of ours has the peer's socket, and passes the bytes on: then
    it is the way by which the peer reached that one.

    `received` is called with bytes, and once with b"" when the peer will not send anything more.
    `lost` is the reason when the socket is no longer usable. `backlog` counts the bytes that an
    earlier flush could not write, and `progress` the bytes that the socket took while there was a
    backlog. `drained` is called once when little of the backlog is left, or when the peer has ended
    or is lost.

    Code that puts the first bytes of a tick into the outbox adds the connection to the list
    `to_flush`; the connection does the same when a full socket has room again. So the flush has one
    place in the tick, after the commit.
    """

    __slots__ = (
        "_blocked",
        "_broken",
        "_ended",
        "_events",
        "_loop",
        "_tls",
        "_to_flush",
        "_traffic",
        "_unsent",
        "backlog",
        "closing",
        "descriptor",
        "drained",
        "finished",
        "lost",
        "outbox",
        "paused",
        "progress",
        "received",
        "relayed",
        "sock",
    )

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        received: Callable[[bytes], None],
        to_flush: "list[Connection]",
        traffic: Traffic | None = None,
        is_new: bool = True,
    ) -> None:
        """`is_new`: not yet a Connection of another process, which has set the socket's options."""
        sock.setblocking(False)
        if is_new and sock.family != socket.AF_UNIX:
            # macOS: EINVAL for a peer that reset before it was accepted; `recv` will report it too.
            with suppress(OSError):
                for level, option, value in TCP_OPTIONS:
                    sock.setsockopt(level, option, value)
        self.sock = sock
        # -1 after close, because the kernel reuses descriptor numbers
        self.descriptor = sock.fileno()
        self.received = received
        self.outbox: list[bytes | memoryview] = []
        self.closing = False
        self.finished = False
        self.paused = False
        self.lost = ""
        # None if nothing is unsent; over TLS a list even then, so that only `_flush_more` writes
        self._unsent: list[bytes | memoryview] | None = None
        self._tls: TlsLayer | None = None
        self.backlog = 0
        self.drained: Callable[[], None] | None = None
        self.relayed: Way | None = None
        self.progress = 0
        self._blocked = False
        self._broken: OSError | None = None  # why sending fails, while there is input left to read
        self._ended = False  # `received` was called with b""
        self._loop = loop
        self._to_flush = to_flush
        self._traffic = traffic or Traffic()
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
        if self._tls is not None and data:
            self._decrypt(self._tls, data)
        else:
            self._traffic.received += len(data)
            self.received(data)

    def say(self, data: bytes) -> None:
        """Put `data` into the outbox; the tick's flush writes it."""
        if not self.outbox:
            self._to_flush.append(self)
        self.outbox.append(data)

    def flush(self, data: bytes = b"") -> int:
        """Write the pending bytes, and `data` after them, with one `send`.

        Returns the number of bytes that the socket has not taken.
        """
        outbox = self.outbox
        if self._unsent is not None or self.lost:
            return self._flush_more(data)
        if outbox:
            data = self._joined(data)
        elif not data:
            return 0
        try:
            sent = self.sock.send(data)
        except OSError as error:
            return self._refused(data, error)
        return 0 if sent == len(data) else self._keep(data, sent)

    def sent(self, sealed: bytes, result: int) -> None:
        """Keep what `write_to_all` could not write of encrypted bytes. A negative `result` is the
        error of its `send`."""
        if result >= 0:
            self._keep(sealed, result)
        else:
            self._refused(sealed, OSError(-result, os.strerror(-result)))

    def _flush_more(self, data: bytes) -> int:
        """Flush over TLS, or when an earlier flush has left a backlog.

        While the socket is known to be full this only counts (and encrypts), so that a reader who
        does not read costs no copying and no system calls.
        """
        unsent, outbox, tls = self._unsent, self.outbox, self._tls
        if unsent is None or self.lost:
            self._forget()
            return 0
        if tls is not None and not self.backlog:  # the hot path of TLS
            if outbox:
                data = self._joined(data)
            try:
                data = tls.seal(data)
                sent = self.sock.send(data) if data else 0
            except OSError as error:
                return self._refused(data, error)
            except tls.Error as error:  # the layer was closed already
                self._lose_because(f"TLS: {error}")
                return 0
            return 0 if sent == len(data) else self._keep(data, sent)
        more = self._joined(data)  # a slice would keep the whole of a larger buffer alive
        if tls is not None:
            more = self._encrypt(tls, more)
        if more:
            unsent.append(more)
            self.backlog += len(more)
        if self._blocked or not self.backlog:
            return self.backlog
        data = b"".join(unsent)
        try:
            sent = self.sock.send(data)
        except OSError as error:
            return self._refused(data, error)
        return self._keep(data, sent)

    def _joined(self, data: bytes) -> bytes:
        """Take the outbox, and `data` behind it."""
        joined = b"".join((*self.outbox, data))
        self.outbox.clear()
        self._traffic.sent += len(joined) - len(data)
        return joined

    def _nothing(self) -> list[bytes | memoryview] | None:
        return None if self._tls is None else []

    def _refused(self, data: bytes, error: OSError) -> int:
        if isinstance(error, BlockingIOError | InterruptedError):
            return self._keep(data, 0)
        if self._ended or self.closing:
            self._lose(error)
        else:
            self._break(error)
        return 0

    def _break(self, error: OSError) -> None:
        """Sending has failed. Input that the peer sent before is still read to its end.

        A client may send a last message and leave without reading ours, and a server may give its
        reason for refusing us and reset the connection, because it has not read what we sent
        meanwhile.
        """
        self._broken = error
        self._blocked = False
        self._forget()
        self._watch(WRITE, False)
        self._call_drained()

    def _keep(self, data: bytes, sent: int) -> int:
        """Keep everything but the first `sent` bytes until the socket has room again."""
        left = len(data) - sent
        self._unsent = [memoryview(data)[sent:]] if left else self._nothing()
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
        """Whether everything has been handed to the kernel, or never can be."""
        return bool(self.lost) or not (self.backlog or self.outbox)

    def is_acknowledged(self) -> bool:
        """Whether the peer's kernel has acknowledged everything that was flushed. Makes a system
        call; False if the system does not say, or another process relays the bytes."""
        if self.backlog or self.lost or self.relayed is not None:
            return False
        return has_acknowledged(self.sock)

    @property
    def way(self) -> Way:
        """How the peer reached us."""
        if self.relayed is not None:
            return self.relayed
        sock = self.sock
        if sock.family == socket.AF_UNIX:
            return Way()
        try:
            place, peer = sock.getsockname(), sock.getpeername()
        except OSError:  # the peer has gone
            return Way()
        name = self._tls.wanted_name if self._tls is not None else ""
        family = sock.family
        return Way(peer_host(family, place), place[1], peer_host(family, peer), name)

    def pause(self) -> None:
        """Stop reading; data queues in the kernel, then at the peer (TCP back-pressure)."""
        self.paused = True
        self._watch(READ, False)

    def resume(self) -> None:
        """Read again."""
        self.paused = False
        if not (self._events & READ or self.closing or self.lost or self._ended):
            self._watch(READ, True)

    def notice_reset(self) -> None:
        """Find out whether the peer has reset the connection, which a paused connection would not
        notice."""
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        error = OSError(code, os.strerror(code)) if code else self._broken
        if error is not None and not self.lost:
            self._read_rest()
            self._lose(error)

    def _read_rest(self) -> None:
        """Read what the peer sent before it reset the connection, at most REST_BYTES."""
        left = REST_BYTES
        while left > 0 and not self._ended:
            try:
                data = self.sock.recv(RECEIVE_BYTES)
            except OSError:
                return
            if not data:
                return
            left -= len(data)
            if self._tls is not None:
                self._decrypt(self._tls, data)
            else:
                self._traffic.received += len(data)
                self.received(data)

    @property
    def has_ended(self) -> bool:
        """Whether `received` was called with b"": the peer does not send any more."""
        return self._ended

    def end_output(self) -> None:
        """Shut down the write side, when all is written, and go on reading."""
        with suppress(OSError):  # the peer has closed already
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Read nothing more; the outbox is still written."""
        self.closing = True
        self._watch(READ, False)

    def finish(self) -> None:
        """Shut down the write side after the last words, and discard input until the peer ends too.

        Closing a socket with unread bytes resets the connection, and the reset can overtake our
        last words.
        """
        self.finished = True
        self.received = self._discard
        try:
            if self._tls is not None:
                self._tls.close()
                self._send_rest_of_tls(self._tls)
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer has closed already
            self.lost = error.strerror or type(error).__name__
            return
        self._watch(READ, True)

    def _discard(self, data: bytes) -> None:
        if not data:
            self.lost = self.lost or "closed"
            self._call_drained()

    def release(self) -> None:
        """Close the socket.

        Unread input is discarded first, because otherwise closing would reset the connection.
        """
        self.descriptor = -1
        self._watch(READ | WRITE, False)
        if not self.lost:
            with suppress(OSError):  # there is no input, or no peer
                self.sock.recv(RECEIVE_BYTES)
        self._forget()
        self.lost = self.lost or "closed"
        self.received = _ignore  # breaks a reference cycle
        self.sock.close()

    def abandon(self) -> None:
        """Close the socket here, and leave the connection as it is: another process has it."""
        self.descriptor = -1
        self._watch(READ | WRITE, False)
        self._forget()
        self.lost = "handed over"
        self.received = _ignore  # breaks a reference cycle
        self.sock.close()

    def _lose(self, error: OSError) -> None:
        self._lose_because(error.strerror or type(error).__name__)

    def _lose_because(self, reason: str) -> None:
        self.lost = reason
        self._forget()
        self._watch(READ | WRITE, False)
        self._call_drained()
        if not self._ended:
            self._ended = True
            self.received(b"")

    def _forget(self) -> None:
        self._unsent, self.backlog = self._nothing(), 0
        self.outbox.clear()

    # TLS

    def start_tls(self, layer: "TlsLayer") -> None:
        """From now on, encrypt what is written and decrypt what is received.

        The handshake of `layer` is done. Everything that was put into the outbox before is part of
        it, and is still written as it is.
        """
        sealed = b"".join((*(self._unsent or ()), *self.outbox, layer.take()))
        self.outbox.clear()
        self._tls = layer
        self._unsent, self.backlog = [sealed] if sealed else [], len(sealed)
        self._to_flush.append(self)

    @property
    def tls(self) -> "TlsLayer | None":
        """The layer of TLS; None in the clear."""
        return self._tls

    def _encrypt(self, tls: "TlsLayer", data: bytes) -> bytes:
        try:
            return tls.seal(data)
        except tls.Error as error:  # it was closed already
            self._lose_because(f"TLS: {error}")
            return b""

    def _decrypt(self, tls: "TlsLayer", data: bytes) -> None:
        if self.finished:
            return  # discard it, as in the clear
        try:
            plaintext = tls.feed(data)
        except tls.Error as error:
            if error.plaintext:
                self.received(error.plaintext)
            with suppress(OSError):
                self._send_rest_of_tls(tls)
            self._lose_because(f"TLS: {error}")
            return
        if plaintext:
            self._traffic.received += len(plaintext)
            self.received(plaintext)
        if tls.has_output:  # such as the answer to a KeyUpdate; it counts as backlog
            self._to_flush.append(self)
        if tls.ended and not self._ended:
            self._ended = True
            self._watch(READ, False)
            self.received(b"")

    def _send_rest_of_tls(self, tls: "TlsLayer") -> None:
        """Send an alert, if there is room for it. Raises OSError."""
        rest = tls.take()
        if rest and not self.backlog:
            self.sock.send(rest)

    # Another process goes on with it

    def snapshot(self) -> dict[str, Any]:
        """What another process needs to go on with this connection, as plain values.

        Over TLS this process stays in between, because the layer cannot move: it keeps what is
        encrypted already, and the other process gets plaintext by a socket of its own.
        """
        tls = self._tls is not None
        unsent = b"" if tls else b"".join((*(self._unsent or ()), *self.outbox))
        broken = self._broken
        values = {
            "unsent": str(unsent, "latin-1"),
            "progress": self.progress,
            "paused": self.paused,
            "ended": self._ended,
            "lost": self.lost,
            "broken": [broken.errno, broken.strerror] if broken is not None else None,
            "relayed": list(self.way) if tls or self.relayed is not None else None,
        }
        return {name: value for name, value in values.items() if value}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Go on as a connection of which `snapshot` has returned these values. It must be new."""
        self.progress = values.get("progress", 0)
        self.paused = values.get("paused", False)
        self._ended = values.get("ended", False)
        self.lost = values.get("lost", "")
        if "broken" in values:
            self._broken = OSError(*values["broken"])
        if "relayed" in values:
            self.relayed = Way(*values["relayed"])
        if unsent := values.get("unsent", "").encode("latin-1"):
            self._unsent, self.backlog = [unsent], len(unsent)
            self._to_flush.append(self)
        if self.paused or self._ended or self.lost:
            self._watch(READ, False)

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
    """Send the same bytes to many connections, with one `send` each: the hot path.

    Returns (connection, unsent bytes) for each socket that did not take all of `data`;
    `Connection.flush` finds out why, or encrypts them.
    """
    if not (ring and len(connections) >= ring.LEAST and len(data) <= ring.LARGEST):
        return _send_to_each(data, connections)
    free = [one.descriptor for one in connections if one._unsent is None and not one.outbox]
    taken = ring.send_to_all(data, free)
    size = len(data)
    if taken.count(size) == len(connections):
        return []
    # Unchanged since before the sends: nothing was called that could fill an outbox.
    first = [each for each in connections if each._unsent is None and not each.outbox]
    rest = [(who, data[max(0, n) :]) for who, n in zip(first, taken, strict=True) if n < size]
    others = [each for each in connections if each.outbox or each._unsent is not None]
    idle = [
        each
        for each in others
        if each._tls is not None and not (each.backlog or each.outbox or each.lost)
    ]
    if len(idle) < ring.LEAST or size > SEALED_BYTES:
        return rest + [(each, data) for each in others]
    if len(idle) < len(others):
        sealed = set(idle)
        rest += [(each, data) for each in others if each not in sealed]
    for at in range(0, len(idle), SEALED_AT_ONCE):
        rest += _seal_for_all(data, idle[at : at + SEALED_AT_ONCE], ring)
    return rest


def _seal_for_all(
    data: bytes, connections: Sequence[Connection], ring: "Ring"
) -> list[tuple[Connection, bytes]]:
    """Send the same bytes over TLS to connections without a backlog, encrypted for each.

    Returns the connections whose layer failed, with `data`.
    """
    sealed: list[Connection] = []
    pieces: list[bytes] = []
    failed: list[tuple[Connection, bytes]] = []
    for one in connections:
        assert one._tls is not None
        try:
            pieces.append(one._tls.seal(data))
        except Exception:  # noqa: BLE001  `flush` meets it again, and only this one closes
            failed.append((one, data))
        else:
            sealed.append(one)
    taken = ring.send_each(pieces, [one.descriptor for one in sealed])
    if taken != list(map(len, pieces)):
        for one, piece, sent in zip(sealed, pieces, taken, strict=True):
            if sent != len(piece):
                one.sent(piece, sent)
    return failed


def _send_to_each(data: bytes, connections: Iterable[Connection]) -> list[tuple[Connection, bytes]]:
    """Like `write_to_all`, with one system call each, which costs less for a few connections."""
    size = len(data)
    rest = []
    for connection in connections:
        sent = 0
        if connection._unsent is None and not connection.outbox:
            try:
                sent = connection.sock.send(data)
            except Exception:  # noqa: BLE001  `flush` retries, and only this one closes
                sent = 0
        if sent != size:
            rest.append((connection, data[sent:]))
    return rest

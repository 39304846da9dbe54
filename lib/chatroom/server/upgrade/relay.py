"""Passes bytes on between TLS connections and the process that serves them now.

OpenSSL's state cannot leave its process. So the process that has accepted a TLS connection keeps
it, decrypts what it receives, and has a socket pair to the process that serves:

    client  <- TLS ->  outer | inner  <- socket pair ->  the new process

A relay looks like the client to the new process, and like the server to the client: what one side
does not read, the other cannot write (back-pressure), and each half ends as it ended at the other
side. Bytes that were sealed before the upgrade are in the buffer of `outer`, ahead of all others.
"""

import logging
import select
import socket
import time
from collections.abc import Callable, Iterable

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop

log = logging.getLogger("chatroom")

HIGH = 65_536
"""With so many unsent bytes for one side, nothing more is read from the other."""

LAST_WORDS = 10.0
"""Seconds that a client has to read the rest, after the new process has closed the connection."""

LOOKS = 1.0
"""Seconds between looks whether the new process has closed a connection whose client does not read.
Nothing is read from it meanwhile, so the loop does not tell."""

LINGER = 3.0
"""Seconds that it then has to close its side. The new process waits shorter than this."""


class Relay:
    """One connection. `outer` goes on with the new process after `begin`; until then, `cancel` lets
    it go on here."""

    inner: Connection

    def __init__(self, loop: Loop, outer: Connection) -> None:
        """Raises OSError. `far_end` is a descriptor for the new process."""
        self.outer = outer
        self._loop = loop
        self._near, self._far = socket.socketpair()
        self.far_end = self._far.fileno()
        self._touched: Callable[[Relay], None] = _ignore
        self._client_ended = self._server_ended = False
        self._told_server = False
        self.deadline: float | None = None
        """The `time.monotonic` at which it ends in any case; None while both sides live."""

    def prepare(self, to_flush: list[Connection]) -> None:
        """Do what takes time, after the far end was sent. `outer` goes on as before."""
        self._far.close()
        self.inner = Connection(self._loop, self._near, self._from_server, to_flush)

    def cancel(self) -> None:
        """Close the socket pair: `outer` goes on as before."""
        if hasattr(self, "inner"):
            self.inner.abandon()
        self._near.close()
        self._far.close()

    def begin(self, touched: "Callable[[Relay], None]") -> None:
        """Start to relay, once it is prepared. `touched` is called when something has happened, and
        `advance` is needed after the flush."""
        self._touched = touched
        outer = self.outer
        outer.received = self._from_client
        outer.drained = self._touch
        outer.resume()
        self._client_ended = outer.has_ended
        self._touch()

    def _touch(self) -> None:
        self._touched(self)

    def _from_client(self, data: bytes) -> None:
        if data:
            self.inner.say(data)
        else:
            self._client_ended = True
        self._touch()

    def _from_server(self, data: bytes) -> None:
        if data:
            self.outer.say(data)
        else:
            self._server_ended = True
        self._touch()

    def advance(self, now: float) -> bool:
        """Do what is possible, after a flush. Returns False when the relay is over, and both
        sockets are closed."""
        inner, outer = self.inner, self.outer
        self._throttle(outer, inner)
        self._throttle(inner, outer)
        if self._client_ended and inner.flushed and not self._told_server:
            self._told_server = True
            inner.end_output()
        if self._server_ended and self.deadline is None:
            self.deadline = now + LAST_WORDS
        if self._server_ended and outer.flushed and not (outer.finished or outer.lost):
            self.deadline = now + LINGER
            outer.drained = self._touch
            outer.finish()
        is_over = outer.finished and self._client_ended
        if is_over or (outer.lost and inner.flushed) or now >= (self.deadline or now + 1):
            inner.release()
            outer.release()
            return False
        return True

    @property
    def is_stuck(self) -> bool:
        """Whether the client does not read, so that nothing is read from the new process."""
        return self.inner.paused and self.deadline is None

    def look(self, now: float) -> None:
        """Find out whether the new process has given up a client that does not read."""
        poll = select.poll()
        poll.register(self.inner.sock, 0)  # the kernel reports POLLHUP in any case
        if poll.poll(0):
            self.deadline = now + LAST_WORDS

    def _throttle(self, reader: Connection, writer: Connection) -> None:
        """Stop reading while the other side does not take what was read."""
        if writer.backlog > HIGH and not reader.paused:
            reader.pause()
        elif writer.backlog <= HIGH and reader.paused:
            reader.resume()
        if writer.backlog:
            writer.drained = self._touch


class Relays:
    """All relays of a process; `tick` is its loop's turn. `to_flush` is the list of the outer
    connections."""

    def __init__(self, loop: Loop, to_flush: list[Connection], relays: Iterable[Relay]) -> None:
        self._loop = loop
        self._to_flush = to_flush
        self._touched: dict[Relay, None] = {}
        self._ending: dict[Relay, None] = {}
        self._stuck: dict[Relay, None] = {}
        self._look_at = 0.0
        self._relays = dict.fromkeys(relays)
        self._of: dict[object, Relay] = {}
        for relay in self._relays:
            relay.begin(self._touch)
            self._of |= {relay.outer: relay, relay.inner: relay}

    def __len__(self) -> int:
        return len(self._relays)

    @property
    def backlog(self) -> int:
        """The bytes that wait in this process."""
        return sum(each.outer.backlog + each.inner.backlog for each in self._relays)

    def _touch(self, relay: Relay) -> None:
        self._touched[relay] = None

    def _drop(self, relay: Relay) -> None:
        self._relays.pop(relay, None)
        self._ending.pop(relay, None)
        self._stuck.pop(relay, None)
        for connection in (relay.outer, relay.inner):
            self._of.pop(connection, None)

    def tick(self, patience: float | None) -> None:
        """Wait for at most `patience` seconds, and pass on what there is."""
        for call, mask in self._loop.select(self._patience(patience)):
            self._guarded(call, mask)
        to_flush, self._to_flush[:] = self._to_flush[:], []
        for connection in to_flush:
            self._guarded(connection.flush)
        touched, self._touched = self._touched, {}
        now = time.monotonic()
        if self._stuck and now >= self._look_at:
            self._look_at = now + LOOKS
            for relay in self._stuck:
                relay.look(now)
                touched[relay] = None
        for relay in {**touched, **self._ending}:
            if relay in self._relays:
                self._guarded(self._advance, relay, now)

    def _patience(self, patience: float | None) -> float | None:
        if self._to_flush or self._touched:
            return 0.0
        if not (self._ending or self._stuck):
            return patience
        now = time.monotonic()
        waits = [max(0.0, (each.deadline or now) - now) for each in self._ending]
        if self._stuck:
            waits.append(max(0.0, self._look_at - now))
        return min(waits if patience is None else [*waits, patience])

    def _advance(self, relay: Relay, now: float) -> None:
        if not relay.advance(now):
            self._drop(relay)
            return
        if relay.deadline is not None:
            self._ending[relay] = None
        if relay.is_stuck:
            self._stuck[relay] = None
        else:
            self._stuck.pop(relay, None)

    def _guarded(self, call: Callable[..., object], *arguments: object) -> None:
        """An unexpected exception ends only the relay that it concerns."""
        try:
            call(*arguments)
        except Exception:
            log.exception("Unhandled exception in a relay")
            suspects = (getattr(call, "__self__", None), *arguments)
            for relay in {self._of.get(each) or each for each in suspects}:
                if isinstance(relay, Relay):
                    self._drop(relay)
                    relay.inner.release()
                    relay.outer.release()


def _ignore(_relay: Relay) -> None:
    """It has not begun."""

"""Passes bytes on between TLS connections and the process that serves them now.

OpenSSL's state cannot leave its process. So the process that has accepted a TLS connection keeps
it, decrypts what it receives, and has a socket pair to the process that serves:

    client  <- TLS ->  outer | inner  <- socket pair ->  the new process

A relay looks like the client to the new process, and like the server to the client: what one side
does not read, the other cannot write (back-pressure), and each half ends as it ended at the other
side. Bytes that were sealed before the upgrade are in the buffer of `outer`, ahead of all others.
"""

import select
import socket
from collections.abc import Callable

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.server.upgrade.leftovers import LINGER, Leftover, ignore

HIGH = 65_536
"""With so many unsent bytes for one side, nothing more is read from the other."""

LAST_WORDS = 10.0
"""Seconds without progress after which a client that does not read the rest is given up, once the
new process has closed the connection; seconds in all if the server has ended."""


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
        self._touched: Callable[[Leftover], None] = ignore
        self._client_ended = self._server_ended = False
        self._told_server = False
        self._patient = True
        self._progress = 0  # of the client, when the deadline was set
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

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Both sides."""
        return (self.outer, self.inner)

    @property
    def backlog(self) -> int:
        """Unsent bytes, for both sides."""
        return self.outer.backlog + self.inner.backlog

    def begin(self, touched: Callable[[Leftover], None]) -> None:
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
        if (self._server_ended and self.deadline is None) or self._is_only_slow(now):
            self._give_time(now)
        if self._server_ended and outer.flushed and not (outer.finished or outer.lost):
            self.deadline = now + LINGER
            outer.drained = self._touch
            outer.finish()
        is_over = outer.finished and self._client_ended
        if is_over or (outer.lost and inner.flushed) or now >= (self.deadline or now + 1):
            self.release()
            return False
        return True

    def _give_time(self, now: float) -> None:
        self._progress = self.outer.progress
        self.deadline = now + LAST_WORDS

    def _is_only_slow(self, now: float) -> bool:
        """Whether the deadline has come for a client that reads: the new process may have written a
        file, and closed (`last_download`)."""
        is_late = self.deadline is not None and now >= self.deadline and not self.outer.finished
        return is_late and self._patient and self.outer.progress != self._progress

    def stop(self) -> None:
        """The client has LAST_WORDS seconds in all from the last deadline on."""
        self._patient = False

    def release(self) -> None:
        """Close both sockets."""
        self.inner.release()
        self.outer.release()

    @property
    def is_stuck(self) -> bool:
        """Whether the client does not read, so that nothing is read from the new process."""
        return self.inner.paused and self.deadline is None

    def look(self, now: float) -> None:
        """Find out whether the new process has given up a client that does not read."""
        poll = select.poll()
        poll.register(self.inner.sock, 0)  # the kernel reports POLLHUP in any case
        if poll.poll(0):
            self._give_time(now)

    def _throttle(self, reader: Connection, writer: Connection) -> None:
        """Stop reading while the other side does not take what was read."""
        if writer.backlog > HIGH and not reader.paused:
            reader.pause()
        elif writer.backlog <= HIGH and reader.paused:
            reader.resume()
        if writer.backlog:
            writer.drained = self._touch

"""The server's end of the control socket.

Only the server's own user and root may use it: the directory and the socket are closed to others,
and the kernel says who connects. A tool that says nothing, or does not read, is disconnected after
PATIENCE seconds; those beyond MOST wait in the kernel's queue.
"""

import logging
import math
import os
import socket
from collections.abc import Callable
from pathlib import Path

from chatroom.net.connection import Connection
from chatroom.net.listener import Listener
from chatroom.net.local_socket import listen_privately, peer_user
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.server.control.host import ControlHost
from chatroom.server.control.protocol import (
    LONGEST_ANSWER,
    LONGEST_REQUEST,
    BadRequest,
    answer_line,
    error_line,
    read_request,
)
from chatroom.server.control.requests import Declined, Later, Values, handle
from chatroom.store.database import StoreError

log = logging.getLogger("chatroom")

MOST = 8
"""Connections at the same time."""

PATIENCE = 5.0
"""Seconds that a tool has to send its request, and then to read the answer. Between the two there
is no limit: an upgrade may take a while."""

PAUSE = 1.0
"""Seconds without accepting after descriptors ran out."""

_LOOK = 0.01
"""Seconds between two looks whether an answer is written."""


class ControlSocket:
    """The socket at `path`, which is replaced if it exists: the caller holds the directory's lock.

    `clock` is the loop's time; answers are written when the tick flushes `to_flush`. With
    `adopted`, the socket is that of another process, by its descriptor.
    """

    def __init__(
        self,
        loop: Loop,
        timers: Timers,
        clock: Callable[[], float],
        to_flush: list[Connection],
        path: Path,
        host: ControlHost,
        adopted: int | None = None,
    ) -> None:
        """Raises OSError."""
        self._loop = loop
        self.timers = timers
        self.clock = clock
        self.host = host
        self._to_flush = to_flush
        self._path = path
        self._callers: set[_Caller] = set()
        self._sock = listen_privately(path) if adopted is None else socket.socket(fileno=adopted)
        self._file = _identity(path)
        self._listener = Listener(loop, self._sock, self._accepted, self._exhausted)

    def _accepted(self, sock: socket.socket, _host: str) -> None:
        if not may_ask(user := peer_user(sock)):
            log.warning("User %s may not use the control socket; it was ignored.", user)
            sock.close()
            return
        caller = _Caller(self)
        self._callers.add(caller)
        caller.attach(Connection(self._loop, sock, caller.received, self._to_flush))
        if len(self._callers) >= MOST:
            self._listener.pause()

    def _exhausted(self, reason: str) -> None:
        log.warning("A tool cannot connect to the control socket for now: %s", reason)
        self._listener.pause()
        self.timers.at(self.clock() + PAUSE, self._resume)

    def _resume(self) -> None:
        if self._sock.fileno() >= 0 and len(self._callers) < MOST:
            self._listener.resume()

    def forget(self, caller: "_Caller") -> None:
        """Called by a connection that has ended."""
        self._callers.discard(caller)
        self._resume()

    @property
    def descriptor(self) -> int:
        """The listening socket's descriptor."""
        return self._sock.fileno()

    def abandon(self) -> None:
        """Leave the socket to another process, which serves now. Tools that wait for an answer get
        a last word, here and now."""
        self._listener.abandon()
        for caller in list(self._callers):
            caller.give_up("the server was upgraded meanwhile; try again")

    def close(self) -> None:
        """Remove the socket, unless another process has put its own there, and end all
        connections."""
        self._listener.pause()
        if _identity(self._path) == self._file:
            self._path.unlink(missing_ok=True)
        self._sock.close()
        for caller in list(self._callers):
            caller.give_up("the server is stopping")


class _Caller:
    """One connection: it says a request, and gets the answer."""

    def __init__(self, control: ControlSocket) -> None:
        self._control = control
        self._connection: Connection
        self._received = b""
        self._asked = False
        self._deadline = math.inf

    def attach(self, connection: Connection) -> None:
        self._connection = connection
        self._deadline = self._control.clock() + PATIENCE
        self._control.timers.at(self._deadline, self._check_asked)

    def _check_asked(self) -> None:
        if not self._asked:
            self.end()

    def received(self, data: bytes) -> None:
        """Bytes from the tool; b"" at their end, after which it may still read."""
        if self._asked:
            return
        self._received += data
        line, end, _ = self._received.partition(b"\n")
        if len(line) > LONGEST_REQUEST:
            self._answer(error_line(f"a request has at most {LONGEST_REQUEST} bytes"))
        elif end:
            self._answer_to(line)
        elif not data:
            self.end()

    def _answer_to(self, line: bytes) -> None:
        self._asked = True
        try:
            name, arguments = read_request(line)
            answer = handle(name, arguments, self._control.host)
        except (BadRequest, Declined, StoreError) as refusal:
            self._deliver(Declined(str(refusal)))
        except Exception:
            log.exception("Unhandled exception in a request on the control socket")
            self._deliver(Declined("the server has met an internal error; its log says more"))
        else:
            if isinstance(answer, Later):
                self._connection.pause()
                answer.deliver_to(self._deliver)
            else:
                self._deliver(answer)

    def _deliver(self, answer: Values | Declined) -> None:
        if isinstance(answer, Declined):
            self._answer(error_line(str(answer)))
            return
        line = answer_line(answer)
        if len(line) > LONGEST_ANSWER:
            log.error("An answer on the control socket has %d bytes, which is too long.", len(line))
            line = error_line("the answer is too long")
        self._answer(line)

    def _answer(self, line: bytes) -> None:
        self._asked = True
        connection = self._connection
        if connection.lost:
            self.end()
            return
        connection.say(line)
        connection.close()
        self._deadline = math.inf
        self._end_soon()

    def _end_soon(self) -> None:
        self._control.timers.at(self._control.clock() + _LOOK, self._end_if_written)

    def _end_if_written(self) -> None:
        """The time that a tool has to read begins here: the answer may come from an upgrade that
        has stopped the clock for longer."""
        now = self._control.clock()
        self._deadline = min(self._deadline, now + PATIENCE)
        if self._connection.flushed or now >= self._deadline:
            self.end()
        else:
            self._end_soon()

    def give_up(self, words: str) -> None:
        """Answer with these words, if it has not been answered, and end, in the middle of a
        tick."""
        if not self._connection.closing:
            self._connection.say(error_line(words))
        self._connection.flush()
        self.end()

    def end(self) -> None:
        """Close the connection. Closing twice is allowed."""
        if self._connection.descriptor >= 0:
            self._connection.release()
        self._control.forget(self)


def may_ask(user: int | None) -> bool:
    """Whether that user may use the control socket. If the system does not say who it is, the modes
    of the directory and the socket have to do."""
    return user is None or user in (0, os.geteuid())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

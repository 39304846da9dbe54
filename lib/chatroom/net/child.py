"""A process of our own that works for the loop, line by line, and can be killed at any time.

For work that may take long and cannot be interrupted: a thread would have to be waited for, a
process need not. It is started by `exec`, since the server has threads. Both directions are one
socket pair, on the child's standard input and output. When we end, however suddenly, the child
reads the end of its input.
"""

import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from chatroom.net.loop import READ, WRITE, Loop

_READ_BYTES = 65536

_REAP_SECONDS = 0.1
"""A process that has closed its files is gone in less. One that is not is waited for by nobody:
`subprocess` looks after it when the next one starts."""

_END_SECONDS = 1.0
"""The same when we end: a killed process is gone in a millisecond, unless its disk hangs."""


class Child:
    """One process. `take` gets each line that it writes, without its end, in the loop's thread;
    `ended` is called when it ends by itself, never after `kill`.
    """

    def __init__(
        self,
        loop: Loop,
        command: Sequence[str],
        environment: Mapping[str, str],
        take: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        """Start it, in a third of a millisecond. Raises OSError."""
        self._loop = loop
        self._take = take
        self._ended = ended
        self._unsent = b""
        self._unread: list[bytes] = []  # pieces of a line
        self._killed = False
        self._sock, theirs = socket.socketpair()
        with theirs:
            try:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    env=environment,
                    start_new_session=True,  # Ctrl-C in the terminal is for the server
                )
            except OSError:
                self._sock.close()
                raise
        self._sock.setblocking(False)
        loop.watch(self._sock, READ, self._ready)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, line: bytes) -> None:
        """Write a line, which has its end, to the process, as it takes it."""
        was_idle = not self._unsent
        self._unsent += line
        self._write()
        if self._unsent and was_idle:
            self._loop.rewatch(self._sock, READ | WRITE, self._ready)

    def kill(self) -> None:
        """End it at once. What it has written is lost."""
        if not self._killed:
            self._killed = True
            self._process.kill()  # its files are closed next, which `_ready` sees

    def close(self) -> None:
        """End it, and see it gone."""
        self.kill()
        self._let_go(_END_SECONDS)

    def _ready(self, mask: int) -> None:
        if mask & WRITE:
            self._write()
            if not self._unsent:
                self._loop.rewatch(self._sock, READ, self._ready)
        if mask & READ:
            self._read()

    def _write(self) -> None:
        with suppress(BlockingIOError, ConnectionError):  # `_read` sees the end
            self._unsent = self._unsent[self._sock.send(self._unsent) :]

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            by_itself = not self._killed
            self.kill()
            self._let_go(_REAP_SECONDS)
            if by_itself:
                self._ended()
            return
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole = b"".join((*self._unread, line))
            self._unread.clear()
            if not self._killed:
                self._take(whole)
        if rest:
            self._unread.append(rest)

    def _let_go(self, patience: float) -> None:
        if self._sock.fileno() < 0:
            return
        self._loop.unwatch(self._sock)
        self._sock.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)

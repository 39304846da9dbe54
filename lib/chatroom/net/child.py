"""A child process that works for the loop, line by line, and can be killed at any time.

It is for work that may take long and cannot be interrupted: a thread cannot be killed, a process
can. It is started by `exec`, because the server has threads. Both directions use one socket pair,
on the child's standard input and output. When the parent ends, however suddenly, the child reads
the end of its input.
"""

import socket
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from chatroom.net.loop import READ, WRITE, Loop

_READ_BYTES = 65536

_END_SECONDS = 1.0
"""Seconds to wait for all of them at exit: a killed process is gone in a millisecond, unless its
disk hangs."""


class Child:
    """One process. `take` is called in the loop's thread with each line that it writes, without the
    line end. `ended` is called when it ends by itself, never after `kill`. In both cases call
    `reap` now and then until the process is gone."""

    def __init__(
        self,
        loop: Loop,
        command: Sequence[str],
        environment: Mapping[str, str],
        take: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        """Start the process, which takes a third of a millisecond. Raises OSError."""
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
                    start_new_session=True,  # Ctrl-C in the terminal must reach only the server
                )
            except OSError:
                self._sock.close()
                raise
        self._sock.setblocking(False)
        loop.watch(self._sock, READ, self._ready)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, line: bytes) -> None:
        """Write a line, including its line end, to the process."""
        was_idle = not self._unsent
        self._unsent += line
        self._write()
        if self._unsent and was_idle:
            self._loop.rewatch(self._sock, READ | WRITE, self._ready)

    def kill(self) -> None:
        """End the process at once. Unread output is lost."""
        if not self._killed:
            self._killed = True
            self._process.kill()  # this closes its files, which `_ready` notices

    def reap(self) -> bool:
        """Whether the process is gone and its id free. Does not wait: a killed process ends only
        when its disk has answered."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the process and wait for it, for at most a second."""
        close_all([self])

    def _ready(self, mask: int) -> None:
        if mask & WRITE:
            self._write()
            if not self._unsent:
                self._loop.rewatch(self._sock, READ, self._ready)
        if mask & READ:
            self._read()

    def _write(self) -> None:
        with suppress(BlockingIOError, ConnectionError):  # `_read` notices the end
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
            self._close_end()
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

    def _close_end(self) -> None:
        """Close our end. The process may take a moment longer to end."""
        if self._sock.fileno() >= 0:
            self._loop.unwatch(self._sock)
            self._sock.close()

    def _wait(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def close_all(children: Collection[Child], seconds: float = _END_SECONDS) -> None:
    """End all of them, and wait for at most `seconds` in all."""
    deadline = time.monotonic() + seconds
    for child in children:
        child.kill()
        child._close_end()
    for child in children:
        child._wait(max(0.0, deadline - time.monotonic()))

"""Short messages to a running process of the same user, by a unix socket in its directory.

They are datagrams: there is no connection to watch, nobody waits for an answer, and what does not
fit is refused by the kernel. Only users who may write into the directory can send any.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatroom.net.loop import READ, Loop

LONGEST = 4096
"""Bytes of a message."""

PER_TURN = 16
"""Messages read in one turn of the loop; the others wait in the kernel."""

PATIENCE = 5.0
"""Seconds for which a sender waits for room in the socket of a process that may be stopped."""

_OPEN_FILES = Path("/proc/self/fd")


class Mailbox:
    """The socket `path`, which is replaced if it exists: the caller holds the directory's lock.

    `received` is called with each message. With `descriptor`, the socket is that of another
    process, which gave it away with the messages in it.
    """

    def __init__(
        self,
        loop: Loop,
        path: Path,
        received: Callable[[bytes], None],
        descriptor: int | None = None,
    ) -> None:
        """Raises OSError."""
        self._loop = loop
        self._path = path
        self._received = received
        if descriptor is not None:
            self._sock = socket.socket(fileno=descriptor)
            loop.watch(self._sock, READ, self._ready)
            return
        path.unlink(missing_ok=True)
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            mask = os.umask(0o177)  # nobody else may write to it, not even for a moment
            try:
                with _short(path) as name:
                    self._sock.bind(name)
            finally:
                os.umask(mask)
            loop.watch(self._sock, READ, self._ready)
        except BaseException:
            self._sock.close()
            raise

    def _ready(self, _mask: int) -> None:
        for _ in range(PER_TURN):
            try:
                message = self._sock.recv(LONGEST)
            except OSError:  # there are no more
                return
            self._received(message)

    @property
    def descriptor(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def close(self) -> None:
        """Remove the socket."""
        self.abandon()
        self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Close the socket here: another process has it."""
        self._loop.unwatch(self._sock)
        self._sock.close()


def is_there(path: Path) -> bool:
    """Whether a process has that socket. Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            with _short(path) as name:
                sock.connect(name)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def send(path: Path, message: bytes) -> bool:
    """Send a message. Returns False if no process has that socket. Raises OSError, also if that
    process does not read its messages for PATIENCE seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        try:
            with _short(path) as name:
                sock.sendto(message, name)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for `path` that fits into the 107 bytes of a socket's address, where the system has
    one: the directory may be deep."""
    if not _OPEN_FILES.is_dir():
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(_OPEN_FILES / str(directory) / path.name)
    finally:
        os.close(directory)

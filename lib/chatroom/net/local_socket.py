"""Unix sockets between processes of one user: in deep directories too, closed to everybody else."""

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OPEN_FILES = Path("/proc/self/fd")

_QUEUE = 16
"""Connections that the kernel keeps for a process that does not accept them."""

_RETRY = 0.02
"""Seconds until another try to connect to a socket whose queue is full."""

_CREDENTIALS = struct.Struct("iII")  # struct ucred (unix(7)): process, user, group


def listen_privately(path: Path) -> socket.socket:
    """A non-blocking listening socket at `path`, with mode 0600 from its first moment.

    An existing file is replaced, so the caller has to hold the directory's lock. Raises OSError.
    """
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        mask = os.umask(0o177)
        try:
            with _short(path) as name:
                sock.bind(name)
        finally:
            os.umask(mask)
        sock.listen(_QUEUE)
    except BaseException:
        sock.close()
        raise
    return sock


def connect(path: Path, seconds: float) -> socket.socket:
    """A connection to the process that listens at `path`; its operations have `seconds` each.

    Raises FileNotFoundError or ConnectionRefusedError if no process does, TimeoutError if that
    process accepts nobody for `seconds`, and other OSErrors.
    """
    until = time.monotonic() + seconds
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        while True:
            try:
                with _short(path) as name:
                    sock.connect(name)
            except BlockingIOError:  # connect(2): for a unix socket, the queue is full
                if time.monotonic() >= until:
                    raise TimeoutError("timed out") from None
                time.sleep(_RETRY)
            else:
                return sock
    except BaseException:
        sock.close()
        raise


def peer_user(sock: socket.socket) -> int | None:
    """The number of the user whose process connected; None if the system does not say."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    data = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])


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

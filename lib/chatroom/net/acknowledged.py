"""Finds out how many written bytes have not reached the peer yet."""

import fcntl
import socket
import sys
import termios

_OUTQ = termios.TIOCOUTQ if sys.platform == "linux" else 0
"""Linux's SIOCOUTQ, the same ioctl for sockets, has this number too (tcp(7), unix(7))."""

_NWRITE = 0x1024 if sys.platform == "darwin" else 0
"""SO_NWRITE of macOS (getsockopt(2)); Python has no name for it."""


def unacknowledged(sock: socket.socket) -> int | None:
    """The number of written bytes that the peer's kernel has not acknowledged; on a unix socket,
    that the peer has not read. None if the system does not say."""
    try:
        if _OUTQ:
            answer = fcntl.ioctl(sock.fileno(), _OUTQ, bytes(4))
            return int.from_bytes(answer, sys.byteorder)
        if _NWRITE:
            return sock.getsockopt(socket.SOL_SOCKET, _NWRITE)
    except OSError:  # a sandbox without this call
        pass
    return None

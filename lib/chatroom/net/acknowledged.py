"""Finds out whether all written bytes have reached the peer."""

import fcntl
import socket
import sys
import termios

_OUTQ = termios.TIOCOUTQ if sys.platform == "linux" else 0
"""Linux's SIOCOUTQ, the same ioctl for sockets, has this number too (tcp(7), unix(7))."""

_NWRITE = 0x1024 if sys.platform == "darwin" else 0
"""SO_NWRITE of macOS (getsockopt(2)); Python has no name for it."""


_NONE = bytes(4)
"""The answer of `_OUTQ` for no bytes."""


def has_acknowledged(sock: socket.socket) -> bool:
    """Whether the peer's kernel has acknowledged all written bytes; on a unix socket, whether the
    peer has read them. False if the system does not say."""
    try:
        if _OUTQ:
            return fcntl.ioctl(sock, _OUTQ, _NONE) == _NONE
        if _NWRITE:
            return sock.getsockopt(socket.SOL_SOCKET, _NWRITE) == 0
    except OSError:  # a sandbox without this call
        pass
    return False

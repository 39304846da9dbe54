"""How much of what was written to a socket has not reached its peer yet."""

import fcntl
import socket
import sys
import termios

_OUTQ = termios.TIOCOUTQ if sys.platform == "linux" else 0
"""Linux calls it SIOCOUTQ for sockets (tcp(7), unix(7)): the same number."""

_NWRITE = 0x1024 if sys.platform == "darwin" else 0
"""SO_NWRITE of macOS (getsockopt(2)), which Python has no name for."""


def unacknowledged(sock: socket.socket) -> int | None:
    """The bytes that were written and that the peer's system has not acknowledged; on a unix
    socket, those that the peer has not read. None where the system does not tell."""
    try:
        if _OUTQ:
            answer = fcntl.ioctl(sock.fileno(), _OUTQ, bytes(4))
            return int.from_bytes(answer, sys.byteorder)
        if _NWRITE:
            return sock.getsockopt(socket.SOL_SOCKET, _NWRITE)
    except OSError:  # a sandbox that does not know it
        pass
    return None

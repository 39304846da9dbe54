"""Listening sockets that the service manager opened before it started this process
(sd_listen_fds(3)).

They let a server without privileges listen on port 80, and let people connect while it restarts:
the kernel queues their connections until the server is back.
"""

import os
import socket
from collections.abc import MutableMapping

FIRST = 3
"""The descriptor after standard input, output and error."""

_FAMILIES = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


class NotListening(Exception):
    """The manager passed something else than listening sockets. `str()` says what to check."""


def take_inherited(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """The sockets that were passed to this process; empty if there are none.

    Takes the variables out of the environment, because they are not for the processes that this one
    starts, and neither are the sockets. Raises NotListening.
    """
    pid, count, names, _ = (environment.pop(name, "") for name in _VARIABLES)
    if pid != str(os.getpid()):
        return []
    if not (count.isascii() and count.isdigit()) or len(count) > 4:
        raise NotListening(f"LISTEN_FDS={count} is not a number of sockets")
    called = names.split(":")
    sockets: list[socket.socket] = []
    try:
        for number in range(int(count)):
            name = called[number] if number < len(called) else ""
            sockets.append(_take(FIRST + number, name))
    except NotListening:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _take(descriptor: int, name: str) -> socket.socket:
    """Raises NotListening."""
    try:
        os.set_inheritable(descriptor, False)
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotListening(_wrong(descriptor, name, f"which is not a socket ({reason})")) from None
    if trouble := _trouble(sock):
        sock.close()
        raise NotListening(_wrong(descriptor, name, trouble))
    sock.setblocking(False)
    return sock


def _trouble(sock: socket.socket) -> str:
    if sock.family not in _FAMILIES:
        return "which is neither a TCP socket nor a unix socket"
    if sock.type != socket.SOCK_STREAM:
        return "which is not a stream socket"
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return "which does not listen; Accept=yes is not possible"
    return ""


def _wrong(descriptor: int, name: str, trouble: str) -> str:
    called = f" ({name})" if name else ""
    return (
        f"The service manager passed descriptor {descriptor}{called}, {trouble};"
        " expected ListenStream= in the socket unit"
    )

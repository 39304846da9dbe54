"""Accepts new connections, a bounded number in a turn, and pauses when descriptors run out."""

import errno
import resource
import socket
from collections.abc import Callable
from pathlib import Path

from chatroom.net.addresses import peer_host
from chatroom.net.loop import READ, Loop

ACCEPTS_PER_TURN = 8
"""The limit keeps a rush of new connections from delaying the existing ones."""

_COMER_GONE = frozenset(
    {
        errno.ECONNABORTED,
        errno.EPROTO,
        errno.EPERM,  # a firewall refused
        *(errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH),
        *(errno.ENOPROTOOPT, errno.EOPNOTSUPP),
    }
)
"""Errors of the peer, not ours: to be treated like EAGAIN (accept(2))."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """One listening socket in the loop.

    `accepted` is called with each new socket and its peer's host (`addresses.peer_host`), and
    `exhausted` with the system's reason when there is no descriptor for one more. The owner then
    calls `pause` (at once) and `resume` (later). `inherited`: another process opened the socket,
    and goes on using it.
    """

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        accepted: Callable[[socket.socket, str], None],
        exhausted: Callable[[str], None],
        inherited: bool = False,
    ) -> None:
        self.sock = sock
        self.inherited = inherited
        self._loop = loop
        self._accepted = accepted
        self._exhausted = exhausted
        self._watching = False
        self.resume()

    def _ready(self, _mask: int) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            if not self._watching:
                return
            try:
                sock, address = self.sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _COMER_GONE:
                    continue
                if error.errno in _EXHAUSTED:
                    self._exhausted(str(error.strerror))
                    return
                raise
            self._accepted(sock, peer_host(sock.family, address))

    def pause(self) -> None:
        """Leave new connections in the kernel's queue."""
        if self._watching:
            self._loop.unwatch(self.sock)
            self._watching = False

    def resume(self) -> None:
        """Accept again."""
        if not self._watching:
            self._loop.watch(self.sock, READ, self._ready)
            self._watching = True

    def close(self) -> None:
        """Stop listening, and remove the file of a unix socket, unless it is inherited."""
        if self.sock.fileno() < 0:
            return
        if self.sock.family == socket.AF_UNIX and not self.inherited:
            Path(self.sock.getsockname()).unlink(missing_ok=True)
        self.abandon()

    def abandon(self) -> None:
        """Close the socket here: another process has it, and goes on listening."""
        self.pause()
        self.sock.close()


def raise_descriptor_limit() -> int:
    """Raise the soft limit on open descriptors to the hard one. Returns the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft  # macOS reports a hard limit that it does not grant
    return hard

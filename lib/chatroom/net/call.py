"""Connects to a server without blocking: the loop continues meanwhile."""

import errno
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any, NamedTuple

from chatroom.net.addresses import Address
from chatroom.net.loop import READ, WRITE, Loop

_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EINTR})
_NO_ADDRESS = OSError(errno.EADDRNOTAVAIL, "the name has no address")


class _Place(NamedTuple):
    """One address of a host, in the form that `socket.connect` takes."""

    family: int
    where: str | tuple[Any, ...]


class Call:
    """One attempt to connect to an address; `answered` is called once, with a socket or an error.

    Names are looked up in a thread, because that can take long. The addresses of a host are tried
    one after the other. The caller decides how long each may take, and calls `skip`.
    """

    def __init__(
        self, loop: Loop, address: Address, answered: Callable[[socket.socket | OSError], None]
    ) -> None:
        self._loop = loop
        self._answered = answered
        self._places: deque[_Place] = deque()
        self._error: OSError = _NO_ADDRESS
        self._sock: socket.socket | None = None
        self._looking_up = -1  # a pipe that is closed when the look-up ends
        if address.path:
            self._places.append(_Place(socket.AF_UNIX, address.path))
        else:
            self._look_up(address)

    def start(self) -> None:
        """Start. If nothing has to be looked up, `answered` may be called before it returns."""
        if self._looking_up < 0:
            self._try_next()

    def skip(self) -> None:
        """Stop waiting for the address that is being tried."""
        waited = self._looking_up >= 0 or self._sock is not None
        self.cancel()
        if waited:
            self._error = TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            self._try_next()

    def cancel(self) -> None:
        """Stop the attempt; `answered` is not called."""
        if self._looking_up >= 0:
            self._loop.unwatch(self._looking_up)
            os.close(self._looking_up)
            self._looking_up = -1
        if self._sock is not None:
            self._loop.unwatch(self._sock)
            self._sock.close()
            self._sock = None

    def _look_up(self, address: Address) -> None:
        """Look up the name in a thread, which is abandoned when nobody waits for it any more.

        Therefore it shares only a list and a pipe, whose other end it owns.
        """
        self._looking_up, done = os.pipe()
        found: list[Iterable[_Place] | OSError] = []
        self._loop.watch(self._looking_up, READ, lambda _mask: self._looked_up(found[0]))
        Thread(target=_resolve, args=(address, found, done), daemon=True).start()

    def _looked_up(self, found: Iterable[_Place] | OSError) -> None:
        self.cancel()
        if isinstance(found, OSError):
            self._error = found
        else:
            self._places.extend(found)
        self._try_next()

    def _try_next(self) -> None:
        while self._places and self._sock is None:
            sock = self._try(self._places.popleft())
            if sock is not None:
                self._answered(sock)
                return
        if self._sock is None:
            self._answered(self._error)

    def _try(self, place: _Place) -> socket.socket | None:
        """A socket that connected at once; None if that takes time, or failed."""
        try:
            sock = socket.socket(place.family, socket.SOCK_STREAM)
        except OSError as error:
            self._error = error
            return None
        sock.setblocking(False)
        try:
            code = sock.connect_ex(place.where)
        except OSError as error:  # for example a path that is too long
            code, self._error = -1, error
        if code in _UNDER_WAY:
            self._sock = sock
            self._loop.watch(sock, WRITE, self._ready)
        elif code:
            self._fail(sock, code)
        return None if code else sock

    def _ready(self, _mask: int) -> None:
        sock, self._sock = self._sock, None
        if sock is None:
            return
        self._loop.unwatch(sock)
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(sock, code)
            self._try_next()
        else:
            self._answered(sock)

    def _fail(self, sock: socket.socket, code: int) -> None:
        if code > 0:
            self._error = OSError(code, os.strerror(code))
        sock.close()


def _resolve(address: Address, found: list[Iterable[_Place] | OSError], done: int) -> None:
    try:
        infos = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        found.append([_Place(family, where) for family, _, _, _, where in dict.fromkeys(infos)])
    except UnicodeError:  # the idna codec refuses "..", an empty label, or one beyond 63 bytes
        found.append(OSError(errno.EINVAL, "this is not a valid host name"))
    except OSError as error:
        found.append(error)
    finally:
        os.close(done)

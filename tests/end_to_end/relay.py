"""A network between client and server that can be cut, and can swallow what is sent."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Self

from harness import PATIENCE


@dataclass
class _Pair:
    """One connection. `up` and `down`: whether bytes to the server, and from it, are passed on."""

    here: socket.socket
    there: socket.socket
    up: bool = True
    down: bool = True

    def carry(self, up: bool) -> None:
        """Pass bytes on one way. What is swallowed is decided when it comes, so no caller has to
        know what has been read already."""
        source, sink = (self.here, self.there) if up else (self.there, self.here)
        with suppress(OSError):  # cut
            while data := source.recv(65536):
                if self.up if up else self.down:
                    sink.sendall(data)

    def cut(self) -> None:
        for sock in (self.here, self.there):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class Relay:
    """Passes bytes on to `port`, and back, but never an end."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: list[_Pair] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._swallows: tuple[bool, bool] | None = None
        Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):  # the end of the test
            while True:
                here, _ = server.accept()
                there = socket.create_connection(("127.0.0.1", self._target), PATIENCE)
                there.settimeout(None)
                pair = _Pair(here, there)
                if self._swallows:
                    pair.up, pair.down = self._swallows
                self._pairs.append(pair)
                Thread(target=pair.carry, args=(True,), daemon=True).start()
                Thread(target=pair.carry, args=(False,), daemon=True).start()

    def swallow(self, up: bool = True, down: bool = True) -> None:
        """From now on what is sent this way is lost, and nobody is told. What the connections of
        now lose, they lose for good: `heal` is for later ones."""
        self._swallows = not up, not down
        for pair in self._pairs:
            pair.up, pair.down = self._swallows

    def heal(self) -> None:
        """New connections are passed on again."""
        self._swallows = None

    def cut_off(self, number: int) -> None:
        """End what is left of a connection, counted from 0, for the server."""
        with suppress(OSError):
            self._pairs[number].there.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End all connections."""
        for pair in self._pairs:
            pair.cut()

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

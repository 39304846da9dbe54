"""A network between client and server that can be cut, and can swallow what is sent."""

import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from harness import PATIENCE


class Relay:
    """Passes bytes on to `port`, and back, but never an end. `up` and `down`: whether it does."""

    def __init__(self, port: int) -> None:
        self.up = self.down = True
        self._target = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):  # the end of the test
            while True:
                here, _ = server.accept()
                there = socket.create_connection(("127.0.0.1", self._target), PATIENCE)
                there.settimeout(None)
                self._pairs.append((here, there))
                Thread(target=self._pass, args=(here, there, "up"), daemon=True).start()
                Thread(target=self._pass, args=(there, here, "down"), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with suppress(OSError):  # cut
            while data := source.recv(65536):
                if getattr(self, way):
                    sink.sendall(data)

    def swallow(self, up: bool = True, down: bool = True) -> None:
        """From now on what is sent this way is lost, and nobody is told."""
        self.up, self.down = not up, not down

    def heal(self) -> None:
        """New connections are passed on again."""
        self.up = self.down = True

    def cut_off(self, number: int) -> None:
        """End what is left of a connection, counted from 0, for the server."""
        with suppress(OSError):
            self._pairs[number][1].shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End all connections."""
        for here, there in self._pairs:
            for sock in (here, there):
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

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

"""A server's TLS, in front of a server in clear text: for tests of what a client does with it."""

import selectors
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType
from typing import Self

from chatroom.net.tls import TlsError, TlsLayer
from chatroom.net.tls_context import server_contexts
from harness import PATIENCE
from tls_ends import SERVER


@dataclass(eq=False)
class _Pair:
    """A client's connection, and that to the server behind."""

    here: socket.socket
    there: socket.socket
    layer: TlsLayer
    open: bool = field(default=True)


class TlsRelay:
    """Ends TLS with a `certificate` that may be replaced, for the server at `port`.

    With `answer` a new connection gets these bytes, and no TLS; with b"" it gets nothing at all.
    """

    def __init__(self, port: int, certificate: str = SERVER) -> None:
        self.certificate = certificate
        self.answer: bytes | None = None
        self.connections = 0
        self._target = port
        self._pairs: list[_Pair] = []
        self._silent: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._server, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data()

    def _accept(self) -> None:
        here, _ = self._server.accept()
        self.connections += 1
        if self.answer is not None:
            here.sendall(self.answer)
            self._silent.append(here)
            return
        there = socket.create_connection(("127.0.0.1", self._target), PATIENCE)
        layer = TlsLayer(server_contexts(self.certificate, self.certificate).plain)
        pair = _Pair(here, there, layer)
        self._pairs.append(pair)
        self._selector.register(here, selectors.EVENT_READ, lambda: self._up(pair))
        self._selector.register(there, selectors.EVENT_READ, lambda: self._down(pair))

    def _up(self, pair: _Pair) -> None:
        try:
            data = pair.here.recv(65536)
            plaintext = pair.layer.feed(data)
            pair.here.sendall(pair.layer.take())
            pair.there.sendall(plaintext)
        except (OSError, TlsError):
            data = b""
        if not data:
            self._end(pair)

    def _down(self, pair: _Pair) -> None:
        try:
            data = pair.there.recv(65536)
            if pair.layer.established:
                pair.layer.write(data)
                pair.here.sendall(pair.layer.take())
        except (OSError, TlsError):
            data = b""
        if not data:
            self._end(pair)

    def _end(self, pair: _Pair) -> None:
        if pair.open:
            pair.open = False
            for sock in (pair.here, pair.there):
                self._selector.unregister(sock)
                sock.close()

    def cut(self) -> None:
        """End all connections."""
        for pair in self._pairs:
            with suppress(OSError):
                pair.here.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let nobody in any more."""
        self._wake.close()
        self._thread.join(PATIENCE)
        for pair in self._pairs:
            self._end(pair)
        for sock in (*self._silent, self._woken, self._server):
            sock.close()
        self._selector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

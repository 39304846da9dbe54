"""A small HTTP client for tests of the web door: against a `House`, tick by tick, or a process.

    web = WebClient(house)
    assert web.ask("GET", "/").status == 200

`send` sends any bytes, and `reply` reads one answer. Header names are in lower case.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import h11

from harness import PATIENCE

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `headers` has each name once."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, without the line end."""
        return self.body.decode().removesuffix("\n")


class Replies:
    """Reads answers from bytes. Sans-I/O."""

    def __init__(self) -> None:
        self.data = b""
        self.ended = False

    def take(self, method: str = "GET") -> Reply | None:
        """The next complete answer to a request with that method; None while there is none. The
        bytes behind it stay in `data`."""
        client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        client.send(h11.Request(method=method, target="/", headers=[("Host", HOST)]))
        client.send(h11.EndOfMessage())
        if self.data:
            client.receive_data(self.data)
        if self.ended:
            client.receive_data(b"")
        head, body = None, b""
        while True:
            event = client.next_event()
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif not isinstance(event, h11.InformationalResponse):
                return None
        assert head is not None
        self.data = client.trailing_data[0]
        headers = {name.decode(): value.decode() for name, value in head.headers}
        return Reply(head.status_code, headers, body)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A well-formed request. `content_type="text/plain"` is the header Content-Type."""
    said = {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body or (
        method in ("POST", "PUT") and not said.keys() & {"transfer-encoding", "content-length"}
    ):
        said["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join((*lines, "", "")).encode() + body


class WebClient:
    """One connection. `turn` lets the server work a little: `house.tick`, or nothing where it is a
    process of its own."""

    def __init__(self, sock: socket.socket, turn: Callable[[], object] | None = None) -> None:
        self.sock = sock
        self._turn = turn
        self._replies = Replies()
        sock.settimeout(0 if turn else PATIENCE)

    def send(self, data: bytes) -> None:
        """Send any bytes."""
        if len(data) < 1 << 15:
            self.sock.sendall(data)
            return
        while data:
            try:
                data = data[self.sock.send(data) :]
            except BlockingIOError:
                assert self._turn is not None
                self._turn()

    def reply(self, method: str = "GET") -> Reply:
        """The next answer."""
        while (found := self._replies.take(method)) is None:
            assert not self._replies.ended, self._replies.data
            self._receive()
        return found

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """Send a request; its answer."""
        self.send(request(method, path, body, **headers))
        return self.reply(method)

    def rest(self) -> bytes:
        """What else comes until the server ends the connection."""
        while not self._replies.ended:
            self._receive()
        return self._replies.data

    def _receive(self) -> None:
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            assert self._turn is not None
            self._turn()
            return
        except ConnectionResetError:
            data = b""
        self._replies.data += data
        self._replies.ended = not data

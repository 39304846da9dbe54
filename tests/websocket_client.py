"""An IRC client in WebSocket frames, on a raw socket, that checks each frame of the server."""

import socket
from base64 import b64encode
from typing import Self

from harness import PATIENCE, Client
from websocket_frames import BINARY, CLOSE, TEXT, code_of, received, sent

KEY = b64encode(b"0123456789abcdef").decode()
TEXTS, BINARIES = "text.ircv3.net", "binary.ircv3.net"


def request(
    path: str = "/irc", host: str = "127.0.0.1", protocols: str = TEXTS, *more: str
) -> bytes:
    """The opening of a WebSocket, as a browser sends it, with `more` headers."""
    headers = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ]
    headers += [f"Sec-WebSocket-Protocol: {protocols}"] if protocols else []
    return "".join(f"{line}\r\n" for line in (*headers, *more, "")).encode()


class WebSocket(Client):
    """The same methods as any client's; `send` puts each line into a frame.

    `status` is that of the answer to the opening, and `answer` its head. `closed` is the code and
    the reason of the server's Close frame. `control` has what else came, such as pongs.
    """

    def __init__(self, sock: socket.socket, protocols: str = TEXTS) -> None:
        super().__init__(sock)
        self.kind = BINARY if protocols.startswith(BINARIES) else TEXT
        self.status: int | None = None
        self.answer = ""
        self.closed: tuple[int, str] | None = None
        self.control: list[tuple[int, bytes]] = []
        self.lines: list[str] = []
        self.ended = False

    def send(self, *lines: str | bytes) -> Self:
        """Each line in a frame, in one go."""
        self.sock.sendall(b"".join(sent(line, self.kind) for line in lines))
        return self

    def take(self, data: bytes) -> None:
        """Bytes that came from the server."""
        self._buffer += data
        if self.status is None:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self.answer, self._buffer = head.decode(), rest
            self.status = int(self.answer.split(" ")[1])
        if self.status != 101:
            return
        frames, self._buffer = received(self._buffer)
        for opcode, payload in frames:
            assert self.closed is None, "a frame after the last one"
            if opcode == self.kind:
                text = payload.decode()
                assert text, "an empty message"
                assert not set(text) & set("\r\n\0"), text
                self.lines.append(text)
            elif opcode == CLOSE:
                self.closed = (code_of(payload), payload[2:].decode())
            else:
                self.control.append((opcode, payload))

    def look(self) -> bool:
        """Read what is there now, without waiting. Returns whether anything came."""
        self.sock.setblocking(False)
        try:
            data = self.sock.recv(1 << 20)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            data = b""
        finally:
            self.sock.settimeout(PATIENCE)
        self.ended = not data
        self.take(data)
        self.seen += self.lines
        self.lines.clear()
        return True

    def line(self) -> str | None:
        """The next line; None at the end of the stream, which `closed` describes."""
        while not self.lines:
            try:
                data = self.sock.recv(65_536)
            except ConnectionResetError:
                data = b""
            except TimeoutError:
                raise AssertionError("waited in vain; seen:\n" + "\n".join(self.seen)) from None
            if not data:
                return None
            self.take(data)
        self.seen.append(self.lines.pop(0))
        return self.seen[-1]

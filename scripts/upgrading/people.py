"""Somebody who talks and listens, at any door, in the clear or in TLS, without waiting.

    socket -> Clear or Sealed (the layer) -> Lines, Frames or Chunks (the framing) -> lines

What is said is `said.SENDER.NUMBER.MICROSECONDS.`, whose pieces everybody finds in a line, whatever
else the door puts around it.
"""

import re
import socket
import ssl
import time
from array import array
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from chatroom.net.tls import TlsLayer

PATIENCE = 20.0

_SAID = re.compile(rb"said\.(\d+)\.(\d+)\.(\d+)\.")


def now() -> int:
    """Microseconds of the monotonic clock."""
    return time.monotonic_ns() // 1000


class Framing(Protocol):
    """How lines are in the bytes."""

    def opening(self, nick: str, room: str) -> bytes:
        """What is sent first."""
        ...

    def frame(self, line: str) -> bytes:
        """A line to send."""
        ...

    def feed(self, data: bytes) -> list[bytes]:
        """What came: the lines that are complete now, or other pieces of the text."""
        ...


class Lines:
    """Lines with their ends."""

    def __init__(self, opening: str, say: str) -> None:
        self._opening, self._say = opening, say
        self._rest = b""

    def opening(self, nick: str, room: str) -> bytes:
        """The first lines."""
        return self._opening.format(nick=nick, room=room).encode()

    def frame(self, line: str) -> bytes:
        """A line."""
        return f"{line}\r\n".encode()

    def feed(self, data: bytes) -> list[bytes]:
        """The complete lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


_MASK = b"\0\0\0\0"
"""A mask that changes nothing (RFC 6455 section 5.3)."""

IRC = "NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #{room}\r\n"


class Frames:
    """Lines in WebSocket frames (RFC 6455): short ones, and each message in one frame."""

    def __init__(self) -> None:
        self._buffer = b""
        self._is_open = False

    def opening(self, nick: str, room: str) -> bytes:
        """The request, and the first lines right behind it."""
        head = (
            "GET /irc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n"
        )
        lines = IRC.format(nick=nick, room=room).splitlines()
        return head.encode() + b"".join(map(self.frame, lines))

    def frame(self, line: str) -> bytes:
        """A masked frame."""
        data = line.encode()
        assert len(data) < 126
        return bytes((0x81, 0x80 | len(data))) + _MASK + data

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads of complete frames."""
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return []
            assert b" 101 " in head, head
            self._is_open, self._buffer = True, rest
        found = []
        while len(self._buffer) >= 2:
            size, begin = self._buffer[1], 2
            if size == 126:
                size, begin = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < begin + size:
                break
            found.append(self._buffer[begin : begin + size])
            self._buffer = self._buffer[begin + size :]
        return found


class Stream(Lines):
    """What `curl -N` gets of a room: JSON lines in chunks of HTTP."""

    def __init__(self, account: str, password: str) -> None:
        secret = b64encode(f"{account}:{password}".encode()).decode()
        super().__init__(
            "GET /rooms/{room}/stream HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Basic {secret}\r\n\r\n",
            "",
        )


class Door(NamedTuple):
    """One way to come in. `there` is in the line after which somebody hears the room; `say` is how
    a text is said there, "" if it is only for listening."""

    name: str
    tls: bool
    framing: Callable[[], Framing]
    there: bytes
    say: str


def doors(account: str, password: str) -> list[Door]:
    """All of them. The streams are of that account."""
    irc, plain = "PRIVMSG #{room} :{text}", "{text}"
    found = []
    for tls, mark in ((False, ""), (True, "s")):
        found += [
            Door(f"irc{mark}", tls, lambda: Lines(IRC, irc), b" 366 ", irc),
            Door(f"plain{mark}", tls, lambda: Lines("{nick}\n{room}\n", plain), b"Welcome", plain),
            Door(f"ws{mark}", tls, Frames, b" 366 ", irc),
            Door(f"stream{mark}", tls, lambda: Stream(account, password), b"HTTP/1.1 200", ""),
        ]
    return found


@dataclass(eq=False)
class Person:
    """Somebody in a room. `heard` is what they heard, in its order, as (sender, number), and
    `delays` how long each of it took in microseconds."""

    number: int
    door: Door
    room: str
    sock: socket.socket
    framing: Framing
    layer: TlsLayer | None = None
    said: int = 0
    heard: list[tuple[int, int]] = field(default_factory=list)
    sent_at: "array[int]" = field(default_factory=lambda: array("q"))
    delays: "array[int]" = field(default_factory=lambda: array("q"))
    is_there: bool = False
    ended: str = ""

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self.sock.fileno()

    def enter(self) -> None:
        """Begin; `receive` then until `is_there`."""
        self._send(self.framing.opening(f"n{self.number}", self.room))

    def say(self) -> None:
        """Say the next thing."""
        self.said += 1
        text = f"said.{self.number}.{self.said}.{now()}."
        self._send(self.framing.frame(self.door.say.format(room=self.room, text=text)))

    def _send(self, data: bytes) -> None:
        if self.layer is not None:
            data = self.layer.seal(data)
        try:
            self.sock.sendall(data)
        except OSError as error:
            self.ended = self.ended or str(error)

    def receive(self) -> None:
        """Take what has come."""
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError as error:
            self.ended = str(error)
            return
        if not data:
            self.ended = self.ended or "the server has closed the connection"
        if self.layer is not None:
            data = self.layer.feed(data)
        at = now()
        for line in self.framing.feed(data):
            if not self.is_there and self.door.there in line:
                self.is_there = True
            for sender, number, sent in _SAID.findall(line):
                self.heard.append((int(sender), int(number)))
                self.sent_at.append(int(sent))
                self.delays.append(at - int(sent))


def connect(number: int, door: Door, room: str, port: int, context: ssl.SSLContext) -> Person:
    """Somebody who has come in, and hears the room."""
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    layer = None
    if door.tls:
        layer = TlsLayer(context, "localhost")
        layer.feed(b"")
        while not layer.established:
            sock.sendall(layer.take())
            layer.feed(sock.recv(1 << 16))
        sock.sendall(layer.take())
    person = Person(number, door, room, sock, door.framing(), layer)
    person.enter()
    while not person.is_there:
        person.receive()
        if person.ended:
            raise SystemExit(f"n{number} did not come in by {door.name}: {person.ended}")
    return person

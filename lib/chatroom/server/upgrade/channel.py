"""Messages with descriptors, between the two processes of an upgrade.

A message is a kind, JSON and descriptors (SCM_RIGHTS, unix(7)). On the wire it is

    its size and the number of descriptors    HEADER
    a zero byte for each AT_ONCE descriptors  which carries them
    [kind, body]                              JSON

Descriptors come with the byte that they were sent with: a read ends there. So their order is that
of the bytes.
"""

import array
import json
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

HEADER = struct.Struct("!II")

AT_ONCE = 250
"""Descriptors with one byte: the kernel allows 253 (SCM_MAX_FD)."""

MOST_BYTES = 1 << 30
"""Of a message. A snapshot has a few kilobytes for each connection."""

MOST_DESCRIPTORS = 1 << 20

READ_BYTES = 1 << 18


class ChannelError(Exception):
    """The other process has ended, is late, or sends nonsense. `str()` says which."""


class Message(NamedTuple):
    """What one process tells the other. The recipient has to close the descriptors."""

    kind: str
    body: Mapping[str, Any]
    descriptors: Sequence[int] = ()


def encode(message: Message) -> tuple[bytes, list[Sequence[int]], bytes]:
    """The header, the descriptors of each zero byte, and the rest."""
    text = json.dumps([message.kind, message.body], ensure_ascii=False, separators=(",", ":"))
    data = text.encode()
    count = len(message.descriptors)
    batches = [message.descriptors[at : at + AT_ONCE] for at in range(0, count, AT_ONCE)]
    return HEADER.pack(len(data), count), batches, data


class Decoder:
    """Makes messages of bytes and descriptors, in whatever pieces they come.

    `descriptors` are those of messages that are not complete yet.
    """

    def __init__(self) -> None:
        self.descriptors: deque[int] = deque()
        self._buffer = bytearray()

    def feed(self, data: bytes, descriptors: Sequence[int] = ()) -> list[Message]:
        """Take what was read. Returns the messages that are complete now. Raises ChannelError."""
        self._buffer += data
        self.descriptors += descriptors
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if len(self._buffer) < HEADER.size:
            return None
        size, count = HEADER.unpack_from(self._buffer)
        if size > MOST_BYTES or count > MOST_DESCRIPTORS:
            raise ChannelError("it sent a message that is too large")
        begin = HEADER.size + -(-count // AT_ONCE)
        if len(self._buffer) < begin + size:
            return None
        if len(self.descriptors) < count:
            raise ChannelError("descriptors were lost on the way")
        try:
            kind, body = json.loads(self._buffer[begin : begin + size])
        except (ValueError, TypeError, RecursionError):
            kind = body = None
        if not isinstance(kind, str) or not isinstance(body, dict):
            raise ChannelError("it sent something that is no message")
        del self._buffer[: begin + size]
        return Message(kind, body, [self.descriptors.popleft() for _ in range(count)])


class Channel:
    """One end of a stream socket (AF_UNIX) between the processes.

    It waits only in `send` and `receive`, for as long as they are told to. After a ChannelError
    only `close` may be called.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._decoder = Decoder()
        self._received: deque[Message] = deque()

    def fileno(self) -> int:
        """The descriptor, for a loop."""
        return self._sock.fileno()

    def send(self, message: Message, seconds: float) -> None:
        """Send a message within `seconds`. Raises ChannelError."""
        deadline = time.monotonic() + seconds
        header, batches, data = encode(message)
        self._send(header, deadline)
        for batch in batches:
            self._send(b"\0", deadline, batch)
        self._send(data, deadline)

    def _send(self, data: bytes, deadline: float, descriptors: Sequence[int] = ()) -> None:
        rights = array.array("i", descriptors)
        extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
        left = memoryview(data)
        try:
            while left:
                self._sock.settimeout(_until(deadline))
                left = left[self._sock.sendmsg([left], extra) :]
                extra = []
        except TimeoutError:
            raise ChannelError("it does not read") from None
        except (BrokenPipeError, ConnectionError):
            raise ChannelError("it has ended") from None
        except OSError as error:
            raise ChannelError(f"cannot send to it: {error.strerror}") from None
        finally:
            self._sock.setblocking(False)

    def receive(self, seconds: float) -> Message:
        """The next message, within `seconds`. Raises ChannelError."""
        deadline = time.monotonic() + seconds
        while not self._received:
            try:
                self._sock.settimeout(_until(deadline))
                self._read()
            except TimeoutError:
                raise ChannelError("it does not answer") from None
            finally:
                self._sock.setblocking(False)
        return self._received.popleft()

    def has_news(self, seconds: float) -> bool:
        """Wait for at most `seconds` until `poll` has something to read, or the other process has
        ended."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(self._received or poll.poll(seconds * 1000))

    def poll(self) -> Message | None:
        """The next message, if there is one already. Raises ChannelError."""
        while not self._received:
            try:
                self._read()
            except BlockingIOError:
                return None
        return self._received.popleft()

    def _read(self) -> None:
        room = socket.CMSG_SPACE(AT_ONCE * array.array("i").itemsize)
        try:
            data, extra, flags, _ = self._sock.recvmsg(READ_BYTES, room)
        except (BlockingIOError, TimeoutError):
            raise
        except OSError:  # such as ECONNRESET: it has died with unread data
            data, extra, flags = b"", [], 0
        descriptors = array.array("i")
        for level, kind, rights in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(rights[: len(rights) - len(rights) % descriptors.itemsize])
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._received += self._decoder.feed(data, descriptors)
        if flags & socket.MSG_CTRUNC:
            raise ChannelError("there are no descriptors for all connections")
        if not data:
            raise ChannelError("it has ended")

    def has_ended(self) -> bool:
        """Whether the other process has closed its end. What it has said before is lost."""
        with suppress(ChannelError):
            while self.poll() is not None:
                pass
            return False
        return True

    def wait_for_end(self, seconds: float) -> bool:
        """Wait until the other process has closed its end, as every process does that ends. Returns
        whether it has."""
        deadline = time.monotonic() + seconds
        with suppress(ChannelError):
            while time.monotonic() < deadline:
                self.receive(deadline - time.monotonic())
        return self.has_ended()

    def close(self) -> None:
        """Close the socket, and descriptors that nobody has got."""
        self._sock.close()
        for message in self._received:
            self._decoder.descriptors += message.descriptors
        while self._decoder.descriptors:
            os.close(self._decoder.descriptors.popleft())


def _until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

"""IRC in WebSocket messages, sans I/O (IRCv3 websocket, RFC 6455): one line in each, without CR LF.

What we send gets a header of our own. A server's frame is the same for all who receive it, so all
web members of a room share its bytes. What comes is parsed by the library `websockets`, which
refuses invalid frames, and those that are too large as soon as their header has come. Only the
usual case goes past it: one whole frame with one whole message.
"""

import struct
from collections.abc import Mapping
from functools import cache
from logging import WARNING, getLogger
from typing import Any, NamedTuple

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # where it was installed without a compiler
    from websockets.utils import apply_mask

from chatroom.wire.capabilities import Capabilities, Variant, variant_of
from chatroom.wire.lines import LineDropped, lines_from_plain, plain_lines
from chatroom.wire.message import Message

TEXT, BINARY = int(Opcode.TEXT), int(Opcode.BINARY)

MESSAGE_BYTES = 16_384
"""Messages of so many bytes are accepted. That is more than any line, so that somebody who pastes
too much learns it (417), and stays connected."""

_CONTROL_BYTES = 125
"""Bytes of the largest control frame (RFC 6455 section 5.5). The library counts one that comes
between the parts of a message as a part of it, so the limit that it gets is higher by that."""

PIECE = 128
"""Bytes that the library parses at once. They hold up to 21 frames, each of which takes 4 to 8
µs."""

NORMAL, GOING_AWAY, UNSUPPORTED, INVALID, REFUSED = 1000, 1001, 1003, 1007, 1008
"""Close codes (RFC 6455 section 7.4.1). The library adds 1002, for invalid frames, and 1009."""

_FIN = _MASKED = 0x80
_CLOSE = bytes([_FIN | Opcode.CLOSE])
_REASON_BYTES = _CONTROL_BYTES - 2  # the code comes first
_SHORT: dict[int, list[bytes]] = {
    opcode: [bytes((_FIN | opcode, size)) for size in range(126)]
    for opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE, Opcode.PONG)
}

_logger = getLogger("chatroom.websocket")
_logger.setLevel(WARNING)  # the library would write down each frame


def frame(opcode: int, payload: bytes) -> bytes:
    """An unmasked frame with the whole message, as servers send it (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return _SHORT[opcode][size] + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _FIN | opcode, 126, size) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, size) + payload


def close_frame(code: int, reason: str) -> bytes:
    """The frame after which we send nothing, with as much of the reason as fits."""
    words = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
    return frame(Opcode.CLOSE, Close(code, words).serialize())


# What we send


class FramedVariant:
    """The form of a message for all WebSockets of one kind that enabled the same tags: the line of
    IRC in a frame. Like `Variant`, there is one object for each combination."""

    __slots__ = ("_headers", "_opcode", "_variant")

    def __init__(self, variant: Variant, opcode: int) -> None:
        self._variant = variant
        self._opcode = opcode
        self._headers = _SHORT[opcode]

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The frame for a recipient of this variant; b"" for a TAGMSG that it could not read.

        `body` is the result of `encode_body`, if already known for a relayed message.
        """
        line = self._variant.encode(message, body)[:-2]  # without CR LF
        if not body and b"\n" in line:  # a message of several lines
            return b"".join([frame(self._opcode, one) for one in line.split(b"\r\n")])
        size = len(line)
        if size < 126:
            return self._headers[size] + line if line else line
        return frame(self._opcode, line)


@cache  # twice as many as there are variants
def _framed(variant: Variant, opcode: int) -> FramedVariant:
    return FramedVariant(variant, opcode)


def text_encoders(capabilities: Capabilities) -> tuple[FramedVariant, FramedVariant]:
    """The encoders of a session that receives text messages: one variant for both."""
    variant = _framed(variant_of(capabilities), TEXT)
    return variant, variant


def binary_encoders(capabilities: Capabilities) -> tuple[FramedVariant, FramedVariant]:
    """The encoders of a session that receives binary messages: one variant for both."""
    variant = _framed(variant_of(capabilities), BINARY)
    return variant, variant


# What comes


class Closed(NamedTuple):
    """The WebSocket ends. `words`: why, for people; "" if the client closed it. `last` is the frame
    with which we answer."""

    words: str
    last: bytes


_NONE: list[bytes | LineDropped] = []  # shared by all that have no waiting line; never changed


class WebSocketLines:
    """Turns the bytes of a WebSocket into lines, like `LineBuffer`, in bounded memory and time.

    `feed` received bytes, then call `take` until it returns None. `take` parses a piece of what
    came, so no call takes long. Every frame yields a line, so that none is free: a ping, or a
    part of a message, yields an empty one. Afterwards `replies` holds frames to be sent, and
    `closed` is set if the WebSocket ends; nothing is parsed after that.

    `limit` is in bytes; a longer line is dropped, and `take` raises LineDropped in its place.
    `accepted` are the opcodes of messages that the client may send.
    """

    __slots__ = ("_begun", "_frames", "_lines", "_opcode", "_parts", "_raw", "accepted", "closed",
                 "dropped", "limit", "replies")  # fmt: skip

    def __init__(self, limit: int, accepted: tuple[int, ...] = (TEXT, BINARY)) -> None:
        self.limit = limit
        self.accepted = accepted
        self.dropped = 0  # bytes that no line contains: none, because every frame yields a line
        self.replies = b""
        self.closed: Closed | None = None
        self._frames: ServerProtocol | None = None  # only while it is needed: it takes 1.8 KB
        self._begun: bytearray | None = None  # what it got of a frame that is not complete
        self._raw = b""
        self._lines = _NONE  # the next line is the last element
        self._opcode = 0  # of the message that is arriving in parts
        self._parts = b""

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        if self.closed is None:
            self._raw += data

    def take(self) -> bytes | None:
        """The next line, or None. Raises LineDropped."""
        while not self._lines:
            if not self._raw:
                return None
            if self._frames is None and (whole := self._whole_message()) is not None:
                self._lines = [self._line_in(whole)]
            else:
                self._parse()
        line = self._lines.pop()
        if not self._lines:
            self._lines = _NONE
        if isinstance(line, LineDropped):
            raise line
        return line

    @property
    def waiting(self) -> bool:
        """Whether `take` may return or raise something."""
        return bool(self._lines or self._raw)

    def _whole_message(self) -> bytes | None:
        """The next message, if it comes as it nearly always does: all of it has come, in one frame.

        That costs a fifth of what the library takes, which gets everything else, and what it would
        refuse.
        """
        raw = self._raw
        if len(raw) < 6 or raw[0] - _FIN not in self.accepted:
            return None
        size, begin = raw[1] - _MASKED, 2
        if size == 126:
            size, begin = int.from_bytes(raw[2:4], "big"), 4
        elif size > 126:
            return None
        begin += 4
        if not 0 <= size <= MESSAGE_BYTES or len(raw) < begin + size:
            return None
        message = apply_mask(raw[begin : begin + size], raw[begin - 4 : begin])
        if raw[0] == _FIN | TEXT and not _is_utf8(message):
            return None
        self._raw = raw[begin + size :]
        return message

    def _parse(self) -> None:
        piece, self._raw = self._raw[:PIECE], self._raw[PIECE:]
        frames = self._parser()
        frames.receive_data(piece)
        assert self._begun is not None
        self._begun += piece
        _drop_whole_frames(self._begun)
        lines: list[bytes | LineDropped] = []
        for one in frames.events_received():
            if isinstance(one, Frame):  # the library's handshake, which we do not use, has others
                lines.append(self._line_of(one))
            if self.closed is not None:
                break
        writes = frames.data_to_send()  # pongs, which we write ourselves, and the Close frame
        if self.closed is None and frames.close_expected():
            error = frames.parser_exc
            (last,) = (data for data in writes if data[:1] == _CLOSE)
            self._end(str(error) if error else "", last)
            lines.append(b"")
        if self.closed is not None or not (self._begun or frames.current_size is not None):
            self.forget()  # nothing has begun
        if lines:
            self._lines = lines[::-1]

    def _parser(self) -> ServerProtocol:
        if self._frames is None:
            self._frames = ServerProtocol(
                state=OPEN, max_size=MESSAGE_BYTES + _CONTROL_BYTES, logger=_logger
            )
            self._begun = bytearray()
        return self._frames

    def _line_of(self, one: Frame) -> bytes | LineDropped:
        """The line that this frame completes; b"" if it completes none."""
        if one.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode = one.opcode
            if one.opcode not in self.accepted:
                self._fail(UNSUPPORTED, _WRONG_KIND[one.opcode])
                return b""
        elif one.opcode is not Opcode.CONT:
            if one.opcode is Opcode.PING:
                self.replies += frame(Opcode.PONG, bytes(one.data))
            return b""
        self._parts += one.data
        if not one.fin:
            return b""
        whole, self._parts = self._parts, b""
        if self._opcode == TEXT and not _is_utf8(whole):
            self._fail(INVALID, "a text message has to be UTF-8")
            return b""
        return self._line_in(whole)

    def _line_in(self, whole: bytes) -> bytes | LineDropped:
        line = whole.rstrip(b"\r\n")  # there should be none, but old clients send them
        return line if len(line) <= self.limit else LineDropped(line[: self.limit], len(line))

    def _fail(self, code: int, words: str) -> None:
        """Fail by a rule that the library does not check. It may have parsed later frames in the
        same piece, which no longer count."""
        self._end(words, close_frame(code, words))

    def _end(self, words: str, last: bytes) -> None:
        self.closed = Closed(words, last)
        self._raw = self._parts = b""

    def forget(self) -> None:
        """Forget the library's parser, and break its reference cycles."""
        if self._frames is not None:
            self._frames.parser.close()
            self._frames.parser_exc = None  # its traceback leads back to the parser
            self._frames = self._begun = None

    def snapshot(self) -> dict[str, Any]:
        """What came and was not taken, as plain values."""
        parts = self._frames is not None and self._frames.current_size is not None
        closed = self.closed and [self.closed.words, str(self.closed.last, "latin-1")]
        values = {
            "raw": str((self._begun or b"") + self._raw, "latin-1"),
            "parts": [self._opcode, str(self._parts, "latin-1")] if parts else None,
            "lines": plain_lines(self._lines),
            "replies": str(self.replies, "latin-1"),
            "closed": closed,
        }
        return {name: value for name, value in values.items() if value}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Go on as an object of which `snapshot` has returned these values. It must be new."""
        self._raw = values.get("raw", "").encode("latin-1")
        self._lines = lines_from_plain(values.get("lines", ())) or _NONE
        self.replies = values.get("replies", "").encode("latin-1")
        if "parts" in values:
            self._opcode, parts = values["parts"]
            self._parts = parts.encode("latin-1")
            frames = self._parser()  # has to know that a message has begun
            frames.receive_data(_first_part(self._opcode, self._parts))
            frames.events_received()
        if "closed" in values:
            words, last = values["closed"]
            self.closed = Closed(words, last.encode("latin-1"))


_WRONG_KIND = {
    TEXT: "only binary messages were agreed on",
    BINARY: "only text messages were agreed on",
}


def _drop_whole_frames(data: bytearray) -> None:
    """Leave what belongs to a client's frame that is not complete."""
    end = 0
    while 0 < (size := _frame_size(data, end)) <= len(data) - end:
        end += size
    del data[:end]


def _frame_size(data: bytearray, at: int) -> int:
    """The bytes of the client's frame that begins there; 0 as long as it has not said that."""
    if len(data) < at + 2:
        return 0
    payload, more = data[at + 1] & ~_MASKED, 0
    if payload > 125:
        more = 2 if payload == 126 else 8
        if len(data) < at + 2 + more:
            return 0
        payload = int.from_bytes(data[at + 2 : at + 2 + more], "big")
    return 2 + more + 4 + payload


def _first_part(opcode: int, data: bytes) -> bytes:
    """The frame of a client with the first part of a message."""
    head = struct.pack("!BBQ", opcode, _MASKED | 127, len(data))
    return head + bytes(4) + data  # a mask of zeros changes nothing


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

"""A client's frames for the tests (RFC 6455 section 5.2), written without our own code: masked, and
with any fault that is asked for."""

import struct
import sys
from collections.abc import Iterable

import pytest

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x11\x22\x33\x44"

generators_end = pytest.mark.skipif(
    (3, 12) <= sys.version_info < (3, 12, 4),
    reason="this Python keeps what a generator had when it was closed (CPython gh-118272)",
)
"""For tests that the library's parser, a generator, leaves no cyclic garbage."""


def sent(
    payload: bytes | str = b"",
    opcode: int = TEXT,
    *,
    fin: bool = True,
    mask: bytes = MASK,
    reserved: int = 0,
) -> bytes:
    """A frame as a client sends it; an empty `mask` leaves it unmasked."""
    data = payload.encode() if isinstance(payload, str) else payload
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if mask else data
    return head(len(data), opcode, fin=fin, is_masked=bool(mask), reserved=reserved) + mask + masked


def head(
    size: int, opcode: int = TEXT, *, fin: bool = True, is_masked: bool = True, reserved: int = 0
) -> bytes:
    """A frame's first bytes, without its mask."""
    first, masked = fin << 7 | reserved << 4 | opcode, is_masked << 7
    if size < 126:
        return struct.pack("!BB", first, masked | size)
    if size < 1 << 16:
        return struct.pack("!BBH", first, masked | 126, size)
    return struct.pack("!BBQ", first, masked | 127, size)


def closing(code: int, reason: str = "") -> bytes:
    """A Close frame of a client."""
    return sent(struct.pack("!H", code) + reason.encode(), CLOSE)


def received(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """A server's whole frames, (opcode, payload) each, and the rest of the bytes."""
    frames = []
    while len(data) >= 2:
        first, size, at = data[0], data[1], 2
        assert first & 0x70 == 0, "reserved bits"
        assert first & 0x80, "a server of ours sends no fragments"
        assert size < 128, "a server does not mask"
        if size == 126:
            size, at = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10], "big"), 10
        if len(data) < at + size:
            break
        frames.append((first & 15, data[at : at + size]))
        data = data[at + size :]
    return frames, data


def code_of(payload: bytes) -> int:
    """The code in the payload of a Close frame."""
    return int.from_bytes(payload[:2], "big")


def cuts(data: bytes) -> Iterable[list[bytes]]:
    """The bytes whole, cut in two everywhere, and byte by byte."""
    yield [data]
    yield from ([data[:at], data[at:]] for at in range(1, len(data)))
    yield [bytes([byte]) for byte in data]

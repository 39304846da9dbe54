"""The frames of a WebSocket, good or spoilt: read alike however they are cut, and answered in valid
frames."""

import struct
from random import Random

from websockets.protocol import CLIENT, OPEN, Protocol

from chatroom.wire.lines import LineDropped
from chatroom.wire.websocket import MESSAGE_BYTES, WebSocketLines
from fuzzing.inputs import pieces, showing, spoilt
from websocket_frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, head, received, sent

LIMIT = 4608
KINDS = ((TEXT,), (BINARY,), (TEXT, BINARY))
WORDS = (b"\x81\xff", b"\x88\x80", b"\x89\x80", b"\x00\x80", b"\x80\x80", b"\xff\xff\xff\xff",
         head(1 << 40), head(126), head(65_536), sent("x"), sent("", PING))  # fmt: skip
MOST_KEPT = MESSAGE_BYTES + 1024
"""Bytes of what came, and of the last piece of it."""

Read = tuple[list[bytes | None], bytes, object]


def once(random: Random) -> None:
    """Frames of a client; half of the time something is wrong with them."""
    data, said = _conversation(random)
    is_spoilt = random.random() < 0.5
    if is_spoilt:
        data = spoilt(random, data, WORDS)
    accepted = (TEXT, BINARY) if not is_spoilt else random.choice(KINDS)
    with showing(data):
        whole = _read([data], accepted)
        assert _read(list(pieces(random, data)), accepted) == whole
        assert is_spoilt or whole[0] == said


def _conversation(random: Random) -> tuple[bytes, list[bytes | None]]:
    """Frames, and the lines in them (None: too long)."""
    parts: list[bytes] = []
    said: list[bytes | None] = []
    for _ in range(random.randrange(1, 8)):
        if random.random() < 0.3:
            parts.append(sent(random.randbytes(random.randrange(9)), random.choice((PING, PONG))))
            continue
        kind = random.choice((TEXT, BINARY))
        size = random.choice((0, 3, 20, 125, 126, 600, LIMIT, LIMIT + 1, MESSAGE_BYTES))
        line = random.randbytes(size) if kind == BINARY else b"x" * size
        parts += _fragments(random, line, kind)
        line = line.rstrip(b"\r\n")
        if line:
            said.append(line if len(line) <= LIMIT else None)
    if random.random() < 0.3:
        code = struct.pack("!H", random.choice((1000, 1001, 3000, 4999)))
        parts += [sent(code + b"bye" * random.randrange(40), CLOSE), sent("not read")]
    return b"".join(parts), said


def _fragments(random: Random, line: bytes, kind: int) -> list[bytes]:
    """The frames of one message, with pings between its parts."""
    step = random.choice((len(line) + 1, 100, 7 if len(line) < 200 else 1000))
    cut = [line[at : at + step] for at in range(0, len(line), step)] or [b""]
    frames: list[bytes] = []
    for number, piece in enumerate(cut):
        is_last = number == len(cut) - 1
        mask = random.randbytes(4)
        frames.append(sent(piece, CONT if number else kind, fin=is_last, mask=mask))
        if not is_last and random.random() < 0.2:
            frames.append(sent(random.choice((b"", b"p" * 125)), PING))
    return frames


def _read(data: list[bytes], accepted: tuple[int, ...]) -> Read:
    """The lines that are not empty, what is answered, and how it ended."""
    lines = WebSocketLines(LIMIT, accepted)
    taken: list[bytes | None] = []
    for piece in data:
        lines.feed(piece)
        while lines.waiting:
            try:
                line = lines.take()
            except LineDropped as dropped:
                assert dropped.size > LIMIT
                taken.append(None)
            else:
                assert line is not None or not lines.waiting
                taken += [line] if line else []
        kept = len(lines._frames.reader.buffer) if lines._frames else 0
        assert kept + len(lines._parts) + len(lines._raw) < MOST_KEPT
    last = lines.closed.last if lines.closed else b""
    _check_answer(lines.replies + last)
    return taken, lines.replies, lines.closed


def _check_answer(data: bytes) -> None:
    """A client of the library accepts it."""
    client = Protocol(CLIENT, state=OPEN)
    client.receive_data(data)
    assert client.parser_exc is None
    assert received(data)[1] == b""

"""The wire's parser: lines in pieces, and what is a message comes back as it was."""

from random import Random

from chatroom.wire.lines import LineBuffer, LineDropped
from chatroom.wire.message import Message, ProtocolError, body_size, decode, encode
from fuzzing.inputs import pieces, showing
from fuzzing.lines import LineMaker

LINES = 40
LIMIT = 512
ROOMY = 1 << 20
"""Bytes: what we send may have longer tags than what we take."""


def once(random: Random) -> None:
    """Some lines, whole and as a stream."""
    maker = LineMaker(random)
    lines = [maker.irc() for _ in range(LINES)]
    for line in lines:
        with showing(line):
            _parse(line)
    stream = b"".join(part for line in lines for part in (line, maker.end()))
    with showing(stream):
        whole = _cut(LineBuffer(LIMIT), [stream])
        assert _cut(LineBuffer(LIMIT), [*pieces(random, stream)]) == whole


def _parse(line: bytes) -> None:
    try:
        message = decode(line)
    except ProtocolError as error:
        assert str(error)
        return
    if message is not None:
        _comes_back(message)


def _comes_back(message: Message) -> None:
    assert message.command
    assert not any(set(word) & set("\r\n\0") for word in (message.source, *message.params))
    again = encode(message)
    assert again.endswith(b"\r\n")
    assert again.count(b"\n") == again.count(b"\r") == 1
    if body_size(message) <= LIMIT:
        assert decode(again[:-2], ROOMY, ROOMY) == message


def _cut(buffer: LineBuffer, data: list[bytes]) -> list[tuple[bytes, int]]:
    """The lines that are no blank ones, and the bytes of those that were too long."""
    found = []
    for piece in data:
        buffer.feed(piece)
        while buffer.waiting:
            try:
                line = buffer.take()
            except LineDropped as dropped:
                found.append((dropped.head, dropped.size))
            else:
                assert line is not None
                assert len(line) <= LIMIT
                if line:
                    found.append((line, 0))
    return found

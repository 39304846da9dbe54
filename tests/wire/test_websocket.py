"""Frames of WebSockets (RFC 6455), and lines of IRC in them (IRCv3 websocket)."""

import gc
import struct
from collections.abc import Iterable
from itertools import product

import pytest

from chatroom.wire.capabilities import variant_of
from chatroom.wire.lines import LineDropped
from chatroom.wire.message import Message, encode_body
from chatroom.wire.websocket import (
    MESSAGE_BYTES,
    Closed,
    WebSocketLines,
    binary_encoders,
    close_frame,
    frame,
    text_encoders,
)
from websocket_frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    closing,
    code_of,
    cuts,
    generators_end,
    head,
    received,
    sent,
)

LIMIT = 220
TOO_LONG = None
TOO_MUCH = MESSAGE_BYTES + 125
Taken = tuple[list[bytes | None], bytes, Closed | None]


def take_all(pieces: Iterable[bytes], *accepted: int) -> Taken:
    """The lines that are not empty (None: too long), the replies, and how it ended."""
    lines = WebSocketLines(LIMIT, accepted or (TEXT, BINARY))
    taken: list[bytes | None] = []
    for piece in pieces:
        lines.feed(piece)
        while lines.waiting:
            try:
                line = lines.take()
            except LineDropped:
                taken.append(TOO_LONG)
            else:
                taken += [line] if line else []
    return taken, lines.replies, lines.closed


# What we send


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_ours_is_one_whole_message(size: int, opcode: int) -> None:
    """Section 5.2: the shortest form of the length, no mask, no fragments."""
    data = frame(opcode, b"x" * size)
    assert received(data) == ([(opcode, b"x" * size)], b"")
    assert len(data) == size + (2 if size < 126 else 4 if size < 65_536 else 10)


@pytest.mark.parametrize("names", [(), ("server-time", "message-tags"), ("account-tag",)])
@pytest.mark.parametrize("text", ["hello", "x" * 130, "ä" * 300])
def test_a_message_is_the_line_without_its_end(names: tuple[str, ...], text: str) -> None:
    """ "servers and clients MUST NOT include trailing \\r or \\n characters in the message"; the
    opcode is the one that was agreed on."""
    capabilities = frozenset(names)
    tags = {"time": "2026-11-20T15:00:00.000Z", "account": "alice", "+typing": "active"}
    message = Message("PRIVMSG", ("#general", text), "alice!~a@192.0.2.7", tags)
    line = variant_of(capabilities).encode(message).removesuffix(b"\r\n")
    for encoders, opcode in ((text_encoders, TEXT), (binary_encoders, BINARY)):
        alone, shared = encoders(capabilities)
        assert alone is shared is encoders(capabilities)[0]
        for body in (b"", encode_body(message)):
            assert received(shared.encode(message, body)) == ([(opcode, line)], b"")


def test_what_a_client_cannot_read_is_not_sent() -> None:
    """No empty frame either."""
    typing = Message("TAGMSG", ("#general",), "alice", {"+typing": "active"})
    assert text_encoders(frozenset())[0].encode(typing) == b""
    assert text_encoders(frozenset({"message-tags"}))[0].encode(typing) != b""


def test_the_last_frame_has_as_much_of_the_reason_as_fits() -> None:
    """Section 5.5: at most 125 bytes, and whole characters."""
    ((opcode, payload),), _ = received(close_frame(1001, "ä" * 80))
    assert (opcode, code_of(payload)) == (CLOSE, 1001)
    assert payload[2:].decode() == "ä" * 61


# What comes


CONVERSATION = b"".join(
    (
        sent("NICK alice"),
        sent("USER alice 0 * :ä", mask=b"\xff\0\xff\0"),
        sent("here?", PING),
        sent(b"PRIVMSG #general :one, ", fin=False),
        sent("twice", PING),
        sent(b"two \xc3", CONT, fin=False),  # half of an ä
        sent(b"unasked", PONG),
        sent(b"", CONT, fin=False),
        sent(b"\xa4", CONT),
        sent(""),
        sent("x" * 200),
        sent("old clients end lines\r\n"),
        sent("x" * (LIMIT + 1)),
        sent("QUIT"),
        closing(1000, "bye"),
        sent("nothing is read any more"),
    )
)
SAID = [b"NICK alice", "USER alice 0 * :ä".encode(), "PRIVMSG #general :one, two ä".encode(),
        b"x" * 200, b"old clients end lines", TOO_LONG, b"QUIT"]  # fmt: skip


def test_whole_split_and_byte_by_byte_are_the_same() -> None:
    """Pings inside a message are answered (sections 5.4, 5.5.2), an unasked pong is not (5.5.3)."""
    end = Closed("", struct.pack("!BBH", 0x88, 5, 1000) + b"bye")
    for pieces in cuts(CONVERSATION):
        lines, replies, closed = take_all(pieces)
        assert lines == SAID
        assert received(replies) == ([(PONG, b"here?"), (PONG, b"twice")], b"")
        assert closed == end


def test_a_close_without_a_code_is_answered_in_kind() -> None:
    assert take_all([sent(b"", CLOSE)]) == ([], b"", Closed("", b"\x88\0"))


FAULTS = {
    "unmasked": (sent("x", mask=b""), 1002),
    "an unmasked ping": (sent("x", PING, mask=b""), 1002),
    "reserved bits": (sent("x", reserved=4), 1002),
    "an unknown opcode": (sent("x", 3), 1002),
    "an unknown control opcode": (sent("x", 11), 1002),
    "a continuation of nothing": (sent("x", CONT), 1002),
    "a message inside another": (sent("x", fin=False) + sent("y"), 1002),
    "a ping in parts": (sent("x", PING, fin=False), 1002),
    "a ping of 126 bytes": (sent("x" * 126, PING), 1002),
    "a close of one byte": (sent("x", CLOSE), 1002),
    "a close with a code that nobody sends": (closing(1005), 1002),
    "a close in the middle of a message": (sent("x", fin=False) + closing(1000), 1002),
    "a reason that is not UTF-8": (sent(b"\x03\xe8\xff", CLOSE), 1007),
    "a text that is not UTF-8": (sent(b"PRIVMSG #general :\xe4"), 1007),
    "a part of a character": (sent(b"\xc3", fin=False) + sent(b"", CONT), 1007),
    "a surrogate": (sent(b"\xed\xa0\x80"), 1007),
    "too large": (sent("x" * (TOO_MUCH + 1)), 1009),
    "the head of one TiB": (head(1 << 40), 1009),
    "the head of more than there are": (head((1 << 63) - 1), 1009),
    "too large in parts": (sent("x" * TOO_MUCH, fin=False) + head(1, CONT), 1009),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_it_with_its_code(fault: str) -> None:
    """What was said before counts, what follows does not. A size is refused at the frame's head,
    before any byte of it has to be kept."""
    data, code = FAULTS[fault]
    for pieces in ([sent("first") + data + sent("later")], [sent("first"), *map(_byte, data)]):
        lines, replies, closed = take_all(pieces)
        assert (lines, replies) == ([b"first"], b"")
        assert closed is not None
        assert closed.words
        ((opcode, payload),), _ = received(closed.last)
        assert (opcode, code_of(payload)) == (CLOSE, code)


def _byte(value: int) -> bytes:
    return bytes([value])


@pytest.mark.parametrize("agreed, other", [(TEXT, BINARY), (BINARY, TEXT)])
def test_only_the_kind_that_was_agreed_on_is_accepted(agreed: int, other: int) -> None:
    """1003: also as the first part of a message."""
    assert take_all([sent("x", agreed)], agreed)[0] == [b"x"]
    for fin in (True, False):
        _, _, closed = take_all([sent("x", other, fin=fin)], agreed)
        assert closed is not None
        assert code_of(closed.last[2:]) == 1003


def test_a_ping_between_the_parts_is_no_part() -> None:
    """However full the message is by then."""
    data = sent("x" * (MESSAGE_BYTES - 1), fin=False) + sent("y" * 125, PING) + sent("z", CONT)
    lines, replies, closed = take_all([data])
    assert (lines, closed) == ([TOO_LONG], None)
    assert received(replies) == ([(PONG, b"y" * 125)], b"")


def test_binary_messages_may_be_anything() -> None:
    """It is the line that is refused then, as at the IRC door."""
    assert take_all([sent(b"PRIVMSG #general :\xe4", BINARY)])[0] == [b"PRIVMSG #general :\xe4"]


def test_every_frame_yields_a_line_so_that_none_is_free() -> None:
    """Or 8 KB of pings would be answered in one go, whatever the allowance says."""
    lines = WebSocketLines(LIMIT)
    lines.feed((sent(b"", PING) + sent(b"", PONG) + sent(b"", fin=False) + sent(b"", CONT)) * 300)
    taken = 0
    while lines.waiting:
        assert lines.take() == b""
        taken += 1
        assert len(lines.replies) < 100
        lines.replies = b""
    assert taken == 1200


def test_empty_parts_take_no_memory() -> None:
    lines = WebSocketLines(LIMIT)
    lines.feed(sent("x", fin=False))
    for _ in range(100):
        lines.feed(sent(b"", CONT, fin=False))
        while lines.waiting:
            lines.take()
    assert max(map(len, _attributes(lines))) < 2


def _attributes(lines: WebSocketLines) -> list[bytes | list[bytes]]:
    values = [getattr(lines, name) for name in lines.__slots__]
    return [value for value in values if isinstance(value, bytes | list)]


@generators_end
def test_a_forgotten_one_leaves_no_garbage() -> None:
    gc.collect()
    gc.disable()
    try:
        for data, _ in product((sent("x"), sent("x", 3), closing(1000)), range(3)):
            lines = WebSocketLines(LIMIT)
            lines.feed(data)
            lines.take()
            lines.forget()
        del lines
        assert gc.collect() == 0
    finally:
        gc.enable()

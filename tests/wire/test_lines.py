"""Bytes into lines (Modern IRC, "Message Format" and "Compatibility"; RFC 854 for CR NUL)."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatroom.wire.lines import LineBuffer, LineDropped
from chatroom.wire.message import LineTooLong

TOO_LONG = None
LIMIT = 8


def lines_of(pieces: Iterable[bytes], limit: int = LIMIT) -> list[bytes | None]:
    """What comes out when the pieces go in, each taken as soon as it is there."""
    buffer = LineBuffer(limit)
    lines = []
    for piece in pieces:
        buffer.feed(piece)
        lines += take_all(buffer)
    return lines


def take_all(buffer: LineBuffer) -> list[bytes | None]:
    """All whole lines; TOO_LONG in place of one that was."""
    lines: list[bytes | None] = []
    while buffer.waiting:
        try:
            lines.append(buffer.take())
        except LineTooLong:
            lines.append(TOO_LONG)
    assert buffer.take() is None
    return lines


def bytewise(data: bytes) -> list[bytes]:
    """Each byte for itself."""
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("size", [11, 12, 25])
def test_a_dropped_line_is_measured(size: int) -> None:
    """How it began and its size, however it arrives; what comes behind it is taken."""
    data = b"0123456789" + b"x" * (size - 10)
    for pieces in (
        [data + b"\nnext\n"],
        bytewise(data + b"\nnext\n"),
        [data[:5], data[5:] + b"\nnext\n"],
    ):
        buffer = LineBuffer(10)
        for piece in pieces:
            buffer.feed(piece)
        with pytest.raises(LineDropped) as dropped:
            buffer.take()
        assert (dropped.value.head, dropped.value.size) == (data[:10], size)
        assert buffer.take() == b"next"


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\0"])
def test_what_ends_a_line(end: bytes) -> None:
    """Modern IRC, "Compatibility": LF SHOULD, CR MAY end a line; RFC 854: so does CR NUL."""
    data = b"one" + end + b"two" + end + b"thr"
    assert lines_of([data]) == [b"one", b"two"]
    assert lines_of(bytewise(data)) == [b"one", b"two"]


def test_ends_of_all_kinds_and_empty_lines() -> None:
    """Each end counts once: CR CR LF is two, LF CR is two."""
    data = b"a\r\r\nb\n\rc\r\n\r\nd\0\r\0\0e\n"
    assert lines_of([data]) == [b"a", b"", b"b", b"", b"c", b"", b"d\0", b"\0e"]


def test_a_chunk_that_ends_with_cr() -> None:
    """The line is there at once, and the LF or NUL that follows is no second line."""
    assert lines_of([b"a\r", b"\nb\n"]) == [b"a", b"b"]
    assert lines_of([b"a\r", b"\0b\n"]) == [b"a", b"b"]
    assert lines_of([b"a\r", b"b\n"]) == [b"a", b"b"]
    assert lines_of([b"a\r", b"", b"\n"]) == [b"a"]
    assert lines_of([b"a\r", b"\n", b"\n"]) == [b"a", b""]
    buffer = LineBuffer(LIMIT)
    buffer.feed(b"a\r")
    assert buffer.take() == b"a"


def test_the_limit_counts_without_the_end() -> None:
    """A line of `limit` bytes passes, one byte more does not, and the next line is whole."""
    data = b"x" * LIMIT + b"\r\n" + b"x" * (LIMIT + 1) + b"\r\nok\r\n"
    assert lines_of([data]) == [b"x" * LIMIT, TOO_LONG, b"ok"]
    assert lines_of(bytewise(data)) == [b"x" * LIMIT, TOO_LONG, b"ok"]


def test_a_flood_without_a_line_end_is_forgotten_as_it_arrives() -> None:
    """A megabyte in pieces holds a few bytes, and is one error when its end comes at last."""
    buffer = LineBuffer(LIMIT)
    for _ in range(1024):
        buffer.feed(b"x" * 1024)
        assert len(buffer._partial) <= LIMIT + 1
        assert not buffer.waiting
    buffer.feed(b"\nok\n")
    assert take_all(buffer) == [TOO_LONG, b"ok"]


def test_who_has_no_line_waiting_costs_no_queue() -> None:
    """Thousands of idle visitors share one empty list, and it stays empty."""
    buffer, other = LineBuffer(LIMIT), LineBuffer(LIMIT)
    buffer.feed(b"a\nb")
    while buffer.waiting:
        buffer.take()
    assert buffer._lines is other._lines == []


def test_lines_that_come_while_others_wait_come_after_them() -> None:
    """In the order in which they were fed."""
    buffer = LineBuffer(LIMIT)
    buffer.feed(b"1\n2\n")
    assert buffer.take() == b"1"
    buffer.feed(b"3\n4\n")
    assert take_all(buffer) == [b"2", b"3", b"4"]


PIECES = st.sampled_from([b"\r", b"\n", b"\0", b"\r\n", b"a", b"bcd", b"x" * LIMIT, b"\xc3"])


@given(st.lists(PIECES).map(b"".join), st.integers(0, 200))
@example(b"\r\r\0", 1)
@example(b"\r\0\n", 1)
def test_however_it_is_cut(data: bytes, cut: int) -> None:
    """Whole, in two and byte by byte: the same lines."""
    whole = lines_of([data])
    assert lines_of([data[:cut], data[cut:]]) == whole
    assert lines_of(bytewise(data)) == whole


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """No line has an end in it, none is longer than allowed, and nothing else is raised."""
    for line in lines_of([data]):
        assert line is TOO_LONG or (len(line) <= LIMIT and not set(line) & set(b"\r\n"))

"""AUTHENTICATE's parameters, PLAIN and EXTERNAL (IRCv3 sasl-3.1; RFC 4616, RFC 4422)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.sasl import (
    CHUNK,
    LONGEST_PASSWORD,
    MOST_CHUNKS,
    Chunks,
    SaslError,
    SaslTooLong,
    UnfitPassword,
    chunked,
    external_response,
    plain_response,
    prepared,
)

MOST_BYTES = CHUNK * MOST_CHUNKS // 4 * 3


@given(st.binary(max_size=MOST_BYTES - 1))
def test_what_is_taken_apart_is_put_together(data: bytes) -> None:
    """In chunks of 400; a message of exactly so many ends with an empty one."""
    chunks = chunked(data)
    assert all(len(chunk) <= CHUNK for chunk in chunks)
    assert len(chunks[-1]) < CHUNK
    collected = Chunks()
    assert [collected.add(chunk) for chunk in chunks] == [None] * (len(chunks) - 1) + [data]
    assert collected.add("eA==") == b"x"  # and nothing is left of it


def test_sizes_are_bounded() -> None:
    with pytest.raises(SaslTooLong):
        Chunks().add("A" * (CHUNK + 1))
    collected = Chunks()
    for _ in range(MOST_CHUNKS):
        assert collected.add("A" * CHUNK) is None
    with pytest.raises(SaslTooLong):
        collected.add("+")


@pytest.mark.parametrize("text", ["!", "A", "AA=A", "é", "A A=", "AAAA\u0660", "-_-_"])
def test_what_is_not_base64(text: str) -> None:
    with pytest.raises(SaslError):
        Chunks().add(text)


def test_plain() -> None:
    """RFC 4616 section 2; the first identity may be missing."""
    assert plain_response(b"\0alice\0a b c") == ("", "alice", "a b c")
    assert plain_response("émile\0émile\0é".encode()) == ("émile", "émile", "é")
    assert "secret" not in repr(plain_response(b"\0alice\0secret"))


@pytest.mark.parametrize(
    "message", [b"", b"alice", b"\0alice", b"\0alice\0", b"\0\0pw", b"a\0b\0c\0d", b"\0\xff\0x"]
)
def test_what_is_not_plain(message: bytes) -> None:
    with pytest.raises(SaslError) as caught:
        plain_response(message)
    assert "alice" not in str(caught.value)


def test_external() -> None:
    assert external_response(b"") == ""
    assert external_response("émile".encode()) == "émile"
    for message in (b"\xff", b"a\0b"):
        with pytest.raises(SaslError):
            external_response(message)


def test_a_password_is_the_same_however_it_was_typed() -> None:
    """RFC 8265 section 4.2: spaces are spaces, and an accent is a part of its letter. Case and
    width stay."""
    assert prepared("pass\u00a0wo\u0308rd") == "pass wörd".encode()
    assert prepared("Ｐａ😀") == "Ｐａ😀".encode()


@pytest.mark.parametrize("password", ["", "a\tb", "a\x00b", "\ud800", "x" * 301, "é" * 151])
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(UnfitPassword) as caught:
        prepared(password)
    assert password[:1] == "" or password not in str(caught.value)
    assert LONGEST_PASSWORD == 300

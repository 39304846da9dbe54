"""One request and its answer, without a socket: also with servers that are broken or hostile."""

import pytest

from chatroom.client.errors import TransferError
from chatroom.client.transfer.http import Exchange, Incomplete


class Taken:
    """What an answer brought."""

    def __init__(self) -> None:
        self.heads: list[tuple[int, str]] = []
        self.body = b""
        self.ended = 0

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.heads.append((status, headers.get("x", "")))

    def data(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.ended += 1


class Three:
    """A body of three pieces."""

    def __init__(self) -> None:
        self.size = 6
        self._pieces = [b"ab", b"cd", b"ef"]

    def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def asked(body: Three | None = None) -> tuple[Exchange, Taken]:
    taken = Taken()
    exchange = Exchange("GET", "/f?q", "h:80", [("A", "b")], taken, body)
    assert exchange.begin().startswith(b"GET /f?q HTTP/1.1\r\nHost: h:80\r\n")
    return exchange, taken


GOOD = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello"


def test_an_answer() -> None:
    """Whole, and byte by byte."""
    for pieces in ([GOOD], [GOOD[at : at + 1] for at in range(len(GOOD))]):
        exchange, taken = asked()
        got = [exchange.feed(piece) for piece in pieces]
        assert (taken.heads, taken.body, taken.ended) == ([(200, "y")], b"hello", 1)
        assert exchange.is_done
        assert got.count(True) == min(5, len(pieces))  # only the body shows that it is alive


def test_a_body() -> None:
    """Piece by piece; nothing more once the server has answered."""
    exchange, _ = asked(Three())
    assert [exchange.more() for _ in range(5)] == [b"ab", b"cd", b"ef", b"", b""]
    assert exchange.sent == 6
    exchange, _ = asked(Three())
    assert exchange.more() == b"ab"
    with pytest.raises(TransferError, match=r"^It is too large\.$"):
        exchange.feed(b"HTTP/1.1 413 No\r\nContent-Type: text/plain\r\n\r\nIt is too large\nindeed")
        exchange.feed(b"")
    assert exchange.more() == b""


HOSTILE = [
    (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000, "not HTTP as it should be"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 11, "preliminary answers without end"),
    (
        b"HTTP/1.1 302 No\r\nLocation: https://evil/\x1b[2J\r\n\r\n",
        r"redirects to https://evil/\^\[",
    ),
    (b"HTTP/1.1 404 No\r\nContent-Type: text/html\r\n\r\n" + b"<a>" * 500, "the status 404"),
    (b"HTTP/1.1 404 No\r\nContent-Type: text/plain\r\n\r\n\x1b[2J" + b"x" * 9000, "xxxx"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "not HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not HTTP"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
    (b":irc.example.org 001 you :Welcome\r\n\r\n", "not HTTP"),
]


@pytest.mark.parametrize(("answer", "told"), HOSTILE)
def test_hostile(answer: bytes, told: str) -> None:
    """One sentence, without what a terminal would obey."""
    exchange, taken = asked()
    with pytest.raises(TransferError, match=told) as error:
        exchange.feed(answer)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 700
    assert not taken.body


@pytest.mark.parametrize("answer", [b"", GOOD[:-1], GOOD[:40]])
def test_incomplete(answer: bytes) -> None:
    exchange, _ = asked()
    if answer:
        exchange.feed(answer)
    with pytest.raises(Incomplete):
        exchange.feed(b"")

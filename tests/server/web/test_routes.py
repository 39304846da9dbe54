"""Routes of all kinds, each with the kind of handler that its docstring promises."""

import socket
from pathlib import Path

import pytest

from chatroom.chat.secrecy import why_no_secret
from chatroom.server.web import routes
from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import (
    Answer,
    Pending,
    Refused,
    Response,
    Wake,
    as_json,
    text,
)
from chatroom.server.web.routes import Route
from harness import PATIENCE
from server.conftest import House
from web_client import WebClient, request


class Kept:
    """A sink that keeps what it gets; each second piece makes it pause until the next tick."""

    def __init__(self, web: WebHost) -> None:
        self.web = web
        self.pieces: list[bytes] = []
        self.given_up = False

    def start(self, wake: Wake) -> None:
        self.wake = wake

    is_ready = True

    @property
    def refusal(self) -> Response | None:
        return None

    def write(self, piece: bytes) -> bool:
        if piece.startswith(b"bad"):
            raise Refused(text(422, "These bytes are not welcome."))
        self.pieces.append(piece)
        if len(self.pieces) % 2:
            return True
        self.web.at(0, self.wake)
        return False

    def end(self) -> Response | Pending:
        pending = Pending()
        size = sum(map(len, self.pieces))
        self.web.submit(lambda: size, lambda done: pending.resolve(as_json(201, done.result())))
        return pending

    def abandon(self) -> None:
        self.given_up = True


class Numbers:
    """A source of `count` lines, which come one at a time."""

    size: int | None = None

    def __init__(self, web: WebHost, count: int) -> None:
        self.web = web
        self.left = count
        self.ready = False
        self.closed = 0

    def start(self, wake: Wake) -> None:
        self.wake = wake

    def read(self, most: int) -> bytes | None:
        self.ready = not self.ready
        if self.ready:
            self.web.at(0, self.wake)
            return None
        self.left -= 1
        return b"line\n" if self.left >= 0 else b""

    def close(self) -> None:
        self.closed += 1


class Large:
    """A source of known size."""

    def __init__(self, size: int) -> None:
        self.size: int | None = size
        self.left = size
        self.closed = 0

    def start(self, wake: Wake) -> None:
        pass

    def read(self, most: int) -> bytes | None:
        piece = b"x" * min(most, self.left)
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.closed += 1


made: list[Kept | Numbers | Large | Pending] = []


def keep(_request: Request, web: WebHost) -> Answer:
    made.append(sink := Kept(web))
    return sink


def numbers(_request: Request, web: WebHost) -> Answer:
    made.append(source := Numbers(web, 3))
    return Response(200, (), source)


def large(said: Request, _web: WebHost) -> Answer:
    made.append(source := Large(int(said.arguments["size"])))
    return Response(200, (), source)


def never(_request: Request, _web: WebHost) -> Answer:
    made.append(pending := Pending())
    return pending


def echo(said: Request, web: WebHost) -> Answer:
    secret = not why_no_secret(web.facts, said.session)
    return as_json(200, [dict(said.parts), dict(said.arguments), said.body.decode(), secret])


def fail(_request: Request, _web: WebHost) -> Answer:
    raise ZeroDivisionError


ROUTES = (
    Route("GET", "/echo/{name}/x", echo),
    Route("POST", "/echo/{name}/x", echo, small=10),
    Route("POST", "/keep", keep, largest=lambda _web: 100_000),
    Route("GET", "/numbers", numbers),
    Route("GET", "/large", large),
    Route("GET", "/never", never),
    Route("GET", "/fail", fail),
)


@pytest.fixture(autouse=True)
def _routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "ROUTES", ROUTES)
    made.clear()


def test_all_kinds_of_answers_on_one_connection(web: WebClient) -> None:
    """Keep-alive: each answer has its end, so the next one begins right behind it."""
    assert web.ask("GET", "/echo/%23a%2Fb/x?q=1&r=%C3%A4").text == (
        '[{"name":"#a/b"},{"q":"1","r":"ä"},"",true]'
    )
    assert web.ask("POST", "/echo/x/x", b"hello").text == '[{"name":"x"},{},"hello",true]'
    assert web.ask("POST", "/echo/x/x").text == '[{"name":"x"},{},"",true]'
    kept = web.ask("POST", "/keep", b"y" * 90_000)
    assert (kept.status, kept.text) == (201, "90000")
    assert web.ask("GET", "/numbers").body == b"line\n" * 3
    assert len(web.ask("GET", "/large?size=1000000").body) == 1_000_000
    head = web.ask("HEAD", "/large?size=1000000")
    assert (head.headers["content-length"], head.body) == ("1000000", b"")
    assert web.ask("OPTIONS", "/echo/x/x").headers["allow"] == "GET, POST, HEAD, OPTIONS"
    assert web.ask("DELETE", "/keep").headers["allow"] == "POST, OPTIONS"
    assert web.ask("GET", "/nothing").status == 404
    sources = [one for one in made if isinstance(one, Numbers | Large)]
    assert [one.closed for one in sources] == [1, 1, 1]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/echo/x/x", b"more than ten", 413, "The body is too large: at most 10 bytes"),
        ("POST", "/keep", b"z" * 100_001, 413, "The body is too large: at most 100000 bytes"),
        ("POST", "/keep", b"bad", 422, "These bytes are not welcome."),
        ("GET", "/numbers", b"body", 413, "This takes no body."),
        ("GET", "/fail", b"", 500, "Something went wrong in the server."),
    ],
)
def test_refusals(
    house: House, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    house.forgiving = True
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    in_chunks = request(method, path, transfer_encoding="chunked") + chunks
    for said in (request(method, path, body), in_chunks if body else request(method, path)):
        # `House.connect` counts doors, of which the last one may close just now
        web = WebClient(socket.create_connection(house.address, PATIENCE), house.tick)
        web.send(said)
        reply = web.reply()
        assert (reply.status, reply.text[: len(words)]) == (status, words)
        assert not [
            one for one in made if isinstance(one, Kept) and one.pieces and not one.given_up
        ]


REQUESTS = (
    request("POST", "/keep", b"y" * 50_000)[:-1],
    request("GET", "/large?size=1000000000"),
    request("GET", "/never"),
)


@pytest.mark.parametrize("half", [True, False])
def test_everybody_who_goes_is_noticed(tmp_path: Path, half: bool) -> None:
    """A sink, a source or a pending answer of a lost connection is told, once. One that ends only
    its own half may wait for the answer, so it has a second here."""
    house = House(tmp_path, limits="flood_rate = 0\nslow_reader = 1")
    connections = [WebClient(house.connect().sock, house.tick) for _ in range(3)]
    for count, (web, said) in enumerate(zip(connections, REQUESTS, strict=True), 1):
        web.send(said)
        while len(made) < count:
            house.tick()
        if half:
            web.sock.shutdown(socket.SHUT_WR)
        else:
            web.sock.close()
    house.until(lambda: not house.server.doors)
    sink, source, pending = made
    assert isinstance(sink, Kept) and sink.given_up
    assert isinstance(source, Large) and source.closed == 1
    assert isinstance(pending, Pending)
    made.append(late := Large(1))
    pending.resolve(Response(200, (), late))
    assert late.closed == 1
    house.server.end()

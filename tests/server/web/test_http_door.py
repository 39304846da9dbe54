"""The HTTP door: its pace, its deadlines and its ends; and the page's files. Its routes are the
real ones where nothing else is said."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import websocket_client
from chatroom.chat import flood
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.net.connection import DRAINED, RECEIVE_BYTES
from chatroom.server.doors import http_connection
from chatroom.server.doors.door import BRAKE
from chatroom.server.doors.http import ENOUGH, TINY, TINY_COST, HttpDoor
from chatroom.server.doors.http_connection import PIECE
from chatroom.server.web import routes
from chatroom.server.web.headers import PAGE_POLICY
from chatroom.server.web.page_files import page_files
from chatroom.server.web.routes import Route
from harness import PATIENCE
from server.conftest import House
from server.web.test_gate import enter, who
from server.web.test_routes import Kept, Large, keep, large, made, never
from web_client import WebClient, request

ROUTES = (
    Route("GET", "/large", large),
    Route("GET", "/never", never),
    Route("POST", "/keep", keep, largest=lambda _web: 1_000_000),
    Route("POST", "/small", who, small=100_000),
    Route("POST", "/either", who, small=100_000, optional=True),
)


def door(house: House) -> HttpDoor:
    """The only one, once HTTP is recognised."""
    doors = house.server.doors
    house.until(lambda: any(isinstance(one, HttpDoor) for one in doors.values()))
    (found,) = doors.values()
    assert isinstance(found, HttpDoor)
    return found


@pytest.fixture
def fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house whose clients have a second for everything, and three requests."""
    monkeypatch.setattr(routes, "ROUTES", ROUTES)
    made.clear()
    seconds = "flood_rate = 0\nrequest = 1\nkeep_alive = 1\nslow_reader = 1\nrequests = 3"
    house = House(tmp_path, limits=seconds)
    yield house
    house.server.end()


def test_the_page(web: WebClient) -> None:
    """With its headers; whoever has it already is told so, and gets no body."""
    reply = web.ask("GET", "/")
    assert reply.status == 200 and reply.body == page_files()[()].plain.body
    for name, value in (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", PAGE_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-cache"),
    ):
        assert reply.headers[name] == value
    head = web.ask("HEAD", "/index.html")
    assert {**head.headers, "date": ""} == {**reply.headers, "date": ""} and not head.body
    etag = reply.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = web.ask("GET", "/", If_None_Match=known)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in again.headers
    assert web.ask("GET", "/", If_None_Match='"other"').status == 200
    missing = web.ask("GET", "/index.htm")
    assert (missing.status, missing.text) == (404, "There is nothing at this address.")
    assert missing.headers["content-security-policy"].startswith("default-src 'none'")
    assert web.ask("POST", "/", b"x").status == 405


def test_pipelined_requests_are_answered_in_order(web: WebClient) -> None:
    web.send(request("GET", "/") + request("HEAD", "/") + request("GET", "/a") * 30)
    assert [web.reply(method).status for method in ("GET", "HEAD")] == [200, 200]
    assert [web.reply().status for _ in range(30)] == [404] * 30


def test_what_follows_the_last_request_is_not_read(web: WebClient) -> None:
    """Neither as a request nor as lines of a chat."""
    last = request("GET", "/", Connection="close")
    web.send(last + request("GET", "/") + b"NICK al\r\nUSER al 0 * :al\r\n")
    assert web.reply().headers["connection"] == "close"
    assert web.rest() == b""


def test_each_connection_has_a_last_request(fast: House) -> None:
    web = WebClient(fast.connect().sock, fast.tick)
    found = [web.ask("GET", "/").headers.get("connection") for _ in range(3)]
    assert found == [None, None, "close"] and web.rest() == b""


SLOW = (
    (b"GET / HTTP/1.1\r\nHost: ", 408),
    (request("POST", "/small", b"x" * 90_000)[:30_000], 408),
    (request("POST", "/keep", b"x" * 90_000)[:50_000], 408),
    (request("GET", "/"), 200),  # and nothing more
    (request("GET", "/large?size=100000000"), 200),  # and reads nothing
)


def test_a_body_needs_a_length(fast: House) -> None:
    """What follows such a head is no request: the client may have meant it as a body."""
    for path, answers in (("/small", [411]), ("/keep", [411]), ("/either", [200, 200])):
        web = WebClient(socket.create_connection(fast.address, PATIENCE), fast.tick)
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        web.send(head + request("GET", "/large?size=1"))
        assert [web.reply().status for _ in answers] == answers, path
        if answers == [411]:
            assert not web.rest()
        web.sock.close()
    web = WebClient(socket.create_connection(fast.address, PATIENCE), fast.tick)
    assert web.ask("POST", "/small").status == 200  # Content-Length: 0


def test_deadlines(fast: House) -> None:
    """Who is slow is told so; who says nothing more is not. Nobody stays."""
    clients = [WebClient(fast.connect().sock, fast.tick) for _ in SLOW]
    for web, (said, _) in zip(clients, SLOW, strict=True):
        web.send(said)
    fast.until(lambda: not fast.server.doors)
    for web, (_, status) in zip(clients, SLOW, strict=True):
        web.sock.settimeout(10)
        data = web.rest()
        assert data.startswith(b"HTTP/1.1 %d " % status)
        assert (b"The request came too slowly." in data) is (status == 408)
    sink, source = made if isinstance(made[0], Kept) else reversed(made)
    assert isinstance(sink, Kept) and sink.given_up
    assert isinstance(source, Large) and source.closed == 1


def test_who_has_no_turn_is_not_read_on(fast: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ticks the door waits for its turn, what it keeps meanwhile is bounded."""
    web = WebClient(fast.connect().sock, fast.tick)
    web.send(request("POST", "/keep", b"x" * 300_000)[:-300_000])
    fast.until(lambda: door(fast).head)
    with monkeypatch.context() as patch:
        patch.setattr(HttpDoor, "work", lambda _self: True)
        web.sock.setblocking(False)
        sent = 0
        for _ in range(100):
            with suppress(BlockingIOError):
                sent += web.sock.send(b"x" * (300_000 - sent))
            fast.server.tick()
        assert sent > ENOUGH
        assert ENOUGH <= door(fast).exchange.waiting < ENOUGH + RECEIVE_BYTES
    web.send(b"x" * (300_000 - sent))
    assert web.reply().text == "300000"


def test_empty_lines_keep_no_connection(fast: House) -> None:
    """They may come before a request, but are none, and give nobody more time."""
    web = WebClient(fast.connect().sock, fast.tick)
    assert web.ask("OPTIONS", "*").status == 204
    due, heard = door(fast).due, [door(fast).heard_at]
    for _ in range(3):
        web.send(b"\r\n")
        fast.until(lambda: door(fast).heard_at != heard[-1])
        heard.append(door(fast).heard_at)
        assert door(fast).due == due


def test_slow_but_steady_bodies_are_taken(fast: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many bytes in each second are enough, however many there are."""
    monkeypatch.setattr(http_connection, "SLOWEST", 10)
    web = WebClient(fast.connect().sock, fast.tick)
    web.send(request("POST", "/keep", b"x" * 60)[:-60])
    for _ in range(3):
        due = door(fast).due
        web.send(b"x" * 20)
        while fast.server.doors and door(fast).due <= due:
            fast.tick()
    assert web.reply().text == "60"


def test_the_client_may_wait_for_leave(fast: House) -> None:
    """Expect: 100-continue is answered before the body, or by a refusal instead of it."""
    web = WebClient(fast.connect().sock, fast.tick)
    said = request("POST", "/keep", b"hello", Expect="100-continue")
    web.send(said[:-5])
    while not (data := web._replies.data):
        web._receive()
    assert data == b"HTTP/1.1 100 Continue\r\n\r\n"
    web.send(b"hello")
    assert web.reply().text == "5"
    web.send(request("POST", "/small", b"x" * 100_001, Expect="100-continue")[:200])
    assert web.reply().status == 413


def test_a_download_waits_for_its_reader(fast: House) -> None:
    """Nothing is made in advance, whoever large the file is."""
    web = WebClient(fast.connect().sock, fast.tick)
    web.send(request("GET", "/large?size=1000000000"))
    fast.until(lambda: door(fast).connection.drained)
    fast.tick()
    (source,) = made
    assert isinstance(source, Large)
    queued = door(fast).connection.backlog
    assert DRAINED < queued <= BRAKE + PIECE
    before = source.left
    while source.left == before:
        if not _has_come(web):
            fast.tick()
    web.sock.close()


def _has_come(web: WebClient) -> bool:
    try:
        return bool(web.sock.recv(1 << 20))
    except BlockingIOError:
        return False


def test_who_waits_when_the_server_stops_is_told(fast: House) -> None:
    web = WebClient(fast.connect().sock, fast.tick)
    web.send(request("GET", "/never"))
    fast.until(lambda: made)
    fast.server.stop()
    reply = web.reply()
    assert (reply.status, reply.text) == (503, "The server is shutting down.")


def test_the_access_log(web: WebClient, caplog: pytest.LogCaptureFixture) -> None:
    """Requests with their row and status, in detail only; never what may be secret."""
    with caplog.at_level("DEBUG", "chatroom"):
        web.ask("GET", "/?secret=1")
        web.ask("POST", "/hook/secret", b"secret")
    found = [line for line in caplog.messages if line.startswith("127.0.0.1: ")]
    assert found == ["127.0.0.1: GET /: 200", "127.0.0.1: POST -: 404"]
    assert "secret" not in caplog.text


REFUSED = (
    (b"GET / HTTP/1.1\r\n\r\n", "This is not a request"),
    (request("GET", "/", Host="elsewhere.example"), "This server does not go by the name"),
)


def test_the_log_says_only_of_the_refused_that_they_come(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A browser makes connections as it likes. Of those who chat by WebSocket it does say so."""

    def logged(data: bytes) -> list[str]:
        caplog.clear()
        web = WebClient(house.connect().sock, house.tick)
        web.send(data)
        house.until(lambda: house.server.doors)
        web.sock.shutdown(socket.SHUT_WR)
        house.until(lambda: not house.server.doors)
        return list(caplog.messages)

    with caplog.at_level("INFO", "chatroom"):
        assert logged(request("GET", "/")) == []
        for data, why in REFUSED:
            came, left = logged(data)
            assert came == "127.0.0.1 has connected"
            assert left.startswith(f"127.0.0.1 has left the server ({why}")
        came, left = logged(websocket_client.request())
        assert (came, left) == (
            "127.0.0.1 has connected",
            "127.0.0.1 has left the server (Connection closed)",
        )


# What it costs


@pytest.fixture
def charging(tmp_path: Path) -> Iterator[House]:
    """A house with flood control."""
    house = House(tmp_path, limits=f"flood_rate = {Limits().flood_rate}")
    yield house
    house.server.end()


def test_requests_are_charged(charging: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the session, and to the address; a file of the page costs less than a command. Behind a
    whole allowance, nothing is read before there is one again."""
    spent: list[float] = []
    of_address: list[float] = []
    spend = flood.spend

    def noted(pace: flood.Pace, session: Session, cost: float) -> None:
        spent.append(cost)
        spend(pace, session, cost)

    web = enter(charging, "192.0.2.7")
    monkeypatch.setattr(flood, "spend", noted)
    charge = charging.server._host.charge_address
    charging.server._host.charge_address = lambda session, cost: (
        of_address.append(cost) or charge(session, cost)  # type: ignore[func-returns-value]
    )
    web.send(request("GET", "/a") * 10 + request("GET", "/") * 5)
    assert [web.reply().status for _ in range(15)] == [404] * 10 + [200] * 5
    assert sum(spent) == pytest.approx(11)
    assert sum(of_address) == pytest.approx(11)
    web.send(request("GET", "/a") * 40)
    charging.until(lambda: door(charging).throttled)
    assert door(charging).exchange.waiting
    other = enter(charging, "192.0.2.7")
    assert other.ask("GET", "/").status == 200
    web.sock.close()
    other.sock.close()


def test_a_body_in_tiny_chunks_waits_for_its_allowance(
    charging: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs as much of the loop as a large piece. Others are not kept waiting."""
    monkeypatch.setattr(routes, "ROUTES", ROUTES)
    made.clear()
    web = enter(charging, "192.0.2.7")
    web.send(request("POST", "/keep", transfer_encoding="chunked"))
    large, tiny = b"%x\r\n%b\r\n" % (TINY, b"x" * TINY), b"1\r\ny\r\n"
    web.send(large * 40)
    sink = made[0] if made else None
    charging.until(lambda: made and isinstance(made[0], Kept) and len(made[0].pieces) == 40)
    sink = made[0]
    assert isinstance(sink, Kept) and not door(charging).throttled
    burst = round(Limits().flood_burst / TINY_COST)
    web.sock.setblocking(False)
    left = tiny * (2 * burst)
    while not door(charging).throttled:
        with suppress(BlockingIOError):
            left = left[web.sock.send(left) :]
        charging.tick()
    read = len(sink.pieces)
    assert 0.8 * burst < read - 40 < 1.2 * burst
    other = enter(charging, "192.0.2.8")
    assert other.ask("OPTIONS", "*").status == 204
    assert len(sink.pieces) - read < 100
    web.sock.close()
    other.sock.close()


def test_a_unix_socket(charging: House) -> None:
    """Where nobody has an address, and everything is local."""
    web = enter(charging, "unix")
    assert web.ask("GET", "/", Host="localhost").status == 200
    web.sock.close()


def test_bytes_are_charged(charging: House) -> None:
    """What is sent to no avail costs the address what a client's lines would."""
    web = enter(charging, "192.0.2.7")
    web.send(b"GET / HTTP/1.1\r\n" + b"A: " + b"b" * 14_000)
    charging.until(lambda: door(charging).exchange.waiting > 14_000)
    used = charging.server.world.levels.used
    world = charging.server.world
    assert used("bytes", "@192.0.2.7", world.limits.bytes, world.clock) > 8000
    web.sock.close()

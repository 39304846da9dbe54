"""The way from HTTP to the WebSocket door: which paths, which pages, and whose connection it is."""

import socket
from pathlib import Path

import pytest

from net.line import tcp_pair
from server.conftest import House, session_of
from server.test_tls import connect as over_tls
from tls_ends import CONTEXTS
from websocket_client import TEXTS, WebSocket, request
from websocket_frames import sent

LISTED = """flood_rate = 0
per_address = 2
[web]
hosts = ["chat.example.org"]
origins = ["https://wiki.example.org"]
trusted_proxies = ["192.0.2.1"]"""

PROXY, ELSEWHERE = "192.0.2.1", "192.0.2.7"


@pytest.fixture
def listed(tmp_path: Path) -> House:
    return House(tmp_path, limits=LISTED)


def caller(house: House, host: str = "") -> WebSocket:
    """A connection from this machine, or as if from another one."""
    if not host:
        return WebSocket(house.connect().sock)
    here, sock = tcp_pair()
    house.server._accepted(here, host)
    return WebSocket(sock)


def opened(house: House, web: WebSocket, *pieces: bytes) -> int | None:
    """Send the pieces, with a tick after each; the status of the answer."""
    for piece in pieces:
        web.sock.sendall(piece)
        house.tick()
    while web.status is None:
        if not web.look():
            house.tick()
    return web.status


def settle(house: House, web: WebSocket) -> list[str]:
    """Turn until all that it sent is answered; what came."""
    web.seen.clear()
    web.send("PING :settled")
    while not (web.seen and web.seen[-1].endswith(":settled")):
        if not web.look():
            house.tick()
        assert not web.ended, web.seen
    return web.seen[:-1]


REGISTERING = (sent("NICK al"), sent("USER al 0 * :al"))


@pytest.mark.parametrize("path", ["/irc", "/socket", "/"])
def test_where_it_is_found(house: House, path: str) -> None:
    """Ours, gamja's, and that of clients who know only the server."""
    web = caller(house)
    assert opened(house, web, request(path)) == 101
    assert f"Sec-WebSocket-Protocol: {TEXTS}" in web.answer.splitlines()
    assert "xtensions" not in web.answer
    web.sock.sendall(b"".join(REGISTERING))
    assert any(" 001 al " in line for line in settle(house, web))


@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_frames_may_come_with_the_request(house: House, size: int) -> None:
    """However it is cut."""
    data = request() + b"".join(REGISTERING)
    web = caller(house)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert opened(house, web, *pieces) == 101
    house.until(lambda: house.server.world.find("al"))


@pytest.mark.parametrize(
    "path, origin, status",
    [
        ("/irc", "http://127.0.0.1", 101),
        ("/irc", "https://wiki.example.org", 101),
        ("/irc", "http://evil.example", 403),
        ("/", "http://evil.example", 403),
        ("/socket", "http://evil.example", 403),
        ("/irc", "http://127.0.0.1:81", 403),
        ("/irc", "null", 403),
        ("/nothing", "http://127.0.0.1", 404),
    ],
)
def test_only_our_own_pages_may_open_one(
    listed: House, path: str, origin: str, status: int
) -> None:
    """Browsers let any page ask, and send what the page cannot change: its Origin."""
    web = caller(listed)
    assert opened(listed, web, request(path, "127.0.0.1", TEXTS, f"Origin: {origin}")) == status
    listed.server.end()


@pytest.mark.parametrize("host, status", [("chat.example.org", 101), ("evil.example", 421)])
def test_only_under_our_own_names(listed: House, host: str, status: int) -> None:
    """A name that somebody made point to this address is not ours (DNS rebinding)."""
    origin = f"Origin: http://{host}"
    assert opened(listed, caller(listed), request("/irc", host, TEXTS, origin)) == status
    listed.server.end()


@pytest.mark.parametrize(
    "was, becomes, status",
    [
        (b"Version: 13", b"Version: 8", 426),
        (b"websocket", b"WebSocket", 101),
        (b"Upgrade: websocket\r\n", b"", 426),
        (b"Key: ", b"Key: x", 400),
        (b"GET", b"POST", 405),
        (b"GET", b"HEAD", 426),
        (b"HTTP/1.1", b"HTTP/1.0", 426),
        (b"keep-alive, Upgrade", b"keep-alive", 426),
    ],
)
def test_what_is_no_websocket(house: House, was: bytes, becomes: bytes, status: int) -> None:
    """A sentence says why; the connection goes on with HTTP."""
    web = caller(house)
    assert opened(house, web, request().replace(was, becomes)) == status
    assert web.answer.count("HTTP/1.1") == 1
    if status == 426:
        assert "Upgrade: websocket" in web.answer.splitlines()


def test_whose_connection_it_is(listed: House) -> None:
    """That of whom a trusted proxy names: for masks, limits and bans."""
    webs = []
    for nick in ("al", "bob", "carol"):
        web = caller(listed, PROXY)
        forwarded = f"X-Forwarded-For: 198.51.100.9, {ELSEWHERE}"
        webs.append(web)
        status = opened(listed, web, request("/irc", "127.0.0.1", TEXTS, forwarded))
        if nick == "carol":
            assert status == 429  # two are the most from an address
            break
        assert status == 101
        web.send(f"NICK {nick}", f"USER {nick} 0 * :x")
        settle(listed, web)
        assert session_of(listed, nick).host == ELSEWHERE
    listed.server.end()


SECRETS = {
    "over a network": (ELSEWHERE, (), False),
    "from this machine": ("", (), True),
    "a proxy's https": ("", ("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"), True),
}


def test_secrets_only_where_nobody_reads_them(tmp_path: Path) -> None:
    """PASS and SASL, as at the IRC door; a proxy on this machine may have spoken TLS."""
    config = 'flood_rate = 0\n[web]\ntrusted_proxies = ["127.0.0.1"]'
    house = House(tmp_path, limits=config)
    house.server.open_history()
    webs = []
    for host, headers, allowed in SECRETS.values():
        web = caller(house, host)
        assert opened(house, web, request("/irc", "127.0.0.1", TEXTS, *headers)) == 101
        assert may_log_in(house, web) == allowed
        webs.append(web)
    house.server.handshakes.contexts = CONTEXTS
    web = WebSocket(over_tls(house, host=ELSEWHERE).sock)
    assert opened(house, web, request()) == 101
    assert may_log_in(house, web)
    house.server.end()


def may_log_in(house: House, web: WebSocket) -> bool:
    """Whether the server would take a password."""
    web.send("CAP LS 302", "CAP REQ sasl", "AUTHENTICATE PLAIN")
    return any(line.endswith(" AUTHENTICATE +") for line in settle(house, web))


def test_the_time_to_register_begins_with_the_websocket(house: House) -> None:
    """The connection may have been HTTP's for a while."""
    web = caller(house)
    (door,) = house.server.doors.values()
    door.arrived_at -= 1000
    assert opened(house, web, request()) == 101
    web.sock.sendall(b"".join(REGISTERING))
    assert any(" 001 al " in line for line in settle(house, web))


def test_a_server_without_the_web_has_none(tmp_path: Path) -> None:
    house = House(tmp_path, limits="flood_rate = 0\n[web]\nenabled = false")
    assert opened(house, caller(house), request()) == 404
    house.server.end()


def test_it_ends_where_the_client_ends(house: House) -> None:
    """Half a frame is nothing."""
    web = caller(house)
    assert opened(house, web, request() + b"".join(REGISTERING)) == 101
    settle(house, web)
    web.sock.sendall(sent("PRIVMSG al :x")[:-1])
    web.sock.shutdown(socket.SHUT_WR)
    house.until(lambda: not house.server.doors)

"""Who is let in: own names only, own pages only, TLS where it is required; and whose request it is
behind a proxy."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatroom.chat.ports import CLEAR, LOCAL, Transport
from chatroom.chat.settings import Settings, WebSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import ServerBanSet
from chatroom.server import admission
from chatroom.server.web import names, routes
from chatroom.server.web.exchange import BadRequest
from chatroom.server.web.forwarded import Client, client_of
from chatroom.server.web.host import WebHost
from chatroom.server.web.names import Names
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, text
from chatroom.server.web.routes import Route
from net.line import tcp_pair
from server.conftest import House
from server.test_tls import connect as over_tls
from tls_ends import CONTEXTS
from web_client import WebClient, request

WEB = WebSettings(
    hosts=("chat.example.org",),
    url="https://talk.example.org:8443",
    origins=("https://irc.example.org",),
)
OWN = Names(lambda: Settings(name="Chatroom.Local"), lambda: WEB, lambda: "Alpha-2.local")


@pytest.mark.parametrize(
    ("place", "own"),
    [
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("chatroom.local:8080", True),
        ("chat.example.org", True),
        ("alpha-2.local:8080", True),  # announced on the local network
        ("chat.example.org.", True),
        ("talk.example.org:1", True),
        ("machine", True),
        ("machine.local", True),
        ("127.0.0.1", True),
        ("192.0.2.7:8080", True),
        ("[::1]:8080", True),
        ("[2001:db8::7]", True),
        ("evil.example", False),
        ("chat.example.org.evil.example", False),
        ("xchat.example.org", False),
        ("127.0.0.1.evil.example", False),
        ("irc.example.org", False),  # whose pages may come, but which is not this server
        ("2130706433", False),  # as some read 127.0.0.1
        ("", False),
        ("localhost:8080:8080", False),
        ("localhost/", False),
        ("evil.example@localhost", False),
        ("local host", False),
        ("::1", False),
    ],
)
def test_own_names(monkeypatch: pytest.MonkeyPatch, place: str, own: bool) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Machine.lan.example")
    names.machine_names.cache_clear()
    found = OWN.is_own(place.replace("machine", "machine.lan.example", place == "machine"))
    names.machine_names.cache_clear()
    assert found is own


@pytest.mark.parametrize(
    ("origin", "place", "own"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("https://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("https://localhost", "localhost", True),
        ("http://localhost", "localhost:80", True),
        ("http://LOCALHOST:8080", "localhost:8080", True),
        ("https://talk.example.org:8443", "127.0.0.1:8080", True),  # web.url
        ("https://irc.example.org", "localhost:8080", True),  # web.origins
        ("http://irc.example.org", "localhost:8080", False),
        ("http://localhost:8081", "localhost:8080", False),
        ("http://localhost", "localhost:8080", False),
        ("http://127.0.0.1:8080", "localhost:8080", False),
        ("https://localhost", "localhost:80", False),
        ("null", "localhost", False),
        ("", "", False),
        ("null", "null", False),
        ("file://", "", False),
        ("ftp://localhost", "localhost", False),
        ("http://evil.example", "localhost", False),
        ("http://localhost.evil.example", "localhost", False),
        ("localhost", "localhost", False),
    ],
)
def test_own_pages(origin: str, place: str, own: bool) -> None:
    assert OWN.is_own_page(origin, place) is own


TRUSTED = ("127.0.0.0/8", "10.1.0.0/16", "unix")
HERE, LAN = Client("127.0.0.1", LOCAL), Client("10.1.0.1", CLEAR)


@pytest.mark.parametrize(
    ("peer", "said", "proto", "host", "transport"),
    [
        (HERE, "192.0.2.7", "", "192.0.2.7", CLEAR),
        (HERE, "192.0.2.7", "https", "192.0.2.7", Transport(True, "https")),
        (HERE, "6.6.6.6, 192.0.2.7", "https", "192.0.2.7", Transport(True, "https")),
        (HERE, "192.0.2.7, 10.1.2.3", "", "192.0.2.7", CLEAR),
        (HERE, "10.1.2.3", "", "10.1.2.3", CLEAR),  # somebody in the proxies' own network
        (HERE, "[2001:db8::7]:80", "http", "2001:db8::7", CLEAR),
        (HERE, "192.0.2.7:4711", "", "192.0.2.7", CLEAR),
        (HERE, "::ffff:192.0.2.7", "", "192.0.2.7", CLEAR),
        (HERE, "127.0.0.1", "", "127.0.0.1", LOCAL),
        (HERE, "", "https", "127.0.0.1", LOCAL),  # the proxy itself
        (LAN, "127.0.0.1", "", "10.1.0.1", CLEAR),
        (LAN, "192.0.2.7", "https", "192.0.2.7", Transport(False, "https")),
        (Client("unix", LOCAL), "192.0.2.7", "HTTPS", "192.0.2.7", Transport(True, "https")),
        (Client("192.0.2.9", CLEAR), "127.0.0.1", "https", "192.0.2.9", CLEAR),  # not trusted
    ],
)
def test_whose_request_it_is(
    peer: Client, said: str, proto: str, host: str, transport: Transport
) -> None:
    headers = {"x-forwarded-for": said, "x-forwarded-proto": proto}
    assert client_of(headers, peer, TRUSTED) == Client(host, transport)
    assert client_of(headers, peer, ()) == peer


@pytest.mark.parametrize("said", ["unknown", "192.0.2.7, evil", "_hidden", "192.0.2.7,"])
def test_a_proxy_that_does_not_know(said: str) -> None:
    with pytest.raises(BadRequest, match="something else than addresses"):
        client_of({"x-forwarded-for": said}, HERE, TRUSTED)


# At the door


def who(said: Request, web: WebHost) -> Response:
    return text(200, f"{said.peer} {said.session.secure} {said.https} {web.url(said)}")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server with a certificate, behind a proxy on this machine."""
    rows = (Route("GET", "/who", who), Route("POST", "/who", who, small=10))
    monkeypatch.setattr(routes, "ROUTES", rows)
    web = "flood_rate = 0\nper_address = 2\n[web]\ntrusted_proxies = ['127.0.0.2']"
    house = House(tmp_path, limits=web)
    house.server.handshakes.contexts = CONTEXTS
    house.server.world.set_tls(house.server.config.tls, True)
    yield house
    house.server.end()


def enter(house: House, host: str) -> WebClient:
    """Somebody who connects from that address."""
    ours, its = tcp_pair()
    house.server._accepted(ours, host)
    return WebClient(its, house.tick)


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (request("GET", "/who", Host="evil.example"), 421, "This server does not go by the name"),
        (request("GET", "/", Host="evil.example"), 421, "This server does not go by the name"),
        (request("GET", "/who", Origin="http://evil.example"), 200, ""),  # it cannot read that
        (request("POST", "/who", b"x", Origin="http://evil.example"), 403, "A page of another"),
        (request("POST", "/who", b"x", Origin="null"), 403, "A page of another site"),
        (request("POST", "/who", b"x", Sec_Fetch_Site="cross-site"), 403, "A page of another"),
        (request("POST", "/who", b"x", Sec_Fetch_Site="same-site"), 403, "A page of another"),
        (request("POST", "/who", b"x", Origin="http://127.0.0.1"), 200, "192.0.2.9 False False"),
        (request("POST", "/who", b"x", Sec_Fetch_Site="same-origin"), 200, ""),
        (request("POST", "/who", b"x"), 200, ""),  # curl
        (b"GET http://localhost/who HTTP/1.1\r\nHost: evil\r\n\r\n", 400, "The URL and the Host"),
        (b"GET http://localhost/who HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, ""),
        (b"GET /who HTTP/1.0\r\n\r\n", 200, ""),
        (request("TRACE", "/who"), 405, "TRACE is not possible here."),
    ],
)
def test_names_and_pages(gate: House, said: bytes, status: int, words: str) -> None:
    web = enter(gate, "192.0.2.9")
    web.send(said)
    reply = web.reply()
    assert (reply.status, reply.text[: len(words)]) == (status, words)


def test_where_there_is_no_web_page(gate: House) -> None:
    gate.server.config = replace(gate.server.config, web=WebSettings(enabled=False))
    for said in (request("GET", "/"), request("POST", "/who", b"x"), request("OPTIONS", "*")):
        web = enter(gate, "192.0.2.9")
        web.send(said)
        assert (web.reply().status, web.rest()) == (404, b"")


def test_a_method_that_nobody_knows(gate: House) -> None:
    """A page can make it up, even so that it is a command of IRC; nothing of it is carried out."""
    for method in ("BREW", "NICK", "hello"):
        reply = enter(gate, "192.0.2.9").ask(method, "/who", b"NICK a\r\nUSER a 0 * :a\r\n")
        assert (reply.status, reply.text) == (501, "This server does not know that method.")


def test_where_everything_needs_tls(gate: House) -> None:
    """A page that is only looked at leads to its https; nothing else is done in the clear."""
    always = replace(gate.server.config.tls, required="always")
    gate.server.world.set_tls(always, True)
    reply = enter(gate, "192.0.2.9").ask("GET", "/who?a=b", Host="localhost:8080")
    assert (reply.status, reply.headers["location"]) == (307, "https://localhost:8080/who?a=b")
    assert reply.text == "This server talks only over TLS: connect to the same port with TLS."
    assert enter(gate, "192.0.2.9").ask("POST", "/who", b"x").status == 403
    web = enter(gate, "192.0.2.9")
    web.send(b"GET /who HTTP/1.0\r\n\r\n")
    assert web.reply().status == 403  # there is no name to lead to
    assert enter(gate, "192.0.2.9").ask("GET", "/who", Host="evil.example").status == 421
    assert enter(gate, "127.0.0.1").ask("GET", "/who").status == 200
    proxied = {"X_Forwarded_For": "192.0.2.8", "X_Forwarded_Proto": "https"}
    assert enter(gate, "127.0.0.2").ask("GET", "/who", b"", **proxied).status == 200
    inside = over_tls(gate, host="192.0.2.9")
    web = WebClient(inside.sock, gate.tick)
    assert web.ask("GET", "/who").text == "192.0.2.9 True True https://127.0.0.1"
    gate.server.world.set_tls(always, False)
    assert enter(gate, "192.0.2.9").ask("GET", "/who").status == 403


def test_a_proxy_passes_on_several_people(gate: House) -> None:
    """On one connection, each with their own limits and bans; the proxy has none."""
    web = enter(gate, "127.0.0.2")
    addresses = gate.server.arrivals.addresses
    for person in ("192.0.2.7", "192.0.2.8", "192.0.2.7"):
        reply = web.ask("GET", "/who", X_Forwarded_For=person, X_Forwarded_Proto="https")
        assert reply.text == f"{person} True True https://127.0.0.1"
        assert addresses.connections(person) == 1
    assert addresses.connections("192.0.2.8") == 0
    assert web.ask("GET", "/who").text == "127.0.0.2 True False http://127.0.0.1"
    now = gate.server.world.now
    ban = ServerBanSet(0, "192.0.2.7", True, "oper", now, 0, "Go away")
    apply(gate.server.world, ban)
    assert web.ask("GET", "/who", X_Forwarded_For="192.0.2.8").status == 200
    refused = web.ask("GET", "/who", X_Forwarded_For="192.0.2.7")
    assert refused.status == 403 and "Go away" in refused.text
    gate.until(lambda: not gate.server.doors)
    assert len(addresses) <= 3


def test_too_many_connections_from_one_address(gate: House) -> None:
    """A connection that is one too many is refused, directly or behind a proxy. A browser opens
    six, so those of HTTP are counted apart, until one becomes a WebSocket."""
    words = "Too many connections from your address."
    web = []
    for _ in range(2 * admission.WEB):
        web.append(enter(gate, "192.0.2.7"))
        assert web[-1].ask("GET", "/who").status == 200
    for crowded in (enter(gate, "192.0.2.7"), enter(gate, "127.0.0.2")):
        refused = crowded.ask("GET", "/who", X_Forwarded_For="192.0.2.7")
        assert (refused.status, refused.text) == (429, words)
        assert refused.headers["retry-after"] == "5"
    sessions = [door.session for door in gate.server.doors.values()][:3]
    arrivals = gate.server.arrivals
    assert [arrivals.count_as_web(each, False) for each in sessions] == ["", "", words[:-1]]
    assert b"Too many connections" in enter(gate, "192.0.2.7").rest()


def test_behind_a_proxy_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PROXY protocol says whose connection it is, for HTTP as for IRC."""
    monkeypatch.setattr(routes, "ROUTES", (Route("GET", "/who", who),))
    house = House(tmp_path, limits="[proxies]\nproxy_protocol = ['127.0.0.1']")
    web = enter(house, "127.0.0.1")
    web.send(b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 8080\r\n" + request("GET", "/who"))
    assert web.reply().text == "192.0.2.7 False False http://127.0.0.1"
    web.sock.close()
    house.server.end()

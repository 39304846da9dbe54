"""The client's connection over TLS: a real socket whose other end is in the test's hand."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatroom.client.connection import handshake, server_connection
from chatroom.client.connection.server_connection import (
    ConnectionState,
    ServerConnection,
    why_not,
)
from chatroom.client.connection.trust import Trust, Untrusted
from chatroom.client.files.pins import Pins, with_colons
from chatroom.client.limits import LIMITS, told
from chatroom.net.addresses import Address
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.net.tls import TlsError, TlsLayer, fingerprint
from chatroom.net.tls_context import client_context, server_contexts
from harness import PATIENCE
from tls_ends import OTHER, SERVER, trusting

FINGERPRINT = fingerprint(
    ssl.PEM_cert_to_DER_cert(Path(SERVER).read_text().partition("-----BEGIN PRIV")[0])
)


class Visit:
    """The owner of a connection, and the server that it calls.

    `told` is what happened to the connection, `heard` what was received on it.
    """

    def __init__(self, pins: Pins, by_hand: str = "") -> None:
        self.told: list[str] = []
        self.heard = b""
        self.refusal = Untrusted("")
        self.greeting = b""
        self.accepted = 0
        self.certificate = SERVER
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = Address("127.0.0.1", self.listener.getsockname()[1])
        self.loop, self.timers = Loop(), Timers()
        self.trust = Trust(self.address, pins, by_hand)
        self.link = ServerConnection(self.loop, self.timers, self.address, self, self.trust)
        self.loop.watch(self.listener, 1, lambda _mask: self._accept())
        self.peers: list[socket.socket] = []
        self.layer: TlsLayer | None = None
        self.layers: list[TlsLayer] = []

    # What the connection tells its owner

    def connected(self) -> None:
        self.told.append("connected")
        self.link.say(self.greeting)

    def unreachable(self, error: OSError) -> None:
        self.told.append(why_not(self.address, error))

    def untrusted(self, refusal: Untrusted) -> None:
        self.told.append("untrusted")
        self.refusal = refusal

    def received(self, data: bytes) -> None:
        self.heard += data

    def lost(self, reason: str) -> None:
        self.told.append(f"lost: {reason}")

    def expects(self) -> bool:
        return True

    def probe(self) -> None:
        self.told.append("probe")

    # The server

    def _accept(self) -> None:
        peer, _ = self.listener.accept()
        self.accepted += 1
        self.peers.append(peer)
        self.layer = TlsLayer(server_contexts(self.certificate, self.certificate).plain)
        self.layers.append(self.layer)
        self.loop.watch(peer, 1, lambda _mask: self.shake(peer))

    def shake(self, peer: socket.socket) -> None:
        """The server's part of the handshake, and no more: then the test has the socket."""
        assert self.layer
        data = peer.recv(65536)
        with suppress(TlsError):  # the client does not trust us
            assert self.layer.feed(data) == b""
        if self.layer.established or not data:
            self.loop.unwatch(peer)
        peer.sendall(self.layer.take())

    def send(self, data: bytes) -> None:
        """One record, or several."""
        assert self.layer
        self.layer.write(data)
        self.peers[-1].sendall(self.layer.take())

    def reads(self) -> bytes:
        """The plaintext that the client sent, as far as it has arrived."""
        assert self.layer
        return self.layer.feed(self.peers[-1].recv(65536))

    def was_told(self, number: int) -> bytes:
        """All of the plaintext of a connection that has ended."""
        plaintext = b""
        with suppress(TlsError):
            while data := self.peers[number].recv(65536):
                plaintext += self.layers[number].feed(data)
        return plaintext

    # Time

    def turn(self) -> None:
        ready = self.loop.select(PATIENCE)
        assert ready, f"nothing happens any more; told: {self.told}"
        for call, mask in ready:
            call(mask)
        self.link.flush()

    def until(self, done: Callable[[], object]) -> None:
        while not done():
            self.turn()

    def call(self) -> str:
        """Call, and return what came of it."""
        before = len(self.told)
        self.link.call()
        self.until(lambda: len(self.told) > before)
        return self.told[before]

    def close(self) -> None:
        self.link.close()
        self.loop.close()
        for sock in (self.listener, *self.peers):
            sock.close()


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "known_servers")


@pytest.fixture
def visit(pins: Pins) -> Iterator[Visit]:
    one = Visit(pins)
    yield one
    one.close()


@pytest.fixture
def known(visit: Visit, pins: Pins) -> Visit:
    """Connected to a server that is known."""
    pins.keep(visit.address, FINGERPRINT)
    visit.greeting = b"NICK alice\r\n"
    assert visit.call() == "connected"
    assert visit.reads() == b"NICK alice\r\n"
    return visit


def test_first_use_then_known(visit: Visit, pins: Pins) -> None:
    """Nothing is said to a server before it is trusted; afterwards one handshake is enough."""
    visit.greeting = b"secret"
    assert visit.call() == "untrusted"
    assert (visit.accepted, visit.link.state) == (2, ConnectionState.ENDED)
    assert with_colons(FINGERPRINT) in visit.refusal.question
    assert [visit.was_told(number) for number in range(2)] == [b"", b""]
    visit.trust.accept()
    assert visit.call() == "connected"
    visit.link.flush()
    assert visit.reads() == b"secret"
    assert visit.accepted == 3
    assert pins.find(visit.address) == FINGERPRINT


def test_the_system_vouches(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody is asked, and nothing is pinned."""
    monkeypatch.setattr(handshake, "client_context", lambda *_args, **_named: trusting())
    assert visit.call() == "connected"
    assert (visit.accepted, visit.link.how) == (1, "over TLS")


def test_the_system_vouches_for_another_name(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is good, but for others."""
    visit.certificate = OTHER

    def context(verify: bool, _certificate: str, protocol: str) -> ssl.SSLContext:
        made = client_context(verify, protocol=protocol)
        if verify:
            made.load_verify_locations(OTHER)
        return made

    monkeypatch.setattr(handshake, "client_context", context)
    assert visit.call() == "untrusted"
    assert "127.0.0.1" in visit.refusal.question


def test_a_changed_certificate(known: Visit) -> None:
    """Nothing is said to it, and calling again changes nothing."""
    known.certificate = OTHER
    for _ in range(2):
        assert known.call() == "untrusted"
        assert known.refusal.question == ""
        assert "has changed" in known.refusal.text
    assert known.accepted == 5
    assert not any(known.was_told(number) for number in range(1, 5))


def test_a_wrong_fingerprint(pins: Pins) -> None:
    """One handshake shows it."""
    visit = Visit(pins, "ab" * 32)
    assert visit.call() == "untrusted"
    assert (visit.accepted, visit.refusal.question) == (1, "")
    assert pins.find(visit.address) == ""
    visit.close()


def test_a_damaged_file_of_known_servers(visit: Visit, tmp_path: Path) -> None:
    """Then the server is not even called."""
    (tmp_path / "known_servers").write_text("rubbish\n")
    visit.link.call()
    assert visit.told == ["untrusted"]
    assert "known_servers, line 1" in visit.refusal.text
    assert (visit.accepted, visit.refusal.question) == (0, "")


def test_many_lines_in_one_record_are_heard_at_once(known: Visit) -> None:
    """Nothing waits inside the layer while the socket is silent."""
    lines = b"".join(b"PING :%d\r\n" % number for number in range(1500))
    known.send(lines)
    known.until(lambda: known.heard.endswith(b"PING :1499\r\n"))
    assert known.heard == lines


def test_what_comes_with_the_end_of_the_handshake_is_heard(
    visit: Visit, pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in TLS 1.2, where the server speaks last; it comes after `connected`."""

    def context(verify: bool, _certificate: str, protocol: str) -> ssl.SSLContext:
        made = client_context(verify, protocol=protocol)
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        return made

    monkeypatch.setattr(handshake, "client_context", context)
    pins.keep(visit.address, FINGERPRINT)

    def shake_and_greet(peer: socket.socket) -> None:
        assert visit.layer
        visit.layer.feed(peer.recv(65536))
        if visit.layer.established:
            visit.layer.write(b"NOTICE * :welcome\r\n")
            visit.loop.unwatch(peer)
        peer.sendall(visit.layer.take())

    visit.shake = shake_and_greet  # type: ignore[method-assign]
    assert visit.call() == "connected"
    visit.until(lambda: visit.heard)
    assert visit.heard == b"NOTICE * :welcome\r\n"


def test_pausing_leaves_everything_with_the_server(known: Visit) -> None:
    """Backpressure: the socket is not read, and afterwards nothing is missing."""
    known.link.pause()
    known.send(b"one")
    assert known.loop.select(0) == []
    known.link.resume()
    known.until(lambda: known.heard == b"one")


def test_a_server_that_does_not_read(known: Visit) -> None:
    """What waits for it is bounded, encrypted or not."""
    while known.link.state is ConnectionState.CONNECTED:
        known.link.say(bytes(100_000))
        known.link.flush()
    assert known.told[-1] == f"lost: {told('output')}"
    assert LIMITS.output < 10_000_000


@pytest.mark.parametrize("politely", [True, False])
def test_the_server_hangs_up(known: Visit, politely: bool) -> None:
    """With TLS's own goodbye, or without, as most do: it is told once."""
    assert known.layer
    if politely:
        known.layer.close()
        known.peers[-1].sendall(known.layer.take())
    else:
        known.peers[-1].close()
    known.until(lambda: len(known.told) > 1)
    assert known.told == ["connected", "lost: the server closed it"]


def test_junk_inside_of_tls(known: Visit) -> None:
    """The connection is lost, for a reason."""
    known.peers[-1].sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    known.until(lambda: len(known.told) > 1)
    assert known.told[1].startswith("lost: TLS: ")


def test_a_record_that_is_too_long(known: Visit) -> None:
    """It is refused by its header: not even 64 KB of it are awaited."""
    known.peers[-1].sendall(b"\x17\x03\x03\xff\xff")
    known.until(lambda: len(known.told) > 1)
    assert known.told[1].startswith("lost: TLS: ")


def test_a_half_open_connection(known: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked, and given up, as in the clear: only what is said counts, no empty record."""
    monkeypatch.setattr(server_connection, "SILENCE_SECONDS", 0.0)
    for _ in range(2):
        known.timers.run(known.link._heard + 1e6)
    assert known.told == ["connected", "probe", "lost: connection timed out"]


# Servers without TLS


def answering(visit: Visit, data: bytes, end: bool = False) -> None:
    """Have the server answer the client's first words with this."""

    def shake(peer: socket.socket) -> None:
        if peer.recv(65536):
            peer.sendall(data)
            if end:
                peer.shutdown(socket.SHUT_WR)
        visit.loop.unwatch(peer)

    visit.shake = shake  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("data", "end", "why"),
    [
        (b":s NOTICE * :hi\r\nmore", False, "answered in clear text (:s NOTICE * :hi)"),
        (b"ERROR :Too many\r\n", True, "answered in clear text (ERROR :Too many)"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "(HTTP/1.1 400 Bad Request)"),
        (b"\r\nWelcome\r\n", False, "answered in clear text. "),
        (b"\x15\x03\x01\x00\x02\x02\x28", True, "it refused the handshake. "),
        (b"", True, "it closed the connection during the handshake. "),
    ],
)
def test_a_server_in_clear_text(visit: Visit, data: bytes, end: bool, why: str) -> None:
    """It is said what it did instead, and how to go on."""
    answering(visit, data, end)
    told = visit.call()
    assert told.startswith(f"{visit.address} does not speak TLS: it ")
    assert why in told
    assert told.endswith("use --no-tls.")
    assert (visit.accepted, visit.link.state) == (1, ConnectionState.ENDED)


GREETING = b"Welcome to Chatroom. Choose a nickname:\r\n"


def test_a_handshake_that_comes_too_late(visit: Visit, pins: Pins) -> None:
    """Our server greets a client who is silent for a moment: the client tries again, once."""
    pins.keep(visit.address, FINGERPRINT)
    shake = visit.shake
    answering(visit, GREETING)
    once = visit.shake

    def late(peer: socket.socket) -> None:
        (once if visit.accepted == 1 else shake)(peer)

    visit.shake = late  # type: ignore[method-assign]
    assert visit.call() == "connected"
    assert visit.accepted == 2
    visit.link.close()
    visit.shake = once  # type: ignore[method-assign]
    assert "On a slow line the handshake may have come too late" in visit.call()
    assert visit.accepted == 4


def test_control_characters_of_a_server_in_clear_text(visit: Visit) -> None:
    """They do not reach the terminal."""
    answering(visit, b"\x1b]0;owned\x07\xff\x9b\r\n")
    told = visit.call()
    assert "owned" in told
    assert told.isprintable()


def test_no_tls_version_in_common(visit: Visit) -> None:
    """An alert: the server does speak TLS, so that clear text is no way out."""
    answering(visit, b"\x15\x03\x01\x00\x02\x02\x46")
    told = visit.call()
    assert told.startswith(f"No TLS connection to {visit.address}: the two sides have no TLS")
    assert "--no-tls" not in told


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x03"])
def test_a_stalled_handshake(visit: Visit, begun: bytes) -> None:
    """It ends after the time that a connection may take, and frees everything."""
    answering(visit, begun)
    visit.link.call()
    visit.until(lambda: visit.accepted and visit.link._handshake)
    assert visit.link.state is ConnectionState.CONNECTING
    visit.timers.run(time.monotonic() + server_connection.CONNECT_SECONDS + 1)
    (told,) = visit.told
    assert "does not seem to speak TLS: there was no answer within 15 seconds" in told
    assert visit.link._connection is None


def test_nothing_is_said_during_a_handshake(visit: Visit) -> None:
    """What somebody says too early goes nowhere, least of all in clear text."""
    answering(visit, b"")
    visit.link.call()
    visit.until(lambda: visit.accepted and visit.link._handshake)
    visit.link.say(b"PASS secret\r\n")
    visit.link.flush()
    visit.link.close()
    assert b"secret" not in visit.peers[-1].recv(65536)


def test_a_host_for_which_no_certificate_can_be(pins: Pins) -> None:
    """It is a sentence, not a traceback."""
    visit = Visit(pins)
    visit.link.address = Address(".", visit.address.port)
    for host in (".example", "x" * 300, "a..b"):
        with pytest.raises(handshake.HandshakeError):
            handshake.client_layer(Address(host, 1), verify=True)
    for host in ("", "127.0.0.1", "::1", "fe80::1%lo", "example.org."):
        assert handshake.client_layer(Address(host, 1), verify=True).take()
    visit.close()

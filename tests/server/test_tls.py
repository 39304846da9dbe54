"""TLS on the port that also takes clear text: one tick at a time, on real sockets."""

import logging
import socket
from contextlib import suppress

import pytest

from chatroom.chat.ports import CLEAR, LOCAL
from chatroom.net.tls import TlsError, TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.server import handshakes
from chatroom.server.doors.handshake import HANDSHAKE_BYTES
from harness import PATIENCE, Client
from net.line import tcp_pair
from server.conftest import House, session_of
from tls_ends import CLIENT, CONTEXTS, TlsSocket, fingerprint_of

FROM_ELSEWHERE = "192.0.2.1"


@pytest.fixture
def secure(house: House) -> House:
    """A server with a certificate."""
    house.server.handshakes.contexts = CONTEXTS
    return house


def hello(certificate: str = "") -> tuple[TlsLayer, bytes]:
    """A client's end, and its first message."""
    layer = TlsLayer(client_context(verify=False, certificate=certificate), "localhost")
    layer.feed(b"")
    return layer, layer.take()


def connect(house: House, certificate: str = "", host: str = "") -> Client:
    """Somebody who has shaken hands."""
    layer, first = hello(certificate)
    if host:
        here, sock = tcp_pair()
        house.server._accepted(here, host)
    else:
        sock = house.connect().sock
    sock.sendall(first)
    return shake(house, sock, layer)


def shake(house: House, sock: socket.socket, layer: TlsLayer) -> Client:
    """Do the rest of the handshake."""
    sock.setblocking(False)
    while not layer.established:
        try:
            layer.feed(sock.recv(65536))
        except BlockingIOError:
            house.tick()
    sock.settimeout(PATIENCE)
    client = Client(TlsSocket(sock, layer))
    rest = layer.take()
    socket.socket.sendall(client.sock, rest)
    house.until(lambda: not _shaking(house))
    return client


def _shaking(house: House) -> bool:
    return any(not door.protocol and hasattr(door, "layer") for door in house.server.doors.values())


def test_both_doors_are_inside_as_outside(secure: House) -> None:
    """An IRC client and a person over TLS, and one of each in the clear, talk to each other."""
    clear = secure.join("clear", "#general")
    irc = connect(secure)
    irc.send("NICK alice", "USER alice 0 * alice", "JOIN #general")
    secure.settle(irc)
    person = connect(secure)
    secure.until(lambda: any(door.session.closing == "" for door in secure.server.doors.values()))
    person.send("bob", "")
    secure.until(lambda: secure.server.world.find("bob"))
    person.send("hello from inside")
    secure.settle(irc)
    secure.settle(clear)
    assert any("hello from inside" in line for line in irc.seen)
    assert any("hello from inside" in line for line in clear.seen)
    irc.send("PRIVMSG #general :and back")
    secure.settle(irc)
    assert person.read_until("and back")


def test_a_silent_caller_inside_is_greeted(secure: House) -> None:
    """A person with `openssl s_client` says nothing and waits, as with netcat."""
    person = connect(secure)
    secure.until(lambda: any(getattr(door, "greeted", 0) for door in secure.server.doors.values()))
    assert person.line() == "Welcome to Chatroom. Choose a nickname:"


def test_a_handshake_after_the_greeting(secure: House) -> None:
    """A client that needs long for its first message is recognised: it may skip the greeting, or
    connect again."""
    layer, first = hello()
    client = secure.connect()
    secure.until(lambda: any(getattr(door, "greeted", 0) for door in secure.server.doors.values()))
    assert client.line() == "Welcome to Chatroom. Choose a nickname:"
    client.sock.sendall(first)
    inside = shake(secure, client.sock, layer)
    inside.send("NICK alice", "USER alice 0 * alice")
    secure.settle(inside)


@pytest.mark.parametrize("whole", [True, False])
def test_a_last_line_without_its_end(secure: House, whole: bool) -> None:
    """It is said if TLS says that the input ends there. Otherwise somebody between may have cut
    it."""
    irc = secure.join("irc", "#general")
    person = connect(secure)
    assert isinstance(person.sock, TlsSocket)
    person.sock.sendall(b"bob\r\n\r\nfirst\r\nnot")
    if whole:
        person.sock.layer.close()
        socket.socket.sendall(person.sock, person.sock.layer.take())
    person.sock.shutdown(socket.SHUT_WR)
    secure.until(lambda: len(secure.server.world.users) == 1)
    secure.settle(irc)
    said = [line for line in irc.seen if " PRIVMSG " in line]
    assert [line.rpartition(":")[2] for line in said] == ["first", "not"][: 1 + whole]


@pytest.mark.parametrize("step", [1, 7])
def test_a_handshake_in_small_pieces(secure: House, step: int) -> None:
    """The first byte alone tells that it is TLS."""
    layer, first = hello()
    client = secure.connect()
    for at in range(0, len(first), step):
        client.sock.sendall(first[at : at + step])
        secure.tick()
    inside = shake(secure, client.sock, layer)
    inside.send("NICK alice", "USER alice 0 * alice")
    secure.settle(inside)


def test_the_first_line_with_the_last_of_the_handshake(secure: House) -> None:
    """A client need not wait; neither does the server."""
    layer, first = hello()
    client = secure.connect()
    client.sock.sendall(first)
    client.sock.setblocking(False)
    while not layer.established:
        try:
            layer.feed(client.sock.recv(65536))
        except BlockingIOError:
            secure.tick()
    layer.write(b"NICK alice\r\nUSER alice 0 * alice\r\n")
    client.sock.sendall(layer.take())
    secure.until(lambda: secure.server.world.find("alice"))


def test_what_the_session_knows(secure: House) -> None:
    """Whether others can read it, the version, and whose certificate was shown."""
    plain = connect(secure, host=FROM_ELSEWHERE)
    plain.send("NICK alice", "USER alice 0 * alice")
    secure.settle(plain)
    with_one = connect(secure, CLIENT, host=FROM_ELSEWHERE)
    with_one.send("NICK bob", "USER bob 0 * bob")
    secure.settle(with_one)
    assert session_of(secure, "alice").transport == (True, "TLSv1.3", "")
    assert session_of(secure, "bob").transport == (True, "TLSv1.3", fingerprint_of(CLIENT))
    carol = secure.join("carol")
    assert session_of(secure, "carol").transport is LOCAL
    here, there = tcp_pair()
    secure.server._accepted(here, FROM_ELSEWHERE)
    dave = Client(there).send("NICK dave", "USER dave 0 * dave")
    secure.settle(dave)
    assert session_of(secure, "dave").transport is CLEAR
    carol.close()


def test_without_a_certificate_there_is_an_alert_and_one_line(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Not words in the clear, which no TLS program understands; and not a line for each try."""
    with caplog.at_level(logging.WARNING, "chatroom"):
        for _ in range(3):
            layer, first = hello()
            client = house.connect()
            client.sock.sendall(first)
            house.until(lambda: all(each.finished for each in house.server.doors))
            with pytest.raises(TlsError, match="could not agree on parameters"):
                layer.feed(client.sock.recv(1000))
            assert client.sock.recv(1000) == b""
            client.close()
            house.until(lambda: not house.server.doors)
    assert [each for each in caplog.messages if "no certificate" in each] == [
        "127.0.0.1 tried to connect with TLS, but this server has no certificate (tls.certificate)."
        " This warning is not repeated for ten minutes."
    ]


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x00\x05hello", b"\x16" + b"\xff" * 200])
def test_junk_instead_of_a_handshake(
    secure: House, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends, with an alert where OpenSSL has one, and the reason in the log."""
    client = secure.connect()
    with caplog.at_level(logging.INFO, "chatroom"):
        client.sock.sendall(junk)
        secure.until(lambda: all(each.finished for each in secure.server.doors))
    assert any("(TLS: " in each for each in caplog.messages)
    client.close()


def test_tls_in_tls(secure: House) -> None:
    """There is no second layer."""
    client = connect(secure)
    client.sock.sendall(hello()[1])
    secure.until(lambda: all(each.finished for each in secure.server.doors))
    assert client.line() == "ERROR :This connection is encrypted already."


def test_a_handshake_without_end(secure: House) -> None:
    """Is bounded in bytes. (In time it is bounded as every registration is.)"""
    layer, first = hello()
    client = secure.connect()
    client.sock.sendall(first)
    (connection,) = secure.server.doors
    record = b"\x14\x03\x03\x00\x01\x01"  # change_cipher_spec, which TLS 1.3 ignores
    client.sock.setblocking(False)
    sent = 0
    while not connection.closing:
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            sent += client.sock.send(record * 100)
        secure.tick()
    assert sent <= 4 * HANDSHAKE_BYTES
    assert not layer.established


def test_a_crowd_of_handshakes_waits_and_nobody_else(
    secure: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick does a bounded number of steps; who chats is served in each."""
    monkeypatch.setattr(handshakes, "STEPS", 2)
    talker = secure.join("talker", "#general")
    layers = [hello() for _ in range(10)]  # made first: whoever is silent for long is greeted
    crowd = [(secure.connect(), *made) for made in layers]
    for client, _, first in crowd:
        client.sock.sendall(first)
    waiting = secure.server.handshakes.waiting
    secure.until(lambda: waiting)
    most = 0
    while waiting:
        before = len(waiting)
        talker.send("PING :x")
        secure.tick()
        most = max(most, before - len(waiting))
        assert talker.read_until("PONG")
    assert most <= 2
    for client, layer, _ in crowd:
        layer.feed(client.sock.recv(65536))
        assert layer.established


def test_silence_in_a_handshake_ends_at_the_deadline(secure: House) -> None:
    """The same deadline as for every other visitor who does not register."""
    client = secure.connect()
    client.sock.sendall(hello()[1][:50])
    secure.until(lambda: _shaking(secure))
    (door,) = secure.server.doors.values()
    door._check()  # before the deadline
    assert not door.connection.closing
    door.arrived_at -= secure.server.world.limits.registration
    door._check()
    secure.server.reap()
    assert client.sock.recv(100) == b""

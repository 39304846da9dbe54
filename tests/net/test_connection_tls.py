"""A connection over TLS behaves as in the clear: the same bytes, backlog, progress and end."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from chatroom.net.connection import write_to_all
from chatroom.net.ring import Ring
from chatroom.net.tls import TlsLayer
from harness import PATIENCE
from net.line import MUCH, Line, tcp_pair
from tls_ends import ends, shake_hands


class TlsLine(Line):
    """A connection whose peer is the client's end of TLS, in this test's hand."""

    def __init__(self, here: socket.socket, peer: socket.socket) -> None:
        super().__init__(here, peer)
        self.client, server = ends()
        shake_hands(self.client, server)
        self.connection.start_tls(server)
        self.flush()

    def send(self, *pieces: bytes) -> None:
        """Each piece as a record, all in one go."""
        for piece in pieces:
            self.client.write(piece)
        self.peer.sendall(self.client.take())

    def reads(self, size: int) -> bytes:
        """Exactly so many bytes of plaintext, with the tick turning as they come."""
        plaintext = b""
        while len(plaintext) < size:
            self.peer.setblocking(False)
            try:
                plaintext += self.client.feed(self.peer.recv(65536))
            except BlockingIOError:
                assert self.turn(PATIENCE), "nothing more comes"
                self.flush()
        return plaintext

    def hears_all(self, size: int) -> bytes:
        """What the connection has received, at least so many bytes."""
        while sum(map(len, self.heard)) < size:
            assert self.turn(PATIENCE)
        return b"".join(self.heard)


@pytest.fixture
def tls() -> Iterator[TlsLine]:
    """Over TCP."""
    one = TlsLine(*tcp_pair())
    yield one
    one.end()


def test_both_directions(tls: TlsLine) -> None:
    """Plaintext comes out as it went in, and not a byte of it travels."""
    tls.send(b"PING :1\r\n" * 300)
    assert tls.hears_all(2700) == b"PING :1\r\n" * 300
    tls.connection.say(b"secret")
    tls.connection.say(b"words")
    assert tls.flush() == 0
    raw = tls.peer.recv(1000)
    assert b"secret" not in raw
    assert tls.client.feed(raw) == b"secretwords"
    assert tls.connection.flushed


def test_nothing_of_a_tick_makes_a_second_send() -> None:
    """One record and one `send` for what a tick has, as in the clear."""
    line = TlsLine(*socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    line.connection.say(b"one")
    line.connection.say(b"two")
    line.flush()
    line.connection.say(b"three")
    line.connection.flush(b"four")
    assert line.client.feed(line.peer.recv(1000)) == b"onetwo"
    assert line.client.feed(line.peer.recv(1000)) == b"threefour"
    line.end()


def test_what_the_handshake_left_goes_first_and_as_it_is() -> None:
    """TLS 1.2 ends with a message of the server, which is in the outbox when the layer starts."""
    line = Line(*tcp_pair())
    client, server = ends()
    client.feed(b"")
    server.feed(client.take())
    client.feed(server.take())
    server.feed(client.take())
    line.connection.say(b"the server's last message")
    line.connection.start_tls(server)
    line.connection.say(b"plaintext")
    line.flush()
    raw = line.peer.recv(1000)
    assert raw.startswith(b"the server's last message")
    assert client.feed(raw.removeprefix(b"the server's last message")) == b"plaintext"
    line.end()


@pytest.mark.parametrize("with_ring", [False, True])
def test_what_many_get_is_encrypted_for_each(tls: TlsLine, with_ring: bool) -> None:
    """Among others in the clear: nobody over TLS ever gets plaintext on the way."""
    ring = _ring() if with_ring else None
    others = [Line(*tcp_pair()) for _ in range(20)]
    everyone = [tls.connection, *(each.connection for each in others)]
    for _ in range(2):
        rest = write_to_all(b"to all", everyone, ring)
        assert rest == [(tls.connection, b"to all")]
        for connection, data in rest:
            assert connection.flush(data) == 0
        assert tls.reads(6) == b"to all"
        assert {each.peer.recv(100) for each in others} == {b"to all"}
    for each in others:
        each.end()
    if ring:
        ring.close()


def test_many_over_tls_are_written_to_with_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the clear. Whose socket takes only a part gets the rest later; whom something else
    waits for is left to `flush`; whoever is lost harms nobody."""
    ring = _ring()
    lines = [TlsLine(*socket.socketpair()) for _ in range(ring.LEAST + 3)]
    full, late, broken, *_ = lines
    full.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    late.connection.say(b"before ")
    monkeypatch.setattr(broken.connection.tls, "_object", None)
    calls: list[int] = []
    carry_out = ring._carry_out

    def counting(many: int) -> list[int]:
        calls.append(many)
        return carry_out(many)

    monkeypatch.setattr(ring, "_carry_out", counting)
    data = b"x" * 16_000
    rest = write_to_all(data, [each.connection for each in lines], ring)
    assert {connection for connection, _ in rest} == {late.connection, broken.connection}
    assert sum(calls) == len(lines) - 2
    assert 0 < full.connection.backlog < len(data)
    late.connection.flush(data)
    assert late.reads(len(data) + 7) == b"before " + data
    for each in lines[3:]:
        assert each.reads(len(data)) == data
    assert full.reads(len(data)) == data
    for each in lines:
        each.end()
    ring.close()


def _ring() -> Ring:
    try:
        return Ring()
    except OSError as error:
        pytest.skip(f"no io_uring here: {error}")


def test_a_reader_who_does_not_read() -> None:
    """The backlog is counted and bounded by its owner, and comes whole and in order."""
    tls = TlsLine(*socket.socketpair())
    tls.connection.say(MUCH * 3)
    left = tls.flush()
    assert 0 < left == tls.connection.backlog < len(MUCH) * 3.1
    progress = tls.connection.progress
    tls.connection.say(b"and more")
    assert tls.flush() == tls.connection.backlog > left
    assert not tls.connection.flushed
    assert tls.reads(len(MUCH) * 3 + 8) == MUCH * 3 + b"and more"
    assert tls.connection.progress - progress >= left
    assert tls.connection.backlog == 0
    assert tls.connection.flushed
    tls.end()


def test_when_sending_has_failed_plaintext_stays_inside(tls: TlsLine) -> None:
    """What is read meanwhile is still decrypted; `write_to_all` leaves it alone."""
    tls.send(b"last words")
    tls.connection.sock.shutdown(socket.SHUT_WR)
    for _ in range(2):
        tls.connection.say(b"into the void")
        tls.flush()
        assert write_to_all(b"x", [tls.connection], None) == [(tls.connection, b"x")]
    assert tls.hears_all(10) == b"last words"


def test_the_peer_says_that_it_ends(tls: TlsLine) -> None:
    """close_notify is the end, though the socket stays open; we may still write."""
    tls.client.write(b"bye")
    tls.client.close()
    tls.peer.sendall(tls.client.take())
    while tls.heard[-1:] != [b""]:
        assert tls.turn(PATIENCE)
    assert tls.heard == [b"bye", b""]
    assert tls.connection.lost == ""
    tls.connection.say(b"goodbye")
    tls.flush()
    assert tls.client.feed(tls.peer.recv(100)) == b"goodbye"


def test_the_socket_ends_without_a_word(tls: TlsLine) -> None:
    """Most clients hang up like this. It is an end, as in the clear."""
    tls.peer.close()
    while tls.heard != [b""]:
        assert tls.turn(PATIENCE)


def test_we_say_that_we_end(tls: TlsLine) -> None:
    """The client can tell our goodbye from a cut; what it sends then is discarded unread."""
    tls.connection.say(b"goodbye")
    tls.flush()
    tls.connection.close()
    tls.connection.finish()
    raw = b""
    while data := tls.peer.recv(1000):
        raw += data
    assert tls.client.feed(raw) == b"goodbye"
    assert tls.client.ended
    tls.peer.sendall(b"junk, which is not even TLS")
    tls.turn(PATIENCE)
    assert tls.heard == []
    assert tls.connection.lost == ""


def test_writing_after_the_end_is_harmless(tls: TlsLine) -> None:
    """The layer is closed; the connection is lost, and nothing is raised."""
    tls.connection.finish()
    tls.connection.say(b"too late")
    assert tls.flush() == 0
    assert tls.connection.lost


@pytest.mark.parametrize("before", [b"", b"hello"])
def test_junk_ends_the_connection_with_an_alert(tls: TlsLine, before: bytes) -> None:
    """After what was good; the reason is a sentence."""
    if before:
        tls.client.write(before)
    tls.peer.sendall(tls.client.take() + b"\x17\x03\x03\x00\x20" + bytes(32))
    while tls.heard[-1:] != [b""]:
        assert tls.turn(PATIENCE)
    assert b"".join(tls.heard) == before
    assert tls.connection.lost.startswith("TLS: ")
    with pytest.raises(ssl.SSLError):
        _read(tls.client, tls.peer.recv(1000))


def _read(client: TlsLayer, data: bytes) -> None:
    client._incoming.write(data)
    client._object.read(1)

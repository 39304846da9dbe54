"""TLS connections that one process relays to another: what each side notices."""

import os
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.server.upgrade import leftovers
from chatroom.server.upgrade import relay as module
from chatroom.server.upgrade.leftovers import Leftovers
from chatroom.server.upgrade.relay import Relay
from harness import PATIENCE
from net.line import tcp_pair
from tls_ends import TlsSocket, ends, shake_hands

MUCH = b"0123456789abcdef" * 65_536


class Relayed:
    """A relay between a client in TLS and the process that serves, both in the test's hand."""

    def __init__(self, before: bytes = b"") -> None:
        """`before` is what the old process has written and not sent."""
        here, there = tcp_pair()
        client, server = ends()
        shake_hands(client, server)
        self.client = TlsSocket(there, client)
        self.loop, self.heard = Loop(), list[bytes]()
        self.to_flush: list[Connection] = []
        self.outer = Connection(self.loop, here, self.heard.append, self.to_flush)
        self.outer.start_tls(server)
        self.turn_old()
        if before:
            self.outer.say(before)
            self.turn_old()
        self.one = one = Relay(self.loop, self.outer)
        self.server = socket.socket(fileno=os.dup(one.far_end))
        one.prepare(self.to_flush)
        self.relays = Leftovers(self.loop, self.to_flush, [one])
        for sock in (self.client, self.server):
            sock.settimeout(PATIENCE)

    def turn_old(self) -> None:
        """The tick's flush of the old process."""
        connections, self.to_flush[:] = self.to_flush[:], []
        for connection in connections:
            connection.flush()

    def turn(self, times: int = 4) -> None:
        """What is under way gets through."""
        for _ in range(times):
            self.relays.tick(0.001)

    def read(self, reader: socket.socket, size: int) -> bytes:
        """Read with small sips, while the relay turns."""
        reader.setblocking(False)
        data = b""
        while len(data) < size:
            try:
                more = reader.recv(65_536)
            except BlockingIOError:
                self.relays.tick(PATIENCE)
                continue
            assert more
            data += more
        reader.settimeout(PATIENCE)
        return data

    def write(self, writer: socket.socket, data: bytes) -> int:
        """Write until the other end has not taken anything for a while. Returns how much."""
        writer.setblocking(False)
        sent = idle = 0
        while sent < len(data) and idle < 5:
            try:
                sent += writer.send(data[sent : sent + 65_536])
                idle = 0
            except BlockingIOError:
                idle += 1
            self.turn()
        writer.settimeout(PATIENCE)
        return sent

    def end(self) -> None:
        for sock in (self.client, self.server):
            sock.close()
        while self.relays:
            self.relays.tick(0.01)
        self.loop.close()


@pytest.fixture
def relayed() -> Iterator[Relayed]:
    one = Relayed()
    yield one
    one.end()


def test_both_sides_hear_each_other(relayed: Relayed) -> None:
    relayed.client.sendall(b"PING a\r\n")
    assert relayed.read(relayed.server, 8) == b"PING a\r\n"
    relayed.server.sendall(b"PONG a\r\n")
    assert relayed.read(relayed.client, 8) == b"PONG a\r\n"
    assert not relayed.heard


def test_what_was_sealed_before_goes_first() -> None:
    """More than the client's socket takes: the rest waits in the old process."""
    relayed = Relayed(MUCH * 16)
    assert relayed.outer.backlog
    relayed.server.sendall(b"later")
    assert relayed.read(relayed.client, len(MUCH) * 16 + 5) == MUCH * 16 + b"later"
    relayed.end()


def test_a_client_that_does_not_read_stops_the_server(relayed: Relayed) -> None:
    """The process that serves notices it, as it would without a relay, and the relay's memory
    stays small."""
    sent = relayed.write(relayed.server, MUCH * 16)
    assert sent < len(MUCH * 16)
    assert relayed.relays.backlog < 4 * module.HIGH
    assert relayed.read(relayed.client, sent) == (MUCH * 16)[:sent]


def test_a_server_that_does_not_read_stops_the_client(relayed: Relayed) -> None:
    """As when it lets somebody wait who floods it."""
    data = MUCH * 16
    relayed.client.layer.write(data)
    sealed = relayed.client.layer.take()
    raw = socket.socket(fileno=os.dup(relayed.client.fileno()))
    sent = relayed.write(raw, sealed)
    raw.close()
    assert sent < len(sealed)
    assert relayed.relays.backlog < 4 * module.HIGH
    assert data.startswith(relayed.read(relayed.server, 100_000))


def test_the_client_ends_first(relayed: Relayed) -> None:
    """It sends no more, and still hears the answer: half of the connection is open."""
    relayed.client.layer.write(b"QUIT\r\n")
    relayed.client.layer.close()
    socket.socket.sendall(relayed.client, relayed.client.layer.take())
    relayed.client.shutdown(socket.SHUT_WR)
    assert relayed.read(relayed.server, 6) == b"QUIT\r\n"
    relayed.turn()
    assert relayed.server.recv(1) == b""
    relayed.server.sendall(b"ERROR :Bye\r\n")
    relayed.server.shutdown(socket.SHUT_WR)
    relayed.turn()
    assert not relayed.relays


def test_the_server_ends_first(relayed: Relayed) -> None:
    """After its last words the client is told that nothing follows (close_notify), and then has a
    moment to end too; the server sees that it did."""
    relayed.server.sendall(b"ERROR :Bye\r\n")
    relayed.server.shutdown(socket.SHUT_WR)
    assert relayed.read(relayed.client, 12) == b"ERROR :Bye\r\n"
    relayed.turn()
    assert relayed.client.recv(1) == b""
    assert relayed.client.layer.ended
    assert relayed.relays
    relayed.client.close()
    relayed.turn()
    assert relayed.server.recv(1) == b""
    assert not relayed.relays


def test_the_server_ends_and_the_client_does_not(
    relayed: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGER", 0.02)
    relayed.server.close()
    while relayed.relays:
        relayed.relays.tick(PATIENCE)
    assert relayed.client.recv(1) == b""


def test_the_server_ends_and_the_client_reads_nothing(
    relayed: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last words do not fit into its socket."""
    monkeypatch.setattr(module, "LAST_WORDS", 0.02)
    monkeypatch.setattr(leftovers, "LOOKS", 0.02)
    relayed.write(relayed.server, MUCH * 16)
    relayed.server.close()
    while relayed.relays:
        relayed.relays.tick(PATIENCE)


@pytest.mark.parametrize("stopping", [False, True])
def test_a_slow_reader_gets_the_rest(relayed: Relayed, stopping: bool) -> None:
    """After the server has closed the connection: as long as the client reads anything, unless the
    server has ended."""
    sent = relayed.write(relayed.server, MUCH * 16)
    relayed.server.close()
    relayed.one.look(time.monotonic())
    late = relayed.one.deadline
    assert late
    before, got = relayed.outer.progress, 0
    while relayed.outer.progress == before:
        got += len(relayed.read(relayed.client, 1))
        relayed.turn(1)
    if stopping:
        relayed.relays.stop()
    assert relayed.one.advance(late) is not stopping
    if not stopping:
        assert (relayed.one.deadline or 0.0) > late
        assert len(relayed.read(relayed.client, sent - got)) == sent - got


def test_the_process_that_serves_dies(relayed: Relayed) -> None:
    """With bytes of the client that it has not read (ECONNRESET at our end)."""
    relayed.client.sendall(b"unread")
    relayed.turn()
    relayed.server.close()
    relayed.turn()
    assert relayed.client.recv(1) == b""


def test_a_reset_reaches_the_server(relayed: Relayed) -> None:
    """After what the client has sent before."""
    relayed.client.sendall(b"last")
    relayed.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    relayed.turn()
    relayed.client.close()
    assert relayed.read(relayed.server, 4) == b"last"
    relayed.turn()
    assert not relayed.relays
    assert relayed.server.recv(1) == b""


def test_broken_tls_ends_one_connection(relayed: Relayed) -> None:
    """Somebody between the two has changed a byte."""
    relayed.client.sendall(b"good")
    raw = socket.socket(fileno=os.dup(relayed.client.fileno()))
    raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    raw.close()
    assert relayed.read(relayed.server, 4) == b"good"
    relayed.turn()
    assert not relayed.relays
    assert relayed.server.recv(1) == b""


def test_an_ended_half_is_ended_in_the_new_process() -> None:
    """The client had sent its last line before the upgrade."""
    here, there = tcp_pair()
    client, server = ends()
    shake_hands(client, server)
    loop, heard, to_flush = Loop(), list[bytes](), list[Connection]()
    outer = Connection(loop, here, heard.append, to_flush)
    outer.start_tls(server)
    there.shutdown(socket.SHUT_WR)
    for call, mask in loop.select(PATIENCE):
        call(mask)
    assert heard == [b""]
    relay = Relay(loop, outer)
    new = socket.socket(fileno=os.dup(relay.far_end))
    relay.prepare(to_flush)
    relays = Leftovers(loop, to_flush, [relay])
    relays.tick(0)
    assert new.recv(1) == b""
    new.close()
    while relays:
        relays.tick(PATIENCE)
    there.close()
    loop.close()


def test_a_cancelled_relay_leaves_the_connection_as_it_was() -> None:
    """The upgrade has failed."""
    here, there = tcp_pair()
    client, server = ends()
    shake_hands(client, server)
    loop, heard, to_flush = Loop(), list[bytes](), list[Connection]()
    outer = Connection(loop, here, heard.append, to_flush)
    outer.start_tls(server)
    for is_prepared in (False, True):
        relay = Relay(loop, outer)
        if is_prepared:
            relay.prepare(to_flush)
        relay.cancel()
    tls = TlsSocket(there, client)
    tls.sendall(b"hello")
    for call, mask in loop.select(PATIENCE):
        call(mask)
    assert heard == [b"hello"]
    outer.release()
    tls.close()
    loop.close()


def test_a_bug_ends_one_relay(relayed: Relayed, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_data: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(relayed.outer, "received", fail)
    relayed.client.sendall(b"x")
    relayed.turn()
    assert not relayed.relays
    assert relayed.server.recv(1) == b""

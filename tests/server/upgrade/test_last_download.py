"""Files that the old process sends to their end: what their readers get, and what else happens."""

import os
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers
from chatroom.server.doors.door import BRAKE
from chatroom.server.doors.http_connection import PIECE
from chatroom.server.files import download as reading
from chatroom.server.files.download import Download
from chatroom.server.upgrade import leftovers
from chatroom.server.upgrade.last_download import LastDownload
from chatroom.server.upgrade.leftovers import Leftovers
from chatroom.server.web.turns import PIECES, Turns
from harness import PATIENCE
from net.line import tcp_pair
from tls_ends import TlsSocket, ends, shake_hands

Result = TypeVar("Result")

DATA = bytes(range(251)) * 16_000  # 4 MB


class Old:
    """The old process, with downloads whose clients are in the test's hand."""

    def __init__(self, directory: Path) -> None:
        self.loop = Loop()
        self.workers = Workers(self.loop, 1)
        self.to_flush: list[Connection] = []
        self.turns = Turns()
        self._file = directory / "file"
        self._waiting: list[LastDownload] = []
        self._clients: list[socket.socket] = []
        self.leftovers = Leftovers(self.loop, self.to_flush, [], self.workers)

    def add(self, tls: bool = False, begin: int = 0, patience: float = PATIENCE) -> socket.socket:
        """Send the file from the byte `begin` on. Returns the client; the file is removed."""
        self._file.write_bytes(DATA)
        here, there = tcp_pair()
        connection = Connection(self.loop, here, lambda _data: None, self.to_flush)
        client = there
        if tls:
            at_client, at_server = ends()
            shake_hands(at_client, at_server)
            client = TlsSocket(there, at_client)
            connection.start_tls(at_server)
        client.settimeout(PATIENCE)
        with self._file.open("rb") as file:
            descriptor = os.dup(file.fileno())
        self._file.unlink()
        source = Download(self._submit, descriptor, begin, len(DATA) - begin)
        self._waiting.append(LastDownload(connection, source, self.turns, patience))
        self._clients.append(client)
        return client

    def _submit(
        self,
        job: Callable[[], Result],
        done: Callable[[Future[Result]], None],
        writes: bool = False,
    ) -> None:
        self.workers.submit(job, done)

    def begin(self) -> None:
        self.leftovers = Leftovers(self.loop, self.to_flush, self._waiting, self.workers)

    def read(self, client: socket.socket, size: int) -> bytes:
        """Read while the old process turns; less than `size` bytes if the connection ends."""
        client.setblocking(False)
        data = b""
        while len(data) < size:
            try:
                more = client.recv(65_536)
            except BlockingIOError:
                self.leftovers.tick(0.001)
                continue
            if not more:
                break
            data += more
        client.settimeout(PATIENCE)
        return data

    def run(self) -> None:
        """Until nothing is left."""
        while self.leftovers:
            self.leftovers.tick(PATIENCE)

    def end(self) -> None:
        for client in self._clients:
            client.close()
        self.run()
        self.leftovers.close()
        self.loop.close()


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    one = Old(tmp_path)
    yield one
    one.end()


@pytest.mark.parametrize("nowait", [True, False])
@pytest.mark.parametrize("tls", [False, True])
def test_the_rest_of_a_file(
    old: Old, tls: bool, nowait: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read by the loop or by a worker, in the clear or sealed; then the connection ends, although
    the client has not."""
    if not nowait:
        monkeypatch.setattr(reading, "_NOWAIT", None)
    client = old.add(tls, begin=1000)
    old.begin()
    assert old.read(client, len(DATA)) == DATA[1000:]
    assert old.leftovers
    client.close()
    old.run()


def test_an_unsent_rest_goes_first(old: Old) -> None:
    """What was read from the file before, and what was queued."""
    client = old.add(begin=6)
    (one,) = old._waiting
    one.connections[0].say(b"HTTP/1.1 200 OK\r\n\r\n" + DATA[:6])
    old.begin()
    assert old.read(client, 19 + len(DATA))[19:] == DATA


def test_a_reader_who_does_not_read(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays small, and the deadline ends it; nobody ends one who reads."""
    monkeypatch.setattr(leftovers, "LOOKS", 0.01)
    client = old.add(patience=0.05)
    old.begin()
    highest = 0
    while old.leftovers:
        old.leftovers.tick(PATIENCE)
        highest = max(highest, old.leftovers.backlog)
    assert highest <= 2 * BRAKE
    with pytest.raises(ConnectionResetError):
        while client.recv(65_536):
            pass
        raise ConnectionResetError  # the system had all of it in its buffers


def test_a_reader_who_has_gone(old: Old) -> None:
    client = old.add()
    old.begin()
    assert old.read(client, 1000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    old.run()


def test_the_next_request_is_dropped(old: Old) -> None:
    """And does not disturb the file, even if there is no end of it."""
    client = old.add()
    old.begin()
    client.sendall(b"GET / HTTP/1.1\r\n" * 2000)
    assert old.read(client, len(DATA) + 1) == DATA


def test_a_client_that_has_ended_its_half(old: Old) -> None:
    client = old.add()
    client.shutdown(socket.SHUT_WR)
    old.begin()
    assert old.read(client, len(DATA) + 1) == DATA
    old.run()


def test_many_take_turns(old: Old) -> None:
    """In one tick there are as many pieces as in a tick of a server, so relays do not wait; and
    each client gets its file."""
    clients = [old.add() for _ in range(3 * PIECES)]
    old.begin()
    connections = [one.connections[0] for one in old._waiting]
    for _ in range(40):
        old.leftovers.tick(0)
        put = [len(each) for one in connections for each in one.outbox]
        assert len(put) <= PIECES
        assert sum(put) <= PIECES * PIECE
    for client in clients:
        assert old.read(client, len(DATA)) == DATA


def test_the_server_stops(old: Old) -> None:
    """They end with it."""
    clients = [old.add(), old.add()]
    old.begin()
    for client in clients:
        assert old.read(client, 1000)
    old.leftovers.stop()
    old.leftovers.tick(0)
    assert not old.leftovers


def test_a_file_that_is_too_short(old: Old) -> None:
    """Its reader sees that it is not complete: the connection ends early."""
    client = old.add()
    (one,) = old._waiting
    assert one._download is not None
    one._download._end += 10
    old.begin()
    assert old.read(client, len(DATA) + 10) == DATA

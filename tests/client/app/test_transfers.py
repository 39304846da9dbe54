"""Files beside the chat: what happens when the server asks to come again."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatroom.client.app.transfers import FileTransfers
from chatroom.client.transfer.places import Home
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.net.addresses import Address
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from harness import PATIENCE

BUSY = (
    b"HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 9\r\nConnection: close\r\n\r\nTry again"
)
STORED = b"HTTP/1.1 201 Created\r\nLocation: /files/y/a.txt\r\nContent-Length: 0\r\n\r\n"


class Desk:
    """The client's transfers, and a server that gives these answers, one to each connection."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._loop, self._timers = Loop(), Timers()
        address = Address("127.0.0.1", self._listener.getsockname()[1])
        self.filehost = f"http://{address}/files"
        self.transfers = FileTransfers(self._loop, self._timers)
        self.transfers.belong_to(Home(address, tls=False), None)
        self.complaints: list[str] = []
        self.transfers.complain = self.complaints.append
        self.answers: list[bytes] = []
        self._peers: list[socket.socket] = []

    def until(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, "nothing happens any more"
            for ready, mask in self._loop.select(0.01):
                ready(mask)
            with suppress(BlockingIOError):
                peer, _ = self._listener.accept()
                peer.sendall(self.answers.pop(0))
                self._peers.append(peer)
            self._timers.run(time.monotonic())
            if self.transfers.busy:
                self.transfers.turn()

    def end(self) -> None:
        self.transfers.close()
        for sock in (*self._peers, self._listener):
            sock.close()
        self._loop.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    yield one
    one.end()


def test_it_tries_again_once(desk: Desk, tmp_path: Path) -> None:
    """As the server asks when it is about to continue in another process: the person hears of it if
    that does not help, or if it is about more than a moment."""
    (tmp_path / "a.txt").write_text("hello")
    stored: list[Uploaded] = []
    desk.answers = [BUSY, STORED]
    desk.transfers.upload(str(tmp_path / "a.txt"), desk.filehost, stored.append)
    desk.until(lambda: stored)
    assert not desk.complaints
    desk.answers = [BUSY, BUSY]
    desk.transfers.upload(str(tmp_path / "a.txt"), desk.filehost, stored.append)
    desk.until(lambda: desk.complaints)
    assert not desk.answers
    desk.answers = [BUSY.replace(b"Retry-After: 0", b"Retry-After: 60")]
    desk.transfers.upload(str(tmp_path / "a.txt"), desk.filehost, stored.append)
    desk.until(lambda: len(desk.complaints) == 2)
    assert all("a.txt was not sent: Try again." in each for each in desk.complaints)
    assert len(stored) == 1

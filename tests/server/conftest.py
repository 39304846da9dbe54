"""A server in this process, one tick at a time, on real sockets."""

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatroom.chat.session import Session
from chatroom.net.addresses import Address, bind
from chatroom.net.connection import Connection
from chatroom.server import closing
from chatroom.server.config.load import load
from chatroom.server.config.options import parse_options
from chatroom.server.server import Server
from harness import PATIENCE, Client

DESCRIPTORS = 1024


LOG = logging.getLogger("chatroom")


class Bugs(logging.Handler):
    """The exceptions that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.found.append(record.exc_info[1])


class House:
    """Turns the server's crank by hand: what is sent before a `tick` is what that tick meets.

    A bug that the server survives is raised, unless the house is `forgiving`.
    """

    def __init__(self, directory: Path, kind: type[Server] = Server, limits: str = "") -> None:
        (directory / "chatroom.toml").write_text(f"[limits]\n{limits or 'flood_rate = 0'}\n")
        options = parse_options(
            ["-c", str(directory / "chatroom.toml"), "--data", str(directory / "data")]
        )
        self.server = kind(load(options), options, DESCRIPTORS)
        self.server.stopwatch = lambda: 0.0  # no machine is too slow for a tick's budget
        self.forgiving = False
        self.bugs = Bugs()
        (sock,) = bind(Address("127.0.0.1", 0), 64)
        self.address = sock.getsockname()
        self.server.accepting.listen(sock)

    def tick(self, times: int = 1) -> None:
        """Turns; one in which nothing happens for PATIENCE seconds is a failure."""

        def overdue() -> None:
            pytest.fail("waited in vain")  # which is no Exception, so that nobody guards it

        for _ in range(times):
            timer = self.server.timers.at(self.server.world.clock + PATIENCE, overdue)
            LOG.addHandler(self.bugs)
            self.server.tick()
            LOG.removeHandler(self.bugs)
            timer.cancel()
            if self.bugs.found and not self.forgiving:
                raise self.bugs.found[0]

    def until(self, done: Callable[[], object]) -> None:
        """Turn until that is so."""
        while not done():
            self.tick()

    def connect(self) -> Client:
        """Someone new, whom the server has taken in."""
        before = len(self.server.doors)
        client = Client(socket.create_connection(self.address, PATIENCE))
        self.until(lambda: len(self.server.doors) > before)
        return client

    def join(self, nick: str, *rooms: str) -> Client:
        """An IRC client who has registered and is in these rooms."""
        client = self.connect()
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", *(f"JOIN {room}" for room in rooms))
        return self.settle(client)

    def settle(self, client: Client) -> Client:
        """Turn until all that this IRC client sent is answered, and read the answers."""
        client.send("PING :settled")
        client.sock.setblocking(False)
        data = b""
        while b"settled\r\n" not in data:
            self.tick()
            try:
                data += client.sock.recv(1 << 20)
            except BlockingIOError:
                continue
        client.sock.settimeout(PATIENCE)
        client.seen += data.decode().splitlines()
        return client


def session_of(house: House, nick: str) -> Session:
    """The only connection of somebody."""
    user = house.server.world.find(nick)
    assert user is not None
    (session,) = user.sessions
    assert isinstance(session, Session)
    return session


def join_with_small_buffers(house: House, nick: str, room: str) -> Client:
    """Somebody for whom bytes soon wait in the server when they do not read."""
    client = house.join(nick, room)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    its_end = session_of(house, nick).peer
    assert isinstance(its_end, Connection)
    its_end.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return client


@pytest.fixture(autouse=True)
def _no_long_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here most who are refused do not close: each would cost its test two seconds."""
    monkeypatch.setattr(closing, "LINGER", 0.05)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with its default rules, but without flood control."""
    house = House(tmp_path)
    yield house
    house.server.end()

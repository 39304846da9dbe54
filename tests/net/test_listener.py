"""Taking in new connections."""

import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from chatroom.net.connection import Connection
from chatroom.net.listener import ACCEPTS_PER_TURN, Listener, raise_descriptor_limit
from chatroom.net.loop import Loop

PATIENCE = 15.0


class Entrance:
    """A listening socket, those who were let in, and what was said when there was no room."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.server = socket.create_server(("127.0.0.1", 0), backlog=2 * ACCEPTS_PER_TURN)
        self.server.setblocking(False)
        self.guests: list[socket.socket] = []
        self.reasons: list[str] = []
        self.then: Callable[[], None] = lambda: None
        self.listener = Listener(loop, self.server, self._accepted, self.reasons.append)

    def _accepted(self, sock: socket.socket, _host: str) -> None:
        self.guests.append(sock)
        self.then()

    def turn(self, timeout: float = 0) -> int:
        """One turn of the loop; how many callbacks."""
        ready = self.loop.select(timeout)
        for call, mask in ready:
            call(mask)
        return len(ready)

    def come(self) -> socket.socket:
        """Somebody connects."""
        return socket.create_connection(self.server.getsockname())


@pytest.fixture
def entrance(loop: Loop) -> Iterator[Entrance]:
    """Closed behind the last one."""
    one = Entrance(loop)
    yield one
    one.listener.close()
    for guest in one.guests:
        guest.close()


@contextmanager
def soft_limit(soft: int) -> Iterator[None]:
    """The limit on open descriptors, put back afterwards."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def next_descriptor() -> int:
    """The number that the next open file will have."""
    number = os.dup(0)
    os.close(number)
    return number


def test_a_bounded_number_in_a_turn(entrance: Entrance) -> None:
    """A rush at the door does not keep those who are in waiting."""
    with ExitStack() as stack:
        for _ in range(ACCEPTS_PER_TURN + 3):
            stack.enter_context(entrance.come())
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == ACCEPTS_PER_TURN
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == ACCEPTS_PER_TURN + 3
        assert entrance.turn() == 0


def test_pausing_while_accepting(entrance: Entrance) -> None:
    """Who comes after that stays in the system's queue, until accepting goes on."""
    with entrance.come(), entrance.come(), entrance.come():
        entrance.then = entrance.listener.pause
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == 1
        assert entrance.turn() == 0
        entrance.then = lambda: None
        entrance.listener.resume()
        entrance.listener.resume()
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == 3


def test_closing_while_accepting(entrance: Entrance) -> None:
    """A server that stops lets nobody in any more."""
    with entrance.come(), entrance.come():
        entrance.then = entrance.listener.close
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == 1
        assert entrance.turn() == 0


def test_when_descriptors_run_out(entrance: Entrance) -> None:
    """EMFILE: it is said why, nothing spins once paused, and later who waited is let in."""
    with entrance.come() as comer:
        with soft_limit(next_descriptor()):
            entrance.turn(PATIENCE)
            assert entrance.reasons == ["Too many open files"]
            assert entrance.guests == []
            entrance.listener.pause()
            assert entrance.turn() == 0
        entrance.listener.resume()
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == 1
        assert len(entrance.reasons) == 1
        comer.send(b"here")
        assert entrance.guests[0].recv(4) == b"here"


def test_a_comer_who_is_gone_again(entrance: Entrance) -> None:
    """A reset before accept is a connection that is lost at once, and stops nobody."""
    gone = entrance.come()
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.close()
    with entrance.come():
        entrance.turn(PATIENCE)
        assert len(entrance.guests) == 2
        heard: list[bytes] = []
        connection = Connection(entrance.loop, entrance.guests[0], heard.append, [])
        entrance.turn(PATIENCE)
        assert heard == [b""]
        assert connection.lost == "Connection reset by peer"
        connection.release()


def test_raising_the_limit() -> None:
    """To the hard one, if the system grants it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with soft_limit(next_descriptor() + 50):
        assert raise_descriptor_limit() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)

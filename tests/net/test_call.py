"""Calling servers, on real sockets: what answers, what refuses and what stays silent."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.net.addresses import Address
from chatroom.net.call import Call
from chatroom.net.loop import Loop
from harness import PATIENCE


class Caller:
    """A loop with a call in it, and the answer."""

    def __init__(self, loop: Loop, address: Address) -> None:
        self.loop = loop
        self.answers: list[socket.socket | OSError] = []
        self.call = Call(loop, address, self.answers.append)
        self.call.start()

    def turn(self) -> None:
        """Wait for something, and deal with it."""
        due = self.loop.select(PATIENCE)
        assert due, "nothing happens"
        for ready, mask in due:
            ready(mask)

    def answer(self) -> socket.socket | OSError:
        while not self.answers:
            self.turn()
        assert len(self.answers) == 1
        return self.answers[0]


@pytest.fixture
def crowded() -> Iterator[Address]:
    """A port whose queue is full, so that a call is not answered at all."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield Address(*server.getsockname())
        for each in waiting:
            each.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_answers(loop: Loop, host: str) -> None:
    """By its address, and by its name, of whose addresses the first may have no server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = Caller(loop, Address(host, server.getsockname()[1])).answer()
        assert isinstance(answer, socket.socket)
        with answer:
            assert answer.getpeername() == server.getsockname()
            assert not answer.getblocking()


def test_a_unix_socket_answers(loop: Loop, tmp_path: Path) -> None:
    """At once."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        answer = Caller(loop, Address("", 0, str(tmp_path / "s"))).answer()
        assert isinstance(answer, socket.socket)
        answer.close()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (Address("127.0.0.1", 1), ConnectionRefusedError),
        (Address("", 0, "/nowhere/at/all"), FileNotFoundError),
        (Address("", 0, "/long" * 100), OSError),
        (Address("a..b", 1), OSError),
        (Address("no-such-host.invalid", 1), socket.gaierror),
    ],
)
def test_nobody_is_there(loop: Loop, address: Address, kind: type[OSError]) -> None:
    """The system's reason is the answer."""
    assert isinstance(Caller(loop, address).answer(), kind)


def test_a_silent_server_is_skipped(loop: Loop, crowded: Address) -> None:
    """The caller decides how long is too long."""
    caller = Caller(loop, crowded)
    caller.turn()  # the look-up
    assert not caller.answers
    caller.call.skip()
    assert isinstance(caller.answer(), TimeoutError)


def test_a_call_that_is_cancelled_stays_silent(loop: Loop, crowded: Address) -> None:
    """During the look-up, and after it; nothing is left in the loop."""
    for turns in (0, 1):
        caller = Caller(loop, crowded)
        for _ in range(turns):
            caller.turn()
        caller.call.cancel()
        assert loop.select(0) == []
        assert caller.answers == []

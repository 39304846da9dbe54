"""What the tests of the loop's room share."""

import socket
from collections.abc import Iterator

import pytest

from chatroom.net.loop import Loop
from net.line import Line, tcp_pair


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A loop that gives back its descriptors."""
    one = Loop()
    yield one
    one.close()


@pytest.fixture
def line() -> Iterator[Line]:
    """Over a unix socket."""
    one = Line(*socket.socketpair())
    yield one
    one.end()


@pytest.fixture
def tcp() -> Iterator[Line]:
    """Over TCP."""
    one = Line(*tcp_pair())
    yield one
    one.end()

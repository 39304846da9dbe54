"""The options of an accepted TCP connection, which find a peer that is gone."""

import socket
from collections.abc import Iterator

import pytest

from net.line import Line, tcp_pair

KEEP_ALIVE_MILLISECONDS = (120 + 4 * 30) * 1000
"""After so long keep-alive gives up a peer that is gone: idle time, then four probes."""


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    """The server's end of a connection."""
    here, peer = tcp_pair()
    line = Line(here, peer)
    yield here
    line.end()
    peer.close()


def option(sock: socket.socket, name: str) -> int:
    """Its value; skips the test where the system does not have it."""
    if not hasattr(socket, name):
        pytest.skip(f"this system has no {name}")
    return sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))


def test_a_peer_may_not_leave_data_unacknowledged_for_longer_than_keep_alive_lasts(
    tcp: socket.socket,
) -> None:
    """RFC 5482: keep-alive pauses while data is unacknowledged, and the system would try for a
    quarter of an hour."""
    assert option(tcp, "TCP_USER_TIMEOUT") == KEEP_ALIVE_MILLISECONDS


@pytest.mark.parametrize(
    ("name", "value"), [("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4)]
)
def test_keep_alive_asks_in_minutes(tcp: socket.socket, name: str, value: int) -> None:
    """The system's own would begin after two hours."""
    assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert option(tcp, name) == value


def test_a_lone_message_does_not_wait(tcp: socket.socket) -> None:
    """For the acknowledgement of the one before (Nagle)."""
    assert option(tcp, "TCP_NODELAY")


def test_urgent_data_comes_in_its_place(tcp: socket.socket) -> None:
    """RFC 854: telnet's synch is urgent, and part of the stream."""
    assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)

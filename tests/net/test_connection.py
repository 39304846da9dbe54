"""One socket with what is to be written to it."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.net.connection import RECEIVE_BYTES, write_to_all
from chatroom.net.ring import Ring
from examples import examples
from harness import PATIENCE
from net.line import MUCH, Line, tcp_pair


@pytest.fixture
def packets() -> Iterator[Line]:
    """Over a socket that keeps each `send` apart."""
    one = Line(*socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    yield one
    one.end()


# Reading


def test_what_the_peer_sends_is_received(line: Line) -> None:
    """As bytes, and nothing when nothing came."""
    assert line.turn() == 0
    line.peer.send(b"hello")
    line.turn()
    assert line.heard == [b"hello"]


def test_a_bounded_number_of_bytes_in_a_turn(tcp: Line) -> None:
    """Nobody keeps the others waiting."""
    tcp.peer.sendall(b"x" * (3 * RECEIVE_BYTES))
    while sum(map(len, tcp.heard)) < 3 * RECEIVE_BYTES:
        before = len(tcp.heard)
        tcp.turn(PATIENCE)
        assert len(tcp.heard) == before + 1
    assert max(map(len, tcp.heard)) <= RECEIVE_BYTES


def test_what_comes_while_paused_is_not_lost(line: Line) -> None:
    """What was sent meanwhile waits in the system, and comes after resuming."""
    line.connection.pause()
    line.peer.send(b"wait")
    assert line.turn() == 0
    line.connection.resume()
    line.connection.resume()
    line.turn()
    assert line.heard == [b"wait"]


def test_the_end_while_paused_is_heard_after_resuming(line: Line) -> None:
    """In its order."""
    line.connection.pause()
    line.peer.send(b"last")
    line.peer.close()
    assert line.turn() == 0
    line.connection.resume()
    line.turn()
    line.turn()
    assert line.heard == [b"last", b""]


def test_tcp_options(tcp: Line) -> None:
    """Without TCP_NODELAY bursts stall 44 ms."""
    assert tcp.connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert tcp.connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert not tcp.connection.sock.getblocking()


# Writing


def test_only_the_flush_writes(packets: Line) -> None:
    """Saying and receiving write nothing."""
    packets.peer.setblocking(False)
    packets.connection.say(b"hello")
    packets.peer.send(b"something")
    packets.turn()
    with pytest.raises(BlockingIOError):
        packets.peer.recv(100)
    assert not packets.connection.flushed
    packets.flush()
    assert packets.peer.recv(100) == b"hello"
    assert packets.connection.flushed


def test_one_send_for_all_of_a_ticks_messages(packets: Line) -> None:
    """Nothing is written; the connection is on the list once for each tick."""
    for word in (b"one ", b"two ", b"three"):
        packets.connection.say(word)
    assert packets.to_flush == [packets.connection]
    assert packets.flush() == 0
    assert packets.peer.recv(100) == b"one two three"
    packets.connection.say(b"four")
    assert packets.to_flush == [packets.connection]


def test_nothing_to_say(line: Line) -> None:
    """Flushing twice, or in vain, is harmless."""
    assert line.connection.flush() == 0
    line.connection.say(b"a")
    line.flush()
    assert line.connection.flush() == 0
    assert line.peer_reads(1) == b"a"


def test_writability_is_watched_only_after_a_short_write(line: Line) -> None:
    """Or an idle socket, which is always writable, would spin the loop."""
    line.connection.say(b"short")
    line.flush()
    assert line.turn() == 0
    line.fill()
    assert line.turn() == 0  # it is full
    line.peer_reads(len(MUCH) + 5)
    assert line.connection.flushed
    assert line.turn() == 0


def test_room_again_is_used_by_the_flush_alone(line: Line) -> None:
    """A writable socket puts the connection on the list; between the two stands the commit."""
    left = line.fill()
    taken = len(MUCH) - left
    line.peer_reads(taken)
    assert line.turn() == 1
    assert line.to_flush == [line.connection]
    line.peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.peer.recv(1)
    assert line.flush() < left
    assert line.peer.recv(1)


def test_order_is_kept_over_short_writes(line: Line) -> None:
    """What is said while the socket is full comes after what was said before."""
    line.fill()
    for number in range(100):
        line.connection.say(b"%03d" % number)
        line.flush()
    data = line.peer_reads(len(MUCH) + 300)
    assert data == MUCH + b"".join(b"%03d" % number for number in range(100))


def test_what_is_said_when_there_is_room_again_comes_after_what_waited(line: Line) -> None:
    """Between the loop's word that there is room and the flush."""
    left = line.fill()
    line.peer_reads(len(MUCH) - left)
    line.turn()
    line.connection.say(b"later")
    line.flush()
    assert line.peer_reads(left + 5) == b"x" * left + b"later"


def test_a_reader_who_does_not_read_costs_what_the_flush_reports(line: Line) -> None:
    """Each byte is counted, so that the owner can put an end to it."""
    left = line.fill()
    for _ in range(50):
        line.connection.say(b"y" * 100)
        left += 100
        assert line.flush() == left
        assert line.turn() == 0
    assert not line.connection.flushed


def test_while_the_socket_is_full_nothing_is_tried(packets: Line) -> None:
    """No system call, no copying, until the loop says that there is room."""
    packets.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    while not packets.connection.flush():
        packets.connection.say(b"z" * 1000)
    packets.peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        while packets.peer.recv(2000):
            pass
    packets.connection.say(b"more")
    assert packets.connection.flush() > 1000
    with pytest.raises(BlockingIOError):
        packets.peer.recv(2000)
    packets.turn()
    assert packets.flush() == 0


STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "flush", "read", "turn"]), st.integers(1, 20_000))
)


@settings(max_examples=examples(25))
@given(STEPS)
def test_every_byte_arrives_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    """Whatever the pace of the two."""
    line = Line(*socket.socketpair())
    line.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    said, seen = bytearray(), bytearray()
    for number, (step, size) in enumerate(steps):
        if step == "say":
            said += (data := bytes([number % 256]) * size)
            line.connection.say(data)
        elif step == "flush":
            line.flush()
        elif step == "turn":
            line.turn()
        elif len(seen) + size <= len(said):
            line.flush()
            seen += line.peer_reads(size)
    line.flush()
    seen += line.peer_reads(len(said) - len(seen))
    assert seen == said
    assert line.connection.flushed
    assert line.connection.flush() == 0
    line.end()


# Writing the same to many


@pytest.fixture(params=["one by one", "at once"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ring | None:
    """How it is written: with a `send` for each, or with io_uring, here for a few already."""
    monkeypatch.setattr(Ring, "LEAST", 1)
    ring: Ring | None = None
    if request.param == "at once":
        ring = request.getfixturevalue("ring")
    return ring


def test_the_same_goes_to_all_at_once(packets: Line, way: Ring | None) -> None:
    """Whoever has nothing else waiting has it, and nothing is left to be done."""
    assert write_to_all(b"for all", [packets.connection], way) == []
    assert packets.peer.recv(100) == b"for all"
    assert packets.to_flush == []


def test_it_comes_after_what_was_said_before(packets: Line, way: Ring | None) -> None:
    """Still with one `send`, which is the flush's then."""
    packets.connection.say(b"first, ")
    ((connection, data),) = write_to_all(b"then for all", [packets.connection], way)
    assert connection.flush(data) == 0
    assert packets.peer.recv(100) == b"first, then for all"
    assert packets.flush() == 0  # it is on the list too, and nothing is left
    packets.peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        packets.peer.recv(100)


def test_of_a_short_write_the_rest_waits(line: Line, way: Ring | None) -> None:
    """Each byte comes once, also when there was no room at all."""
    more = bytes(range(256))
    for data in (MUCH, more, more):
        for connection, rest in write_to_all(data, [line.connection], way):
            assert connection.flush(rest)
    assert line.peer_reads(len(MUCH) + 2 * len(more)) == MUCH + 2 * more


def test_there_is_no_room_at_all(line: Line, way: Ring | None) -> None:
    """Which nobody knew yet: all of it waits."""
    line.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    with suppress(BlockingIOError):
        size = 0
        while True:
            size += line.connection.sock.send(b"x" * 1000)
    more = bytes(range(256))
    ((connection, rest),) = write_to_all(more, [line.connection], way)
    assert connection.flush(rest) == len(more)
    assert line.peer_reads(size + len(more)) == size * b"x" + more


def test_what_waits_is_not_overtaken(line: Line, way: Ring | None) -> None:
    """Not even when the socket has room again, of which the loop has not told yet."""
    left = line.fill()
    line.peer.setblocking(True)
    got = line.peer.recv(len(MUCH) - left, socket.MSG_WAITALL)
    ((connection, rest),) = write_to_all(b"for all", [line.connection], way)
    connection.flush(rest)
    assert got + line.peer_reads(left + 7) == MUCH + b"for all"


def test_one_who_is_gone_harms_nobody_else(tcp: Line, packets: Line, way: Ring | None) -> None:
    """An error of the system is met again by the flush, which knows what to do."""
    tcp.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.peer.close()
    ((connection, rest),) = write_to_all(b"for all", [tcp.connection, packets.connection], way)
    assert packets.peer.recv(100) == b"for all"
    assert connection.flush(rest) == 0
    tcp.turn()
    assert tcp.connection.lost
    assert tcp.heard == [b""]


def test_whose_number_is_given_to_another_is_not_written_to(way: Ring | None) -> None:
    """A descriptor that is closed is soon somebody else's."""
    gone = Line(*tcp_pair())
    number = gone.connection.sock.fileno()
    gone.end()
    other, peer = tcp_pair()
    with other, peer:
        assert other.fileno() == number
        ((connection, rest),) = write_to_all(b"secret", [gone.connection], way)
        assert connection.flush(rest) == 0
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(100)


@pytest.mark.parametrize(
    ("size", "least", "used"),
    [(9, 1, True), (Ring.LARGEST, 1, True), (Ring.LARGEST + 1, 1, False), (9, 2, False)],
)
def test_the_ring_is_for_many_and_for_what_fits(
    ring: Ring, line: Line, monkeypatch: pytest.MonkeyPatch, size: int, least: int, used: bool
) -> None:
    """All else goes the other way, to the last byte."""
    calls: list[int] = []
    monkeypatch.setattr(Ring, "LEAST", least)
    monkeypatch.setattr(ring, "_carry_out", partial(_noted, calls, ring._carry_out))
    for connection, rest in write_to_all(b"x" * size, [line.connection], ring):
        connection.flush(rest)
    assert line.peer_reads(size) == b"x" * size
    assert bool(calls) is used


def _noted(calls: list[int], carry_out: Callable[[int], list[int]], entries: int) -> list[int]:
    calls.append(entries)
    return carry_out(entries)

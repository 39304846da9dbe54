"""One socket with what is to be written to it (DESIGN, "The tick": promises 2 and 4)."""

import errno
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.net.connection import RECEIVE_BYTES, Connection
from chatroom.net.loop import Loop

PATIENCE = 15.0
MUCH = b"x" * 1_000_000


class Line:
    """A connection, the peer's socket, and the tick around them."""

    def __init__(self, here: socket.socket, peer: socket.socket) -> None:
        self.loop = Loop()
        self.peer = peer
        self.peer.settimeout(PATIENCE)
        self.heard: list[bytes] = []
        self.to_flush: list[Connection] = []
        self.connection = Connection(self.loop, here, self.heard.append, self.to_flush)

    def turn(self, timeout: float = 0) -> int:
        """Call whom the loop names; how many."""
        ready = self.loop.select(timeout)
        for call, mask in ready:
            call(mask)
        return len(ready)

    def flush(self) -> int:
        """The tick's flush; what the last connection could not write."""
        connections, self.to_flush[:] = self.to_flush[:], []
        left = 0
        for connection in connections:
            left = connection.flush()
        return left

    def fill(self) -> int:
        """Say more than the system takes; the bytes left over."""
        self.connection.say(MUCH)
        left = self.flush()
        assert 0 < left < len(MUCH)
        return left

    def peer_reads(self, size: int) -> bytes:
        """Exactly so many bytes, with the tick turning as they come."""
        data = b""
        while len(data) < size:
            self.peer.setblocking(False)
            try:
                data += self.peer.recv(size - len(data))
            except BlockingIOError:
                assert self.turn(PATIENCE), "nothing more comes"
                self.flush()
        self.peer.settimeout(PATIENCE)
        return data

    def end(self) -> None:
        """Give everything back."""
        self.connection.release()
        self.peer.close()
        self.loop.close()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname())
        here, _ = server.accept()
    return here, peer


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


def test_pausing(line: Line) -> None:
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
    """FACTS, "Measured": without TCP_NODELAY bursts stall 44 ms."""
    assert tcp.connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert tcp.connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert not tcp.connection.sock.getblocking()


class Reset(socket.socket):
    """As macOS has it when the peer reset the connection before it was accepted."""

    def setsockopt(self, *_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_a_peer_who_was_gone_before_we_began() -> None:
    """That is no exception of the one who accepts: the owner hears the end, as always."""
    here, peer = tcp_pair()
    line = Line(Reset(fileno=here.detach()), peer)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    line.turn(PATIENCE)
    assert line.connection.lost == "Connection reset by peer"
    assert line.heard == [b""]
    line.end()


# Writing


def test_only_the_flush_writes(packets: Line) -> None:
    """DESIGN, promise 2: saying and receiving write nothing."""
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
    """DESIGN, promise 2; the connection is on the list once for each tick."""
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


@settings(max_examples=40, deadline=None)
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


# The peer goes


def test_half_a_close(line: Line) -> None:
    """A peer who says no more may still listen: `printf hi | nc`."""
    line.peer.send(b"hi")
    line.peer.shutdown(socket.SHUT_WR)
    line.turn()
    line.turn()
    assert line.heard == [b"hi", b""]
    assert not line.connection.lost
    line.connection.say(b"you too")
    assert line.flush() == 0
    assert line.peer_reads(7) == b"you too"


def test_the_end_is_told_once(line: Line) -> None:
    """Neither resuming nor a write that fails later tells it again."""
    line.peer.shutdown(socket.SHUT_WR)
    line.turn()
    line.connection.resume()
    assert line.turn() == 0
    line.peer.close()
    line.connection.say(b"anyone?")
    line.flush()
    assert line.connection.lost == "Broken pipe"
    assert line.heard == [b""]


def test_a_peer_who_is_lost_when_writing(line: Line) -> None:
    """The reason is kept, the owner told; nothing more is written, and nothing waits."""
    line.peer.close()
    line.connection.say(b"anyone?")
    assert line.flush() == 0
    assert line.connection.lost == "Broken pipe"
    assert line.heard == [b""]
    assert line.connection.flushed
    assert line.turn() == 0
    line.connection.say(b"still nobody")
    assert line.flush() == 0
    assert line.connection.flushed
    line.connection.resume()
    assert line.turn() == 0


def test_a_peer_who_is_lost_with_much_unread(line: Line) -> None:
    """The loop says so, and the backlog is forgotten."""
    line.fill()
    line.connection.pause()
    line.peer.close()
    assert line.turn() == 1
    assert line.flush() == 0
    assert line.connection.lost
    assert line.connection.flushed
    assert line.turn() == 0


def test_a_peer_who_is_lost_when_reading_takes_the_backlog_along(line: Line) -> None:
    """What nobody will read is kept for nobody."""
    line.fill()
    line.connection.say(b"more")
    line.peer.close()
    line.turn()
    assert line.connection.lost
    assert line.heard == [b""]
    assert not line.connection._unsent
    assert not line.connection.outbox


def test_a_peer_who_resets(tcp: Line) -> None:
    """The reason is the system's."""
    tcp.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.peer.close()
    tcp.turn(PATIENCE)
    assert tcp.connection.lost == "Connection reset by peer"
    assert tcp.heard == [b""]
    assert tcp.turn() == 0


# We go


def test_closing_hears_nothing_more(line: Line) -> None:
    """DESIGN, promise 4; not even what was ready in the same turn."""
    line.peer.send(b"QUIT and more")
    ready = line.loop.select(PATIENCE)
    line.connection.close()
    for call, mask in ready:
        call(mask)
    line.connection.resume()
    assert line.turn() == 0
    assert line.heard == []


def test_closing_writes_the_last_words(line: Line) -> None:
    """DESIGN, promise 4: also those that the socket does not take at once."""
    line.connection.say(MUCH)
    line.connection.say(b"goodbye")
    line.connection.close()
    assert line.flush() > 0
    assert not line.connection.flushed
    assert line.peer_reads(len(MUCH) + 7).endswith(b"goodbye")
    assert line.connection.flushed
    line.connection.release()
    assert line.peer.recv(1) == b""


def test_last_words_are_not_overtaken_by_a_reset(tcp: Line) -> None:
    """A peer who pipelined more than we read gets them, and then an orderly end."""
    tcp.peer.sendall(b"QUIT\r\n" + b"more\r\n" * 100)
    tcp.connection.say(b"ERROR :bye\r\n")
    tcp.connection.close()
    tcp.flush()
    tcp.connection.finish()
    assert tcp.peer.recv(100) == b"ERROR :bye\r\n"
    assert tcp.peer.recv(100) == b""
    tcp.peer.close()
    while not tcp.connection.lost:
        assert tcp.turn(PATIENCE)
    assert tcp.connection.lost == "closed"
    assert tcp.heard == []


def test_finishing_with_a_peer_who_ended_first(line: Line) -> None:
    """Their end was heard before, and counts."""
    line.peer.shutdown(socket.SHUT_WR)
    line.turn()
    line.connection.close()
    line.connection.finish()
    line.turn()
    assert line.connection.lost == "closed"
    assert line.heard == [b""]


def test_finishing_with_a_peer_who_is_gone(tcp: Line) -> None:
    """There is nobody to wait for."""
    tcp.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.peer.close()
    assert tcp.loop.select(PATIENCE)
    tcp.connection.close()
    tcp.connection.finish()
    assert tcp.connection.lost == "Transport endpoint is not connected"


def test_releasing(line: Line) -> None:
    """The socket is closed, the loop forgets it, and what is said after that goes nowhere."""
    line.fill()
    line.connection.release()
    assert line.connection.sock.fileno() == -1
    assert line.connection.lost == "closed"
    assert line.turn() == 0
    line.connection.say(b"hello?")
    assert line.flush() == 0
    line.connection.release()

"""How a connection ends, from either side."""

import errno
import socket
import struct

import pytest

from harness import PATIENCE
from net.line import MUCH, Line, tcp_pair

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
    assert line.connection.flushed
    line.turn()
    assert line.connection.lost == "Broken pipe"
    assert line.heard == [b""]
    assert line.connection.flushed
    assert line.turn() == 0
    line.connection.say(b"still nobody")
    assert line.flush() == 0
    assert line.connection.flushed
    line.connection.resume()
    assert line.turn() == 0


@pytest.mark.parametrize("paused", [False, True])
def test_the_last_words_of_a_peer_who_is_lost_when_writing(tcp: Line, paused: bool) -> None:
    """They are read, though the connection was reset: it had not read what we sent meanwhile."""
    if paused:
        tcp.connection.pause()
    tcp.connection.say(b"hello")
    tcp.flush()
    tcp.peer.recv(1, socket.MSG_PEEK)
    tcp.peer.send(b"last words")
    tcp.peer.close()  # with something unread: a reset
    tcp.connection.say(b"anyone?")
    tcp.flush()
    tcp.connection.say(b"really nobody?")
    assert tcp.flush() == 0
    assert not tcp.connection.lost
    tcp.connection.resume()
    tcp.turn()
    tcp.turn()
    assert tcp.heard == [b"last words", b""]
    assert tcp.connection.lost
    assert tcp.turn() == 0


def test_the_last_words_of_a_peer_who_resets_while_paused(tcp: Line) -> None:
    """All that the system has is read, up to REST_BYTES: its owner was going to read it later."""
    tcp.connection.pause()
    tcp.connection.say(b"unread")
    tcp.flush()
    tcp.peer.recv(1, socket.MSG_PEEK)
    tcp.peer.sendall(b"x" * 20_000)
    tcp.peer.close()
    tcp.connection.notice_reset()
    while not tcp.connection.lost:  # the reset is on its way
        tcp.connection.notice_reset()
    assert b"".join(tcp.heard) == b"x" * 20_000
    assert tcp.heard[-1] == b""


def test_a_peer_who_is_lost_with_much_unread(line: Line) -> None:
    """The loop says so, and the backlog is forgotten."""
    line.fill()
    line.connection.pause()
    line.peer.close()
    assert line.turn() == 1
    assert line.flush() == 0
    assert line.connection.backlog == 0
    assert line.turn() == 0
    line.connection.notice_reset()
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


# We go


def test_closing_hears_nothing_more(line: Line) -> None:
    """A closing connection reads nothing, not even what was ready in the same turn."""
    line.peer.send(b"QUIT and more")
    ready = line.loop.select(PATIENCE)
    line.connection.close()
    for call, mask in ready:
        call(mask)
    line.connection.resume()
    assert line.turn() == 0
    assert line.heard == []


def test_closing_writes_the_last_words(line: Line) -> None:
    """The last words are written, also those that the socket does not take at once."""
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


def test_a_released_connection_says_nothing_more(line: Line) -> None:
    """The socket is closed, the loop forgets it, and what is said after that goes nowhere."""
    line.fill()
    line.connection.release()
    assert line.connection.sock.fileno() == -1
    assert line.connection.lost == "closed"
    assert line.turn() == 0
    line.connection.say(b"hello?")
    assert line.flush() == 0
    line.connection.release()

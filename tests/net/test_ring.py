"""The same bytes to many with one system call (io_uring(7), io_uring_enter(2))."""

import errno
import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.net import ring as module
from chatroom.net.ring import Ring

Pair = tuple[socket.socket, socket.socket]
"""Ours, and the peer's."""

SEVERAL_QUEUES = 700


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """More than the queue has room for. Each `send` comes as one packet."""
    made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(SEVERAL_QUEUES)]
    yield made
    for pair in made:
        for sock in pair:
            sock.close()


def open_descriptors() -> set[Path]:
    gc.collect()  # other tests may have left some to the garbage collector
    return set(Path("/proc/self/fd").iterdir())


def descriptors(pairs: list[Pair]) -> list[int]:
    return [here.fileno() for here, _ in pairs]


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, SEVERAL_QUEUES])
def test_each_gets_all_of_it_once(ring: Ring, pairs: list[Pair], count: int) -> None:
    """However the queue's end falls."""
    some = pairs[:count]
    for data in (b"hello", b"again, and longer", b"!"):
        assert ring.send_to_all(data, descriptors(some)) == [len(data)] * count
        assert [peer.recv(100) for _, peer in some] == [data] * count
    for _, peer in pairs:
        with pytest.raises(BlockingIOError):
            peer.recv(100, socket.MSG_DONTWAIT)


@pytest.mark.parametrize("count", [0, 1, 256, SEVERAL_QUEUES])
def test_each_gets_its_own(ring: Ring, pairs: list[Pair], count: int) -> None:
    """And what goes to all afterwards is the same for all again."""
    some = pairs[:count]
    pieces = [b"%d " % number * (1 + number % 5) for number in range(count)]
    assert ring.send_each(pieces, descriptors(some)) == list(map(len, pieces))
    assert [peer.recv(100) for _, peer in some] == pieces
    assert ring.send_to_all(b"to all", descriptors(some)) == [6] * count
    assert [peer.recv(100) for _, peer in some] == [b"to all"] * count


def test_pieces_that_are_larger_than_the_memory(ring: Ring, pairs: list[Pair]) -> None:
    """Together: in several calls. A single one is cut."""
    some = pairs[:3]
    half = b"x" * (Ring.LARGEST // 2)
    pieces = [b"a" + half, b"b" + half, b"c" * (Ring.LARGEST + 1)]
    for here, _ in some:
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * Ring.LARGEST)
    taken = ring.send_each(pieces, descriptors(some))
    came = [len(peer.recv(2 * Ring.LARGEST, socket.MSG_DONTWAIT)) for _, peer in some[:2]]
    assert taken[:2] == came == [len(pieces[0])] * 2
    assert taken[2] in (Ring.LARGEST, -errno.EMSGSIZE)


def test_each_entry_is_used_again(ring: Ring, pairs: list[Pair]) -> None:
    """With what is new, time and again."""
    here, peer = pairs[0]
    for number in range(2000):
        data = b"%d" % number
        assert ring.send_to_all(data, [here.fileno()]) == [len(data)]
        assert peer.recv(100) == data


def test_who_has_no_room_is_not_waited_for(ring: Ring) -> None:
    """Nor those behind: a short write says how short, a full socket is EAGAIN, at once."""
    full, reader = socket.socketpair()
    other, peer = socket.socketpair()
    with full, reader, other, peer:
        data = b"x" * Ring.LARGEST
        taken = ring.send_to_all(data, [full.fileno(), full.fileno(), full.fileno()])
        assert 0 < sum(max(0, size) for size in taken) < 3 * Ring.LARGEST
        assert taken[-1] == -errno.EAGAIN
        assert ring.send_to_all(b"hello", [full.fileno(), other.fileno()]) == [-errno.EAGAIN, 5]
        assert peer.recv(100) == b"hello"
        assert full.getblocking()  # it is the entry that says not to wait, not the socket


def test_errors_are_each_ones_own(ring: Ring, pairs: list[Pair]) -> None:
    """A closed socket, a peer that is gone (without SIGPIPE), and what is no socket at all."""
    closed, gone, well = pairs[:3]
    closed[0].close()
    gone[1].close()
    read, write = os.pipe()
    to_all = [closed[0].fileno(), gone[0].fileno(), write, well[0].fileno()]
    expected = [-errno.EBADF, -errno.EPIPE, -errno.ENOTSOCK, 5]
    assert ring.send_to_all(b"hello", to_all) == expected
    assert well[1].recv(100) == b"hello"
    os.close(read)
    os.close(write)


def test_what_the_kernel_does_not_take_is_withdrawn(ring: Ring, pairs: list[Pair]) -> None:
    """A call that fails as a whole leaves nothing behind that a later one would carry out."""
    (here, peer), (later, later_peer) = pairs[:2]
    enter, ring._system = ring._system, lambda *_: -1
    assert ring.send_to_all(b"never", [here.fileno()]) == [-errno.EAGAIN]
    ring._system = lambda call, its, count, least, *rest: enter(
        call, its, count - 1, least - 1, *rest
    )
    assert ring.send_to_all(b"one", [here.fileno()] * 2) == [3, -errno.EAGAIN]
    ring._system = enter
    assert ring.send_to_all(b"hello", [later.fileno()]) == [5]
    assert later_peer.recv(100) == b"hello"
    assert peer.recv(100) == b"one"
    with pytest.raises(BlockingIOError):
        peer.recv(100, socket.MSG_DONTWAIT)


def test_after_a_call_whose_results_were_not_read(ring: Ring, pairs: list[Pair]) -> None:
    """The queues themselves say where they are."""
    (here, peer), (closed, gone) = pairs[:2]
    gone.close()
    enter = ring._system

    def interrupted(*arguments: int) -> int:
        enter(*arguments)
        raise KeyboardInterrupt

    ring._system = interrupted
    with pytest.raises(KeyboardInterrupt):
        ring.send_to_all(b"hello", [closed.fileno(), here.fileno()])
    ring._system = enter
    assert ring.send_to_all(b"again", [here.fileno()]) == [5]
    assert [peer.recv(100), peer.recv(100)] == [b"hello", b"again"]


def test_a_system_without_it(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too old, or forbidden, as in many containers: an OSError says so, and nothing stays open."""
    before = open_descriptors()
    monkeypatch.setattr(module, "_SETUP", 9999)  # no system call has this number
    with pytest.raises(OSError) as caught:
        Ring()
    assert caught.value.errno == errno.ENOSYS
    monkeypatch.undo()
    monkeypatch.setattr(module, "_SEND", 250)  # nor has this operation been thought of
    with pytest.raises(OSError):
        Ring()
    assert open_descriptors() == before


def test_closing_gives_all_descriptors_back(ring: Ring) -> None:
    """The maps hold some of their own."""
    before = open_descriptors()
    another = Ring()
    assert another.send_to_all(b"", []) == []
    another.close()
    del another
    assert open_descriptors() == before

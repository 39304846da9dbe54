"""Messages with descriptors between the two processes of an upgrade."""

import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.server.upgrade import channel as module
from chatroom.server.upgrade.channel import (
    AT_ONCE,
    HEADER,
    Channel,
    ChannelError,
    Decoder,
    Message,
    encode,
)
from examples import examples
from harness import PATIENCE

Ends = tuple[Channel, Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Two ends, and the socket of the second."""
    ours, theirs = socket.socketpair()
    one, other = Channel(ours), Channel(theirs)
    yield one, other, theirs
    one.close()
    other.close()


def wire(message: Message) -> tuple[bytes, list[tuple[int, list[int]]]]:
    """The bytes of a message, and the places of its descriptors among them."""
    header, batches, data = encode(message)
    places = [(len(header) + number, list(batch)) for number, batch in enumerate(batches)]
    return header + bytes(len(batches)) + data, places


@given(
    st.lists(st.tuples(st.text(), st.dictionaries(st.text(), st.integers()), st.integers(0, 600))),
    st.integers(1, 50),
)
@settings(max_examples=examples(50))
def test_messages_arrive_in_whatever_pieces(
    said: list[tuple[str, dict[str, int], int]], piece: int
) -> None:
    """Descriptors come with their byte, and belong to the message of that byte."""
    decoder, got, numbers = Decoder(), list[Message](), iter(range(10**6))
    sent = []
    for kind, body, count in said:
        message = Message(kind, body, [next(numbers) for _ in range(count)])
        sent.append(message)
        data, places = wire(message)
        begins = sorted({*range(0, len(data), piece), *(place for place, _ in places)})
        for begin, end in zip(begins, [*begins[1:], len(data)], strict=True):
            got += decoder.feed(data[begin:end], dict(places).get(begin, ()))
    assert got == sent
    assert not decoder.descriptors


@pytest.mark.parametrize(
    "data",
    [
        HEADER.pack(1 << 31, 0),
        HEADER.pack(2, 1 << 21) + b"[]",
        *(HEADER.pack(len(text), 0) + text for text in (b"[]", b"{}", b"[1, {}]", b'["a", 1]')),
        HEADER.pack(1, 0) + b"\xff",
        HEADER.pack(7, 0) + b"[" * 7,
        HEADER.pack(9, 1) + b"\0" + b'["a", {}]',  # without its descriptor
    ],
)  # fmt: skip
def test_nonsense_is_an_error(data: bytes) -> None:
    with pytest.raises(ChannelError):
        Decoder().feed(data)


def test_descriptors_are_sent_in_order_however_many(ends: Ends) -> None:
    """More than the kernel takes at once (SCM_MAX_FD), and a body larger than the sockets'
    buffers, which the other process reads meanwhile."""
    one, other, _ = ends
    pipes = [os.pipe() for _ in range(AT_ONCE // 2 + 20)]
    numbers = [number for pair in pipes for number in pair]
    message = Message("state", {"text": "ü" * 500_000}, numbers)
    sender = threading.Thread(target=lambda: one.send(message, PATIENCE))
    sender.start()
    kind, body, got = other.receive(PATIENCE)
    sender.join()
    assert (kind, body) == message[:2]
    assert len(got) == len(numbers) > AT_ONCE
    for mine, theirs in zip(numbers, got, strict=True):
        assert os.path.samestat(os.fstat(mine), os.fstat(theirs))
        assert not os.get_inheritable(theirs)
    for number in (*numbers, *got):
        os.close(number)


def test_what_is_said_at_once_is_read_one_by_one(ends: Ends) -> None:
    one, other, _ = ends
    assert other.poll() is None
    for kind in ("ready", "restored"):
        one.send(Message(kind, {}), PATIENCE)
    assert other.poll() == Message("ready", {}, [])
    assert other.receive(PATIENCE).kind == "restored"
    assert other.poll() is None


def test_nobody_waits_for_ever(ends: Ends) -> None:
    """A process that neither reads nor says anything."""
    one, other, _ = ends
    with pytest.raises(ChannelError, match="does not answer"):
        one.receive(0.01)
    with pytest.raises(ChannelError, match="does not read"):
        one.send(Message("state", {"text": "x" * 10_000_000}), 0.01)
    assert not other.has_ended()
    assert not other.wait_for_end(0.01)


def test_the_end_is_noticed(ends: Ends) -> None:
    """After what was said before."""
    one, other, _ = ends
    one.send(Message("ready", {}), PATIENCE)
    other.send(Message("unread", {}), PATIENCE)
    one.close()
    assert other.receive(PATIENCE).kind == "ready"
    calls: list[Callable[[], object]] = [other.poll, lambda: other.receive(PATIENCE)]
    for call in calls:
        with pytest.raises(ChannelError, match="has ended"):
            call()
    with pytest.raises(ChannelError, match="has ended"):
        other.send(Message("go", {}), PATIENCE)
    assert other.has_ended()
    assert other.wait_for_end(0)


def test_descriptors_that_nobody_took_are_closed(ends: Ends) -> None:
    """Of a message that nobody has read, and of one that is not complete."""
    one, other, _ = ends
    read, write = os.pipe()
    one.send(Message("go", {}), PATIENCE)
    one.send(Message("state", {}, [write]), PATIENCE)
    header, _, _ = encode(Message("state", {}, [write]))
    raw = socket.socket(fileno=os.dup(one.fileno()))
    socket.send_fds(raw, [header + b"\0"], [write])
    raw.close()
    os.close(write)
    assert other.receive(PATIENCE).kind == "go"  # the rest has been read with it
    other.close()
    assert os.read(read, 1) == b""  # nobody has the other end
    os.close(read)


def test_too_few_descriptors_left(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel drops those for which there is no room; that must not go unnoticed."""
    one, other, _ = ends
    read, write = os.pipe()
    monkeypatch.setattr(module, "AT_ONCE", 1)  # that is how much room the receiver has
    header, _, data = encode(Message("state", {}, []))
    raw = socket.socket(fileno=os.dup(one.fileno()))
    socket.send_fds(raw, [header, data], [read, write] * 2)
    raw.close()
    with pytest.raises(ChannelError, match="no descriptors"):
        other.receive(PATIENCE)
    os.close(read)
    os.close(write)

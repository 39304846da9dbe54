"""Waiting for many things at once."""

import os
import selectors
import signal
import socket
import threading
from functools import partial
from pathlib import Path

import pytest

from chatroom.net import loop as loop_module
from chatroom.net.loop import READ, WRITE, Loop

PATIENCE = 15.0


def turn(loop: Loop, timeout: float = 0) -> int:
    """Call whom the loop names; how many."""
    ready = loop.select(timeout)
    for call, mask in ready:
        call(mask)
    return len(ready)


def test_a_callback_gets_the_mask_until_it_is_unwatched(loop: Loop) -> None:
    """The callback gets the mask, turn after turn, until it is watched otherwise or no more."""
    here, there = socket.socketpair()
    with here, there:
        masks: list[int] = []
        loop.watch(here, READ, masks.append)
        assert turn(loop) == 0
        there.send(b"x")
        turn(loop)
        turn(loop)
        assert masks == [READ, READ]
        loop.rewatch(here, READ | WRITE, masks.append)
        turn(loop)
        assert masks[2:] == [READ | WRITE]
        loop.rewatch(here, WRITE, masks.append)
        turn(loop)
        assert masks[3:] == [WRITE]
        loop.unwatch(here)
        assert turn(loop) == 0


def test_a_loop_without_epoll(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where `selectors` has kqueue: the callbacks get the same masks."""
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    monkeypatch.setattr(loop_module, "_HAS_EPOLL", False)
    monkeypatch.setattr(loop_module, "_MASKS", {READ: READ, WRITE: WRITE})
    loop = Loop()
    test_a_callback_gets_the_mask_until_it_is_unwatched(loop)
    test_waking_up_from_another_thread(loop)
    loop.close()


@pytest.mark.parametrize("events", [READ, WRITE, READ | WRITE])
def test_the_end_of_the_peer_is_whatever_is_watched_for(loop: Loop, events: int) -> None:
    """So that its callback finds out, by reading or by writing."""
    here, there = socket.socketpair()
    with here:
        masks: list[int] = []
        loop.watch(here, events, masks.append)
        there.close()
        turn(loop)
        assert masks == [events]
        loop.unwatch(here)


def test_waking_up_from_another_thread(loop: Loop) -> None:
    """`select` would wait for ever; then it is quiet again."""
    thread = threading.Thread(target=loop.wake)
    thread.start()
    assert turn(loop, PATIENCE) == 1
    thread.join()
    assert turn(loop) == 0


def test_a_hundred_thousand_wake_ups(loop: Loop) -> None:
    """More than a pipe holds: nobody blocks, and one turn takes them all."""
    for _ in range(100_000):
        loop.wake()
    assert turn(loop) == 1
    assert turn(loop) == 0


def test_signals_wake_up() -> None:
    """The handler is called with the number, and `select` returns."""
    before = signal.getsignal(signal.SIGUSR1)
    loop = Loop()
    caught: list[int] = []
    loop.on_signals([signal.SIGUSR1], caught.append)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert turn(loop, PATIENCE) == 1
        assert caught == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
        loop.close()


def test_closing_gives_back_the_descriptors() -> None:
    """All of them, and the signals' way in."""
    before = len(list(Path("/dev/fd").iterdir()))
    loop = Loop()
    loop.on_signals([], print)
    assert len(list(Path("/dev/fd").iterdir())) > before
    loop.close()
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert signal.set_wakeup_fd(-1) == -1
    with pytest.raises(OSError, match="Bad file descriptor"):
        loop.wake()


def test_closing_leaves_the_wake_up_descriptor_of_others_alone() -> None:
    """A loop without signals may live in any thread, beside one that has them."""
    with socket.socketpair()[0] as others:
        others.setblocking(False)
        signal.set_wakeup_fd(others.fileno())
        closed = threading.Event()
        thread = threading.Thread(target=_close_one, args=(closed,))
        thread.start()
        thread.join()
        assert closed.is_set()
        Loop().close()
        assert signal.set_wakeup_fd(-1) == others.fileno()


def _close_one(closed: threading.Event) -> None:
    Loop().close()
    closed.set()


def _note(called: list[int], number: int, _mask: int) -> None:
    called.append(number)


def test_of_thousands_some_are_named_at_a_time(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, also where the first ones are ready again at once."""
    monkeypatch.setattr(loop_module, "MOST_READY", 3)
    pairs = [socket.socketpair() for _ in range(7)]
    called: list[int] = []
    for number, (here, there) in enumerate(pairs):
        loop.watch(here, READ, partial(_note, called, number))
        there.send(b"always ready")
    for _ in range(7):
        assert turn(loop) == 3
    assert sorted(called) == sorted([*range(7)] * 3)
    for here, there in pairs:
        loop.unwatch(here)
        here.close()
        there.close()

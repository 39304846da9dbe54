"""The client and a server that says anything at all: its fuzzer, endless streams, signals."""

import signal
import sys
from pathlib import Path
from random import Random

import pytest

from chatroom.client.app.loop import App
from chatroom.client.config.profiles import Config
from chatroom.client.config.startup import Options
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Event
from client.visitor import entered
from fuzzing import client, streams
from fuzzing.hostile import Hostile

MOST_MEMORY = 64 << 20


def test_a_run_can_be_repeated() -> None:
    """A seed is enough to see a fault again."""
    first, second = (Hostile(Random("7")) for _ in range(2))
    assert [first.line() for _ in range(500)] == [second.line() for _ in range(500)]


def test_a_fault_is_found_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its seed and the server's last lines; it is found soon, since few numerics have ten
    parameters."""
    monkeypatch.setattr("chatroom.client.view.numerics._text", lambda message: message.params[9])
    assert client.run(lines=100_000, seed=1) == 1
    told = capsys.readouterr().out
    assert "seed 1, visit " in told
    assert "IndexError" in told
    assert "the server's last lines:\n" in told


QUICK = ("endless_batch", "endless_multiline", "cap_new", "isupport", "who")
"""Streams that a client takes in at many megabytes a second, and so once filled its memory soon."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", QUICK)
def test_streams_without_end(name: str) -> None:
    """Each of them goes on for megabytes, and the memory stays below 64 MB in all."""
    assert streams.measured("terminal", name, size=3_000_000) < MOST_MEMORY


def test_a_signal_stops_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is heeded before the next line, however many wait."""
    monkeypatch.setattr(sys, "stdin", None)
    app, visit = App(Options(), Config()), entered()
    app._chat = visit.chat
    visit.chat.context.session.feed(b":bob!b@h PRIVMSG #general :x\r\n" * 1000)
    heard = 0
    hear = visit.chat.event

    def event(each: Event) -> None:
        nonlocal heard
        heard += 1
        hear(each)
        if heard == 3:
            app._signals.interrupted(signal.SIGINT)

    monkeypatch.setattr(visit.chat, "event", event)
    monkeypatch.setattr(signal, "setitimer", lambda _which, _seconds: None)
    app._take_events(LIMITS.lines_per_turn)
    assert heard == 3
    app._loop.close()


def test_a_turn_takes_so_many_lines_and_no_more() -> None:
    """Then keys and signals are looked at again."""
    visit = entered()
    visit.chat.context.session.feed(b":bob!b@h PRIVMSG #general :x\r\n" * 1000)
    taken = list(visit.chat.context.session.events(LIMITS.lines_per_turn))
    assert len(taken) == LIMITS.lines_per_turn
    assert visit.chat.context.session.waiting
    visit.chat.context.session.drop()
    assert not visit.chat.context.session.waiting

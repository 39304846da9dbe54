"""The console's own rules about what was read in one piece, with a terminal that nobody sees."""

import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.client.terminal.console import TerminalConsole
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.entries import Entry
from chatroom.client.view.rich import Looks
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers

AHEAD = b"one\rtwo\rthree\r"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[TerminalConsole]:
    ours, theirs = os.openpty()
    loop = Loop()
    with os.fdopen(theirs) as terminal, Path(os.devnull).open("w") as nowhere:
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr("sys.stdout", nowhere)
        yield TerminalConsole(loop, Timers(), Looks.PLAIN, None)
    loop.close()
    os.close(ours)


def entered(console: TerminalConsole, data: bytes) -> list[Entry]:
    """What is entered by that, read in one piece."""
    console.feed(data)
    found: list[Entry] = []
    while console.behind:
        found += console.go_on()
    return found


def lines(entries: list[Entry]) -> list[str]:
    return [line for entry in entries for line in entry.lines]


def test_lines_in_one_piece_are_a_paste_in_a_conversation(console: TerminalConsole) -> None:
    """Not at a question, whose answers are typed ahead; nor in the middle of another."""
    console.line.ask("Choose a nickname: ")
    assert lines(entered(console, AHEAD)) == ["one", "two", "three"]
    console.line.answered()
    assert lines(entered(console, AHEAD)) == ["one", "two", "three"]
    console.converse(Buffer("#general"))
    assert entered(console, AHEAD) == []
    console._waited()
    assert entered(console, b"") == []
    assert console.line.busy


def test_what_was_typed_while_the_client_was_stopped_is_no_paste(console: TerminalConsole) -> None:
    """It came in one piece, too."""
    console.converse(Buffer("#general"))
    console._caught.add(signal.SIGCONT)
    assert lines(entered(console, AHEAD)) == ["one", "two", "three"]


def test_without_the_question_a_script_may_type(console: TerminalConsole) -> None:
    """/paste off."""
    console.converse(Buffer("#general"))
    console.treat_pastes(ask=False, weigh=console.line.weigh)
    assert lines(entered(console, AHEAD)) == ["one", "two", "three"]


@pytest.mark.parametrize("key", [b"\x03", b"\x1b"])
def test_a_paste_that_is_sent_is_stopped(console: TerminalConsole, key: bytes) -> None:
    """By Ctrl-C or Escape; what waits behind it stays, and so does a half-typed line."""
    console.converse(Buffer("#general"))
    entered(console, b"half")
    console.typist.waiting += Entry(["a", "b", "c"], pasted=True, sent=1), Entry(["behind"])
    console.feed(key)
    console._waited()
    entered(console, b"")
    assert lines(list(console.typist.waiting)) == ["behind"]
    assert console.typing == "half"


def test_a_key_that_is_too_late_to_stop_a_paste_does_not_leave(
    console: TerminalConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the second one does."""
    monkeypatch.setattr("chatroom.client.terminal.console.TOO_LATE_SECONDS", math.inf)
    left: list[bool] = []
    console.interrupted = lambda: left.append(True)
    console.typist.waiting.append(Entry(["a", "b"], pasted=True, sent=1))
    console.turn()
    console.typist.waiting.clear()
    entered(console, b"\x03")
    assert not left
    entered(console, b"\x03")
    assert left


def test_what_may_be_a_password_is_not_remembered(console: TerminalConsole) -> None:
    """Of a room's key, only the room."""
    for line in ("/oper me secret", " hidden", "/join priv key", "hello"):
        console._remember(line)
    entered(console, b"\x10\x10\x10")  # Ctrl-P
    assert console.typing == "/join priv"
    entered(console, b"\x0e")  # Ctrl-N
    assert console.typing == "hello"

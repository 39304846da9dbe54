"""The fuzzer of the doors sees when the server is not well. All tests have a fixed seed."""

import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.wire.message import Message
from fuzzing import server as fuzzing
from fuzzing.lines import GRAMMAR, LineMaker
from fuzzing.server import Fuzz, Visitor
from harness import ROOT

LINES = 3000


def said_nothing(_text: str) -> None:
    """Figures are for those who wait for them."""


def test_all_that_is_sent_follows_from_the_seed() -> None:
    def lines(seed: int) -> list[bytes]:
        maker = LineMaker(Random(seed))
        return [make() for _ in range(200) for make in (maker.irc, maker.plain, maker.any)]

    assert lines(5) == lines(5)
    assert lines(5) != lines(6)


def test_each_command_is_sent_with_parameters_of_its_own() -> None:
    """And now and then all of them are in a row of lines."""
    assert set(GRAMMAR) == set(COMMANDS)
    maker = LineMaker(Random(1))
    words = {word for _ in range(20_000) for word in maker.irc().split()[:2]}
    assert {name.encode() for name in COMMANDS} <= words


def found(seed: int = 1, lines: int = LINES) -> tuple[dict[str, str], str]:
    """The failures, and all that was said of them."""
    said: list[str] = []
    failures = fuzzing.fuzz(lines, seed, said.append)
    return failures, "\n".join(said)


def test_an_exception_is_found_with_the_line_that_caused_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_world: World, _session: Session, message: Message) -> None:
        raise ZeroDivisionError(message.command)

    row = COMMANDS["USERHOST"]
    monkeypatch.setitem(COMMANDS, "USERHOST", row._replace(handler=broken))
    monkeypatch.setattr(fuzzing, "REMEMBERED", 10_000)  # others are served in the same tick
    failures, said = found(2)
    (key,) = failures
    assert key.startswith("ZeroDivisionError at ")
    assert "Unhandled exception while serving" in failures[key]
    last = said[said.index("after the lines") :].split("FAILED")[0]
    assert "userhost" in last.lower()


def test_an_index_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_world: World, user: User, rooms: Sequence[Room]) -> None:
        for room in rooms:
            del user.rooms[room]

    monkeypatch.setattr(World, "leave_all", half)
    failures, _ = found(lines=LINES // 2)
    assert any(key.startswith("indexes: ") for key in failures)


def test_a_visitor_who_is_not_answered_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "ANSWER_WITHIN", 0.2)
    row = COMMANDS["PING"]
    unanswered = row._replace(handler=lambda _world, _session, _message: None)
    monkeypatch.setitem(COMMANDS, "PING", unanswered)
    failures, _ = found()
    assert any(key.startswith("answers: ") for key in failures)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b"PRIVMSG a :b\r", ""),
        (b"PRIVMSG a :b", "line end"),
        (b"PRIVMSG a :b\rQUIT\r", "line end"),
        (b"PRIVMSG a :\0\r", "line end"),
        (b"PRIVMSG a :" + b"b" * 600 + b"\r", "length"),
        (b"@a=" + b"b" * 8180 + b" PRIVMSG a :" + b"b" * 400 + b"\r", ""),
        (b"@a=" + b"b" * 8190 + b" PRIVMSG a :b\r", "length"),
        (b"PRIVMSG a :\xff\r", "UTF-8"),
    ],
)
def test_what_is_no_line_is_found(tmp_path: Path, line: bytes, key: str) -> None:
    with Fuzz(tmp_path, 1, said_nothing) as fuzz:
        fuzz._look_at_message(line, "irc")
        assert list(fuzz.failures) == [key] * bool(key)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("<bob> grüß\r".encode(), ""),
        (b"<bob> \xfe\r", "UTF-8 for people"),
        (b"<bob> \x1b[31m\r", "controls for people"),
    ],
)
def test_what_is_no_text_for_people_is_found(tmp_path: Path, line: bytes, key: str) -> None:
    with Fuzz(tmp_path, 1, said_nothing) as fuzz:
        fuzz._look_at_words(line)
        assert list(fuzz.failures) == [key] * bool(key)


def test_telnet_is_no_text_for_people(tmp_path: Path) -> None:
    """Nor is an option whose number is that of a line feed the end of a line."""
    with Fuzz(tmp_path, 1, said_nothing) as fuzz:
        here, there = socket.socketpair()
        here.setblocking(False)
        visitor = Visitor(here, "plain", b"")
        for data in (b"one\xff\xfe\ntwo\r", b"\n\xff\xfc", b"\nthree\r\n"):
            there.send(data)
            for line in visitor.lines():
                fuzz._look_at_words(line)
                visitor.seen.append(line)
        assert list(visitor.seen) == [b"onetwo\r", b"three\r"]
        assert fuzz.failures == {}
        here.close()
        there.close()


def test_memory_that_grows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter(range(10**8, 10**12, fuzzing.GROWTH + 1))
    monkeypatch.setattr(fuzzing, "_resident", lambda: next(sizes))
    monkeypatch.setattr(fuzzing, "CHECK_EVERY", 100)
    failures, _ = found(lines=400)
    assert list(failures) == ["memory"]


def test_the_doors_are_as_they_were(tmp_path: Path) -> None:
    """Afterwards, whatever the fuzzer noted of them."""
    before = (IrcDoor.handle, PlainDoor.handle)
    with Fuzz(tmp_path, 1, said_nothing):
        assert IrcDoor.handle is not before[0]
    assert (IrcDoor.handle, PlainDoor.handle) == before


def test_the_command_line_says_the_seed() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "fuzz.py"), "server"]
    run = subprocess.run(
        [*command, "--lines", "500", "--seed", "7"], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.startswith("server: 500 lines, --seed 7\n")
    assert "0 failures" in run.stdout

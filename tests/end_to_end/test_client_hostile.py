"""The real programs against a server that is hostile or broken: they end with a status of theirs,
without a traceback, and nothing raw reaches whoever reads what they print."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Event, Thread
from types import TracebackType
from typing import Self

import pytest

import warm
from end_to_end.scripts import Running, command
from end_to_end.terminal import Terminal
from fuzzing import streams
from fuzzing.client import FakeServer
from fuzzing.hostile import Hostile
from harness import CLIENT, PATIENCE

RAW = re.compile(b"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")
STATUSES = {0, 1, 130}
Say = Callable[["HostileServer", socket.socket], None]


class HostileServer:
    """Listens on 127.0.0.1 and does `say` with each connection; then hangs up."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.connections = 0
        self.met, self.again = Event(), Event()  # one connection; another one
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # the end of the test
            while True:
                sock, _ = self._server.accept()
                self.connections += 1
                (self.met if self.connections == 1 else self.again).set()
                Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError), sock:  # the client is gone
            self._say(self, sock)

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()


def wild(seed: int, lines: int = 200) -> Say:
    """Sensible answers with hostile lines between them, then hangs up."""

    def say(server: HostileServer, sock: socket.socket) -> None:
        random = Random(f"{seed}/{server.connections}")
        hostile, sensible = Hostile(random), FakeServer(random)
        sock.settimeout(0.2)
        sent = b""
        for _ in range(lines // 20):
            with suppress(TimeoutError):
                sent += sock.recv(65536)
            whole, end, sent = sent.rpartition(b"\r\n")
            answers = [*sensible.answer(whole + end)]
            sock.sendall(b"".join([*answers, *(hostile.line() for _ in range(20))]))

    return say


def flood(name: str) -> Say:
    """A stream without end; nothing that is said to it matters, and it never hangs up."""

    def say(_server: HostileServer, sock: socket.socket) -> None:
        for piece in streams.stream(name, 1 << 60):
            sock.sendall(piece)

    return say


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Nothing of this machine's configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield tmp_path


SUBCOMMANDS = (
    ("send", "--to", "#general", "hello"),
    ("history", "general"),
    ("who", "general"),
    ("rooms",),
    ("rooms", "--json"),
    ("search", "tea"),
)


def looked_at(status: int, out: bytes, errors: bytes) -> None:
    """What holds of all of them."""
    assert b"Traceback" not in errors, errors.decode(errors="replace")
    assert status in STATUSES, errors
    assert not RAW.search(out), out
    assert not RAW.search(errors), errors


@pytest.mark.parametrize("arguments", SUBCOMMANDS, ids=" ".join)
def test_subcommands(home: Path, arguments: tuple[str, ...]) -> None:
    """They end when the server hangs up, whatever it has said. fuzz/hostile_scripts.py says more,
    to the same code without a process."""
    with HostileServer(wild(1)) as server:
        done = warm.run(
            command(server, *arguments), input=b"", capture_output=True, timeout=4 * PATIENCE
        )
    looked_at(done.returncode, done.stdout, done.stderr)


def test_a_pipe(home: Path) -> None:
    """The client itself, with lines to say."""
    for seed in range(2):
        with HostileServer(wild(seed)) as server:
            words = [sys.executable, str(CLIENT), "127.0.0.1", str(server.port), "--nick", "alice"]
            done = warm.run(
                words, input=b"hello\n/who\n" * 5, capture_output=True, timeout=4 * PATIENCE
            )
        looked_at(done.returncode, done.stdout, done.stderr)


def test_tail(home: Path) -> None:
    """It comes back after each loss, until somebody ends it.

    Each time it comes into the room, and then is told the same, none of which is a reason to end.
    """

    def say(_server: HostileServer, sock: socket.socket) -> None:
        sensible, hostile = FakeServer(Random(3)), Hostile(Random(3))
        sock.settimeout(PATIENCE)
        received = said = b""
        while b"JOIN " not in said:
            if not (data := sock.recv(65536)):
                return
            received += data
            whole, end, received = received.rpartition(b"\r\n")
            said += whole + end
            sock.sendall(b"".join(sensible.answer(whole + end)))
        sock.sendall(b"".join(hostile.line() for _ in range(40)))

    with HostileServer(say) as server, Running(server, "tail", "--room", "general") as tail:
        assert server.again.wait(PATIENCE)
        status, out, errors = tail.end(signal.SIGINT)
    looked_at(status, out.encode(), errors.encode())
    assert status == 130


def test_ctrl_c_in_a_flood(home: Path) -> None:
    """At a terminal: the server neither listens nor ever comes to an end, and we leave."""
    with (
        HostileServer(flood("unnamed_messages")) as server,
        Terminal("127.0.0.1", str(server.port), "--nick", "alice", "--room", "general") as terminal,
    ):
        terminal.see("<bob> ").press("c")
        assert terminal.status() == 130


def test_ctrl_c_while_nobody_reads_what_we_print(home: Path) -> None:
    """Writing would wait for ever, and the loop with it."""
    with HostileServer(flood("messages")) as server:
        words = [sys.executable, str(CLIENT), "127.0.0.1", str(server.port), "--nick", "alice"]
        pipe = subprocess.PIPE
        process = warm.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)
        assert process.stdout
        while b"<bob>" not in os.read(process.stdout.fileno(), 65536):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream
            stream.close()


@pytest.mark.parametrize("words", [("tail", "--room", "general"), ("history", "general")])
def test_ctrl_c_ends_a_script_in_a_flood(home: Path, words: tuple[str, ...]) -> None:
    """Scripts heed it between any two steps."""
    with (
        HostileServer(flood("pings")) as server,
        Running(server, *words, nick="alice") as script,
    ):
        assert server.met.wait(PATIENCE)
        status, _, errors = script.end(signal.SIGINT)
    assert status == 130, errors
    assert "Traceback" not in errors

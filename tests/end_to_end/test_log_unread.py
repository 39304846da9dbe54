"""A log that nobody reads: everybody is served all the same, and TERM still stops the server."""

import fcntl
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

import warm
from harness import PATIENCE, SERVER, Client

COMINGS = 60
"""Each is logged in three lines: more than a pipe of a page, or a terminal, takes."""


@contextmanager
def unread_pipe() -> Iterator[int]:
    """Its reader is there, but does not read."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb"):
        yield write_end


@contextmanager
def stopped_terminal() -> Iterator[int]:
    """Somebody pressed Ctrl-S."""
    person, terminal = os.openpty()
    with os.fdopen(person, "rb"), os.fdopen(terminal, "wb", buffering=0):
        os.write(person, b"\x13")
        yield terminal


def knock(path: Path) -> Client:
    """A connection, as soon as the server listens: it does not tell."""
    while True:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        try:
            sock.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            sock.close()
        else:
            return Client(sock)


@pytest.mark.parametrize(
    ("standard_error", "log_format"),
    [(unread_pipe, "text"), (unread_pipe, "json"), (stopped_terminal, "text")],
)
def test_nobody_reads_the_log(
    tmp_path: Path, standard_error: Callable[[], AbstractContextManager[int]], log_format: str
) -> None:
    path = tmp_path / "s"
    command = [sys.executable, str(SERVER), "--listen", f"unix:{path}", "--data", str(tmp_path)]
    command += ["--log-format", log_format]
    with ExitStack() as stack:
        log = stack.enter_context(standard_error())
        process = stack.enter_context(warm.Popen(command, stderr=log, cwd=tmp_path))
        stack.callback(process.kill)
        with knock(path).register("ann") as ann:
            ann.ask("JOIN #room")
            for number in range(COMINGS):
                with knock(path).register(f"n{number}") as visitor:
                    visitor.send("QUIT").end()
            assert ann.ask("PRIVMSG #room :still here") == []
            process.terminate()
            assert ann.end()[-1].startswith("ERROR :Closing link")
        assert process.wait(PATIENCE) == 0

"""The client's subcommands as processes, for the tests of them."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Protocol, Self

import warm
from chatroom.client.connection.server_connection import LONGEST_PAUSE
from harness import CLIENT, PATIENCE


class HasPort(Protocol):
    """A server on 127.0.0.1."""

    port: int


def command(server: HasPort, *arguments: str, nick: str = "script") -> list[str]:
    """`chatroom-client COMMAND ...` for that server."""
    where = ["--server", f"127.0.0.1:{server.port}", "--nick", nick]
    return [sys.executable, str(CLIENT), *arguments[:1], *where, *arguments[1:]]


def run(
    server: HasPort, *arguments: str, text: str | bytes = "", nick: str = "script"
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, with `text` as standard input."""
    return finish(command(server, *arguments, nick=nick), text)


def finish(whole: Sequence[str], text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    """Run any command to its end."""
    data = text.encode() if isinstance(text, str) else text
    done = warm.run(whole, input=data, capture_output=True, timeout=PATIENCE)
    out, errors = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in errors, errors
    return subprocess.CompletedProcess(done.args, done.returncode, out, errors)


class Running:
    """One that goes on until it is ended; its lines are waited for, but not for ever."""

    def __init__(self, server: HasPort, *arguments: str, nick: str = "script") -> None:
        pipe = subprocess.PIPE
        self.process = warm.Popen(
            command(server, *arguments, nick=nick), stdin=pipe, stdout=pipe, stderr=pipe
        )
        self._partial = {1: b"", 2: b""}

    def say(self, *lines: str) -> None:
        """To its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line of standard output."""
        assert self.process.stdout is not None
        return self._line(1, self.process.stdout)

    def complaint(self) -> str:
        """The next line of standard error."""
        assert self.process.stderr is not None
        return self._line(2, self.process.stderr)

    def back(self) -> str:
        """The next line of standard error, which is said once the server is found again. The longer
        it was away, as on a slow machine, the longer is the pause before the next call."""
        assert self.process.stderr is not None
        return self._line(2, self.process.stderr, LONGEST_PAUSE + PATIENCE)

    def _line(self, number: int, stream: IO[bytes], patience: float = PATIENCE) -> str:
        while b"\n" not in self._partial[number]:
            if not select.select([stream], [], [], patience)[0]:
                raise AssertionError(f"waited in vain behind {self._partial[number]!r}")
            data = os.read(stream.fileno(), 65536)
            if not data:
                raise AssertionError(f"it has ended: {self._partial[number]!r}")
            self._partial[number] += data
        line, _, self._partial[number] = self._partial[number].partition(b"\n")
        return line.decode()

    def end(self, number: signal.Signals | None = None) -> tuple[int, str, str]:
        """Stop it by a signal, or by the end of its input; its status and what it still said."""
        if number is not None:
            self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=PATIENCE)
        rest, complaints = (self._partial[1] + out).decode(), (self._partial[2] + errors).decode()
        return self.process.returncode, rest, complaints

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

"""What the tests share: a real server process, and a client of a few lines on a raw socket.

Tests wait for a line, or use PING and PONG as a barrier; for a file, `wait_until`. PATIENCE turns a
test that would hang into a failure that shows what was seen.
"""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import warm
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode

ROOT = Path(__file__).resolve().parent.parent
SERVER = ROOT / "chatroom_server.py"
CLIENT = ROOT / "chatroom_client.py"
PATIENCE = 15.0
FLOOD_OFF = "[limits]\nflood_rate = 0\n"

_numbers = itertools.count(1)


def fresh(word: str) -> str:
    """`word` with a number that is not given twice: a nickname or room that no other test uses."""
    return f"{word}{next(_numbers)}"


def wait_until(holds: Callable[[], object], pause: float = 0.02) -> None:
    """Look again and again at what nobody tells, such as files, with pauses that cost nothing."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)


class Server:
    """`chatroom_server.py` as a process, by default on a free port of 127.0.0.1.

    `config` is TOML text. Flood control is off unless the configuration says otherwise. `program`
    may be another way to start the server, and `pass_fds` are descriptors that it inherits.
    It is not announced on the network of this machine.
    """

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        config: str = FLOOD_OFF,
        environment: dict[str, str] | None = None,
        listen: bool = True,
        prefix: Sequence[str] = (),
        program: Sequence[str] = (sys.executable, str(SERVER)),
        pass_fds: Sequence[int] = (),
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        (directory / "chatroom.toml").write_text(config)
        command = [*prefix, *program, "-c", str(directory / "chatroom.toml")]
        command += ["--data", str(directory / "data")]
        if listen:
            command += ["--listen", "127.0.0.1:0"]
        self.process = warm.Popen(
            [*command, *arguments],
            stderr=subprocess.PIPE,
            cwd=directory,
            env={**os.environ, "CHATROOM_LAN_ANNOUNCE": "no", **(environment or {})},
            pass_fds=pass_fds,
            text=True,
        )
        self.log: list[str] = []
        self._told_to_end = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(r"Waiting for connections")
        self.port = int(self.wait_for(r"listening on \S*:(\d+)")[1]) if listen else 0

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.log.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self.log.append("")
            self._news.notify_all()

    def wait_for(self, pattern: str, after: int = 0, patience: float = PATIENCE) -> re.Match[str]:
        """The first match in the log, from line `after` on; waits for it."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            found[:] = [m for line in self.log[after:] if (m := re.search(pattern, line))]
            return bool(found) or self.log[-1:] == [""]

        with self._news:
            self._news.wait_for(look, patience)
        if not found:
            raise AssertionError(f"no {pattern!r} in the log:\n" + "\n".join(self.log))
        return found[0]

    def connect(self, host: str = "127.0.0.1") -> "Client":
        """A connection that has not said anything."""
        return Client(socket.create_connection((host, self.port), PATIENCE))

    def join(self, nick: str, *rooms: str, caps: str = "") -> "Client":
        """An IRC client that has registered, and entered these rooms."""
        client = self.connect().register(nick, caps)
        for room in rooms:
            client.send(f"JOIN {room}")
            client.wait("366")
        return client

    def person(self, nick: str, room: str = "") -> "Client":
        """A person at the plain door who is in a room, by default the one that is offered."""
        client = self.connect().send(nick, room)
        client.read_until("^Welcome to room")
        return client

    def knock(self, path: Path) -> "Client":
        """A connection to a unix socket that has not said anything."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        sock.connect(str(path))
        return Client(sock)

    def send_signal(self, number: signal.Signals) -> None:
        """Signal it; after all but HUP and USR2, `stop` only waits."""
        harmless = number in (signal.SIGHUP, signal.SIGUSR2)
        self._told_to_end = self._told_to_end or not harmless
        self.process.send_signal(number)

    def reload(self, config: str, answer: str = "was read again") -> None:
        """Write another configuration and send HUP; waits for `answer` in the log."""
        (self.directory / "chatroom.toml").write_text(config)
        lines = len(self.log)
        self.send_signal(signal.SIGHUP)
        self.wait_for(answer, after=lines)

    def upgrade(self) -> int:
        """Send USR2, and wait until the new process serves. Returns its id."""
        lines = len(self.log)
        self.send_signal(signal.SIGUSR2)
        return int(self.wait_for(r"Process (\d+) with version \S+ serves now", after=lines)[1])

    def memory(self) -> int:
        """Bytes of memory that the process has in use now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found, status
        return int(found[1]) * 1024

    def end_well(self) -> None:
        """Stop it; it has served to the end without an exception."""
        status = self.stop()
        assert not [line for line in self.log if "Traceback" in line], "\n".join(self.log)
        assert status == 0

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it, unless that was done before; its exit status once it has ended."""
        if not self._told_to_end:
            self.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(PATIENCE)
            assert self.process.stderr is not None
            self.process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.stop()


class Client:
    """A raw socket that speaks lines, and waits for them."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(PATIENCE)
        self.seen: list[str] = []
        self.nick = ""
        self._buffer = b""

    def send(self, *lines: str | bytes) -> Self:
        """Each line with CR LF, in one go."""
        raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
        self.sock.sendall(b"".join(line + b"\r\n" for line in raw))
        return self

    def line(self) -> str | None:
        """The next line without its end; None at the end of the stream."""
        while b"\n" not in self._buffer:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            except TimeoutError:
                raise AssertionError("waited in vain; seen:\n" + "\n".join(self.seen)) from None
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        text = line.removesuffix(b"\r").decode()
        self.seen.append(text)
        return text

    def read_until(self, pattern: str) -> list[str]:
        """All lines up to the first that matches, which is the last of them."""
        lines = []
        while (line := self.line()) is not None:
            lines.append(line)
            if re.search(pattern, line):
                return lines
        raise AssertionError(f"the stream ended before {pattern!r}; seen:\n" + "\n".join(self.seen))

    def wait(self, command: str, *params: str) -> Message:
        """The next message with this command whose parameters begin with `params`."""
        while (line := self.line()) is not None:
            message = decode(line.encode(), MAX_SERVER_TAGS)
            if message and message.command == command and message.params[: len(params)] == params:
                return message
        wanted = " ".join((command, *params))
        raise AssertionError(f"the stream ended before {wanted}; seen:\n" + "\n".join(self.seen))

    def ask(self, *lines: str | bytes) -> list[Message]:
        """What comes back for these lines (and came in before), up to a PING's answer."""
        self.send(*lines, "PING :the barrier")
        found = self.read_until(r"PONG \S+ :the barrier$")[:-1]
        return [m for line in found if (m := decode(line.encode(), MAX_SERVER_TAGS))]

    def hear(self, *lines: str | bytes) -> list[str]:
        """At the plain door: everything shown for these lines (and before), up to a barrier's."""
        return self.send(*lines, "/barrier").read_until("There is no command /barrier")[:-1]

    def replies(self, *lines: str | bytes) -> list[tuple[str, ...]]:
        """The same as (command, *parameters), a numeric's without the nickname that it is for."""
        return [(one.command, *one.params[one.command.isdigit() :]) for one in self.ask(*lines)]

    def clock(self) -> int:
        """What time it is for the server, in seconds since 1970."""
        return int(self.replies("TIME")[0][2])

    def register(self, nick: str, caps: str = "") -> Self:
        """NICK and USER, with capabilities where given, and the whole welcome read."""
        self.nick = nick
        if caps:
            self.send("CAP LS 302", f"CAP REQ :{caps}")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}'s real name")
        if caps:
            self.send("CAP END")
        self.read_until(r" (376|422) ")
        return self

    def end(self) -> list[str]:
        """All lines until the server closes the connection."""
        while self.line() is not None:
            pass
        return self.seen

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

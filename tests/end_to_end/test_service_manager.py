"""A server that a service manager starts, such as systemd: it passes the listening sockets, hears
how the server is doing, and starts it again after a crash."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import PATIENCE, SERVER, Client, Server, wait_until

LAUNCHER = """
import os, sys
count = int(sys.argv[1])
for number in range(count):
    os.dup2(int(sys.argv[2 + number]), 3 + number)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": "chat"}
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""
"""Becomes the server, which has these descriptors from number 3 on."""


class Manager:
    """What a service manager has: a socket on which it hears of the server, and the sockets on
    which people connect."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(self.path))
        self.sock.settimeout(PATIENCE)
        self.listening = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
        self.listening[1].bind(str(directory / "people"))
        self.listening[1].listen()

    def heard(self, word: str) -> list[str]:
        """The lines of the next message that begins with this word."""
        while True:
            lines = self.sock.recv(4096).decode().split("\n")
            if lines[0] == word:
                return lines

    def connect(self) -> Client:
        """A person, whether there is a server at this moment or not."""
        return Client(socket.create_connection(self.listening[0].getsockname(), PATIENCE))

    def start(self, *words: str, watchdog: str = "0") -> Server:
        """A server of this manager, with one socket of each kind."""
        # Numbers that are none of those where the server expects them.
        numbers = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in self.listening]
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(len(numbers))]
        try:
            return Server(
                self.directory,
                *words,
                environment={"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": watchdog},
                listen=False,
                prefix=[*launcher, *map(str, numbers)],
                pass_fds=numbers,
            )
        finally:
            for number in numbers:
                os.close(number)

    def close(self) -> None:
        """Close all sockets."""
        for sock in (self.sock, *self.listening):
            sock.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager without a server."""
    one = Manager(tmp_path)
    yield one
    one.close()


def test_the_life_of_a_service(manager: Manager) -> None:
    """Ready when it listens, reloading while it reads its configuration, stopping at the end."""
    early = manager.connect().send("early", "general")  # the kernel queues the connection
    with early, manager.start("--listen", "127.0.0.1:1", watchdog="200000") as server:
        assert manager.heard("READY=1") == ["READY=1", "STATUS=people: 0, rooms: 1, connections: 0"]
        server.wait_for("^.SERVER. --listen 127.0.0.1:1 is not used: the service manager has")
        server.wait_for(rf"listening on 127.0.0.1:{manager.listening[0].getsockname()[1]} ")
        server.wait_for(rf"listening on unix:{manager.directory}/people ")
        early.read_until("^Welcome to room general")
        with server.knock(manager.directory / "people") as late:
            late.register("late")
            while "people: 2" not in (status := manager.heard("WATCHDOG=1")[1]):
                assert status.startswith("STATUS=people: ")
        server.send_signal(signal.SIGHUP)
        assert manager.heard("RELOADING=1")[1].startswith("MONOTONIC_USEC=")
        manager.heard("READY=1")
        server.send_signal(signal.SIGTERM)
        manager.heard("STOPPING=1")
        early.end()
        server.end_well()
    assert (manager.directory / "people").is_socket(), "the socket is the manager's"


def test_a_crash_loses_nothing(manager: Manager) -> None:
    """What anybody has seen is there after the restart, and nobody is refused in between."""
    with manager.connect() as alice, manager.connect() as bob:
        with manager.start() as server:
            alice.register("alice").send("JOIN #general").wait("366")
            bob.register("bob").send("JOIN #general").wait("366")
            alice.send(*(f"PRIVMSG #general :line {number}" for number in range(100)))
            bob.wait("PRIVMSG", "#general", "line 99")
            assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        with manager.connect() as carol:
            carol.send("carol", "general")
            with manager.start() as server:
                shown = carol.read_until("<alice> line 99")
                assert [line for line in shown if "<alice> line 98" in line]
                server.end_well()


def test_a_server_that_hangs_leaves_a_trace(manager: Manager) -> None:
    """systemd sends SIGABRT if the watchdog hears nothing; the log shows where the loop was."""
    with manager.start(watchdog="60000000") as server, manager.connect() as alice:
        alice.register("alice")
        assert server.stop(signal.SIGABRT) == -signal.SIGABRT
        server.wait_for("Fatal Python error: Aborted")
        server.wait_for(r"server\.py\", line \d+ in run$")


def test_sockets_that_nobody_can_listen_on(manager: Manager) -> None:
    manager.listening[0].close()
    manager.listening[0] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(
        AssertionError, match=r"descriptor 3 \(chat\), which is not a stream socket"
    ):
        manager.start()


@pytest.mark.foreign
def test_systemd_passes_a_socket(tmp_path: Path) -> None:
    """systemd-socket-activate starts the server when somebody connects."""
    activate = shutil.which("systemd-socket-activate")
    if not activate:
        pytest.skip("systemd-socket-activate is not installed")
    path = tmp_path / "socket"
    command = [activate, "--listen", str(path), sys.executable, str(SERVER)]
    with subprocess.Popen([*command, "--data", str(tmp_path)], stderr=subprocess.PIPE) as process:
        wait_until(path.is_socket)
        with Client(socket.socket(socket.AF_UNIX)) as alice:
            alice.sock.connect(str(path))
            alice.register("alice").send("QUIT").end()
        process.terminate()
        log = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == 0
    assert f"listening on unix:{path} " in log
    assert "Goodbye" in log

"""A window that changes its size, in a terminal that wraps its rows anew: tmux does."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import CLIENT, PATIENCE, Client, Server

TMUX = shutil.which("tmux")
LOOKS = 2000
"""tmux does not tell when it has drawn: we look again, so many times. A look takes some ms."""

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


class Tmux:
    """A tmux server of our own with one window, in which a program runs."""

    def __init__(self, directory: Path, command: str, columns: int, rows: int) -> None:
        self._socket = str(directory / "tmux")
        self._do("new-session", "-d", "-x", str(columns), "-y", str(rows), command)

    def _do(self, *words: str) -> str:
        command = [str(TMUX), "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=PATIENCE
        ).stdout

    def types(self, text: str) -> None:
        """Keys."""
        self._do("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        self._do("resize-window", "-x", str(columns), "-y", str(rows))

    def stands(self, *rows: str) -> None:
        """Wait until these are the last rows, a bar where the cursor is in the last of them."""
        for _ in range(LOOKS):
            seen = self._picture()
            if seen[-len(rows) :] == list(rows):
                return
        raise AssertionError("\n".join(seen))

    def _picture(self) -> list[str]:
        look = ("capture-pane", "-p", ";", "display", "-p", "#{cursor_x} #{cursor_y}")  # at once
        *shown, place = self._do(*look).rstrip("\n").split("\n")
        x, y = map(int, place.split())
        shown[y] = f"{shown[y].ljust(x)[:x]}|{shown[y][x:]}"
        while not shown[-1]:
            shown.pop()
        return [re.sub(r"\d\d:\d\d:\d\d", "12:00:00", row) for row in shown]

    def close(self) -> None:
        """With everything in it."""
        self._do("kill-server")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Client]:
    with Server(tmp_path / "server") as server, server.join("bob", "#tea") as bob:
        yield bob


def test_resizing(tmp_path: Path, other: Client) -> None:
    """Narrower, wider, lower and higher: one input line, and nothing of what was said is lost."""
    port = other.sock.getpeername()[1]
    command = [
        sys.executable,
        str(CLIENT),
        "127.0.0.1",
        str(port),
        "--nick",
        "ann",
        "--room",
        "tea",
    ]
    environment = f"XDG_STATE_HOME={tmp_path} NO_COLOR=1 "
    window = Tmux(tmp_path, f"env {environment}{shlex.join(command)}", 60, 12)
    try:
        other.wait("JOIN")
        other.send("PRIVMSG #tea :one two three")
        window.types("half a line that is quite long, nearly to the end")
        whole = "tea> half a line that is quite long, nearly to the end|"
        window.stands("[12:00:00] <bob> one two three", whole)
        window.resize(34, 12)
        window.stands("[12:00:00] <bob> one two three", "tea> …rly to the end|")
        window.resize(20, 12)
        window.stands("tea> …the end|")
        other.send("PRIVMSG #tea :ok")
        window.resize(64, 6)
        window.stands("[12:00:00] <bob> one two three", "[12:00:00] <bob> ok", whole)
        window.resize(60, 20)
        window.stands("[12:00:00] <bob> one two three", "[12:00:00] <bob> ok", whole)
    finally:
        window.close()

"""A process that works for the loop: its lines, its end, and ours."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatroom.net.child import Child, close_all
from chatroom.net.loop import Loop

PATIENCE = 15.0

ECHO = """
import sys
for line in sys.stdin.buffer:
    if line == b"die\\n": sys.exit()
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
"""

DEAF = "import signal; print('here', flush=True); signal.pause()"


class Helper:
    """A child with the lines that it said; `ends` counts what it was said to have ended."""

    def __init__(self, loop: Loop, program: str) -> None:
        self.loop = loop
        self.lines: list[bytes] = []
        self.ends = 0
        command = [sys.executable, "-c", program]
        self.child = Child(loop, command, os.environ, self.lines.append, self._ended)

    def _ended(self) -> None:
        self.ends += 1

    def turn(self) -> None:
        """Once, as a tick does."""
        ready = self.loop.select(PATIENCE)
        assert ready, "nothing came"
        for call, mask in ready:
            call(mask)

    @property
    def is_gone(self) -> bool:
        """Whether no process has that number, not even a dead one that nobody has waited for."""
        try:
            os.kill(self.child.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def see_it_gone(self) -> None:
        """Reap it, as its owner does now and then."""
        deadline = time.monotonic() + PATIENCE
        while not self.child.reap():
            assert time.monotonic() < deadline, "it is still there"
            if self.child._sock.fileno() >= 0:
                self.turn()
        assert self.is_gone


@pytest.fixture
def echo(loop: Loop) -> Iterator[Helper]:
    helper = Helper(loop, ECHO)
    yield helper
    helper.child.close()


@pytest.fixture
def deaf(loop: Loop) -> Iterator[Helper]:
    """It neither reads nor ends."""
    helper = Helper(loop, DEAF)
    while not helper.lines:
        helper.turn()
    yield helper
    helper.child.close()


def test_lines_both_ways(echo: Helper) -> None:
    """Whatever their length, and whatever comes in one piece."""
    sent = [b"one", b"", b"x" * 1_000_000, b"two"]
    echo.child.send(b"".join(line + b"\n" for line in sent[:3]))
    echo.child.send(sent[3] + b"\n")
    while len(echo.lines) < len(sent):
        echo.turn()
    assert echo.lines == sent


def test_a_process_that_does_not_read_blocks_nobody(deaf: Helper) -> None:
    deaf.child.send(b"x" * 10_000_000 + b"\n")
    deaf.child.kill()
    deaf.see_it_gone()
    assert deaf.ends == 0


def test_its_own_end_is_told_once(echo: Helper) -> None:
    echo.child.send(b"die\n")
    while not echo.ends:
        echo.turn()
    echo.child.close()
    assert (echo.ends, echo.is_gone) == (1, True)


def test_nothing_is_heard_of_one_that_was_killed(echo: Helper) -> None:
    echo.child.send(b"last words\n")
    while not echo.lines:
        echo.turn()
    echo.child.send(b"more\n")
    echo.child.kill()
    echo.see_it_gone()
    assert (echo.lines, echo.ends) == ([b"last words"], 0)


def test_closing_sees_it_gone(deaf: Helper) -> None:
    deaf.child.close()
    assert deaf.is_gone


@pytest.mark.parametrize("killed", [True, False])
def test_the_loop_waits_for_no_end(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    """A process whose disk hangs is gone only when that has answered."""
    helper = Helper(loop, ECHO)
    with monkeypatch.context() as patch:
        waited: list[None] = []
        patch.setattr(subprocess.Popen, "wait", lambda *_: waited.append(None))
        if killed:
            helper.child.kill()
        else:
            helper.child.send(b"die\n")
        while helper.child._sock.fileno() >= 0:
            helper.turn()
        assert waited == []
    helper.see_it_gone()


def test_the_end_waits_once_for_all(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = [Helper(loop, DEAF) for _ in range(3)]
    with monkeypatch.context() as patch:
        clock = 100.0

        def wait(_process: Any, timeout: float) -> None:
            nonlocal clock
            waited.append(timeout)
            clock += timeout
            raise subprocess.TimeoutExpired("it", timeout)

        waited: list[float] = []
        patch.setattr(subprocess.Popen, "wait", wait)
        patch.setattr("chatroom.net.child.time.monotonic", lambda: clock)
        close_all([helper.child for helper in helpers], 0.5)
    assert waited == [0.5, 0.0, 0.0]
    for helper in helpers:
        helper.see_it_gone()


def test_it_has_nothing_of_ours(loop: Loop, tmp_path: Path) -> None:
    """No descriptor but the three, and not our terminal's signals."""
    program = "import os; print(sorted(os.listdir('/proc/self/fd')), os.getsid(0) == os.getpid())"
    with (tmp_path / "ours").open("w"):
        helper = Helper(loop, program)
    while not helper.ends:
        helper.turn()
    assert helper.lines == [b"['0', '1', '2', '3'] True"]  # 3 is the listing's own


def test_a_program_that_is_not_there(loop: Loop, tmp_path: Path) -> None:
    """And nothing stays open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FileNotFoundError):
        Child(loop, [str(tmp_path / "nothing")], {}, lambda _: None, lambda: None)
    assert len(list(Path("/proc/self/fd").iterdir())) == before

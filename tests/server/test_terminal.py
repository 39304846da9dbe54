"""When a server that has lost its terminal stops: on real pseudo-terminals, each in a process of
its own, since a process has one controlling terminal."""

import os
import pty
import signal
import sys
from collections.abc import Callable

import pytest

from chatroom.net.timers import Timers
from chatroom.server.terminal import HANGUP_LOOKS, LOOKS, TerminalWatch

LATER = 1000.0


class Watched:
    """A watch on a clock of its own, in a process whose terminal `lose` takes away."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.closed = 0
        self.watch = TerminalWatch(self.timers, self._count)
        self.watch.begin(0.0)

    def _count(self) -> None:
        self.closed += 1

    def looks(self, until: float) -> int:
        """How often it was said, up to this time, that the terminal is gone."""
        self.timers.run(until)
        return self.closed


def lose() -> None:
    """As a leader that waits loses its terminal: that is what TIOCNOTTY does, but for the signal
    which goes to the leader."""
    import fcntl
    import termios

    signal.signal(signal.SIGHUP, lambda *_: None)
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(terminal, termios.TIOCNOTTY)
    os.close(terminal)


def on_a_terminal(check: Callable[[], bool]) -> bool:
    """Whether `check` holds in a process that leads the session of a terminal."""
    pid, master = pty.fork()
    if pid == 0:
        held = False
        try:
            held = check()
        finally:
            os._exit(0 if held else 1)
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status) == 0


def in_the_foreground() -> bool:
    here = Watched()
    before = here.looks(LOOKS)
    lose()
    return (before, here.looks(2 * LOOKS), here.looks(LATER)) == (0, 1, 1)


def in_the_background() -> bool:
    """The rest of the foreground group is another process."""
    other = os.fork()
    if other == 0:
        signal.pause()
    os.setpgid(other, other)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    os.tcsetpgrp(terminal, other)
    os.close(terminal)
    here = Watched()
    lose()
    here.looks(LOOKS)
    os.kill(other, signal.SIGKILL)
    return here.looks(LATER) == 0


def under_nohup() -> bool:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    here = Watched()
    lose()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return here.looks(LATER) == 0


def without_one() -> bool:
    lose()
    here = Watched()
    return not here.watch.hung_up(0.0) and here.looks(LATER) == 0


def hung_up_before_it_is_closed() -> bool:
    here = Watched()
    still_there = not here.watch.hung_up(0.0)
    lose()
    return still_there and here.looks(HANGUP_LOOKS[0]) == 1


def hung_up_and_closed() -> bool:
    here = Watched()
    lose()
    return here.watch.hung_up(0.0)


def out_of_descriptors() -> bool:
    import resource

    here = Watched()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most[1]))
    exhausted = here.looks(LOOKS)
    resource.setrlimit(resource.RLIMIT_NOFILE, most)
    lose()
    return (exhausted, here.looks(LATER)) == (0, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="what takes a terminal away differs")
@pytest.mark.parametrize(
    "check",
    [
        in_the_foreground,
        in_the_background,
        under_nohup,
        without_one,
        hung_up_before_it_is_closed,
        hung_up_and_closed,
        out_of_descriptors,
    ],
)
def test_the_terminal_is_lost(check: Callable[[], bool]) -> None:
    assert on_a_terminal(check)

"""The new process, as the old one sees it: how it is started, and how it is ended for certain."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from chatroom.server.upgrade.channel import Channel
from chatroom.server.upgrade.protocol import VARIABLE

OWN_END = 0.2
"""Seconds that a process which has closed its channel has to end by itself, so that we learn its
status."""

END_SECONDS = 5.0
"""Seconds that a killed process has to be gone."""


def command() -> list[str]:
    """The command that started this process: of a checkout, a zipapp or an installed package."""
    return [sys.executable, *sys.orig_argv[1:]]


class Newcomer:
    """A process that was started with this process's command, environment and directory.

    `pid` is that of the process that serves later. Under systemd it is not our child: see
    `successor.detach`.
    """

    def __init__(self) -> None:
        """Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            environment = {**os.environ, VARIABLE: str(number)}
            try:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    command(), env=environment, pass_fds=[number]
                )
            except OSError:
                ours.close()
                raise
        self.channel = Channel(ours)
        self.pid = self._process.pid

    def end(self) -> str:
        """Make sure that it does not run any more. Returns how it ended, if it did by itself, else
        ""."""
        own = ""
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(OWN_END if self.channel.has_ended() else 0)
            if self.pid == self._process.pid:
                own = _in_words(status)
        if self._process.returncode is None:
            self._process.kill()
        if self.pid != self._process.pid and not self.channel.has_ended():
            with suppress(OSError):  # no child of ours, so its number may be another's by now
                os.kill(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self.channel.wait_for_end(END_SECONDS)
        self.channel.close()
        return own

    def let_go(self) -> None:
        """It serves now. The process that waits for this one's children gets its status."""
        self._process.returncode = 0  # or it would be asked for when this object is freed


def _in_words(status: int) -> str:
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return f"it ended with status {status}"

"""What stands between a subcommand and the shell: its output, and who reads it."""

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatroom.net.loop import Loop


class OutputGone(Exception):
    """Whoever read our output does so no more."""


def watch_output(loop: "Loop") -> None:
    """Have OutputGone raised as soon as nobody reads the pipe that we write to."""
    from chatroom.net.loop import READ

    descriptor = sys.stdout.fileno()
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        loop.watch(descriptor, READ, _gone)  # never readable: only an error makes it so


def _gone(_mask: int) -> None:
    raise OutputGone


def say(text: str) -> None:
    """One line of what was asked for, at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """One line of what could not be done."""
    print(f"chatroom-client: {text}", file=sys.stderr, flush=True)

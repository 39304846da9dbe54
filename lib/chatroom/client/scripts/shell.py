"""Output of a subcommand to the shell, and its end."""

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatroom.net.loop import Loop


class OutputGone(Exception):
    """Nobody reads our output any more."""


def watch_output(loop: "Loop") -> None:
    """Raise OutputGone as soon as nobody reads the pipe that we write to."""
    from chatroom.net.loop import READ

    descriptor = sys.stdout.fileno()
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        loop.watch(descriptor, READ, _gone)  # never readable: only an error makes it so


def _gone(_mask: int) -> None:
    raise OutputGone


def say(text: str) -> None:
    """Print one line of the result at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print one error."""
    print(f"chatroom-client: {text}", file=sys.stderr, flush=True)

"""Controls the terminal: keys arrive one by one and without echo; afterwards everything is
restored."""

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_SET = "\x1b[22;2t\x1b[?2004h"
"""Save the window's title (XTWINOPS), and turn on the marking of pastes (bracketed paste)."""

_UNSET = "\x1b[?7h\x1b[?2004l\x1b[23;2t"
Settings = list[Any]
"""The result of termios.tcgetattr: flags, speeds, and a list of control characters."""

_INPUT, _LOCAL, _CHARACTERS = 0, 3, 6
"""The indexes of the flags in it."""

DEFAULT_SIZE = os.terminal_size((80, 24))


class Device:
    """The terminal at `descriptor`; `out` writes to it."""

    def __init__(self, descriptor: int, out: TextIO) -> None:
        self._descriptor = descriptor
        self._out = out
        self._before: Settings | None = None

    def size(self) -> os.terminal_size:
        """Columns and rows."""
        try:
            size = os.get_terminal_size(self._out.fileno())
        except OSError:
            return DEFAULT_SIZE  # it is gone, and nobody will see what is drawn
        return size if size.columns and size.lines else DEFAULT_SIZE

    def enter(self) -> None:
        """Take over the keyboard. From now on, Ctrl-C, Ctrl-Z and others arrive as keys."""
        with _os_errors():
            if self._before is None:
                self._before = termios.tcgetattr(self._descriptor)
            raw = _raw(self._descriptor)
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, raw)
        self._write(_SET)

    def leave(self) -> None:
        """Restore the terminal. May be called twice."""
        if self._before is not None:
            before, self._before = self._before, None
            self._write(_UNSET)
            with _os_errors():
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


@contextmanager
def _os_errors() -> Iterator[None]:
    """termios has its own error, with OSError's arguments."""
    try:
        yield
    except termios.error as error:
        raise OSError(*error.args) from None


def _raw(descriptor: int) -> Settings:
    """The terminal's settings, without its own handling of what is typed.

    Only Ctrl-\\ still sends its signal, for a client that is stuck.
    """
    settings = termios.tcgetattr(descriptor)
    settings[_INPUT] &= ~(termios.ICRNL | termios.INLCR | termios.IXON | termios.ISTRIP)
    settings[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    characters = settings[_CHARACTERS]
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    disabled = bytes([os.fpathconf(descriptor, "PC_VDISABLE")])
    characters[termios.VINTR] = characters[termios.VSUSP] = disabled
    return settings


def suspend() -> None:
    """Stop like Ctrl-Z, with all processes of our job; return when the job is continued.

    The kernel ignores it if no shell controls the job.
    """
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(0, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)


def hide_echo(descriptor: int, hidden: bool) -> None:
    """Have the terminal echo what is typed, or not (termios ECHO)."""
    settings = termios.tcgetattr(descriptor)
    if hidden:
        settings[_LOCAL] &= ~termios.ECHO
    else:
        settings[_LOCAL] |= termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, settings)

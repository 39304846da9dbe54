"""Stops a server when the terminal that it was started in is closed.

The problem: closing a terminal sends SIGHUP only to the session's leader. If the leader is a shell,
it passes the signal on. If it is `make` (a terminal, ssh or tmux that runs `make run-server`
itself), it waits for the server, which never gets the signal. So the server also checks the
terminal itself.

Only a server in the foreground stops. One in the background (`chatroom_server.py &`, then `exit`)
is meant to keep running, and so is one that was started under nohup, or that never had a terminal.
The kernel makes the same distinction: when a leader ends, SIGHUP goes only to the foreground.
"""

import errno
import os
import signal
from collections.abc import Callable

from chatroom.net.timers import Timers

LOOKS = 2.0
"""Seconds between two checks of the terminal; each takes about ten microseconds."""

HANGUP_LOOKS = (0.1, 0.5, 2.0)
"""Seconds after a SIGHUP at which to check the terminal: some terminals send the signal first and
close afterwards."""

_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""These errors do not say whether the terminal exists; ENXIO says that it does not."""


class TerminalWatch:
    """Calls `closed` when the terminal is gone. Times are those of `timers`."""

    def __init__(self, timers: Timers, closed: Callable[[], None]) -> None:
        self._timers = timers
        self._closed = closed
        self._had_one = False
        self._in_foreground = False
        self._is_in_sight()

    def begin(self, now: float) -> None:
        """Check the terminal regularly, unless the process was started to survive hangups
        (nohup)."""
        if self._had_one and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            self._timers.at(now + LOOKS, lambda: self._look(now + LOOKS))

    def hung_up(self, now: float) -> bool:
        """Handle a SIGHUP. Returns whether it was sent because the terminal was closed.

        If the terminal still exists, check again soon, because it may close later.
        """
        if self._is_closed():
            return True
        for seconds in HANGUP_LOOKS if self._had_one else ():
            self._timers.at(now + seconds, self._look_after_hangup)
        return False

    def _look(self, now: float) -> None:
        was_in_foreground = self._in_foreground
        if not self._is_closed():
            self._timers.at(now + LOOKS, lambda: self._look(now + LOOKS))
        elif was_in_foreground:
            self._closed()

    def _look_after_hangup(self) -> None:
        if self._is_closed():
            self._closed()

    def _is_closed(self) -> bool:
        return self._had_one and not self._is_in_sight()

    def _is_in_sight(self) -> bool:
        """Whether the process has a controlling terminal where somebody could press Ctrl-C."""
        try:
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError as error:
            return error.errno in _TOO_MANY and self._had_one
        try:
            self._in_foreground = os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False  # it was closed meanwhile
        finally:
            os.close(terminal)
        self._had_one = True
        return True

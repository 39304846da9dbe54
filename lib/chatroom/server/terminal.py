"""Whether the terminal that the server was started in is still there: a server nobody sees any more
stops.

The problem: closing a terminal sends HUP to the session's leader only. Where the leader is a shell,
it passes the signal on; where it is `make` (a terminal, ssh or tmux that runs `make run-server`
itself), it waits for the server, which never hears of it. So the server also looks by itself.

Only a server in the foreground stops then. One in the background (`chatroom_server.py &`, and then
`exit`) is meant to go on, and so is one that was started under nohup, or never had a terminal. The
kernel makes the same difference: when a leader ends, HUP goes to the foreground only.
"""

import errno
import os
import signal
from collections.abc import Callable

from chatroom.net.timers import Timers

LOOKS = 2.0
"""Seconds between two looks at the terminal; one takes about ten microseconds."""

HANGUP_LOOKS = (0.1, 0.5, 2.0)
"""Seconds after a HUP at which to look whether the terminal is still there: some terminals send the
signal first, and close afterwards."""

_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""With these errors it cannot be told whether the terminal is there: ENXIO says that it is not."""


class TerminalWatch:
    """Calls `closed` when the terminal is gone. Times are those of `timers`."""

    def __init__(self, timers: Timers, closed: Callable[[], None]) -> None:
        self._timers = timers
        self._closed = closed
        self._had_one = False
        self._in_foreground = False
        self._is_in_sight()

    def begin(self, now: float) -> None:
        """Look now and then, unless the process was started to survive hangups (nohup)."""
        if self._had_one and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            self._timers.at(now + LOOKS, lambda: self._look(now + LOOKS))

    def hung_up(self, now: float) -> bool:
        """A HUP has come. Returns whether it is because the terminal was closed.

        If not yet, whether that follows is found out.
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
        """Whether the process has a controlling terminal that somebody could press Ctrl-C on."""
        try:
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError as error:
            return error.errno in _TOO_MANY and self._had_one
        try:
            self._in_foreground = os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False  # it was closed in between
        finally:
            os.close(terminal)
        self._had_one = True
        return True

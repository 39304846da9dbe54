"""The signals that end the client: politely, if there is something to leave and the loop still
turns; otherwise at once."""

import signal
import time
from collections.abc import Callable

from chatroom.net.loop import Loop

STUCK_SECONDS = 1.0
"""If the loop has not turned this many seconds after a signal, the signal ends the client."""

QUIT_SECONDS = 2.0
"""Ctrl-\\ ends the client if it is pressed twice within so many seconds."""

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Stopped(Exception):
    """A signal arrived when there was nothing to leave politely. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """Notes a signal for the loop's next turn.

    `number` is the signal's, until `taken`; `hasty` stays set after the first one. `warned` is
    False from the first Ctrl-\\ until the person has been warned. `can_leave` says whether there is
    something to leave politely.
    """

    def __init__(self, loop: Loop, person: bool, can_leave: Callable[[], bool]) -> None:
        self.number = 0
        self.hasty = False
        self.warned = True
        self._loop = loop
        self._person = person
        self._can_leave = can_leave
        self._quit_at: float | None = None

    def begin(self) -> None:
        """Receive them from now on."""
        self._loop.on_signals(STOPPING, self.interrupted)
        self._loop.on_signals([signal.SIGALRM], self._stuck)

    def taken(self) -> int:
        """The signal, which the loop deals with now."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        number, self.number = self.number, 0
        return number

    def spent(self) -> None:
        """The signal has stopped something else: it does not end the client."""
        self.taken()
        self.hasty = False

    def interrupted(self, number: int) -> None:
        """Signal handler, called between any two instructions: it only notes the signal, unless the
        loop is stuck, which a second signal or a timer shows. Ctrl-\\ counts from the second time
        on."""
        if number == signal.SIGQUIT and self._person and not self._quits_again(time.monotonic()):
            return
        if self.number or not self._can_leave():
            raise Stopped(number)
        self.number = number
        self.hasty = True
        self._loop.wake()  # Ctrl-C is a key at a terminal: no signal does that
        signal.setitimer(signal.ITIMER_REAL, STUCK_SECONDS)

    def _quits_again(self, now: float) -> bool:
        """Whether it was pressed a moment ago. Raises Stopped if the loop has not even noticed
        that."""
        before, self._quit_at = self._quit_at, now
        if before is None or now - before > QUIT_SECONDS:
            self.warned = False
            return False
        if not self.warned:
            raise Stopped(signal.SIGQUIT)
        return True

    def _stuck(self, _number: int) -> None:
        """The loop has not turned since: perhaps nobody reads its output."""
        if self.number:
            raise Stopped(self.number)

"""What the service manager (systemd) learns of the server, and when.

The loop proves that it works by a timer, so a server whose loop is stuck falls silent, and the
manager starts another one. The same timer tells who is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatroom.net.notify import Notifier
from chatroom.net.timers import Timers

PINGS = 2
"""Signs of life in the time that the manager allows for one (sd_watchdog_enabled(3))."""


class Supervision:
    """Tells the manager about one server.

    `clock` is the time of the timers, and `status` a line for people. `notifier` is replaced when
    the process knows its manager.
    """

    def __init__(
        self, timers: Timers, clock: Callable[[], float], status: Callable[[], str]
    ) -> None:
        self.notifier = Notifier()
        self._timers = timers
        self._clock = clock
        self._status = status

    def begin(self) -> None:
        """The server listens. From now on the watchdog hears of it."""
        self.notifier.ready(self._status())
        if self.notifier.watchdog:
            self._later()

    def _later(self) -> None:
        self._timers.at(self._clock() + self.notifier.watchdog / PINGS, self._ping)

    def _ping(self) -> None:
        self.notifier.alive(self._status())
        self._later()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Around a reading of the configuration, even if that fails."""
        self.notifier.reloading()
        try:
            yield
        finally:
            self.notifier.ready(self._status())

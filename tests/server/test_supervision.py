"""When the service manager hears of the server."""

import pytest

from chatroom.net.notify import Notifier
from chatroom.net.timers import Timers
from chatroom.server.supervision import Supervision


class Recorder(Notifier):
    """Notes what it would send."""

    def __init__(self, watchdog: float) -> None:
        super().__init__("/nowhere", watchdog)
        self.sent: list[str] = []

    def _send(self, *lines: str) -> None:
        self.sent.append(lines[0])


class Watched:
    """A server's timers, and what its manager has heard."""

    def __init__(self, watchdog: float = 0.0) -> None:
        self.now = 100.0
        self.timers = Timers()
        self.manager = Recorder(watchdog)
        self.supervision = Supervision(self.timers, lambda: self.now, lambda: "people: 0")
        self.supervision.notifier = self.manager

    def at(self, now: float) -> list[str]:
        """What it hears by then, if the loop turns."""
        before, self.now = len(self.manager.sent), now
        self.timers.run(now)
        return self.manager.sent[before:]


def test_the_watchdog_hears_of_a_loop_that_turns() -> None:
    """Twice in its time. A loop that is stuck runs no timers, so there is silence."""
    watched = Watched(watchdog=10.0)
    watched.supervision.begin()
    assert watched.manager.sent == ["READY=1"]
    assert watched.at(104.9) == []
    assert watched.at(105.0) == ["WATCHDOG=1"]
    assert watched.at(109.9) == []
    assert watched.at(110.0) == ["WATCHDOG=1"]


def test_a_manager_without_watchdog_costs_no_timers() -> None:
    watched = Watched()
    watched.supervision.begin()
    assert watched.manager.sent == ["READY=1"]
    assert watched.timers.wait(watched.now) is None


def test_a_reload_that_fails_is_over_as_well() -> None:
    """Otherwise the manager would wait for its end."""
    watched = Watched()
    with pytest.raises(OSError, match="gone"), watched.supervision.reloading():
        assert watched.manager.sent == ["RELOADING=1"]
        raise OSError("gone")
    assert watched.manager.sent == ["RELOADING=1", "READY=1"]

"""Lifts timed bans when they end."""

from chatroom.chat.expiry import expire
from chatroom.chat.state.world import World
from chatroom.net.timers import Timer, Timers

LONGEST_WAIT = 60.0
"""Seconds between looks at the wall clock, which may be set meanwhile."""


class BanExpiry:
    """One timer, for the ban that ends first. A run lifts the bans of one room."""

    def __init__(self, world: World, timers: Timers) -> None:
        self._world = world
        self._timers = timers
        self._timer: Timer | None = None
        world.on_timed_ban = self.plan

    def plan(self) -> None:
        """Wait for the ban that ends first, if there is one."""
        world = self._world
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if world.next_expiry:
            wait = min(max(0.0, world.next_expiry - world.now), LONGEST_WAIT)
            self._timer = self._timers.at(world.clock + wait, self._run)

    def _run(self) -> None:
        self._timer = None
        expire(self._world)
        self.plan()

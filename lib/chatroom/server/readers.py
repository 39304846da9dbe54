"""Slow readers: connections with more queued for them than `Limits.outbox` allows.

The kernel takes only as much as the peer reads, so even a good reader needs time for a large
answer. A reader may stay as long as it makes progress.
"""

from collections.abc import Callable

from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.net.timers import Timers

LAGGING = 8
"""A reader who lags behind by this multiple of `Limits.outbox` is dropped at once."""

PROGRESS = 8
"""A lagging reader may stay if it reads at least this fraction of `Limits.outbox` in
`Limits.slow_reader` seconds. Without this limit, a reader that takes a byte now and then could keep
the rest in memory for ever."""


class SlowReaders:
    """Watches the readers who lag behind; `drop` is called with those that read almost nothing.

    `behind` are those readers, each with the start of its time and its progress then.
    """

    def __init__(self, world: World, timers: Timers, drop: Callable[[Connection], None]) -> None:
        self._world = world
        self._timers = timers
        self._drop = drop
        self.behind: dict[Connection, tuple[float, int]] = {}

    def is_hopeless(self, connection: Connection, left: int) -> bool:
        """Watch a reader with `left` queued bytes, more than `Limits.outbox`. Returns whether to
        drop it at once."""
        if connection.closing:
            return False
        if connection not in self.behind:
            self._watch(connection)
        return left > LAGGING * self._world.limits.outbox

    def _watch(self, connection: Connection) -> None:
        clock = self._world.clock
        self.behind[connection] = clock, connection.progress
        self._timers.wake_at(clock + self._world.limits.slow_reader)

    def check(self) -> None:
        """Forget readers that have caught up or are closing, and drop those that made no
        progress."""
        limits, clock = self._world.limits, self._world.clock
        for connection, (since, progress) in list(self.behind.items()):
            caught_up = connection.backlog <= limits.outbox
            if caught_up or connection.closing or connection.lost:
                del self.behind[connection]
            elif clock >= since + limits.slow_reader:
                if connection.progress - progress >= limits.outbox // PROGRESS:
                    self._watch(connection)
                else:
                    del self.behind[connection]
                    self._drop(connection)

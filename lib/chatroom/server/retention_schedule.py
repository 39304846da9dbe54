"""Runs the retention now and then, in a worker: it deletes the messages that are too old, or too
many.

A run deletes a bounded number of messages; if there are more, the next run follows soon.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future

from chatroom.net.timers import Timers
from chatroom.server.upkeep import BackgroundWrites, log_failure
from chatroom.store.retention import MOST, Retention

log = logging.getLogger("chatroom")

PAUSE = 600.0
"""Seconds between runs."""

SHORT_PAUSE = 2.0
"""Seconds until the first run, and between runs while there is more to delete."""

DAY_MS = 24 * 60 * 60 * 1000


class RetentionSchedule:
    """The runs of one `Retention`. `deleted` is called in the loop's thread after each run that has
    deleted messages."""

    def __init__(
        self,
        rules: Retention,
        writes: BackgroundWrites,
        timers: Timers,
        deleted: Callable[[], None],
    ) -> None:
        self._rules = rules
        self._writes = writes
        self._timers = timers
        self._deleted = deleted
        self._now: Callable[[], float] = time.time
        self._warned = False  # that the clock may be wrong

    def begin(self, clock: float, now: Callable[[], float]) -> None:
        """Start the timers. `clock` is the loop's time in seconds; `now` returns UTC seconds."""
        self._now = now
        self._run_at(clock + SHORT_PAUSE)

    def _run_at(self, when: float) -> None:
        self._timers.at(
            when, lambda: self._writes.submit(lambda: self._rules.run(self._now()), self._done)
        )

    def _done(self, future: Future[int]) -> None:
        log_failure(future)
        count = future.result() if future.exception() is None else 0
        self._warn_of_clock()
        if count:
            self._deleted()
        self._run_at(time.monotonic() + (SHORT_PAUSE if count >= MOST else PAUSE))

    def _warn_of_clock(self) -> None:
        """Log a warning if the clock may be wrong, once until it is right again."""
        if self._rules.doubted and not self._warned:
            log.warning(
                "The clock is %d days ahead of what the history has shown so far, and may be"
                " wrong: no time service (NTP) synchronises it. No message is deleted for that;"
                " the time for which the machine was off will not count for keep_days.",
                self._rules.doubted // DAY_MS,
            )
        self._warned = bool(self._rules.doubted)

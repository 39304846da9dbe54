"""Actions for later, ordered by time."""

import heapq
import sys
from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from typing import NamedTuple

SWEPT = 100
"""Cancelled timers that one `wait` removes: thousands may be cancelled at once, such as those of
people whose connections end together."""


class Timer:
    """One action, called once, at the time `when`. `cancel` it when it is no longer needed."""

    __slots__ = ("action", "when")

    def __init__(self, action: Callable[[], None], when: float) -> None:
        self.action: Callable[[], None] | None = action
        self.when = when

    @property
    def is_due(self) -> bool:
        """Whether the action is still to come."""
        return self.action is not None

    def cancel(self) -> None:
        """Cancel the timer. Cancelling twice, or after the action, is allowed."""
        self.action = None


class _Entry(NamedTuple):
    when: float
    order: int
    timer: Timer


class Timers:
    """A heap of timers. Times are seconds on the caller's clock: `time.monotonic` in our loops.

    A cancelled timer leaves the heap when it is the next one. `next_at` is the time of that one,
    cancelled or not; no property, because each tick of a loop asks.
    """

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._order = count()
        self.next_at = inf
        self.unfinished_steps = 0  # how many iterators `in_steps` is going through

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Call `action` in the first `run` at or after `when`."""
        timer = Timer(action, when)
        heapq.heappush(self._heap, _Entry(when, next(self._order), timer))
        self.next_at = self._heap[0].when
        return timer

    def in_steps(self, when: float, steps: Iterator[object]) -> None:
        """Go through these, one in each `run` from `when` on."""

        def go_on() -> None:
            more = False
            try:
                for _ in steps:
                    more = True
                    self.at(when, go_on)
                    break
            finally:
                self.unfinished_steps -= not more

        self.unfinished_steps += 1
        self.at(when, go_on)

    def wake_at(self, when: float) -> None:
        """Make the loop run a tick at that time. A step of the tick finds out by itself what is
        due."""
        self.at(when, _nothing)

    def wait(self, now: float) -> float | None:
        """Seconds until the next timer is due; 0 if one is due now, None if there is none.

        It may be less if many timers were cancelled, because one call removes only SWEPT of them.
        """
        for _ in range(SWEPT):
            if not self._heap or self._heap[0].timer.action is not None:
                break
            self._pop()
        return max(0.0, self.next_at - now) if self._heap else None

    def _pop(self) -> Timer:
        timer = heapq.heappop(self._heap).timer
        self.next_at = self._heap[0].when if self._heap else inf
        return timer

    def run(
        self,
        now: float,
        call: Callable[[Callable[[], None]], object] = lambda action: action(),
        most: int = sys.maxsize,
    ) -> None:
        """Call the actions that are due. An action that is scheduled for `now` meanwhile is called
        by the next `run`.

        Calls at most `most` actions; `wait` reports the others as due. Actions are called through
        `call`, which may catch exceptions.
        """
        due: list[Timer] = []
        while self.next_at <= now and len(due) < most:
            due.append(self._pop())
        for timer in due:
            if timer.action is not None:
                action, timer.action = timer.action, None
                call(action)


def _nothing() -> None:
    """Do nothing: the timer only makes the loop run a tick."""

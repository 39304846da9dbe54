"""Things to be done later, in the order of their time."""

import heapq
import sys
from collections.abc import Callable
from itertools import count
from typing import NamedTuple


class Timer:
    """One thing to be done once. `cancel` it when it need not be done any more."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget it; cancelling twice, or after the fact, is fine."""
        self.action = None


class _Entry(NamedTuple):
    when: float
    order: int
    timer: Timer


class Timers:
    """A heap of timers. Times are seconds on the caller's clock: `time.monotonic` in our loops.

    A cancelled timer leaves the heap when its time comes.
    """

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._order = count()

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Have `action` called by the first `run` at or after `when`."""
        timer = Timer(action)
        heapq.heappush(self._heap, _Entry(when, next(self._order), timer))
        return timer

    def wake_at(self, when: float) -> None:
        """Have the loop turn then: a step of the tick finds what is due by itself."""
        self.at(when, _nothing)

    def wait(self, now: float) -> float | None:
        """Seconds until something is due, 0 if something is, None if nothing will be."""
        while self._heap and self._heap[0].timer.action is None:
            heapq.heappop(self._heap)
        return max(0.0, self._heap[0].when - now) if self._heap else None

    def run(
        self,
        now: float,
        call: Callable[[Callable[[], None]], object] = lambda action: action(),
        most: int = sys.maxsize,
    ) -> None:
        """Do what is due. What an action schedules for `now` is done by the next `run`.

        No more than `most`; `wait` says that the others are due. Actions are called by `call`,
        which may catch what they raise.
        """
        due: list[Timer] = []
        while self._heap and self._heap[0].when <= now and len(due) < most:
            due.append(heapq.heappop(self._heap).timer)
        for timer in due:
            if timer.action is not None:
                action, timer.action = timer.action, None
                call(action)


def _nothing() -> None:
    """What the tick does anyway is enough."""

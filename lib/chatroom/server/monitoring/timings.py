"""How long something takes that happens thousands of times in a second.

Noting one must cost nearly nothing, and putting it into a histogram costs more. So durations are
only appended to a list, and somebody who looks, or the thousandth, has them put into the histogram.
The latest are kept as they are: percentiles of a week say nothing about now.
"""

from bisect import bisect_left
from math import ceil

BOUNDS = (
    0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0,
)  # fmt: skip
"""The upper bounds of the histogram's buckets, in seconds. One more bucket has all that is
longer."""

FOLD = 1000
"""Durations after which those that were noted go into the histogram: 0.1 ms of work."""


class Timings:
    """Durations in seconds. `note` one; on the hot path, append to `fresh` and call `fold` when it
    has FOLD of them."""

    __slots__ = ("_counts", "_latest", "_total", "fresh")

    def __init__(self) -> None:
        self.fresh: list[float] = []
        self._latest: list[float] = []
        self._counts = [0] * (len(BOUNDS) + 1)
        self._total = 0.0

    def note(self, seconds: float) -> None:
        """It took so long this time."""
        self.fresh.append(seconds)
        if len(self.fresh) >= FOLD:
            self.fold()

    def fold(self) -> None:
        """Put what was noted into the histogram."""
        counts, fresh = self._counts, self.fresh
        for seconds in fresh:
            counts[bisect_left(BOUNDS, seconds)] += 1
        self._total += sum(fresh)
        self._latest = (self._latest + fresh)[-FOLD:]
        fresh.clear()

    @property
    def counts(self) -> tuple[int, ...]:
        """How many belong into each bucket of BOUNDS, and the last: how many are longer."""
        self.fold()
        return tuple(self._counts)

    @property
    def total(self) -> float:
        """The sum of all, in seconds."""
        self.fold()
        return self._total

    @property
    def latest(self) -> list[float]:
        """The latest, at most FOLD, the shortest first."""
        self.fold()
        return sorted(self._latest)


def percentile(ordered: list[float], share: float) -> float | None:
    """The duration that `share` of them (0.99) do not exceed; None if there are none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None

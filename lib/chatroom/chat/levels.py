"""How full the buckets of addresses and accounts are (`chat.buckets` decides what follows)."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

MINUTE = 60.0

REMEMBERED = 10_000
"""Buckets that are remembered, in at most 6 MB; the oldest are forgotten."""


class Levels:
    """The levels, by kind and by whose bucket it is. Times are seconds of the loop's clock. Like
    the sessions' allowances, they do not belong to the state of the chat. `refused` counts what was
    refused because a bucket was full, by kind."""

    def __init__(self) -> None:
        self.refused = Counter[str]()
        self._used: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def used(self, kind: str, whose: str, most: int, clock: float) -> float:
        """How much is in a bucket that empties by `most` in a minute."""
        used, at = self._used.get((kind, whose), (0.0, clock))
        return max(0.0, used - (clock - at) * most / MINUTE)

    def fill(self, kind: str, whose: str, used: float, clock: float) -> None:
        """So much is in it now."""
        self._used[kind, whose] = used, clock
        self._used.move_to_end((kind, whose))
        if len(self._used) > REMEMBERED:
            self._used.popitem(last=False)

    def snapshot(self) -> list[list[Any]]:
        """All levels as plain values."""
        return [[kind, whose, used, at] for (kind, whose), (used, at) in self._used.items()]

    def restore(self, levels: Iterable[Sequence[Any]]) -> None:
        """Take over the levels of a snapshot."""
        self._used = OrderedDict(((kind, whose), (used, at)) for kind, whose, used, at in levels)

    def __len__(self) -> int:
        return len(self._used)

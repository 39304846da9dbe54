"""Whose download goes on in a tick.

Twenty downloads over a fast network could fill each tick with 64 KB for each of them, and whoever
chats would wait for that. So a tick has PIECES pieces for all downloads together. Who had to wait
longest comes first: the others wait as long as somebody does whose last piece is older.
"""

from math import inf

PIECES = 4
"""Pieces in a tick, of all downloads: about a millisecond."""


class Turns:
    """Times are the loop's clock, which is another one in each tick."""

    __slots__ = ("_clock", "_left", "_refused", "_upto")

    def __init__(self) -> None:
        self._clock = 0.0
        self._left = PIECES
        self._refused = inf  # the oldest last turn of those who were refused in this tick
        self._upto = inf  # the same of the last tick: whose last turn is no later may have one now

    def take(self, last: float, clock: float) -> bool:
        """Whether a download whose last turn was at `last` has one now."""
        if clock != self._clock:
            self._clock, self._left = clock, PIECES
            self._upto, self._refused = self._refused, inf
        if self._left and last <= self._upto:
            self._left -= 1
            return True
        self._refused = min(self._refused, last)
        return False

    def give_back(self) -> None:
        """The turn that was taken last was not needed."""
        self._left += 1

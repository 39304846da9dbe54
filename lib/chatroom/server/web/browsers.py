"""The addresses from which browsers came lately.

A browser opens connections in advance, and says nothing on them until it needs them. A person with
netcat says nothing either, because they wait for the greeting. A browser takes a greeting for the
answer to its next request, and shows an error or half of a page. So the greeting comes later where
a browser has been.
"""

from collections.abc import Iterable
from typing import Any

KEPT = 30 * 86_400.0
"""Seconds for which an address is remembered: browsers connect in advance to pages that they
know."""

MOST = 10_000
"""Addresses; the one whose last request is the oldest is forgotten first."""

_ALL_BROWSERS = "Mozilla/"  # their User-Agent begins with it; those of programs seldom do


class Browsers:
    """Times are seconds of the loop's clock."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}  # address: time of its last request, the oldest first

    def note(self, host: str, agent: str, clock: float) -> None:
        """Remember `host` if that User-Agent is a browser's."""
        if not agent.startswith(_ALL_BROWSERS):
            return
        self._seen.pop(host, None)
        self._seen[host] = clock
        if len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]

    def were_at(self, host: str, clock: float) -> bool:
        """Whether a browser came from there lately."""
        seen = self._seen.get(host)
        return seen is not None and clock - seen < KEPT

    def snapshot(self) -> list[list[Any]]:
        """All addresses as plain values."""
        return list(map(list, self._seen.items()))

    def restore(self, seen: Iterable[tuple[str, float]]) -> None:
        """Take over the addresses of a snapshot."""
        self._seen = dict(seen)

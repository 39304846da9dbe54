"""Both doors of a server: visitors who send anything, and what must always hold.

`scripts/fuzz.py server` watches the memory of one server for as long as it is told to.
"""

from random import Random

from fuzzing.server import fuzz

LINES = 500


def once(random: Random) -> None:
    """A server of its own, for some lines."""
    said: list[str] = []
    failures = fuzz(LINES, random.getrandbits(32), said.append)
    assert not failures, "\n".join(said)

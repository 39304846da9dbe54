"""How an upgrade went, for the tool that asked for it."""

from collections.abc import Callable
from typing import NamedTuple


class Process(NamedTuple):
    """A process that serves, or did: its version, and its id."""

    version: str
    pid: int


class Outcome(NamedTuple):
    """`trouble` says why the upgrade has failed; "" if it succeeded. Then `new` serves.

    `connections` is the number of those that were handed over, and `pause` the seconds in which
    nobody was served.
    """

    trouble: str
    old: Process
    new: Process
    connections: int = 0
    pause: float = 0.0


Report = Callable[[Outcome], None]
"""What is called with the outcome, in the loop's thread."""


def ignore(_outcome: Outcome) -> None:
    """The Report of somebody who does not wait: the outcome is in the log."""

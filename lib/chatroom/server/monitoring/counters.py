"""What the server has counted since its start, where nothing else counts it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """`connections` that were accepted; `protocols`: how many connections came to speak each.

    `slow_readers` were disconnected because they did not read. `bugs` are unhandled exceptions.
    """

    connections: int = 0
    protocols: Counter[str] = field(default_factory=Counter)
    slow_readers: int = 0
    bugs: int = 0

"""What the server has to reach, and whether it does.

Most targets are ratios to others in the same run, since those depend little on the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.results import Results

US = "CPU us/delivery"
OURS, FLOOR, INSPIRCD, NGIRCD, RELAY = "chatroom", "floor", "inspircd", "ngircd", "relay"


@dataclass(frozen=True, slots=True)
class Target:
    """At most `most`: of the figure itself, or of its ratio to that of a server, or a case."""

    case: str
    metric: str
    most: float
    server: str = ""
    other_case: str = ""

    @property
    def against(self) -> str:
        """What it is divided by."""
        return self.other_case or self.server


TARGETS = (
    Target("fan-out 100 x 1 x 1", US, 1.15, FLOOR),
    Target("fan-out 100 x 1 x 1", US, 1.0, INSPIRCD),
    Target("fan-out 100 x 10 x 10", US, 0.5, INSPIRCD),
    Target("fan-out 100 x 10 x 10", US, 0.4, NGIRCD),
    Target("fan-out 900 x 20 x 5", US, 0.45, INSPIRCD),
    Target("fan-out 900 x 20 x 5", US, 0.4, NGIRCD),
    Target("100 x 1 x 1, a third each", US, 1.15, other_case="100 x 1 x 1, no capabilities"),
    Target("100 x 10 x 10, a third each", US, 1.15, other_case="100 x 10 x 10, no capabilities"),
    Target("900 x 20 x 5, a third each", US, 1.15, other_case="900 x 20 x 5, no capabilities"),
    Target("100 x 1 x 1, WebSocket", US, 1.15, other_case="100 x 1 x 1, no capabilities"),
    Target("100 x 10 x 10, WebSocket", US, 1.15, other_case="100 x 10 x 10, no capabilities"),
    Target("900 x 20 x 5, WebSocket", US, 1.15, other_case="900 x 20 x 5, no capabilities"),
    Target("100 x 1 x 2 paced", "delay p99 ms", 5.0),
    Target("100 x 1 x 2 paced", "delay p99.9 ms", 20.0),
    Target("10,000 idle connections", "bytes each", 3072),
    Target("10,000 idle connections", "% of a core at rest", 0.5),
    Target("a registration", "us", 100),
    Target(
        "a registration beside 10,000 MONITOR entries",
        "CPU us",
        1.05,
        other_case="a registration beside 0 MONITOR entries",
    ),
    Target(
        "into a room of 1,000 with metadata",
        "us",
        1.1,
        other_case="into a room of 1,000 with no metadata",
    ),
    Target("1,000 enter a room", "s", 0.4),
    Target("10 x 1 x 1, one each 2.4 s", "CPU us/message", 2.0, INSPIRCD),
    Target("10 x 1 x 1, one each 0.32 s", "CPU us/message", 2.0, INSPIRCD),
    Target("two people", "step p50 ms", 2.5, RELAY),
    Target("two people", "step p99 ms", 1.0),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target, and what came of it."""

    target: Target
    value: float

    @property
    def passed(self) -> bool:
        """Whether it was reached."""
        return self.value <= self.target.most


def judge(results: Results, ours: str = OURS) -> Iterable[Verdict]:
    """The targets whose figures were measured."""
    for target in TARGETS:
        value = results.get(target.case, ours, target.metric)
        divisor: float | None = 1.0
        if target.against:
            case, server = target.other_case or target.case, target.server or ours
            divisor = results.get(case, server, target.metric)
        if value is not None and divisor:
            yield Verdict(target, value / divisor)

"""An allowance for each session: lines beyond it are delayed, never dropped.

It is a bucket of `flood_burst` that fills by `flood_rate` each second. A line costs the price of
its command and the loop's time that it used, `time_cost`. It may overdraw the bucket; then nothing
more is read from that session until the debt is paid back.
"""

from typing import Protocol

from chatroom.chat.limits import Limits
from chatroom.chat.session import Session

DELIVERY = 4e-6
"""Seconds of the loop that a delivery takes later, in the flush (docs/performance.md)."""


DEAREST_TURN = 0.040
"""The most seconds that are charged for one turn: the machine may pause in the middle of it, which
is nobody's fault."""


class Pace(Protocol):
    """What an allowance follows: the limits, and the time in seconds. The world is one."""

    @property
    def limits(self) -> Limits: ...
    @property
    def clock(self) -> float: ...


def time_cost(limits: Limits, seconds: float, deliveries: int) -> float:
    """The cost of this time of the loop, and of the deliveries to others."""
    return (min(seconds, DEAREST_TURN) + deliveries * DELIVERY) * 1000 / limits.flood_time


def spend(pace: Pace, session: Session, cost: float) -> None:
    """Charge a cost to the allowance. No cost makes a session owe more than a whole
    allowance."""
    limits = pace.limits
    if limits.flood_rate:
        before = left(pace, session)  # which may be a longer wait (`wait_at_least`): not forgiven
        session.allowance = max(before - cost, min(before, -limits.flood_burst))
        session.allowance_at = pace.clock


def wait_at_least(pace: Pace, session: Session, seconds: float) -> None:
    """Read nothing from this session for `seconds`."""
    limits = pace.limits
    session.allowance = min(left(pace, session), -seconds * limits.flood_rate)
    session.allowance_at = pace.clock


def left(pace: Pace, session: Session) -> float:
    """The remaining allowance; a negative value is a debt."""
    limits = pace.limits
    earned = (pace.clock - session.allowance_at) * limits.flood_rate
    return min(limits.flood_burst, session.allowance + earned)


def wait(pace: Pace, session: Session) -> float:
    """Seconds until the next line may be read; 0: now."""
    rate = pace.limits.flood_rate
    if not rate or session.allowance > 0:
        return 0.0
    earned = (pace.clock - session.allowance_at) * rate
    return max(0.0, -(session.allowance + earned) / rate)

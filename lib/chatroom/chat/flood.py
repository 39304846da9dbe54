"""An allowance for each session: what goes beyond it waits, nothing is dropped.

A bucket of `flood_burst` that fills by `flood_rate` each second. A line takes its command's cost
from it, and the time of the loop that it used, `time_cost`. It may overdraw the bucket; then
nothing more is taken from that session until it is paid back.
"""

from chatroom.chat.limits import Limits
from chatroom.chat.session import Session

DELIVERY = 4e-6
"""Seconds of the loop that a delivery takes later, in the flush (docs/performance.md)."""


DEAREST_TURN = 0.040
"""Seconds that are charged for one turn at the most: a machine may stand still in the middle of it,
for which nobody is to blame."""


def time_cost(limits: Limits, seconds: float, deliveries: int) -> float:
    """What this time of the loop costs, and so many deliveries to others."""
    return (min(seconds, DEAREST_TURN) + deliveries * DELIVERY) * 1000 / limits.flood_time


def spend(session: Session, cost: float) -> None:
    """Take a cost from the allowance. No more than a whole allowance is ever owed by it."""
    limits = session.world.limits
    if limits.flood_rate:
        session.allowance = max(left(session) - cost, -limits.flood_burst)
        session.allowance_at = session.world.clock


def wait_at_least(session: Session, seconds: float) -> None:
    """Take nothing from this session for so long."""
    limits = session.world.limits
    session.allowance = min(left(session), -seconds * limits.flood_rate)
    session.allowance_at = session.world.clock


def left(session: Session) -> float:
    """What is left of the allowance now; below 0: what is owed."""
    limits = session.world.limits
    earned = (session.world.clock - session.allowance_at) * limits.flood_rate
    return min(limits.flood_burst, session.allowance + earned)


def wait(session: Session) -> float:
    """Seconds until the next line may be taken; 0: now."""
    rate = session.world.limits.flood_rate
    if not rate or session.allowance > 0:
        return 0.0
    earned = (session.world.clock - session.allowance_at) * rate
    return max(0.0, -(session.allowance + earned) / rate)

"""An allowance for each session: lines beyond it are delayed, never dropped.

It is a bucket of `flood_burst` that fills by `flood_rate` each second. A line costs the price of
its command and the loop's time that it used, `time_cost`. It may overdraw the bucket; then nothing
more is read from that session until the debt is paid back.
"""

from chatroom.chat.limits import Limits
from chatroom.chat.session import Session

DELIVERY = 4e-6
"""Seconds of the loop that a delivery takes later, in the flush (docs/performance.md)."""


DEAREST_TURN = 0.040
"""The most seconds that are charged for one turn: the machine may pause in the middle of it, which
is nobody's fault."""


def time_cost(limits: Limits, seconds: float, deliveries: int) -> float:
    """The cost of this time of the loop, and of the deliveries to others."""
    return (min(seconds, DEAREST_TURN) + deliveries * DELIVERY) * 1000 / limits.flood_time


def spend(session: Session, cost: float) -> None:
    """Charge a cost to the allowance. A session never owes more than a whole allowance."""
    limits = session.world.limits
    if limits.flood_rate:
        session.allowance = max(left(session) - cost, -limits.flood_burst)
        session.allowance_at = session.world.clock


def wait_at_least(session: Session, seconds: float) -> None:
    """Read nothing from this session for `seconds`."""
    limits = session.world.limits
    session.allowance = min(left(session), -seconds * limits.flood_rate)
    session.allowance_at = session.world.clock


def left(session: Session) -> float:
    """The remaining allowance; a negative value is a debt."""
    limits = session.world.limits
    earned = (session.world.clock - session.allowance_at) * limits.flood_rate
    return min(limits.flood_burst, session.allowance + earned)


def wait(session: Session) -> float:
    """Seconds until the next line may be read; 0: now."""
    rate = session.world.limits.flood_rate
    if not rate or session.allowance > 0:
        return 0.0
    earned = (session.world.clock - session.allowance_at) * rate
    return max(0.0, -(session.allowance + earned) / rate)

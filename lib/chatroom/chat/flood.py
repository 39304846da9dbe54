"""An allowance for each session: what goes beyond it waits, nothing is dropped.

A bucket of `flood_burst` that fills by `flood_rate` each second. A command may overdraw it; then
nothing more is taken from that visitor until it is paid back.
"""

from chatroom.chat.session import Session


def spend(session: Session, cost: int) -> None:
    """Take a command's cost from the allowance."""
    limits = session.world.limits
    if not limits.flood_rate:
        return
    now = session.world.clock
    earned = (now - session.allowance_at) * limits.flood_rate
    session.allowance = min(limits.flood_burst, session.allowance + earned) - cost
    session.allowance_at = now


def wait(session: Session) -> float:
    """Seconds until the next line may be taken; 0: now."""
    rate = session.world.limits.flood_rate
    if not rate or session.allowance > 0:
        return 0.0
    earned = (session.world.clock - session.allowance_at) * rate
    return max(0.0, -(session.allowance + earned) / rate)

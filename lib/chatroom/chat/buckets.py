"""Limits for what one address, or one account, does in a minute, on all of its connections:
joining rooms, changing nicknames, searching, sending lines and bytes.

A bucket holds a minute's worth. Anything more is delayed: the server stops reading from those
connections for a while, as with the allowance of a session (`flood`). If there are so many
connections that delays do not help, everything beyond two minutes' worth is refused. Nothing is
limited where `flood_rate` is 0; addresses are not where `per_address` is, nor is this machine
(`World.network_of`).
"""

from chatroom.chat import flood
from chatroom.chat.levels import MINUTE
from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.text.times import span_words
from chatroom.wire.message import Message
from chatroom.wire.names import fold

JOINS, NICKS, SEARCHES = "joins", "nick_changes", "searches"
REFUSED = (JOINS, NICKS, SEARCHES)
"""The kinds that are refused from some point on. All kinds are names of rows of `Limits`."""

LINES, BYTES = "lines", "bytes"
"""The cost of all lines together, and their bytes; see `charge`. As a line has a limited number of
bytes, `lines` limits bytes too, but only to ten times as many, because a line with 4 KB of tags
costs as much as any other."""

_WORDS = {JOINS: "Too many rooms were joined", NICKS: "Too many changes of the nickname",
          SEARCHES: "Too many searches were made"}  # fmt: skip


def take(world: World, session: Session, kind: str, message: Message) -> None:
    """Count what this line does; perhaps delay the session's next lines. Raises Failed."""
    why = refusal(world, session, kind, _count(world, kind, session, message))
    if why:
        raise Failed(message.command, "RATE_LIMITED", text=why)


def _count(world: World, kind: str, session: Session, message: Message) -> int:
    if kind == JOINS:
        names = sum(map(bool, message.param(0).split(",")))
        refused = names > world.limits.rooms_at_once
        return 0 if message.params == ("0",) else 1 if refused else names
    if kind == NICKS:
        return int(session.registered)  # the first nickname is not a change
    return 1


def charge(world: World, session: Session, kind: str, cost: float) -> None:
    """Count what lines of a session have cost (LINES, in the unit of `Limits.flood_burst`), or what
    it has sent (BYTES). If the connections of an address or an account have used too much together,
    this one is delayed; lines and bytes are never refused."""
    most: int = getattr(world.limits, kind)
    clock = world.clock
    if not (most and cost and world.limits.flood_rate):
        return
    over = 0.0
    for one in _whose(world, session):
        used = min(world.levels.used(kind, one, most, clock) + cost, 2.0 * most)
        world.levels.fill(kind, one, used, clock)
        over = max(over, used - most)
    if over > 0:
        flood.wait_at_least(world, session, over * MINUTE / most)


def _whose(world: World, session: Session) -> list[str]:
    """The address and the account for which a session's doings count."""
    network = world.network_of(session.host) if world.limits.per_address else ""
    account = session.user.account
    return [*([f"@{network}"] if network else []), *([fold(account)] if account else [])]


def refusal(world: World, session: Session, kind: str, count: int = 1) -> str:
    """Like `take`, but returns the reason for the refusal, without the full stop; "" if there is
    none."""
    limits, clock = world.limits, world.clock
    most: int = getattr(limits, kind)
    if not (most and limits.flood_rate and count):
        return ""
    whose = _whose(world, session)
    levels = {one: world.levels.used(kind, one, most, clock) + count for one in whose}
    over = max(levels.values(), default=0.0) - most
    if over > most:
        world.levels.refused[kind] += 1
        wait = (over - most) * MINUTE / most
        return f"{_WORDS[kind]} from your address or account; try again in {span_words(wait)}"
    for one, used in levels.items():
        world.levels.fill(kind, one, used, clock)
    if over > 0:
        flood.wait_at_least(world, session, over * MINUTE / most)
    return ""

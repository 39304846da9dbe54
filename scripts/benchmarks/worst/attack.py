"""A row of what strangers can do to people who chat."""

from collections.abc import Callable
from dataclasses import dataclass

Payload = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Attack:
    """`before` is said once on each connection, then `payload` for ever.

    `reads`: whether the attacker takes the answers. `lines_each`: after so many payloads the
    connection is closed, and another one made.
    """

    name: str
    payload: Payload
    before: Callable[[int], bytes] | None = None
    reads: bool = True
    lines_each: int = 0

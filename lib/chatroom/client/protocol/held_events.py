"""Events that are held back until a page of history has come, in bounded memory."""

from collections.abc import Mapping

from chatroom.client.limits import LIMITS, OBJECT_BYTES, TEXT_BYTES
from chatroom.client.protocol.events import Event


class HeldEvents:
    """Some events in their order. Once it is `full`, it takes no more."""

    def __init__(
        self, most_events: int = LIMITS.held_events, most_bytes: int = LIMITS.held_bytes
    ) -> None:
        self.events: list[Event] = []
        self.full = False
        self._most_events, self._most_bytes = most_events, most_bytes
        self._used = 0

    def takes(self, event: Event) -> bool:
        """Keep an event; False where there is no place for it."""
        self._used += event_weight(event)
        if len(self.events) >= self._most_events or self._used > self._most_bytes:
            self.full = True
        else:
            self.events.append(event)
        return not self.full

    def given(self) -> list[Event]:
        """All of them, which leaves place for others."""
        given, self.events = self.events, []
        self._used, self.full = 0, False
        return given


def event_weight(event: object) -> int:
    """Bytes of memory that an event takes, about, with everything in it."""
    weight, left = 0, [event]
    while left:
        part = left.pop()
        if isinstance(part, str):
            weight += TEXT_BYTES + len(part) * (1 if part.isascii() else 4) if part else 0
        elif isinstance(part, tuple):  # as events are
            weight += OBJECT_BYTES
            left += part
        elif isinstance(part, Mapping):
            weight += 2 * OBJECT_BYTES
            left += (*part, *part.values())
    return weight  # True, None and the like are there once

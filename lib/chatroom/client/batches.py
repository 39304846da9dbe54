"""Messages that belong together, as one (IRCv3 batch): those that are pages of a history.

Batches of any other type only group what is dealt with as it comes: their messages pass.
"""

from typing import NamedTuple

from chatroom.wire.message import Message

SEARCHES = frozenset({"soju.im/search", "search"})
COLLECTED = frozenset({"chathistory"}) | SEARCHES
"""The types that are kept until their end. The second name of a search is in its text alone."""

MOST_OPEN = 100
MOST_LINES = 10_000
"""A server that goes on for longer has its messages dealt with as they come."""


class Batch(NamedTuple):
    """A batch that has come to its end. `params` are those behind its type."""

    kind: str
    params: tuple[str, ...]
    messages: tuple[Message, ...]


class _Open(NamedTuple):
    kind: str
    params: tuple[str, ...]
    messages: list[Message]
    collector: "_Open | None"  # the nearest around it that is collected


class Batches:
    """The batches that have begun and not ended, by their references."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def receive(self, message: Message) -> Message | Batch | None:
        """What is to be dealt with now: the message, a batch that it ends, or nothing."""
        if message.command == "BATCH":
            return self._bounded(message)
        collector = self._collector(message)
        if collector is None or len(collector.messages) >= MOST_LINES:
            return message
        collector.messages.append(message)
        return None

    def _collector(self, message: Message) -> _Open | None:
        batch = self._open.get(message.tags.get("batch", ""))
        return batch and (batch if batch.kind in COLLECTED else batch.collector)

    def _bounded(self, message: Message) -> Batch | None:
        """BATCH +reference type [parameters], or BATCH -reference."""
        sign, reference = message.param(0)[:1], message.param(0)[1:]
        if sign == "-":
            batch = self._open.pop(reference, None)
            if batch and batch.kind in COLLECTED:
                return Batch(batch.kind, batch.params, tuple(batch.messages))
        elif sign == "+" and len(self._open) < MOST_OPEN:
            around = self._collector(message)
            self._open[reference] = _Open(message.param(1), message.params[2:], [], around)
        return None

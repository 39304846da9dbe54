"""Messages that belong together, as one (IRCv3 batch): those that are pages of a history, and the
lines of one message (draft/multiline).

Batches of any other type only group what is dealt with as it comes: their messages pass, each with
the label of the batch (labeled-response).
"""

from collections.abc import Mapping
from typing import NamedTuple

from chatroom.wire.message import Message

SEARCHES = frozenset({"soju.im/search", "search"})
MULTILINE = "draft/multiline"
CONCATENATED = "draft/multiline-concat"
COLLECTED = frozenset({"chathistory", MULTILINE}) | SEARCHES
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
    source: str
    tags: Mapping[str, str]


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
            return self._labelled(message)
        collector.messages.append(message)
        return None

    def _labelled(self, message: Message) -> Message:
        """With the label of the batch that it is in."""
        batch = self._open.get(message.tags.get("batch", ""))
        label = batch.tags.get("label", "") if batch else ""
        return message._replace(tags={**message.tags, "label": label}) if label else message

    def _collector(self, message: Message) -> _Open | None:
        batch = self._open.get(message.tags.get("batch", ""))
        return batch and (batch if batch.kind in COLLECTED else batch.collector)

    def _bounded(self, message: Message) -> Message | Batch | None:
        """BATCH +reference type [parameters], or BATCH -reference."""
        sign, reference = message.param(0)[:1], message.param(0)[1:]
        if sign == "-":
            batch = self._open.pop(reference, None)
            return self._ended(batch) if batch and batch.kind in COLLECTED else None
        if sign == "+" and len(self._open) < MOST_OPEN:
            around = self._collector(message)
            tags = self._labelled(message).tags
            kind, params = message.param(1), message.params[2:]
            self._open[reference] = _Open(kind, params, [], around, message.source, tags)
        return None

    def _ended(self, batch: _Open) -> Message | Batch | None:
        """A message of several lines is one message, wherever it stands."""
        if batch.kind != MULTILINE:
            return Batch(batch.kind, batch.params, tuple(batch.messages))
        message = _joined(batch)
        if message is None or batch.collector is None:
            return message
        batch.collector.messages.append(message)
        return None


def _joined(batch: _Open) -> Message | None:
    """The lines as one text, with line breaks in it but where a line goes on with the one before
    (draft/multiline, "Concatenation")."""
    if not batch.messages:
        return None
    first = batch.messages[0]
    text = first.param(1)
    for message in batch.messages[1:]:
        text += ("" if CONCATENATED in message.tags else "\n") + message.param(1)
    source = batch.source if "!" in batch.source else first.source
    return Message(first.command, (first.param(0), text), source, {**first.tags, **batch.tags})

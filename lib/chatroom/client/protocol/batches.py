"""Collects the messages of a batch (IRCv3 batch) that belong together: pages of the history, and
the lines of one message (draft/multiline).

The messages of all other batches are processed as they arrive, each with the label of its batch
(labeled-response).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.client.limits import LIMITS, OBJECT_BYTES, Allowance, Exceeds
from chatroom.client.protocol.gate import message_weight
from chatroom.wire.message import NO_TAGS, Message

SEARCHES = frozenset({"soju.im/search", "search"})
MULTILINE = "draft/multiline"
CONCATENATED = "draft/multiline-concat"
COLLECTED = frozenset({"chathistory", MULTILINE}) | SEARCHES
"""The types that are collected until their end. The second name of searches only
occurs in the text of the specification."""

_SPOKEN = frozenset({"PRIVMSG", "NOTICE"})
"""The commands allowed in one message of several lines (draft/multiline); others are left out."""


class Batch(NamedTuple):
    """A finished batch. `params` are the parameters after its type, `tags` those of its opening."""

    kind: str
    params: tuple[str, ...]
    messages: tuple[Message, ...]
    tags: Mapping[str, str] = NO_TAGS


@dataclass(slots=True)
class _Open:
    kind: str
    params: tuple[str, ...]
    collector: "_Open | None"  # the nearest around it that is collected
    depth: int
    source: str
    tags: Mapping[str, str]
    messages: list[Message] = field(default_factory=list)
    used: int = 0  # bytes of memory
    text: int = 0  # bytes of text, of one message
    ended: bool = False


class Batches:
    """The open batches, by their references.

    `exceeded` are the limits that were exceeded; the caller takes them out.
    """

    def __init__(self) -> None:
        self.exceeded: list[str] = []
        self._open: dict[str, _Open] = {}
        self._memory = Allowance(LIMITS.batch_bytes)

    def receive(self, message: Message) -> Message | Batch | None:
        """Returns what to process now: the message, a batch that it ends, or nothing.

        Raises Exceeds.
        """
        if message.command == "BATCH":
            return self._bounded(message)
        collector = self._collector(message)
        if collector is None:
            return self._labelled(message)
        self._collect(collector, message)
        return None

    def _collect(self, batch: _Open, message: Message) -> None:
        """Keep a message until the end of its batch, unless it exceeds a limit."""
        multiline = batch.kind == MULTILINE
        if batch.ended or (multiline and message.command not in _SPOKEN):
            return
        most = LIMITS.multiline_lines if multiline else LIMITS.batch_lines
        text = len(message.param(1).encode(errors="replace"))
        size = message_weight(message)
        if len(batch.messages) >= most:
            self.exceeded.append("multiline_lines" if multiline else "batch_lines")
        elif multiline and batch.text + text > LIMITS.multiline_bytes:
            self.exceeded.append("multiline_bytes")
        elif not self._memory.takes(size):
            self.exceeded.append("batch_bytes")
        else:
            batch.messages.append(message)
            batch.used += size
            batch.text += text

    def _labelled(self, message: Message) -> Message:
        """The message with the label of its batch."""
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
            batch = self._close(reference)
            return self._ended(batch) if batch and batch.kind in COLLECTED else None
        if sign == "+":
            self._begin(reference, message)
        return None

    def _begin(self, reference: str, message: Message) -> None:
        around = self._open.get(message.tags.get("batch", ""))
        collector = self._collector(message)
        tags = self._labelled(message).tags
        depth = around.depth + 1 if around else 1
        if depth > LIMITS.batch_depth:
            raise Exceeds("batch_depth")
        self._close(reference)  # the server has forgotten that one
        if len(self._open) >= LIMITS.open_batches:
            self._forget_oldest()
        kind, params = message.param(1), message.params[2:]
        batch = _Open(kind, params, collector, depth, message.source, tags)
        batch.used = message_weight(message) + OBJECT_BYTES
        if not self._memory.takes(batch.used):
            raise Exceeds("open_batches")
        self._open[reference] = batch

    def _forget_oldest(self) -> None:
        """Forget a batch whose messages are not collected, because nothing is lost with it.

        Raises Exceeds if there is none.
        """
        for reference, batch in self._open.items():
            if batch.kind not in COLLECTED:
                self._close(reference)
                return
        raise Exceeds("open_batches")

    def _close(self, reference: str) -> _Open | None:
        batch = self._open.pop(reference, None)
        if batch:
            batch.ended = True
            self._memory.give_back(batch.used)
        return batch

    def _ended(self, batch: _Open) -> Message | Batch | None:
        """The finished batch; the lines of a multiline batch become one message, which may itself
        be inside a batch."""
        if batch.kind != MULTILINE:
            return Batch(batch.kind, batch.params, tuple(batch.messages), batch.tags)
        message = _joined(batch)
        if message is None or batch.collector is None:
            return message
        self._collect(batch.collector, message)
        return None


def _joined(batch: _Open) -> Message | None:
    """The lines as one text, with line breaks between them except where a line continues the one
    before (draft/multiline, "Concatenation")."""
    if not batch.messages:
        return None
    first = batch.messages[0]
    pieces = [first.param(1)]
    for message in batch.messages[1:]:
        pieces += ("" if CONCATENATED in message.tags else "\n", message.param(1))
    source = batch.source if "!" in batch.source else first.source
    return Message(
        first.command, (first.param(0), "".join(pieces)), source, {**first.tags, **batch.tags}
    )

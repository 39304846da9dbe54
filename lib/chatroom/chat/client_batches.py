"""The batches that clients send (IRCv3 client-batch): the lines of one message (draft/multiline).

    BATCH +1 draft/multiline #den       begins one: `Session.batch`
    @batch=1 PRIVMSG #den :first        is kept, and checked against the limits
    @batch=1 PRIVMSG #den :second
    BATCH -1                            ends it: becomes one PRIVMSG of two lines, which is carried
                                        out like any other, with the label of the beginning

A fault makes the whole batch void: the client gets one FAIL, and the rest of the batch is ignored.
What is not part of the batch is carried out, but also makes it void, except for what a client sends
by itself (PONG).
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from chatroom.chat.output.labelled_replies import collect, label_of
from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import NO_TAGS, Message, as_middle
from chatroom.wire.multiline import CONCATENATED, MULTILINE, Piece, composed
from chatroom.wire.names import fold

LINE_COST = 0.25
"""What a line of a batch costs, of the price of a message: the others get one message in the end,
and a paste should not wait for minutes."""

SECONDS = 120.0
"""For so long a batch may be open. A client that sends as fast as it may needs some ten seconds for
the longest."""

_NEEDED = frozenset({MULTILINE, "batch"})

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}")

_NO_SUCH_BATCH = "There is no such batch"

_MEANWHILE = frozenset({"PING", "PONG", "QUIT"})
"""Commands that may come between the lines."""

_SPOKEN = frozenset({"PRIVMSG", "NOTICE"})

_OF_LINES = frozenset({"batch", CONCATENATED})

CONTROL = "\x01"
"""Begins a query between programs (CTCP), which is one line."""


class OpenBatch:
    """A batch whose end has not come. `row` is that of its command. A `void` one only waits for its
    end."""

    __slots__ = ("label", "pieces", "reference", "row", "since", "size", "tags", "target", "void")

    def __init__(self, reference: str, message: Message, label: str, since: float) -> None:
        self.reference = reference
        self.target = message.param(2)
        self.tags: Mapping[str, str] = message.tags
        self.label = label
        self.since = since
        self.row: Any = None
        self.pieces: list[Piece] = []
        self.size = 0
        self.void = False

    def take(self, text: str, continues: bool) -> None:
        """Add a line."""
        self.size += len(text.encode()) + bool(self.pieces and not continues)
        self.pieces.append(Piece(text, continues))

    def snapshot(self) -> dict[str, Any]:
        """The batch as plain values."""
        names = ("reference", "target", "label", "since", "size", "void")
        plain = {name: getattr(self, name) for name in names}
        row = self.row.name if self.row is not None else ""
        pieces = [list(piece) for piece in self.pieces]
        return {**plain, "tags": dict(self.tags), "pieces": pieces, "row": row}

    @property
    def whole(self) -> Message:
        """All of it as one message."""
        tags = {key: value for key, value in self.tags.items() if key != "label"}
        if self.label:
            tags["label"] = self.label
        return Message(self.row.name, (self.target, composed(self.pieces)), "", tags)


def restored_batch(values: Mapping[str, Any], rows: Mapping[str, Any]) -> OpenBatch:
    """The batch of which `snapshot` has returned these values; `rows` are those of all commands."""
    message = Message("BATCH", ("", "", values["target"]), tags=values["tags"])
    batch = OpenBatch(values["reference"], message, values["label"], values["since"])
    batch.row = rows[values["row"]] if values["row"] else None
    batch.pieces = [Piece(*piece) for piece in values["pieces"]]
    batch.size, batch.void = values["size"], values["void"]
    return batch


class ToCarryOut(NamedTuple):
    """A message, and its row of the command table."""

    row: Any
    message: Message


def _may_batch(session: Session) -> bool:
    """Whether the client may send batches."""
    return session.registered and session.capabilities >= _NEEDED


def take(world: World, session: Session, row: Any, message: Message) -> ToCarryOut | None:
    """Handle a message that may begin, continue or disturb a batch. Returns what to carry out now,
    if anything: the message itself if the client may not send batches."""
    if session.batch is None and not _may_batch(session):
        return ToCarryOut(row, message)
    if message.command == "BATCH":
        sign, reference = message.param(0)[:1], message.param(0)[1:]
        if sign == "-":
            return _end(world, session, reference, message)
        _begin(world, session, sign, reference, message)
        return None
    batch: OpenBatch | None = session.batch
    if batch is not None and message.tags.get("batch") == batch.reference:
        _take_line(world, session, batch, row, message)
        return None
    if message.command in _MEANWHILE:
        return ToCarryOut(row, message)
    spoil(session, "There was something else among the lines of the message")
    if "batch" not in message.tags:
        return ToCarryOut(row, message)
    _tell(session, label_of(session, message), _invalid(_NO_SUCH_BATCH))
    return None


def spoil(session: Session, why: str) -> None:
    """Make the open batch void, if there is one."""
    if session.batch is not None:
        _void(session, session.batch, _invalid(why))


def cost_of_line(batch: OpenBatch, message: Message | None, cost: float) -> float:
    """What a line costs, while a batch is open, that would cost `cost` otherwise."""
    if message is None or message.tags.get("batch") != batch.reference:
        return cost
    return LINE_COST


def _invalid(why: str) -> Failed:
    return Failed("BATCH", "MULTILINE_INVALID", text=why)


def _void(session: Session, batch: OpenBatch, why: Failed) -> None:
    """The client gets the first fault, with the label of the batch's beginning."""
    if not batch.void:
        batch.void, batch.pieces, batch.tags = True, [], NO_TAGS
        _tell(session, batch.label, why)


def _tell(session: Session, label: str, why: Failed) -> None:
    collect(session, label, partial(why.tell, session))


def _begin(world: World, session: Session, sign: str, reference: str, message: Message) -> None:
    spoil(session, "Another batch began before this one had ended")
    batch = OpenBatch(reference, message, label_of(session, message), world.clock)
    session.batch = batch
    shown, kind = as_middle(reference[:64]), message.param(1)
    if sign != "+" or not _REFERENCE.fullmatch(reference):
        why = "A reference has letters, digits and hyphens only"
        _void(session, batch, Failed("BATCH", "INVALID_REFTAG", shown, text=why))
    elif "batch" in message.tags:
        _void(session, batch, _invalid("There can be no batch in a batch"))
    elif kind != MULTILINE:
        why = "Batches of this type are not known here"
        _void(session, batch, Failed("BATCH", "UNKNOWN_TYPE", shown, as_middle(kind), text=why))
    elif not batch.target or "," in batch.target:
        _void(session, batch, _invalid("A message of several lines has one target"))


def _take_line(
    world: World, session: Session, batch: OpenBatch, row: Any, message: Message
) -> None:
    if batch.void:
        return
    fault = _fault_of(world, batch, message)
    if fault is None:
        batch.row = row
        batch.take(message.params[1], CONCATENATED in message.tags and bool(batch.pieces))
        fault = _excess(world, batch)
    if fault is not None:
        _void(session, batch, fault)


def _fault_of(world: World, batch: OpenBatch, message: Message) -> Failed | None:
    """What is wrong with a line of this batch."""
    text, target = message.param(1), message.param(0)
    if world.clock - batch.since > SECONDS:
        return _too_late(batch)
    if message.command not in _SPOKEN:
        return _invalid("Only PRIVMSG and NOTICE can be lines of a message")
    if batch.row is not None and message.command != batch.row.name:
        return _invalid("PRIVMSG and NOTICE cannot be lines of the same message")
    if not message.tags.keys() <= _OF_LINES:
        return _invalid("Tags of the message belong to the beginning of the batch")
    if fold(target) != fold(batch.target):
        named = as_middle(batch.target), as_middle(target or "*")
        why = "All lines of a message have the same target"
        return Failed("BATCH", "MULTILINE_INVALID_TARGET", *named, text=why)
    if len(message.params) < 2 or (CONCATENATED in message.tags and not text):
        return _invalid("A blank line cannot continue the one before")
    if text.startswith(CONTROL):
        return _invalid("An action, or another query of a program, has only one line")
    return None


def _too_late(batch: OpenBatch) -> Failed:
    why = "The batch was open for too long"
    return Failed("BATCH", "TIMEOUT", as_middle(batch.reference), text=why)


def _excess(world: World, batch: OpenBatch) -> Failed | None:
    """Which limit the lines so far exceed."""
    lines, size = world.limits.multiline_lines, world.limits.multiline_bytes
    if len(batch.pieces) > lines:
        why = f"A message has at most {lines} lines"
        return Failed("BATCH", "MULTILINE_MAX_LINES", str(lines), text=why)
    if batch.size > size:
        why = f"A message of several lines has at most {size} bytes"
        return Failed("BATCH", "MULTILINE_MAX_BYTES", str(size), text=why)
    return None


def _end(world: World, session: Session, reference: str, message: Message) -> ToCarryOut | None:
    batch = session.batch
    if batch is None or batch.reference != reference:
        spoil(session, "Another batch ended before this one")
        if batch is None:
            _tell(session, label_of(session, message), _invalid(_NO_SUCH_BATCH))
        return None
    fault = None
    if world.clock - batch.since > SECONDS:
        fault = _too_late(batch)
    elif not any(piece.text for piece in batch.pieces):
        fault = _invalid("All lines of the message are blank")
    if fault is not None:
        _void(session, batch, fault)
    session.batch = None
    return None if batch.void else ToCarryOut(batch.row, batch.whole)

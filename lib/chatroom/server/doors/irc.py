"""The IRC door: lines are messages (Modern IRC client protocol)."""

from collections.abc import Mapping
from math import ceil, inf
from typing import Any

from chatroom.chat import client_batches, flood
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.dispatch import Command, cost_of, refuse, with_warning
from chatroom.chat.refusals import Failed, Refused, TooLong
from chatroom.server.doors.door import LINE_BYTES, Door
from chatroom.text.display import byte_count, visible
from chatroom.wire.message import (
    MAX_BODY,
    MAX_CLIENT_TAGS,
    MAX_TAGS,
    InvalidUtf8,
    LineTooLong,
    Message,
    ProtocolError,
    as_middle,
    decode,
    parse,
)


class IrcDoor(Door):
    """Speaks IRC, and sends PINGs to silent clients."""

    __slots__ = ("asked_at", "asked_with")

    protocol = "IRC"

    def begin(self) -> None:
        """Start without an outstanding PING."""
        # not 0, because the clock of a machine that has just started is near 0
        self.asked_at = -inf
        self.asked_with = 0
        self.proof_due = -inf
        self.proof_awaited = False

    def snapshot(self) -> dict[str, Any]:
        """Also when it sent a PING."""
        return {**super().snapshot(), "asked_at": self.asked_at, "asked_with": self.asked_with}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Wait for the answer to the same PING."""
        self.asked_at, self.asked_with = values["asked_at"], values["asked_with"]

    def handle(self, line: bytes) -> None:
        """Carry out one message, or reply why the line is not a message."""
        try:
            message = decode(line)
        except LineTooLong:
            self._handle_long(line)
        except InvalidUtf8 as error:
            self._handle_undecodable(line, error)
        except ProtocolError as error:
            self._fail(line, "INVALID_MESSAGE", error)
        else:
            self._carry_out(message)

    def _handle_undecodable(self, line: bytes, error: InvalidUtf8) -> None:
        """Handle invalid UTF-8, mostly Latin-1. It is refused, except where that would keep
        somebody out (`Command.lenient`).

        IRCv3 utf8-only: WARN says that the line was accepted in a changed form.
        """
        row = COMMANDS.get(_command_in(line))
        if row is None or not row.lenient:
            self._fail(line, "INVALID_UTF8", error)
            return
        # at most three bytes for each invalid byte
        replaced = line.decode(errors="replace").encode()
        try:
            message = decode(replaced, 3 * MAX_CLIENT_TAGS, 3 * MAX_BODY)
        except ProtocolError as fault:
            self._fail(line, "INVALID_MESSAGE", fault)
            return
        why = "This server accepts only UTF-8; other bytes were replaced"
        self._carry_out(message, with_warning(row, "INVALID_UTF8", why))

    def _carry_out(self, message: Message | None, row: Command | None = None) -> None:
        if row is None and message is not None:
            row = COMMANDS.get(message.command)
        if self.host.facts.limits.flood_rate:  # without a flood limit there is no need to count
            cost: float = cost_of(row, message)
            if self.session.batch is not None:
                cost = client_batches.cost_of_line(self.session.batch, message, cost)
            flood.spend(self.host.facts, self.session, cost)
        if message is not None:
            self.host.carry_out(row, self.session, message)
            # it answers our PING, so the client has read everything before that
            if message.command == "PONG":
                host = self.host
                host.marks.took(self.session, self.asked_with, host.facts.now)

    def _handle_long(self, line: bytes) -> None:
        """Handle more than 512 bytes: a text is split (`Command.long`), everything else is refused.

        Many clients do not split what was typed: they send it in one line, however long.
        """
        refusal = _too_long(line, len(line))
        try:
            message = decode(line, max_body=LINE_BYTES)
        except InvalidUtf8 as fault:
            self._fail(line, "INVALID_UTF8", fault)
        except ProtocolError:
            flood.spend(self.host.facts, self.session, 1)
            self._tell(line, refusal)
            self._miss_line()
        else:
            row = COMMANDS.get(message.command) if message else None
            if message is None or (row is not None and row.long):
                self._carry_out(message)
            else:
                flood.spend(self.host.facts, self.session, cost_of(row, message))
                refuse(self.session, message, refusal)
                self._miss_line()

    def too_long(self, head: bytes, size: int) -> None:
        """Reply with 417."""
        self._tell(head, _too_long(head, size))
        self._miss_line()

    def _miss_line(self) -> None:
        """A line was refused, which may be one of a message of several lines."""
        client_batches.spoil(self.session, "One of its lines was refused")

    def _fail(self, line: bytes, code: str, error: ProtocolError) -> None:
        """Reply with FAIL (IRCv3 standard-replies); UTF8ONLY defines INVALID_UTF8."""
        flood.spend(self.host.facts, self.session, 1)
        self._tell(line, Failed(_command_in(line), code, text=str(error)))
        self._miss_line()

    def _tell(self, line: bytes, refusal: Refused) -> None:
        """Refuse an invalid line, with its label if that can be read: whoever labels a message
        waits for it."""
        message = _read(line) if _has_valid_label(line) else None
        if message is None:
            refusal.tell(self.session)
        else:
            refuse(self.session, message, refusal)

    def farewell(self, reason: str) -> bytes:
        """ERROR, as the protocol requires."""
        why = reason.removesuffix(": ")
        message = Message("ERROR", (f"Closing link: {self.session.host} ({why})",))
        return self.session.translator.encode(message)

    def check_idle(self) -> None:
        """Send a PING after `idle_ping` seconds of silence, and close the connection after
        `ping_timeout` more."""
        facts = self.host.facts
        silence = facts.clock - self.heard_at
        if self.session.answer is not None and self.is_stuck():
            self.leave(f"Ping timeout: {int(silence)} seconds")
        elif self.throttled or self.session.answer is not None or self.session.held_until:
            # nothing is being read
            self._check_about(facts.clock + facts.limits.idle_ping)
        elif silence < facts.limits.idle_ping:
            self._check_about(self.heard_at + facts.limits.idle_ping)
        elif self.asked_at < self.heard_at:
            self.asked_at = facts.clock
            self.asked_with = self.host.position()
            self.session.send_now(Message("PING", (facts.settings.name,)))
            self._check_about(facts.clock + facts.limits.ping_timeout)
        else:
            self.leave(f"Ping timeout: {int(silence)} seconds")

    def _check_about(self, when: float) -> None:
        """Check on the next full second, so that thousands of silent clients wake the loop only
        once a second."""
        self._check_at(ceil(when))


def _command_in(line: bytes) -> str:
    """The command of an invalid line, as far as it can be recognised."""
    message = _read(line)
    return message.command if message and message.command in COMMANDS else "*"


def _has_valid_label(line: bytes) -> bool:
    """Whether the line has tags, to their end, of which the label is valid UTF-8."""
    tags, space, _ = line.partition(b" ")
    try:
        labels = [tag.decode() for tag in tags[1:].split(b";") if tag.startswith(b"label=")]
    except UnicodeDecodeError:
        return False
    return bool(labels and space) and tags[:1] == b"@"


def _read(line: bytes) -> Message | None:
    try:
        return parse(line.replace(b"\0", b"").decode(errors="ignore"))
    except ProtocolError:
        return None


_CALLED = {
    "PRIVMSG": ("message to", "sent"),
    "NOTICE": ("message to", "sent"),
    "TOPIC": ("topic for", "set"),
}
"""The name of an over-long message in front of its target; other messages are named by their
command."""


def _too_long(head: bytes, size: int) -> TooLong:
    """Which part of a line of `size` bytes that begins with `head` is too long, and by how much."""
    tags = head.find(b" ") + 1 if head[:1] == b"@" else 0
    if head[:1] == b"@" and not tags:
        return TooLong(f"the tags of your line are {byte_count(size - MAX_CLIENT_TAGS)} too long")
    message = _read(head)
    row = COMMANDS.get(message.command) if message else None
    what, done = f"your {row.name}" if row else "your line", "carried out"
    if message and message.params and message.command in _CALLED:
        called, done = _CALLED[message.command]
        what = f"your {called} {visible(as_middle(message.params[0]))}"
    if tags > MAX_CLIENT_TAGS:
        return TooLong(f"the tags of {what} are {byte_count(tags - MAX_CLIENT_TAGS)} too long")
    if head.count(b";", 0, tags) >= MAX_TAGS:
        return TooLong(f"{what} has more than {MAX_TAGS} tags")
    most = LINE_BYTES if row is not None and row.long else MAX_BODY
    return TooLong(f"{what} is {byte_count(size + 2 - tags - most)} too long and was not {done}")

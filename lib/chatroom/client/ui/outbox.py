"""Keeps what could not be sent until there is a connection, and then offers to send it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from chatroom.client.errors import CommandError
from chatroom.client.protocol.session import NotConnected
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.entries import escaped
from chatroom.client.ui.offers import Offer, Offers
from chatroom.client.view.lines import Line, error_line, info_line
from chatroom.client.view.rich import plain
from chatroom.text.display import visible
from chatroom.wire.message import NO_TAGS, LineTooLong
from chatroom.wire.names import bare

_OFFER = "unsent"
KEPT_SHOWN = 10
"""The most kept lines that are shown when they are offered."""

LINE_BREAK = " ⏎ "
"""Shown between the lines of one message."""


class OutboxLine(NamedTuple):
    """Something to send: a text of one or more lines, an action, or tags alone, such as a reaction,
    which `text` describes.

    `meant`: its marks have been interpreted, because it was sent before and did not arrive.
    """

    target: str
    text: str
    action: bool = False
    tags: Mapping[str, str] = NO_TAGS
    alone: bool = False
    meant: bool = False


class Outbox:
    """The lines to send, the oldest first."""

    def __init__(self, context: Context, display: Display, offers: Offers) -> None:
        self._context = context
        self._display = display
        self._offers = offers
        self._kept: list[OutboxLine] = []
        self._doubtful = False

    def keep(self, kept: OutboxLine) -> None:
        """Keep a typed line that cannot be sent now."""
        self._kept.append(kept)
        self._context.screen.show(info_line(f"not sent yet: {self._addressed(kept)}"))

    def put_first(self, lines: Sequence[OutboxLine], doubtful: bool) -> None:
        """Put lines in front that were sent before the others; `doubtful`: they may have
        arrived."""
        self._kept[:0] = lines
        self._doubtful |= doubtful

    def withdraw(self) -> None:
        """Withdraw the offer, because nothing can be sent now."""
        self._offers.withdraw(_OFFER)

    def offer(self, send: Callable[[OutboxLine], None]) -> None:
        """Show what was not sent, and offer to `send` it."""
        number = len(self._kept)
        if number:
            lines, were = ("line", "was") if number == 1 else (f"{number} lines", "were")
            fate = "may not have arrived" if self._doubtful else f"{were} not sent"
            more = number - KEPT_SHOWN
            rest = [Line(f"  ... and {more} more")] if more > 0 else []
            self._context.screen.show(*map(self._line, self._kept[:KEPT_SHOWN]), *rest)
            question = f"Send the {lines} that {fate}?"
            self._offers.make(Offer(_OFFER, question, partial(self._send, send), self._drop))

    def _line(self, kept: OutboxLine) -> Line:
        return Line(f"  {self._addressed(kept)}")

    def _addressed(self, kept: OutboxLine) -> str:
        """A description of the line, and its target unless that is the current conversation."""
        fold = self._context.fold
        here = fold(kept.target) == fold(self._display.here)
        to = "" if here else f" (to {visible(bare(kept.target))})"
        return f"{_described(kept)}{to}"

    def _send(self, send: Callable[[OutboxLine], None]) -> None:
        """Send each line; one that cannot be sent does not prevent the others."""
        kept, self._kept, self._doubtful = self._kept, [], False
        for each in kept:
            try:
                send(each)
            except (CommandError, NotConnected, LineTooLong) as error:
                self._context.screen.show(self._line(each))
                self._context.complain(str(error))

    def _drop(self) -> None:
        kept, self._kept, self._doubtful = self._kept, [], False
        for line in (line for each in kept for line in _as_typed(each)):
            self._context.screen.remember(line)
        self._context.screen.show(info_line("Dropped."))

    def give_up(self) -> None:
        """The person leaves: report what was never sent."""
        number, self._kept = len(self._kept), []
        if number:
            lines = "one line was" if number == 1 else f"{number} lines were"
            self._context.screen.show(error_line(f"{lines} not sent"))


def _described(kept: OutboxLine) -> str:
    """The line, about as it was typed."""
    lines = (visible(plain(line)) for line in kept.text.split("\n"))
    return f"{'/me ' if kept.action else ''}{LINE_BREAK.join(lines)}"


def _as_typed(kept: OutboxLine) -> Iterator[str]:
    """The lines to type in order to send it again; none for a reaction."""
    if not kept.alone:
        for line in filter(None, map(plain, kept.text.split("\n"))):
            yield f"/me {line}" if kept.action else escaped(line)

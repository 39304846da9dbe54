"""What the server has not heard yet: it waits for a connection, and is sent after asking."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from chatroom.client.errors import CommandError
from chatroom.client.protocol.session import Disconnected
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
"""Of the lines that are offered, so many are shown."""

LINE_BREAK = " ⏎ "
"""Between the lines of one message where it is shown in one."""


class OutboxLine(NamedTuple):
    """Something that is to be said, as what it is: a text of one or more lines, an action, or tags
    alone, such as a reaction, which `text` tells then.

    `meant`: its marks have been read, as when it was sent and did not arrive.
    """

    target: str
    text: str
    action: bool = False
    tags: Mapping[str, str] = NO_TAGS
    alone: bool = False
    meant: bool = False


class Outbox:
    """The lines that wait, the oldest first."""

    def __init__(self, context: Context, display: Display, offers: Offers) -> None:
        self._context = context
        self._display = display
        self._offers = offers
        self._kept: list[OutboxLine] = []
        self._doubtful = False

    def keep(self, kept: OutboxLine) -> None:
        """Something was typed that cannot be said now."""
        self._kept.append(kept)
        self._context.screen.show(info_line(f"not sent yet: {self._addressed(kept)}"))

    def put_first(self, lines: Sequence[OutboxLine], doubtful: bool) -> None:
        """These were sent before the others; `doubtful`: they may have arrived."""
        self._kept[:0] = lines
        self._doubtful |= doubtful

    def withdraw(self) -> None:
        """Nothing can be sent now, and so nothing is offered."""
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
        """What it is, and to whom if it is not for where one is."""
        fold = self._context.fold
        here = fold(kept.target) == fold(self._display.here)
        to = "" if here else f" (to {visible(bare(kept.target))})"
        return f"{_described(kept)}{to}"

    def _send(self, send: Callable[[OutboxLine], None]) -> None:
        """Each as what it was; what cannot be sent does not keep back the others."""
        kept, self._kept, self._doubtful = self._kept, [], False
        for each in kept:
            try:
                send(each)
            except (CommandError, Disconnected, LineTooLong) as error:
                self._context.screen.show(self._line(each))
                self._context.complain(str(error))

    def _drop(self) -> None:
        kept, self._kept, self._doubtful = self._kept, [], False
        for line in (line for each in kept for line in _as_typed(each)):
            self._context.screen.remember(line)
        self._context.screen.show(info_line("Dropped."))

    def give_up(self) -> None:
        """The person leaves: say what was never sent."""
        number, self._kept = len(self._kept), []
        if number:
            lines = "one line was" if number == 1 else f"{number} lines were"
            self._context.screen.show(error_line(f"{lines} not sent"))


def _described(kept: OutboxLine) -> str:
    """As it was typed, more or less."""
    lines = (visible(plain(line)) for line in kept.text.split("\n"))
    return f"{'/me ' if kept.action else ''}{LINE_BREAK.join(lines)}"


def _as_typed(kept: OutboxLine) -> Iterator[str]:
    """The lines that would have to be typed to say it again; none for a reaction."""
    if not kept.alone:
        for line in filter(None, map(plain, kept.text.split("\n"))):
            yield f"/me {line}" if kept.action else escaped(line)

"""Where lines are shown and questions are asked: what the chat knows of the person.

`PlainScreen` prints lines as they are: for pipes, files, and terminals that can do no more. The
terminal proper is in `terminal/screen.py`.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from itertools import islice
from typing import Protocol, TextIO

from chatroom.client.view.lines import Line, Span, Tone
from chatroom.wire.prose import visible

_COLOURS = {Tone.PRIVATE: "35", Tone.NEWS: "36", Tone.REFUSED: "31"}
"""SGR parameters (ECMA-48 section 8.3.117): magenta, cyan, red."""

_ANY_COLOUR = re.compile(
    r"(?:^|;)(?:[34]8;(?:5;\d+|2;\d+;\d+;\d+)|[34][0-79]|9[0-7]|10[0-7])(?=;|$)"
)
"""A colour among SGR parameters: of the 256, of all, of the eight and the sixteen, or the usual."""


class Looks(IntEnum):
    """What a screen shows besides the text."""

    PLAIN = 0
    STYLES = 1  # bold, underlined, inverse; links
    COLOURS = 2


class Screen(Protocol):
    """Lines for a person, above a question or an input line. It appears with `flush`."""

    def show(self, *lines: Line) -> None:
        """Print lines."""
        ...

    def ask(self, prompt: str) -> None:
        """Leave a question standing until it is answered by a line."""
        ...

    def ask_secret(self, prompt: str) -> None:
        """The same, and what is typed is not to be seen, now or later."""
        ...

    def answered(self, text: str) -> None:
        """The question got its answer, which stands behind it now."""
        ...

    def give_up(self) -> None:
        """The visit ends; a question that stands is left without an answer."""
        ...

    @property
    def prompting(self) -> bool:
        """Whether a question stands."""
        ...

    def typed_command(self, text: str) -> None:
        """Show a command as it was typed."""
        ...

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """What was entered could not be sent: have it typed again. `text`: it is no command."""
        ...

    def remember(self, text: str) -> None:
        """A line was typed, and was no answer: the up arrow may bring it back."""
        ...

    def status(self, text: str, *shorter: str) -> None:
        """What stands before the input line, such as `general [+3]> `; of visible characters.

        `shorter` ones, in this order, are for where there is too little room.
        """
        ...

    def title(self, text: str) -> None:
        """Call the window so."""
        ...

    def ring(self) -> None:
        """Sound the bell."""
        ...

    def notify(self, text: str) -> None:
        """Have the desktop show a notification, where it can."""
        ...

    def flush(self) -> None:
        """Let everything since the last time be seen."""
        ...


class PlainScreen:
    """Lines as they are, each at once. Questions are asked if a person is there.

    `complaints` is where refusals go when no person sits there, else None. `hide` is called with
    whether what is typed shall not be seen.
    """

    def __init__(
        self,
        out: TextIO,
        looks: Looks = Looks.PLAIN,
        complaints: TextIO | None = None,
        asking: bool = True,
        hide: Callable[[bool], None] = lambda hidden: None,
    ) -> None:
        self.before_asking: Callable[[], None] = lambda: None
        self._out = out
        self._looks = looks
        self._complaints = complaints
        self._asking = asking
        self._hide = hide
        self._secret = False
        self._prompt = ""
        self._standing = False

    def show(self, *lines: Line) -> None:
        """Print lines in one go, leaving an unanswered prompt below them."""
        if not lines:
            return
        out = self._out
        if self._complaints and lines[0].tone is Tone.REFUSED:
            out = self._complaints
        printed = "".join(f"{painted(line, self._looks)}\n" for line in lines)
        self._write(("\n" if self._prompt else "") + printed + self._prompt, out)

    def ask(self, prompt: str) -> None:
        """Leave a prompt standing until it is answered by a line.

        `before_asking` is called first: to read what was typed ahead, which is not the answer that
        stands behind the prompt.
        """
        if self._asking:
            self.before_asking()
            again, self._prompt = "\n" if self._prompt else "", prompt
            self._write(again + prompt)

    def ask_secret(self, prompt: str) -> None:
        """The same, with the terminal's echo turned off."""
        if self._asking:
            self.before_asking()  # what was typed ahead is no secret
            self._secret = True
            self._hide(True)
            self.ask(prompt)

    @property
    def prompting(self) -> bool:
        """Whether a question stands."""
        return bool(self._prompt)

    def echoed(self, ahead: bool) -> None:
        """A line came from the terminal, which has echoed it; `ahead` if others wait before it."""
        self._standing = self.prompting and not ahead and not self._secret

    def answered(self, text: str) -> None:
        """Print the answer unless the terminal's echo stands there."""
        if self._asking and not self._standing:
            self._write("\n" if self._secret else f"{visible(text)}\n")
        self.reveal()
        self._prompt = ""
        self._standing = False

    def reveal(self) -> None:
        """Let what is typed be seen again."""
        if self._secret:
            self._secret = False
            self._hide(False)

    def lend(self, to_others: Callable[[], None]) -> None:
        """Let others have the terminal, with its echo; afterwards a question is asked again."""
        secret = self._secret
        self.reveal()
        to_others()
        if secret:
            self._secret = True
            self._hide(True)
        self._write(self._prompt)

    def give_up(self) -> None:
        """Leave the prompt that stands."""
        if self._prompt:
            self._write("\n")
            self._prompt = ""

    def typed_command(self, text: str) -> None:
        """It stands where it was typed."""

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """It stands where it was typed."""

    @property
    def secret(self) -> bool:
        """Whether an answer is hidden."""
        return self._secret

    def remember(self, text: str) -> None:
        """There is no line history here, nor any of what follows."""

    def status(self, text: str, *shorter: str) -> None:
        """Nothing."""

    def title(self, text: str) -> None:
        """Nothing."""

    def ring(self) -> None:
        """Nothing."""

    def notify(self, text: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Everything has been written."""

    def _write(self, text: str, out: TextIO | None = None) -> None:
        out = out or self._out
        out.write(text)
        out.flush()


def painted(line: Line, looks: Looks) -> str:
    """A line with its looks and links, all of it, in as many rows as it has."""
    parts, start = [], 0
    for row in line.text.split("\n"):
        parts.append(painted_part(line, start, start + len(row), looks))
        start += len(row) + 1
    return "\n".join(parts)


def painted_part(line: Line, start: int, end: int, looks: Looks) -> str:
    """The characters from `start` to before `end` of a line, with looks and links."""
    if looks is Looks.PLAIN:
        return line.text[start:end]
    coloured = looks is Looks.COLOURS
    tone = _COLOURS.get(line.tone, "") if coloured else ""
    parts, at = [], start
    first = bisect_right(line.spans, start, key=lambda span: span.end)
    for span in islice(line.spans, first, None):
        if span.start >= end:
            break
        left, right = max(span.start, at), min(span.end, end)
        if left < right:
            parts.append(_sgr(line.text[at:left], tone))
            shown = span if coloured else span._replace(sgr=_uncoloured(span.sgr))
            parts.append(_spanned(line.text[left:right], tone, shown))
            at = right
    parts.append(_sgr(line.text[at:end], tone))
    return "".join(parts)


def _spanned(text: str, tone: str, span: Span) -> str:
    looks = _sgr(text, ";".join(filter(None, (tone, span.sgr))))
    return f"\x1b]8;;{span.link}\x1b\\{looks}\x1b]8;;\x1b\\" if span.link else looks


def _sgr(text: str, parameters: str) -> str:
    return f"\x1b[{parameters}m{text}\x1b[0m" if parameters and text else text


def _uncoloured(parameters: str) -> str:
    """What of SGR parameters is left without colours."""
    return _ANY_COLOUR.sub("", parameters).strip(";")


def looks_for(environment: Mapping[str, str], terminal: bool, no_colour: bool) -> Looks:
    """What a terminal that can should show; NO_COLOR (no-color.org) and --no-color only mean
    colours."""
    if not terminal or environment.get("TERM", "dumb") == "dumb":
        return Looks.PLAIN
    return Looks.STYLES if no_colour or environment.get("NO_COLOR") else Looks.COLOURS

"""What stands in the terminal, and the lines that a person types into it.

The terminal itself edits and echoes the line (cooked mode); an editor of our own will take this
place. So that nothing stands twice, a line is erased once it has been typed, and shown again in its
final form. Nobody can know how much of a line was typed when something else came in between: where
that matters, the screen is painted anew.
"""

import codecs
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from os import terminal_size
from typing import TextIO

from chatroom.client.view import Line, Tone
from chatroom.wire.prose import visible

LONGEST_TYPED = 65536
"""Characters of one line of input; a longer one is taken in several."""

REMEMBERED_LINES = 200
"""Lines that can be painted anew: more than most terminals have rows."""

_COLOURS = {Tone.OWN: "1", Tone.PRIVATE: "35", Tone.NEWS: "36", Tone.REFUSED: "31"}
"""SGR parameters (ECMA-48 section 8.3.117): bold, magenta, cyan, red."""

_UNSENDABLE = str.maketrans({"\r": " ", "\0": " "})


class TypedLines:
    """Bytes of standard input into lines, in bounded memory."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now; b"" is the end of input, and what is left is a line too."""
        text = self._partial + self._decoder.decode(data, final=not data)
        *lines, self._partial = text.split("\n")
        if not data or len(self._partial) > LONGEST_TYPED:
            lines.append(self._partial)
            self._partial = ""
            if not lines[-1]:
                lines.pop()
        return [line.removesuffix("\r").translate(_UNSENDABLE) for line in lines]


def cells(character: str, column: int) -> int:
    """How many columns the terminal's echo of a character takes, at `column`."""
    if character == "\t":
        return 8 - column % 8
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if character < " " or character == "\x7f":
        return 2  # echoed as ^X (termios ECHOCTL)
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def rows(text: str, columns: int) -> int:
    """How many rows the echo of a line takes, on a terminal that wraps only before a character."""
    row, column = 1, 0
    for character in text:
        width = cells(character, column)
        if character == "\t":
            column = min(column + width, columns - 1)  # a tab never wraps
        elif column + width > columns:
            row, column = row + 1, width
        else:
            column += width
    return row


class Screen:
    """Lines for a person, above an unfinished prompt or line.

    `size` tells that of the terminal, or is None where nothing can be erased. `complaints` is where
    refusals go when no person sits there, else None.
    """

    def __init__(
        self,
        out: TextIO,
        size: Callable[[], terminal_size] | None = None,
        colour: bool = False,
        complaints: TextIO | None = None,
        asking: bool = True,
    ) -> None:
        self.before_asking: Callable[[], None] = lambda: None
        self._out = out
        self._size = size
        self._colour = colour
        self._complaints = complaints
        self._asking = asking
        self._prompt = ""
        self._interrupted = False
        self._shown: deque[Line] = deque(maxlen=REMEMBERED_LINES)

    def show(self, *lines: Line) -> None:
        """Print lines in one go, leaving an unanswered prompt below them."""
        for line in lines:
            self._shown += [Line(text, line.tone) for text in line.text.split("\n")]
        if not lines:
            return
        out = self._out
        if self._complaints and lines[0].tone is Tone.REFUSED:
            out = self._complaints
        painted = "".join(f"{self._painted(line)}\n" for line in lines)
        self._write(self._cleared() + painted + self._prompt, out)
        self._interrupted = True

    def ask(self, prompt: str) -> None:
        """Leave a prompt standing until it is answered.

        `before_asking` is called first: to read what was typed ahead, which is not the answer that
        stands behind the prompt.
        """
        if self._asking:
            self.before_asking()
            cleared, self._prompt = self._cleared(), prompt
            self._write(cleared + prompt)

    @property
    def prompting(self) -> bool:
        """Whether a prompt stands."""
        return bool(self._prompt)

    def answered(self, text: str, standing: bool) -> None:
        """The prompt got its answer; it is printed unless the terminal's echo stands there."""
        if self._asking and not standing:
            self._write(f"{visible(text)}\n")
        self._shown.append(Line(self._prompt + visible(text)))
        self._prompt = ""
        self._interrupted = False

    def give_up(self) -> None:
        """End the visit's last line: leave the prompt that stands, or take away a Ctrl-C's echo."""
        if self._prompt:
            self._write("\n")
            self._shown.append(Line(self._prompt))
            self._prompt = ""
        elif self._size:
            self._write("\r\x1b[K")

    def fresh(self) -> None:
        """What was shown until now came before anything of the next line was typed."""
        self._interrupted = False

    def typed_command(self, text: str) -> None:
        """Show again the command that was erased."""
        if self._size:
            self.show(Line(visible(text)))

    def erase(self, lines: Sequence[str]) -> None:
        """Take away the terminal's echo of these lines, of which the last has just been ended."""
        if not self._size or not lines:
            return
        size = self._size()
        counted = sum(rows(line, size.columns) for line in lines)
        if self._interrupted and counted > len(lines):
            self._write(f"\x1b[H\x1b[2J{self._last_rows(size)}{self._prompt}")
        else:
            self._write(f"\x1b[{counted}A\r\x1b[J{self._prompt}")
        self._interrupted = False

    def _last_rows(self, size: terminal_size) -> str:
        """As many of the last lines as fit, above the row in which the next one is typed."""
        fitting: deque[str] = deque()
        left = size.lines - 1
        for line in reversed(self._shown):
            left -= rows(line.text, size.columns)
            if left < 0:
                break
            fitting.appendleft(self._painted(line) + "\n")
        return "".join(fitting)

    def _cleared(self) -> str:
        if self._size:
            return "\r\x1b[K"
        return "\n" if self._prompt else ""

    def _painted(self, line: Line) -> str:
        colour = _COLOURS.get(line.tone)
        if not self._colour or not colour:
            return line.text
        return "\n".join(f"\x1b[{colour}m{each}\x1b[0m" for each in line.text.split("\n"))

    def _write(self, text: str, out: TextIO | None = None) -> None:
        out = out or self._out
        out.write(text)
        out.flush()


def wants_colour(environment: Mapping[str, str], terminal: bool, forbidden: bool) -> bool:
    """Colour on a terminal that can, unless NO_COLOR (no-color.org) or --no-color says no."""
    plain = environment.get("TERM", "dumb") == "dumb" or bool(environment.get("NO_COLOR"))
    return terminal and not plain and not forbidden

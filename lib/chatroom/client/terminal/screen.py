"""The screen of a terminal: lines, which become its scrollback, and the input line below them.

Everything that happened in one turn of the loop is one write: the input line is erased, new lines
are printed, and the input line is drawn again, with its cursor. It takes one row and is never
wrapped. Whatever belongs to it is below it, so that erasing from its row downwards removes all of
it, even if the terminal has moved the rows because its window changed.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from os import terminal_size
from typing import TextIO

from chatroom.client.limits import LIMITS
from chatroom.client.terminal.input_line import MARK, InputLine, View
from chatroom.client.terminal.layout import Window, cells, cut, cut_left, margin, rows
from chatroom.client.view.lines import Line
from chatroom.client.view.rich import Looks, painted_part
from chatroom.text.display import visible

ERASE_INPUT = "\r\x1b[J"
CLEAR = "\x1b[H\x1b[2J"
WHERE = "\x1b[6n"
"""Asks where the cursor is (DSR, ECMA-48 section 8.3.35)."""

_WRAP_OFF, _WRAP_ON = "\x1b[?7l", "\x1b[?7h"  # DECAWM
_KEEP, _BACK = "\x1b7", "\x1b8"  # DECSC, DECRC: the terminal knows where the cursor was; we may not
_BOLD, _FAINT, _REVERSE, _USUAL = "\x1b[1m", "\x1b[2m", "\x1b[7m", "\x1b[0m"

MOST_ROWS = 8
"""Rows of candidates under the input line."""

MOST_PROMPT = 2 / 3
"""How much of the row the prompt may take."""

MOST_STATUS = 1 / 3
"""The part of the row that a status may take while something is typed, so that it does not move the
text around."""

FEWEST_COLUMNS = 8
"""The minimum width that is assumed for a window."""


class TerminalScreen:
    """A Screen (see `ui/ports.py`) around an input line.

    `size` returns the size of the terminal, and is called only when that may have changed; `keep`
    keeps a line for the next run; `summon` notifies, or returns the bytes to write for that.
    """

    def __init__(
        self,
        out: TextIO,
        line: InputLine,
        size: Callable[[], terminal_size],
        looks: Looks = Looks.PLAIN,
        keep: Callable[[str], None] = lambda line: None,
        summon: Callable[[str], str] = lambda text: "",
    ) -> None:
        self._out = out
        self._line = line
        self._size = size
        self._looks = looks
        self._keep = keep
        self._summon = summon
        self._new: list[str] = []
        self._signs = ""
        self._title = ""
        self._window = Window()
        self._drawn: tuple[View, int] | None = None
        self._column = 0
        self._questions = 0
        self._columns = self._height = 0
        self.measure()

    # Called by the chat

    def show(self, *lines: Line) -> None:
        """Print lines."""
        for line in lines:
            self._new += self._rows(line)

    def ask(self, prompt: str) -> None:
        """Ask a question in the input line."""
        self._line.ask(prompt)

    def ask_secret(self, prompt: str) -> None:
        """Ask a question in the input line, and hide the answer."""
        self._line.ask(prompt, secret=True)

    @property
    def prompting(self) -> bool:
        """Whether a question is open."""
        return bool(self._line.question)

    def answered(self, text: str) -> None:
        """Show the question with its answer."""
        hidden = self._line.secret
        self.show(Line(self._line.question + ("" if hidden else visible(text))))
        self._line.answered()

    def give_up(self) -> None:
        """Leave an open question unanswered."""
        if self._line.question:
            self.answered("")

    def typed_command(self, text: str) -> None:
        """Show a command as it was typed."""
        self.show(Line(visible(text)))

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """Put lines that could not be sent back into the input line."""
        self._line.put_back(lines, text)

    def remember(self, text: str) -> None:
        """Keep the line for the up arrow, in the next run as well."""
        self._keep(text)

    def status(self, text: str, shorter: Iterable[str] = ()) -> None:
        """Set the text before the input line; the first text that leaves room for the line is
        shown."""
        self._line.status, self._line.shorter = text, shorter

    def title(self, text: str) -> None:
        """Set the window's title (OSC 2)."""
        if text != self._title:
            self._title = text
            self._signs += f"\x1b]2;{visible(text)}\a"

    def ring(self) -> None:
        """Sound the bell."""
        self._signs += "\a"

    def notify(self, text: str) -> None:
        """Have the desktop show a notification, where it can."""
        self._signs += self._summon(visible(text))

    # Called by the loop

    def flush(self) -> None:
        """Write everything since the last call at once, unless the terminal is being asked for its
        cursor."""
        if self._questions and len(self._new) < LIMITS.rows_unwritten:
            return
        view, columns = self._line.view, self._columns
        if self._line.bell:
            self.ring()
            self._line.bell = False
        text, self._signs = self._signs, ""
        if self._new or self._drawn != (view, columns):
            text += ERASE_INPUT + "\n".join([*self._new, ""])
            text += self._input(view, columns)
            self._new.clear()
            self._drawn = view, columns
        self._write(text)

    def redraw(self) -> None:
        """The input line is not where it was, or not on the screen at all."""
        self._drawn = None

    def restart(self) -> None:
        """Another program has used the terminal."""
        self.measure()
        title, self._title = self._title, ""
        self.title(title)
        self.redraw()

    def clear(self) -> None:
        """Ctrl-L: an empty screen, with the input line on top."""
        self._signs += CLEAR
        self.redraw()

    def hide(self) -> None:
        """Remove the input line, because another program will write; `flush` draws it again."""
        self.found(None)
        self.flush()
        self._write(ERASE_INPUT)
        self.redraw()

    # A window that changes

    def measure(self) -> None:
        """Ask for the window's size: before the first line, and when it may have changed."""
        columns, self._height = self._size()
        self._columns = max(FEWEST_COLUMNS, columns)

    def resized(self) -> bool:
        """Draw again, or ask the terminal where the cursor is. Returns True in that case; then
        `found` must follow.

        A narrower window may have wrapped the row of the input line.
        """
        self.measure()
        self.redraw()
        if self._column < self._columns and not self._questions:
            return False
        self._questions += 1
        self._write(WHERE)
        return True

    def found(self, column: int | None) -> None:
        """The cursor is in that column, counted from 0; None if the terminal does not say.

        The terminal has either wrapped the row, as most do, or cut it, as xterm does. If the window
        has changed again meanwhile, only the last answer counts, and an answer without a question
        is ignored.
        """
        if column is not None and not self._questions:
            return
        self._questions = 0 if column is None else max(0, self._questions - 1)
        wrapped, rest = divmod(self._column, self._columns)
        if not self._questions and self._drawn is None and column == rest:
            self._signs += f"\x1b[{wrapped}A" if wrapped else ""

    # Drawing

    def _rows(self, line: Line) -> list[str]:
        painted: list[str] = []
        start = 0
        for text in line.text.split("\n"):
            before = ""
            for begin, end in rows(text, self._columns, line.indent):
                part = painted_part(line, start + begin, start + end, self._looks)
                painted.append(before + part)
                before = " " * margin(line.indent, self._columns)
            start += len(text) + 1
        return painted

    def _input(self, view: View, columns: int) -> str:
        """The input row, drawn at the cursor, over empty rows."""
        prompt = _prompt(view, columns)
        room = columns - cells(prompt)
        before, after = self._window.look(view.graphemes, view.cursor, room)
        self._column = cells(prompt + before)
        faint = ""
        if view.suggestion:
            suggestion = cut(view.suggestion, room - cells(before + after) - 1)
            faint = f"{_FAINT}{suggestion}{_USUAL}" if suggestion else ""
        bold = f"{_BOLD}{prompt}{_USUAL}" if self._looks and prompt else prompt
        below = self._below(view, columns)
        return f"{_WRAP_OFF}{below}{bold}{before}{_KEEP}{after}{faint}{_BACK}{_WRAP_ON}"

    def _below(self, view: View, columns: int) -> str:
        under = [cut(row, columns - 1) for row in (*_whole_question(view, columns), *view.below)]
        under += _in_columns(view.choices, view.chosen, columns - 1)
        under = under[: self._height - 1]
        return "".join(f"\n{row}" for row in under) + f"\x1b[{len(under)}A\r" if under else ""

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()


def _prompt(view: View, columns: int) -> str:
    """The part of the prompt that fits: the end of a question, or the important parts of a
    status."""
    if view.asking:
        return cut_left(view.prompt, columns - 2 if view.covered else int(columns * MOST_PROMPT))
    room = int(columns * (MOST_STATUS if view.graphemes else MOST_PROMPT))
    last = ""
    for last in chain((view.prompt,), view.shorter):
        if last and cells(last) <= room:
            return last
    return _cut_status(last, room)


def _whole_question(view: View, columns: int) -> list[str]:
    """All of a question about a paste, because nobody should answer only its end."""
    if not view.covered or _prompt(view, columns) == view.prompt:
        return []
    return [view.prompt[begin:end] for begin, end in rows(view.prompt, columns - 1, 0)]


def _cut_status(status: str, columns: int) -> str:
    """Shorten the status, but keep what separates it from the line."""
    return cut(status.removesuffix(MARK), columns - cells(MARK)) + MARK


def _in_columns(choices: Sequence[str], chosen: int | None, columns: int) -> list[str]:
    """The candidates side by side, with the chosen one reversed; if there are many, the rows around
    it."""
    if not choices:
        return []
    wide = min(columns, max(map(cells, choices)) + 2)
    across = max(1, columns // wide)
    table = [choices[at : at + across] for at in range(0, len(choices), across)]
    shown = max(0, min((chosen or 0) // across - MOST_ROWS // 2, len(table) - MOST_ROWS))
    found = []
    for number, row in enumerate(table[shown : shown + MOST_ROWS], shown):
        marked = None if chosen is None else chosen - number * across
        found.append("".join(_cell(each, wide, at == marked) for at, each in enumerate(row)))
    return found


def _cell(text: str, wide: int, marked: bool) -> str:
    shown = cut(text, wide - 1)
    space = " " * (wide - cells(shown))
    return f"{_REVERSE}{shown}{_USUAL}{space}" if marked else shown + space

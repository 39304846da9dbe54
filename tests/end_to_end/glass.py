"""A terminal to look at: takes what a program writes and holds what a person would see.

pyte is the terminal; what scrolls away at its top is kept. Control sequences that our programs have
no use for are an error, so that nothing strange gets through unseen.
"""

import io
import re
from collections.abc import Callable

import pyte
from pyte.screens import HistoryScreen
from wcwidth import wcwidth

_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?]*|\][^\x07\x1b]*\x1b?)?\Z")
_SEQUENCE = re.compile(
    r"\x1b(?:\[([0-9;?]*)([A-Za-z])|\]([^\x07\x1b]*)(?:\x07|\x1b\\)|(.))|\r|\n|\a"
)
_KNOWN = re.compile(r"[0-9]*A|H|2?J|K|[0-9;]*m|\?7[lh]|\?2004[lh]|2[23];2t|6n")
_TITLE = re.compile("2;|8;;|9;|777;")

MOST_ROWS = 10_000


class _Screen(HistoryScreen):
    """A pyte screen that answers, and remembers what was rung and called."""

    def __init__(self, columns: int, height: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, height, history=MOST_ROWS, ratio=0.5)
        self.bells = 0
        self._answer = answer

    def draw(self, data: str) -> None:
        """pyte drops what stands behind a zero-width joiner; here the joiner is kept in its cell.

        What it joins is shown in parts, as many terminals do.
        """
        for character in data:
            if wcwidth(character) == 0 and self.cursor.x:
                x = self.cursor.x - 1
                row = self.buffer[self.cursor.y]
                x -= not row[x].data  # the second cell of a wide character
                row[x] = row[x]._replace(data=row[x].data + character)
            else:
                super().draw(character)

    def shrink(self, height: int) -> None:
        """Lose rows as terminals do: those below the cursor first, then at the top."""
        gone = max(0, self.cursor.y - height + 1)
        for y in range(gone):
            self.history.top.append(self.buffer[y])
        for y in range(self.lines):
            if y + gone in self.buffer and y < height:
                self.buffer[y] = self.buffer.pop(y + gone)
            else:
                self.buffer.pop(y, None)
        self.lines = height
        self.cursor.y -= gone

    def write_process_input(self, data: str) -> None:
        """What the terminal itself types."""
        self._answer(data)

    def bell(self, *_args: object) -> None:
        """It rang."""
        self.bells += 1


class Glass(io.TextIOBase):
    """`write` to it; `text` is the screen, `everything` also what scrolled away.

    `answer` is called with what the terminal says by itself, such as where the cursor is.
    """

    def __init__(
        self,
        columns: int = 80,
        height: int = 24,
        answer: Callable[[str], None] = lambda data: None,
    ) -> None:
        self.screen = _Screen(columns, height, answer)
        self._stream = pyte.Stream(self.screen)
        self._unfinished = ""  # a sequence that was read in two pieces
        self.raw = ""

    def write(self, text: str) -> int:
        """Take in what a program writes."""
        self.raw += text
        whole = self._unfinished + text
        begun = _UNFINISHED.search(whole)
        self._unfinished = begun[0] if begun else ""
        whole = whole.removesuffix(self._unfinished)
        for match in _SEQUENCE.finditer(whole):
            self._check(match)
        odd = re.search(r"[\x00-\x1f\x7f-\x9f]", _SEQUENCE.sub("", whole))
        assert odd is None, f"the program sent {odd[0]!r}"
        self._stream.feed(whole)
        return len(text)

    def _check(self, match: re.Match[str]) -> None:
        numbers, final, command, other = match.groups()
        if final:
            assert _KNOWN.fullmatch(numbers + final), f"the program sent ESC [ {numbers} {final}"
        elif command is not None:
            assert _TITLE.match(command), f"the program sent ESC ] {command}"
        elif other:
            assert other in "78", f"the program sent ESC {other}"

    def text(self) -> str:
        """What stands on the screen."""
        shown = ["".join(self._row(number)).rstrip() for number in range(self.screen.lines)]
        return "\n".join(shown).rstrip("\n")

    def everything(self) -> str:
        """What stands on the screen and above it."""
        above = [
            "".join(row[column].data for column in range(self.screen.columns)).rstrip()
            for row in self.screen.history.top
        ]
        return "\n".join([*above, self.text()]).rstrip("\n")

    def picture(self) -> str:
        """The screen with a bar where the cursor is, and noon on every clock."""
        y, x = self.cursor
        shown = [self._row(number) for number in range(self.screen.lines)]
        shown[y] = [*shown[y][:x], "|", *shown[y][x:]]
        text = "\n".join("".join(cells).rstrip() for cells in shown).rstrip("\n")
        return re.sub(r"\d\d:\d\d:\d\d", "12:00:00", text)

    def _row(self, number: int) -> list[str]:
        """Its cells; the second one of a wide character is empty."""
        return [self.screen.buffer[number][column].data for column in range(self.screen.columns)]

    def resize(self, columns: int, height: int) -> None:
        """As xterm does: rows that are too long are cut."""
        if height < self.screen.lines:
            self.screen.shrink(height)
        self.screen.resize(height, columns)

    @property
    def cursor(self) -> tuple[int, int]:
        """Its row and column, from 0."""
        return self.screen.cursor.y, self.screen.cursor.x

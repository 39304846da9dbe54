"""A terminal to look at: takes what a program writes and holds what a person would see.

Knows line feeds (with the carriage return that the tty adds), wrapping, wide and combining
characters, and of ECMA-48 the cursor up (A), home (H), erasing (J, K) and colours (m). Anything
else is an error, so that nothing strange gets through unseen.
"""

import io
import re
import unicodedata

_UNFINISHED = re.compile(r"\x1b(\[[0-9;]*)?\Z")
_TOKEN = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|(.)", re.DOTALL)


class Glass(io.TextIOBase):
    """`write` to it; `text` is the screen, `everything` also what scrolled away."""

    def __init__(self, columns: int = 80, height: int = 24) -> None:
        self._columns = columns
        self._height = height
        self._rows: list[list[str]] = [[]]
        self._top = 0
        self._row = self._column = 0
        self._unfinished = ""  # a sequence that was read in two pieces

    def write(self, text: str) -> int:
        """Take in what a program writes."""
        whole = self._unfinished + text
        begun = _UNFINISHED.search(whole)
        self._unfinished = begun[0] if begun else ""
        for match in _TOKEN.finditer(whole.removesuffix(self._unfinished)):
            number, final, character = match.groups()
            if final:
                self._control(number, final)
            else:
                self._character(character)
        return len(text)

    def text(self) -> str:
        """What stands on the screen."""
        return self._from(self._top)

    def everything(self) -> str:
        """What stands on the screen and above it."""
        return self._from(0)

    def _from(self, top: int) -> str:
        lines = ["".join(row).rstrip() for row in self._rows[top:]]
        return "\n".join(lines).rstrip("\n")

    def _character(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._down()
        elif character == "\a":
            pass  # a bell shows nothing
        elif character < " " or character == "\x1b":
            raise AssertionError(f"the program sent {character!r}")
        else:
            self._put(character)

    def _put(self, character: str) -> None:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            row = self._rows[self._row]
            if self._column:
                row[self._column - 1] += character
            return
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if self._column + width > self._columns:
            self._down()
        row = self._rows[self._row]
        row += [" "] * (self._column - len(row))
        row[self._column : self._column + width] = [character, *[""] * (width - 1)]
        self._column += width

    def _down(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append([])
        self._top = max(self._top, self._row - self._height + 1)

    def _control(self, number: str, final: str) -> None:
        if final == "A":
            self._row = max(self._top, self._row - int(number or 1))
        elif final == "H" and not number:
            self._row, self._column = self._top, 0
        elif final == "J" and number in ("", "2"):
            del self._rows[self._row + 1 :]
            self._erase_row()
            if number:
                self._clear()
        elif final == "K" and not number:
            self._erase_row()
        elif final != "m":
            raise AssertionError(f"the program sent ESC [ {number} {final}")

    def _erase_row(self) -> None:
        del self._rows[self._row][self._column :]

    def _clear(self) -> None:
        self._rows[self._top :] = [[] for _ in range(self._row - self._top + 1)]

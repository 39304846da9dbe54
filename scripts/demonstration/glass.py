"""What a recording shows in the end: a screen of cells, by pyte."""

from typing import NamedTuple

import pyte
from pyte.screens import Char

from demonstration.cast import Cast

_FAINT, _BLINK = 2, 5


class Screen(NamedTuple):
    """Rows of cells down to the last that shows something.

    The second cell of a wide character is empty. `cursor` is (row, column).
    """

    rows: list[list[Char]]
    cursor: tuple[int, int]
    title: str

    @property
    def text(self) -> str:
        """What a person reads."""
        return "\n".join("".join(cell.data for cell in row).rstrip() for row in self.rows)


class _Glass(pyte.Screen):
    """pyte knows no faint text; blinking, which no program of ours does, stands for it."""

    def select_graphic_rendition(self, *attrs: int) -> None:
        """Set the looks of what comes next (SGR, ECMA-48 section 8.3.117)."""
        faint = attrs[:1] == (_FAINT,)
        super().select_graphic_rendition(*((_BLINK, *attrs[1:]) if faint else attrs))


def last_screen(cast: Cast) -> Screen:
    """The screen after all that was written."""
    glass = _Glass(cast.columns, cast.rows)
    pyte.Stream(glass).feed(cast.text)
    seen = max(glass.cursor.y, *(y for y, line in enumerate(glass.display) if line.strip()))
    rows = [[glass.buffer[y][x] for x in range(glass.columns)] for y in range(seen + 1)]
    return Screen(rows, (glass.cursor.y, glass.cursor.x), glass.title)

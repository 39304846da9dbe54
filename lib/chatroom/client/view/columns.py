"""Text in columns, as a terminal counts them."""

import unicodedata
from collections.abc import Sequence

from chatroom.client.view.lines import Line, Tone

GAP = "  "

MOST_INDENT = 30
"""Columns; further to the right there is no place for words."""


def width(text: str) -> int:
    """Columns of a terminal that a visible text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def indented(before: str) -> int:
    """The column in which a line goes on that has `before` in front of its words."""
    return min(width(before), MOST_INDENT)


def table(rows: Sequence[Sequence[str]], tone: Tone = Tone.PLAIN, head: str = "") -> Line:
    """The rows below `head`, with their cells below each other.

    A column without any text is left out. The last one goes on below itself where it is too wide.
    """
    kept = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(width, column)) for column in kept]
    lines = [_row(cells, widths) for cells in zip(*kept, strict=True)]
    indent = min(sum(each + len(GAP) for each in widths[:-1]), MOST_INDENT)
    return Line("\n".join(filter(None, [head, *lines])), tone, indent=indent)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (most - width(cell)) for cell, most in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()

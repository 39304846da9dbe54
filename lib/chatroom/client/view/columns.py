"""Text in columns, as a terminal counts them."""

import unicodedata
from collections.abc import Sequence

GAP = "  "


def width(text: str) -> int:
    """Columns of a terminal that a visible text takes."""
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows with their cells below each other; a column without any text is left out."""
    kept = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(width, column)) for column in kept]
    return [_row(cells, widths) for cells in zip(*kept, strict=True)]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (most - width(cell)) for cell, most in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()

"""Measures text in columns: its width, where it wraps, and what fits. Sans I/O.

Widths are columns of the terminal, and count graphemes, not characters (Unicode Standard Annex 29).
"""

import re
from collections.abc import Iterator

from wcwidth import iter_graphemes, width

ELLIPSIS = "…"
_WORD = re.compile(r"\S+")
_ADDRESS = re.compile(r"[^\w]{0,2}[a-z][a-z0-9+.-]*://", re.IGNORECASE)


NARROW_INDENT = 4


def cells(text: str) -> int:
    """The columns of a text without control characters."""
    return int(width(text))


def margin(indent: int, columns: int) -> int:
    """The indentation of all rows of a line but the first.

    In a very narrow window, it is just enough to distinguish them from first rows.
    """
    return indent if indent <= columns // 2 else min(NARROW_INDENT, columns // 10)


def rows(text: str, columns: int, indent: int = 0) -> list[tuple[int, int]]:
    """Where each row of a line begins and ends in `text`, as indexes.

    Rows break at spaces and next to wide characters; all but the first are indented by `indent`
    columns. A word that is wider than a row is cut, but an address stays whole, so that the
    terminal can open it; the terminal wraps it.
    """
    whole = text.rstrip()
    if cells(whole) <= columns:
        return [(0, len(whole))]
    indent = margin(indent, columns)
    found: list[tuple[int, int]] = []
    start = end = column = 0
    for begin, stop in _units(text, columns - indent):
        reach = column + cells(text[end:stop])
        if reach > columns and begin > start:
            if end > start:  # else there were spaces only
                found.append((start, end))
            start, reach = begin, (indent if found else 0) + cells(text[begin:stop])
        end = stop
        column = (reach - 1) % columns + 1
    return [*found, (start, end)]


def _units(text: str, columns: int) -> Iterator[tuple[int, int]]:
    """The parts that must not be split: where each begins and ends."""
    for match in _WORD.finditer(text):
        if _ADDRESS.match(match[0]):
            yield match.span()
        else:
            yield from _parts(match[0], match.start(), columns)


def _parts(word: str, offset: int, columns: int) -> Iterator[tuple[int, int]]:
    """Wide characters one by one; the text between them is whole unless it is too wide for a
    row."""
    splits = cells(word) > columns
    begin = at = offset
    for grapheme in iter_graphemes(word):
        alone = cells(grapheme) > 1 or splits
        if alone and at > begin:
            yield begin, at
            begin = at
        at += len(grapheme)
        if alone:
            yield begin, at
            begin = at
    if at > begin:
        yield begin, at


def cut(text: str, columns: int) -> str:
    """Cut a text at its end so that it fits, with an ellipsis if something is missing."""
    if cells(text) <= columns:
        return text
    return _fitting(list(iter_graphemes(text)), columns - 1) + ELLIPSIS if columns > 0 else ""


def cut_left(text: str, columns: int) -> str:
    """Cut a text at its beginning so that it fits, with an ellipsis if something is missing."""
    if cells(text) <= columns:
        return text
    kept = _backwards(list(iter_graphemes(text)), columns - 1)
    return ELLIPSIS + kept if columns > 0 else ""


def _fitting(graphemes: list[str], columns: int) -> str:
    """The longest beginning that fits into this many columns."""
    used = 0
    for index, grapheme in enumerate(graphemes):
        used += cells(grapheme)
        if used > columns:
            return "".join(graphemes[:index])
    return "".join(graphemes)


def _backwards(graphemes: list[str], columns: int) -> str:
    used = 0
    for index in range(len(graphemes) - 1, -1, -1):
        used += cells(graphemes[index])
        if used > columns:
            return "".join(graphemes[index + 1 :])
    return "".join(graphemes)


class Window:
    """The visible part of a long line. It moves by half its width, not with each key."""

    def __init__(self) -> None:
        self._first = 0

    def look(self, graphemes: list[str], cursor: int, columns: int) -> tuple[str, str]:
        """The visible text before and after the cursor, which is at index `cursor`.

        Both together are narrower than `columns`, so that the cursor fits behind them.
        """
        if cells("".join(graphemes)) < columns:
            self._first = 0
            return "".join(graphemes[:cursor]), "".join(graphemes[cursor:])
        if not self._holds(graphemes, cursor, columns):
            self._move(graphemes, cursor, columns)
        before = "".join(graphemes[self._first : cursor])
        before = ELLIPSIS + before if self._first else before
        return before, cut("".join(graphemes[cursor:]), columns - 1 - cells(before))

    def _holds(self, graphemes: list[str], cursor: int, columns: int) -> bool:
        """Whether the cursor is visible, with its neighbours."""
        if cursor < self._first or (cursor == self._first and cursor):
            return False
        mark = 1 if self._first else 0
        used = mark + cells("".join(graphemes[self._first : cursor]))
        return used + _least(graphemes, cursor) < columns

    def _move(self, graphemes: list[str], cursor: int, columns: int) -> None:
        """Move the cursor into the middle."""
        kept = _backwards(graphemes[:cursor], columns // 2)
        self._first = cursor - sum(1 for _ in iter_graphemes(kept))


def _least(graphemes: list[str], cursor: int) -> int:
    """The least columns for the text after the cursor: one grapheme, or the ellipsis."""
    return cells(graphemes[cursor]) + 1 if cursor < len(graphemes) else 0

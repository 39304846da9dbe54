"""The lines that views return, with tone and spans; sentences and tables as lines; and `show`,
which finds the view of an event. Widths are counted in a terminal's columns."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from functools import singledispatch
from typing import NamedTuple

from chatroom.client.protocol.events import Said
from chatroom.text.display import full_stop


class Tone(Enum):
    """The kind of a line."""

    PLAIN = auto()
    PRIVATE = auto()
    NEWS = auto()
    REFUSED = auto()


class Span(NamedTuple):
    """The looks of the characters from `start` to before `end` of a line's text.

    `sgr` are parameters of SGR (ECMA-48 section 8.3.117), such as `1;38;5;33`. `link` is the http
    or https address that a terminal may open (OSC 8), in visible ASCII.
    """

    start: int
    end: int
    sgr: str = ""
    link: str = ""


class Line(NamedTuple):
    """One or more lines of text, with their tone.

    `spans` are in order and do not overlap. `indent` is the column in which text continues that is
    too wide for a row.
    """

    text: str
    tone: Tone = Tone.PLAIN
    spans: tuple[Span, ...] = ()
    indent: int = 0


def nothing_known(_msgid: str) -> Said | None:
    """For contexts in which no lines are remembered."""
    return None


def no_files(_said: Said) -> Iterable[str]:
    """For contexts in which files have no numbers."""
    return ()


class ViewContext(NamedTuple):
    """The circumstances of a view: the current room, as the server names it, and the time in
    seconds.

    `clock` is the format of times: full, short or off; `colours`: nicknames have colours. `known`
    finds an earlier line by its msgid, for replies and reactions. `files` returns a line for each
    file of our server that a message shows. `calls`: the line is meant for us
    in particular. `link`: how the connection is secured, in words.
    """

    room: str = ""
    now: float = 0.0
    clock: str = "full"
    colours: bool = True
    known: Callable[[str], Said | None] = nothing_known
    files: Callable[[Said], Iterable[str]] = no_files
    calls: bool = False
    link: str = ""


MARK = "-- "


@singledispatch
def show(event: object, place: ViewContext) -> Line | None:
    """The event as a line; None for an event without a line of its own."""
    return None


def info_line(text: str) -> Line:
    """`-- text`: something that happened, as a sentence."""
    return quote_line(full_stop(text))


def quote_line(text: str) -> Line:
    """`-- text`: the same with somebody's words, which stay unchanged."""
    return Line(f"{MARK}{text}", Tone.NEWS, indent=len(MARK))


def error_line(text: str) -> Line:
    """`-- text`: something that could not be done, as a sentence."""
    return Line(f"{MARK}{full_stop(text)}", Tone.REFUSED, indent=len(MARK))


# Columns

GAP = "  "

MOST_INDENT = 30
"""Columns; with more, there would be too little room for words."""


def width(text: str) -> int:
    """The columns of a terminal that a visible text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def indented(before: str) -> int:
    """The column in which a line continues whose text begins after `before`."""
    return min(width(before), MOST_INDENT)


def table(rows: Sequence[Sequence[str]], tone: Tone = Tone.PLAIN, head: str = "") -> Line:
    """The rows below `head`, as a table.

    A column without text is left out. The last column continues below itself if it is too wide.
    """
    kept = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(width, column)) for column in kept]
    lines = [_row(cells, widths) for cells in zip(*kept, strict=True)]
    indent = min(sum(each + len(GAP) for each in widths[:-1]), MOST_INDENT)
    return Line("\n".join(filter(None, [head, *lines])), tone, indent=indent)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (most - width(cell)) for cell, most in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()

"""What a view makes: lines with a tone and spans, sentences and tables as lines, and the function
that finds an event's view. Columns are counted as a terminal counts them."""

import unicodedata
from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import singledispatch
from typing import NamedTuple

from chatroom.client.protocol.events import Said


class Tone(Enum):
    """What kind of line it is."""

    PLAIN = auto()
    PRIVATE = auto()
    NEWS = auto()
    REFUSED = auto()


class Span(NamedTuple):
    """How the characters from `start` to before `end` of a line's text look.

    `sgr` are parameters of SGR (ECMA-48 section 8.3.117), such as `1;38;5;33`. `link` is the
    http or https address that a terminal may open there (OSC 8), of visible ASCII only.
    """

    start: int
    end: int
    sgr: str = ""
    link: str = ""


class Line(NamedTuple):
    """One or more lines of text, and their tone.

    `spans` are in order and do not overlap. What is too wide goes on in column `indent`.
    """

    text: str
    tone: Tone = Tone.PLAIN
    spans: tuple[Span, ...] = ()
    indent: int = 0


def nothing_known(_msgid: str) -> Said | None:
    """No line is remembered."""
    return None


class ViewContext(NamedTuple):
    """From where one looks: the current room, as the server calls it, and the time in seconds.

    `clock` is how the time is shown, full, short or off; `colours` whether nicknames have some.
    `known` tells an earlier line by its msgid, for replies and reactions. `calls` is whether the
    line is meant for us in particular. `link`: how the connection is secured, in words.
    """

    room: str = ""
    now: float = 0.0
    clock: str = "full"
    colours: bool = True
    known: Callable[[str], Said | None] = nothing_known
    calls: bool = False
    link: str = ""


MARK = "-- "


@singledispatch
def show(event: object, place: ViewContext) -> Line | None:
    """The event as a line; None for one that is not shown by itself."""
    return None


def info_line(text: str) -> Line:
    """`-- text`: what happens, as opposed to what is said. A sentence."""
    return quote_line(full_stop(text))


def quote_line(text: str) -> Line:
    """`-- text`: the same in the words of others, which stay as they are."""
    return Line(f"{MARK}{text}", Tone.NEWS, indent=len(MARK))


def error_line(text: str) -> Line:
    """`-- text`: what could not be done. A sentence."""
    return Line(f"{MARK}{full_stop(text)}", Tone.REFUSED, indent=len(MARK))


def full_stop(text: str) -> str:
    """It ends with a full stop, unless a colon announces what is not ours to end: somebody's words,
    a list, a command."""
    whole = not text or text.endswith((".", "!", "?", "…")) or ": " in text
    return text if whole else f"{text}."


# Columns

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

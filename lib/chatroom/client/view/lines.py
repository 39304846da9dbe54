"""What a view makes: lines with a tone and spans, and the function that finds an event's view."""

from collections.abc import Callable
from enum import Enum, auto
from functools import singledispatch
from typing import NamedTuple

from chatroom.client.events import Said
from chatroom.client.view.sentences import full_stop


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

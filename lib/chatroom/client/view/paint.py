"""A line as a terminal takes it: its tone, its looks and links as control sequences."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from enum import IntEnum
from itertools import islice

from chatroom.client.view.lines import Line, Span, Tone

_COLOURS = {Tone.PRIVATE: "35", Tone.NEWS: "36", Tone.REFUSED: "31"}
"""SGR parameters (ECMA-48 section 8.3.117): magenta, cyan, red."""

_ANY_COLOUR = re.compile(
    r"(?:^|;)(?:[34]8;(?:5;\d+|2;\d+;\d+;\d+)|[34][0-79]|9[0-7]|10[0-7])(?=;|$)"
)
"""A colour among SGR parameters: of the 256, of all, of the eight and the sixteen, or the usual."""


class Looks(IntEnum):
    """What a screen shows besides the text."""

    PLAIN = 0
    STYLES = 1  # bold, underlined, inverse; links
    COLOURS = 2


def painted(line: Line, looks: Looks) -> str:
    """A line with its looks and links, all of it, in as many rows as it has."""
    parts, start = [], 0
    for row in line.text.split("\n"):
        parts.append(painted_part(line, start, start + len(row), looks))
        start += len(row) + 1
    return "\n".join(parts)


def painted_part(line: Line, start: int, end: int, looks: Looks) -> str:
    """The characters from `start` to before `end` of a line, with looks and links."""
    if looks is Looks.PLAIN:
        return line.text[start:end]
    coloured = looks is Looks.COLOURS
    tone = _COLOURS.get(line.tone, "") if coloured else ""
    parts, at = [], start
    first = bisect_right(line.spans, start, key=lambda span: span.end)
    for span in islice(line.spans, first, None):
        if span.start >= end:
            break
        left, right = max(span.start, at), min(span.end, end)
        if left < right:
            parts.append(_sgr(line.text[at:left], tone))
            shown = span if coloured else span._replace(sgr=_uncoloured(span.sgr))
            parts.append(_spanned(line.text[left:right], tone, shown))
            at = right
    parts.append(_sgr(line.text[at:end], tone))
    return "".join(parts)


def _spanned(text: str, tone: str, span: Span) -> str:
    looks = _sgr(text, ";".join(filter(None, (tone, span.sgr))))
    return f"\x1b]8;;{span.link}\x1b\\{looks}\x1b]8;;\x1b\\" if span.link else looks


def _sgr(text: str, parameters: str) -> str:
    return f"\x1b[{parameters}m{text}\x1b[0m" if parameters and text else text


def _uncoloured(parameters: str) -> str:
    """What of SGR parameters is left without colours."""
    return _ANY_COLOUR.sub("", parameters).strip(";")


def looks_for(environment: Mapping[str, str], terminal: bool, no_colour: bool) -> Looks:
    """What a terminal that can should show; NO_COLOR (no-color.org) and --no-color only mean
    colours."""
    if not terminal or environment.get("TERM", "dumb") == "dumb":
        return Looks.PLAIN
    return Looks.STYLES if no_colour or environment.get("NO_COLOR") else Looks.COLOURS

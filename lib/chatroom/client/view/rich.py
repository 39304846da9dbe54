"""Text with its looks: IRC's formatting codes (modern.ircdocs.horse/formatting) and links (OSC 8)
are read into spans; `painted` writes a line with its spans as a terminal's control sequences.

Everything else that a terminal might obey is written out by `visible`, links included.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import islice

from chatroom.client.view.lines import Line, Span, Tone
from chatroom.text.display import visible
from chatroom.wire.formatting import CODE


class Code(Enum):
    """A formatting code, and the SGR parameter that it switches on and off."""

    BOLD = "\x02", "1"
    ITALIC = "\x1d", "3"
    UNDERLINE = "\x1f", "4"
    STRIKETHROUGH = "\x1e", "9"
    MONOSPACE = "\x11", "2"  # terminals have nothing else: faint sets it apart
    REVERSE = "\x16", "7"

    @property
    def character(self) -> str:
        """The character in the text."""
        return self.value[0]


_SGR = dict(code.value for code in Code)
_RESET = "\x0f"
_COLOURS = (
    15, 0, 4, 2, 9, 1, 5, 3, 11, 10, 6, 14, 12, 13, 8, 7, 52, 94, 100, 58, 22, 29, 23, 24, 17,
    54, 53, 89, 88, 130, 142, 64, 28, 35, 30, 25, 18, 91, 90, 125, 124, 166, 184, 106, 34, 49,
    37, 33, 19, 129, 127, 161, 196, 208, 226, 154, 46, 86, 51, 75, 21, 171, 201, 198, 203,
    215, 227, 191, 83, 122, 87, 111, 63, 177, 207, 205, 217, 223, 229, 193, 157, 158, 159,
    153, 147, 183, 219, 212, 16, 233, 235, 237, 239, 241, 244, 247, 250, 254, 231,
)  # fmt: skip
"""IRC's colours 0 to 98 in the terminal's 256."""

_LINK = re.compile(
    r"\x1b\]8;[^;\x07\x1b]*;(?P<url>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"(?P<text>.{0,500}?)\x1b\]8;[^;\x07\x1b]*;(?:\x07|\x1b\\)",
    re.DOTALL,
)
"""The text has a limit, because otherwise a link without an end would make each search run through
the rest."""
_SAFE_URL = re.compile(r"https?://[!-~]{1,2000}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rich:
    """A visible text with the spans that look different."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: "Rich | str") -> "Rich":
        """Concatenate two texts."""
        return joined((self, other))

    def __radd__(self, other: str) -> "Rich":
        return joined((other, self))

    def line(self, tone: Tone = Tone.PLAIN, indent: int = 0) -> Line:
        """Returns it as a line."""
        return Line(self.text, tone, self.spans, indent)


def styled(text: str, sgr: str) -> Rich:
    """The whole text with these looks."""
    return Rich(text, (Span(0, len(text), sgr),) if text and sgr else ())


def rich(text: str) -> Rich:
    """Somebody's text, with codes and links as spans, and everything else visible."""
    if text.isprintable():  # both have control characters in them, and most texts none
        return Rich(visible(text))
    return joined(_linked(text))


def joined(parts: Iterable[Rich | str]) -> Rich:
    """Concatenate any number of texts at once, because adding them one by one would copy each again
    and again."""
    texts: list[str] = []
    spans: list[Span] = []
    at = 0
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            at += len(part)
            continue
        texts.append(part.text)
        for span in part.spans:
            spans.append(Span(span.start + at, span.end + at, span.sgr, span.link))
        at += len(part.text)
    return Rich("".join(texts), tuple(spans))


def plain(text: str) -> str:
    """Somebody's text without its looks."""
    return rich(text).text


def _linked(text: str) -> Iterator[Rich]:
    """The address follows a link's text, so that nobody is led to a hidden address."""
    at = 0
    for link in _LINK.finditer(text):
        yield _formatted(text[at : link.start()])
        words, url = _formatted(link["text"]).text, visible(link["url"])
        shown = words if words == url else f"{words} ({url})"
        safe = _SAFE_URL.fullmatch(link["url"]) is not None
        yield Rich(shown, (Span(0, len(shown), "", url),) if safe and shown else ())
        at = link.end()
    yield _formatted(text[at:])


def _formatted(text: str) -> Rich:
    return joined(_pieces(text))


def _pieces(text: str) -> Iterator[Rich]:
    held: set[str] = set()
    colour, at = "", 0
    for code in CODE.finditer(text):
        yield _piece(text[at : code.start()], held, colour)
        at = code.end()
        character = code[0][0]
        if character == _RESET:
            held, colour = set(), ""
        elif character in _SGR:
            held ^= {_SGR[character]}
        else:
            colour = _coloured(code, colour)
    yield _piece(text[at:], held, colour)


def _piece(text: str, held: set[str], colour: str) -> Rich:
    sgr = ";".join(filter(None, (*sorted(held), colour)))
    return styled(visible(text), sgr)


def _coloured(code: re.Match[str], before: str) -> str:
    """The colours after this code: without a number, none; without a second number, the background
    stays."""
    if code["hex"]:
        ground = f";{_hex(48, code['hexback'])}" if code["hexback"] else ""
        return _hex(38, code["hex"]) + ground
    if code["fore"] is None:
        return ""
    _, _, kept = before.partition(";48;")
    ground = _indexed(48, code["back"]) if code["back"] else kept and f"48;{kept}"
    return ";".join(filter(None, (_indexed(38, code["fore"]), ground)))


def _indexed(plane: int, number: str) -> str:
    """99 is the terminal's default colour."""
    index = int(number)
    return f"{plane};5;{_COLOURS[index]}" if index < len(_COLOURS) else str(plane + 1)


def _hex(plane: int, colour: str) -> str:
    red, green, blue = bytes.fromhex(colour)
    return f"{plane};2;{red};{green};{blue}"


# As a terminal takes it

_TONES = {Tone.PRIVATE: "35", Tone.NEWS: "36", Tone.REFUSED: "31"}
"""SGR parameters (ECMA-48 section 8.3.117): magenta, cyan, red."""

_ANY_COLOUR = re.compile(
    r"(?:^|;)(?:[34]8;(?:5;\d+|2;\d+;\d+;\d+)|[34][0-79]|9[0-7]|10[0-7])(?=;|$)"
)
"""A colour among SGR parameters: one of 256, a true colour, one of the eight or sixteen, or the
default."""


class Looks(IntEnum):
    """What a screen shows in addition to the text."""

    PLAIN = 0
    STYLES = 1  # bold, underlined, inverse; links
    COLOURS = 2


def painted(line: Line, looks: Looks) -> str:
    """The whole line with its looks and links, in as many rows as it has."""
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
    tone = _TONES.get(line.tone, "") if coloured else ""
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
    """The SGR parameters without colours."""
    return _ANY_COLOUR.sub("", parameters).strip(";")


def looks_for(environment: Mapping[str, str], terminal: bool, no_colour: bool) -> Looks:
    """The looks that fit a terminal; NO_COLOR (no-color.org) and --no-color only affect colours."""
    if not terminal or environment.get("TERM", "dumb") == "dumb":
        return Looks.PLAIN
    return Looks.STYLES if no_colour or environment.get("NO_COLOR") else Looks.COLOURS

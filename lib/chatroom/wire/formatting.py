"""IRC's formatting codes (modern.ircdocs.horse/formatting)."""

import re

CODE = re.compile(
    r"\x03(?P<fore>\d{1,2})?(?:(?<=\d),(?P<back>\d{1,2}))?"
    r"|\x04(?P<hex>[0-9A-Fa-f]{6})?(?:(?<=[0-9A-Fa-f]),(?P<hexback>[0-9A-Fa-f]{6}))?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
"""One code: a colour, a hex colour, or a character that switches bold, italics and so on."""


_RUNS = re.compile(f"(?:{re.sub('[?]P<.*?>', '?:', CODE.pattern)})+")
"""Codes in a row, which are dropped in one go."""


def unformatted(text: str) -> str:
    """The text without formatting codes."""
    return text if text.isprintable() else _RUNS.sub("", text)


RESET = "\x0f"
"""The code that switches everything off."""

_MARKS = {"\x02": "*", "\x1d": "_", "\x1f": "_", "\x1e": "~", "\x11": "`"}
"""Bold, italics, underlined, struck, monospace -> the usual mark in plain text."""

_UNMARKED = re.compile(
    r"(?:\x03(?:\d{1,2}(?:,\d{1,2})?)?"
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    r"|\x16)+"
)
"""The codes of `CODE` that have no mark."""


def without_colours(text: str) -> str:
    """The text without its colours; bold, italics and so on stay."""
    return text if text.isprintable() else _UNMARKED.sub("", text)


_CODES = "".join(_MARKS) + RESET
_CODE_RUNS = re.compile(f"([{_CODES}]+)")

_WHITE = r"\t-\r\x1c \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space as `str.strip` has it, without the codes that it takes for some."""

_WHITE_BESIDE = re.compile(f"[{_WHITE}][{_CODES}]|[{_CODES}][{_WHITE}]|[{_WHITE}]\\Z")
"""White space beside a code, or at the end, where all formatting is switched off."""

_LONG_RUN = 40
"""From this many consecutive codes on, it is worth leaving out those without effect."""


def with_marks(text: str) -> str:
    """The text with `*bold*`, `_italics_` and so on instead of the codes; colours are dropped.

    A mark is closed where its code is switched off, or at the end. Marks stand next to words: white
    space inside them moves out of them, and codes around nothing else are dropped.
    """
    if text.isprintable():
        return text
    text = _UNMARKED.sub("", text)
    words = _CODE_RUNS.split(text)
    if len(words) == 1:
        return text
    beside = _WHITE_BESIDE.search(text) is not None
    pieces: list[str] = []
    open_: dict[str, int] = {}  # each code that is on -> the position of its mark
    behind = 0  # the position behind the last word
    latest = 0  # the position of the last mark that opened
    code = ""  # the latest
    white = ""  # white space to put after closing marks and before opening ones
    # each word with the codes after it; at the end everything is switched off
    for word, codes in zip(words[::2], (*words[1::2], RESET), strict=True):
        body = word.strip() if beside else word
        if body:
            if beside:
                before, _, after = word.partition(body)
                white += before
                if white and behind <= latest < len(pieces):
                    if len(pieces) == behind + 1 and open_.get(code) == behind:
                        pieces.insert(behind, white)
                        open_[code] += 1
                    else:
                        _put_white(white, pieces, open_, behind)
                elif white:
                    pieces.append(white)
                white = after
            pieces.append(body)
            behind = len(pieces)
        else:
            white += word
        for code in codes if len(codes) < _LONG_RUN else _that_matter(codes):
            if code in open_:
                start = open_.pop(code)
                if start < behind:
                    pieces.append(_MARKS[code])
                else:  # nothing is between the marks
                    pieces[start] = ""
            elif code != RESET:
                open_[code] = latest = len(pieces)
                pieces.append(_MARKS[code])
            elif open_:  # close all, the last one first, so that they nest
                for each, start in reversed(open_.items()):
                    if start < behind:
                        pieces.append(_MARKS[each])
                    else:
                        pieces[start] = ""
                open_.clear()
    return "".join((*pieces, white))


def _put_white(white: str, pieces: list[str], open_: dict[str, int], behind: int) -> None:
    """Put white space in front of the marks that were opened after the last word."""
    moving = [code for code, start in open_.items() if start >= behind]
    for code in moving:
        pieces[open_[code]] = ""
    pieces.append(white)
    for code in moving:
        open_[code] = len(pieces)
        pieces.append(_MARKS[code])


def _that_matter(codes: str) -> str:
    """Returns fewer codes with the same effect."""
    head, reset, rest = codes.partition(RESET)
    tail = rest.rpartition(RESET)[2]
    return f"{_toggles_that_matter(head)}{reset}{_toggles_that_matter(tail)}"


def _toggles_that_matter(codes: str) -> str:
    """Keeps of each code only the first and the last occurrence, and one in between if the number
    is odd."""
    kept: list[int] = []
    for code in _MARKS:
        count = codes.count(code)
        if count:
            first = codes.find(code)
            kept += {first, codes.rfind(code)}
            if count % 2 and count > 1:
                kept.append(codes.find(code, first + 1))
    return "".join(map(codes.__getitem__, sorted(kept)))

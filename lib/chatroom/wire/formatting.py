"""IRC's formatting codes (modern.ircdocs.horse/formatting)."""

import re

CODE = re.compile(
    r"\x03(?P<fore>\d{1,2})?(?:(?<=\d),(?P<back>\d{1,2}))?"
    r"|\x04(?P<hex>[0-9A-Fa-f]{6})?(?:(?<=[0-9A-Fa-f]),(?P<hexback>[0-9A-Fa-f]{6}))?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
"""One code: a colour, a hex colour, or a character that switches bold, italics and so on."""


def unformatted(text: str) -> str:
    """The text without formatting codes."""
    return text if text.isprintable() else CODE.sub("", text)


_MARKS = {"\x02": "*", "\x1d": "_", "\x1f": "_", "\x1e": "~", "\x11": "`"}
"""Bold, italics, underlined, struck, monospace -> the usual mark in plain text."""

RESET = "\x0f"
"""The code that switches everything off."""


def with_marks(text: str) -> str:
    """The text with `*bold*`, `_italics_` and so on instead of the codes; colours are dropped.

    A mark is closed where its code is switched off, or at the end. Codes around nothing are dropped
    too.
    """
    if text.isprintable():
        return text
    marked = _Marked()
    end = 0
    for found in CODE.finditer(text):
        if found.start() > end:
            marked.add(text[end : found.start()])
        end = found.end()
        code = found[0]
        if code in _MARKS:
            marked.switch(code)
        elif code == RESET:
            marked.close_all()
    if end < len(text):
        marked.add(text[end:])
    marked.close_all()
    return "".join(marked.pieces)


class _Marked:
    """A text in pieces, with the open marks: code -> the position of its mark, and the number of
    text pieces before it."""

    __slots__ = ("_open", "_texts", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._open: dict[str, tuple[int, int]] = {}
        self._texts = 0

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self._texts += 1

    def switch(self, code: str) -> None:
        """Switch a code on, or off if it is on."""
        if code in self._open:
            self._close(code)
        else:
            self._open[code] = (len(self.pieces), self._texts)
            self.pieces.append(_MARKS[code])

    def close_all(self) -> None:
        """Close all marks, the last one first, so that they nest."""
        for code in reversed(list(self._open)):
            self._close(code)

    def _close(self, code: str) -> None:
        start, texts = self._open.pop(code)
        if self._texts > texts:
            self.pieces.append(_MARKS[code])
        else:  # nothing is between the marks
            self.pieces[start] = ""

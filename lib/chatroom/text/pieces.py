"""Splits a long formatted text into pieces that each keep their formatting.

The problem: a client shows each line without formatting until a code switches something on. If a
bold text is only cut, just its first piece is bold. So each piece begins with the codes that are on
at the cut. A code itself is never cut, because its digits would be shown.
"""

from collections.abc import Iterator

from chatroom.text.splitting import pieces_of
from chatroom.wire.formatting import CODE, RESET

_SWITCHES = "\x02\x11\x16\x1d\x1e\x1f"
"""These codes toggle: on after the first, off after the second, and so on."""

_COLOUR, _HEX = "\x03", "\x04"

_GUARD = "\x02\x02"
"""Bold on and off: keeps a comma after a colour from starting its background."""

_LONGEST_COLOURS = {_COLOUR: len("\x0304,05\x0304"), _HEX: len("\x04123456,123456\x04123456")}
_LONGEST_CODE = {_COLOUR: len("\x0304,05"), _HEX: len("\x04123456,123456")}
"""Bytes that a piece may begin with for the sake of a colour, and bytes of one code."""

LEAST_TEXT = 8
"""The minimum of text in a piece, in bytes. If the codes leave less, they are not repeated."""


def formatted_pieces(text: str, longest: int) -> Iterator[str]:
    """`text` in pieces of at most `longest` bytes of UTF-8, cut like by `text.pieces_of`.

    `longest` is at least 4. The pieces are computed one by one, because each takes its time.
    """
    reserve = 0 if text.isprintable() else _reserve(text)
    if not reserve or longest - reserve < LEAST_TEXT:
        return pieces_of(text, longest)
    return _with_codes(text, longest - reserve)


def _reserve(text: str) -> int:
    """The maximum of bytes that a piece of this text needs for codes."""
    size = sum(code in text for code in _SWITCHES)
    kinds = [kind for kind in (_COLOUR, _HEX) if kind in text]
    if kinds:
        size += max(_LONGEST_COLOURS[kind] + _LONGEST_CODE[kind] for kind in kinds) + len(_GUARD)
    return size


def _with_codes(text: str, longest: int) -> Iterator[str]:
    looks = _Looks()
    kept = ""  # the beginning of a code that was cut
    pieces = pieces_of(text, longest)
    piece = next(pieces, None)
    while piece is not None:
        following = next(pieces, None)
        whole = kept + piece
        cut = len(whole) if following is None else _begun_code(whole)
        whole, kept = whole[:cut], whole[cut:]
        if whole:
            yield looks.before(whole) + whole
            looks.read(whole)
        piece = following


def _begun_code(piece: str) -> int:
    """Where a colour begins that the next piece may go on with; the end, if there is none.

    It may be a whole one: then it begins the next piece, where it belongs.
    """
    start = max(piece.rfind(kind, -longest) for kind, longest in _LONGEST_CODE.items())
    if start < 0:
        return len(piece)
    code = CODE.match(piece, start)
    rest = piece[code.end() if code else start + 1 :]
    # A comma belongs to the colour if a digit follows; hex digits count if there are six.
    unfinished = not rest.strip("0123456789abcdefABCDEF,")
    return start if unfinished else len(piece)


class _Looks:
    """The formatting that is on after the codes read so far."""

    __slots__ = ("_colours", "_switched")

    def __init__(self) -> None:
        self._colours: tuple[str, ...] = ()  # a foreground and its background, a later foreground
        self._switched: dict[str, None] = {}  # a set that keeps the order

    def before(self, piece: str) -> str:
        """The codes that continue the current formatting in this piece."""
        colours = "".join(self._colours)
        guard = _GUARD if colours and not self._switched and piece[0] == "," else ""
        return f"{colours}{guard}{''.join(self._switched)}"

    def read(self, piece: str) -> None:
        """Read the codes in a piece."""
        for found in CODE.finditer(piece):
            code = found[0]
            if code == RESET:
                self._switched.clear()
                self._colours = ()
            elif code in _SWITCHES:
                self._switch(code)
            else:
                self._colour(code)

    def _switch(self, code: str) -> None:
        if code in self._switched:
            del self._switched[code]
        else:
            self._switched[code] = None

    def _colour(self, code: str) -> None:
        if len(code) == 1:  # without digits it ends the colours
            self._colours = ()
            return
        kind, numbers = code[0], code[1:].split(",")
        code = kind + ",".join(number.rjust(2, "0") for number in numbers)
        if len(numbers) == 1 and self._colours:
            code_before = self._colours[0]
            self._colours = (code_before, code) if "," in code_before else (code,)
        else:
            self._colours = (code,)

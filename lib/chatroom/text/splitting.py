"""Splits long texts into pieces that each fit one IRC line, between words where possible.

Joined together, the pieces are the text. If a word is longer than a line, the cut is between
characters as people see them (after UAX #29, extended grapheme clusters, simplified).

`formatted_pieces` also keeps the formatting. A client shows each line without any until a code
switches it on: if a bold text is only cut, just its first piece is bold. So each piece begins with
the codes that are on at the cut. A code itself is never cut, because its digits would be shown.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

from chatroom.wire.formatting import CODE, RESET

SHORTEST_PIECE = 32
"""The minimum of text in a line, in bytes; next to a longer target nothing is split."""

_LONGEST_CLUSTER = 32
"""Characters in a cluster. No script needs more; without a limit, a text of combining marks would
be one cluster."""

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_EMOJI_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_HANGUL_LEADING = range(0x1100, 0x1160)
_HANGUL_FOLLOWING = range(0x1160, 0x1200)
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)

_JOINING = (
    range(ord(_ZERO_WIDTH_JOINER), ord(_ZERO_WIDTH_JOINER) + 1),
    _SKIN_TONES,
    _EMOJI_TAGS,
    _FLAG_LETTERS,
    _HANGUL_LEADING,
    _HANGUL_FOLLOWING,
    _HANGUL_SYLLABLES,
)
"""Characters that may continue a cluster, depending on the one before."""


def split_text(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` bytes of UTF-8; an empty text has no pieces.

    `longest` is at least 4, so that every character fits.
    """
    return list(pieces_of(text, longest))


def pieces_of(text: str, longest: int) -> Iterator[str]:
    """Like `split_text`, but one piece at a time, because finding the end of each takes time."""
    piece, size = "", 0
    for word in _words(text):
        data = word.encode()
        while len(data) > longest:  # a word of several lines that begins on this one
            head = _head(word, data, longest - size)
            if head or piece:
                yield piece + head
                piece, size = "", 0
            else:  # a cluster that is longer than a line
                head = data[:longest].decode(errors="ignore")
                yield head
            word = word[len(head) :]
            data = data[len(head.encode()) :]
        if piece and size + len(data) > longest:
            yield piece
            piece, size = "", 0
        piece, size = piece + word, size + len(data)
    if piece:
        yield piece


def _words(text: str) -> Iterator[str]:
    """Each word with the spaces after it."""
    return (match[0] for match in _WORD.finditer(text))


_WORD = re.compile(r"[^ ]+ *| +")


def _head(word: str, data: bytes, room: int) -> str:
    """As many whole clusters of the word, whose UTF-8 is `data`, as fit into `room` bytes.

    Only the end is examined: a cluster begins at the last ordinary character, whatever is before.
    """
    fits = len(data[:room].decode(errors="ignore"))
    if fits == len(word):
        return word
    begin = next(filter(partial(_begins_cluster, word), _last(fits)), 0)
    end = begin
    for cluster in clusters(word[begin : fits + 1]):
        if end + len(cluster) > fits:
            break
        end += len(cluster)
    return word[:end]


def _last(index: int) -> range:
    """The indexes to examine for a beginning: this one and some before it."""
    return range(index, max(0, index - _LONGEST_CLUSTER), -1)


def _begins_cluster(text: str, index: int) -> bool:
    """Whether a cluster begins at the index, as far as the character before tells."""
    code = ord(text[index])
    return code < 0x300 or (
        text[index - 1] != _ZERO_WIDTH_JOINER
        and not unicodedata.category(text[index]).startswith("M")
        and not any(code in some for some in _JOINING)
    )


def clusters(text: str) -> Iterator[str]:
    """The characters of `text` as people see them."""
    cluster = ""
    for character in text:
        if cluster and not _belongs(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _belongs(cluster: str, character: str) -> bool:
    """Whether `character` continues `cluster`."""
    code, last = ord(character), cluster[-1]
    if code < 0x300 or len(cluster) >= _LONGEST_CLUSTER:
        return False
    if character == _ZERO_WIDTH_JOINER or unicodedata.category(character).startswith("M"):
        return True
    if code in _SKIN_TONES or code in _EMOJI_TAGS:
        return True
    if code in _FLAG_LETTERS:
        return len(cluster) == 1 and ord(last) in _FLAG_LETTERS
    if code in _HANGUL_FOLLOWING:
        return ord(last) in _HANGUL_SYLLABLES or 0x1100 <= ord(last) < 0x1200
    if code in _HANGUL_SYLLABLES or code in _HANGUL_LEADING:
        return ord(last) in _HANGUL_LEADING
    return last == _ZERO_WIDTH_JOINER


# Formatted texts

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
    """`text` in pieces of at most `longest` bytes of UTF-8, cut like by `pieces_of`.

    `longest` is at least 4. The pieces are computed one by one, because each takes some time.
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
    """The place at which a colour begins that the next piece may continue; the end, if there is
    none.

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

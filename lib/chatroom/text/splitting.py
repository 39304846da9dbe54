"""Splits long texts into pieces that each fit one IRC line, between words where possible.

Joined together, the pieces are the text. If a word is longer than a line, the cut is between
characters as people see them (after UAX #29, extended grapheme clusters, simplified).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

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
    """The same pieces, one by one, because finding the end of each takes time."""
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

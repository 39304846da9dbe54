"""Long texts in pieces that each fit one IRC line, cut between words where possible.

Joined together again the pieces are the text. Where a word is longer than a line the cut falls
between characters as people see them (after UAX #29, extended grapheme clusters, simplified).
"""

import re
import unicodedata
from collections.abc import Iterator

_LONGEST_CLUSTER = 32
"""Characters. No writing has more in one; without a bound, a text of marks alone is one cluster."""

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_EMOJI_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_HANGUL_LEADING = range(0x1100, 0x1160)
_HANGUL_FOLLOWING = range(0x1160, 0x1200)
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


def split_text(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` bytes of UTF-8; an empty text is no piece.

    `longest` is at least 4, so that every character fits.
    """
    return list(pieces_of(text, longest))


def pieces_of(text: str, longest: int) -> Iterator[str]:
    """The same pieces one by one: finding the end of each takes its time."""
    piece, size = "", 0
    for word in _words(text):
        for part in _fitting(word, longest):
            length = len(part.encode())
            if piece and size + length > longest:
                yield piece
                piece, size = "", 0
            piece, size = piece + part, size + length
    if piece:
        yield piece


def _words(text: str) -> Iterator[str]:
    """Each word with the spaces behind it."""
    return (match[0] for match in _WORD.finditer(text))


_WORD = re.compile(r"[^ ]+ *| +")


def _fitting(word: str, longest: int) -> Iterator[str]:
    """The word, or its clusters where it is too long, or a cluster's code points where that is."""
    if len(word.encode()) <= longest:
        yield word
        return
    for cluster in clusters(word):
        if len(cluster.encode()) <= longest:
            yield cluster
        else:
            yield from cluster


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
    """Whether `character` goes on with `cluster`."""
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

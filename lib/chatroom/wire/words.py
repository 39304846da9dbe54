"""Prepares texts for the search index, and queries for matching with it.

SQLite's tokenizer takes consecutive letters and digits for a word, by old Unicode tables. People
write `great🎉`, `25°C` and emoji that are newer than those tables, so the text is prepared:

- Formatting codes, accents, variation selectors and zero-width characters are left out.
- A symbol is a separate word: the tokenizer sees SYMBOL and its number in hexadecimal. A flag of
  two letters is one word, and so are the tags that make one flag of another.
- A character of a script that is written without spaces (Chinese, Japanese, Thai) is a word.
- A letter whose case folds to others is written as these: `ß` as `ss`, `ς` as `σ`. The tokenizer
  itself folds only letters that have one small form.
- A letter that is not in Unicode 3.2 is written as LETTER and its number.

ASCII text needs only the first of these.
"""

import re
import unicodedata
from collections.abc import Callable

from chatroom.wire.formatting import unformatted

SYMBOL, LETTER = "\ue000", "\ue001"
"""Private-use characters, which the tokenizer takes for letters and no language uses."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u303c\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u9fff\ua000-\ua4cf\ua9e0-\ua9ff"
    "\uaa60-\uaadf\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""A character of a script that is written without spaces (Thai, Chinese, Japanese, ...)."""

_LEFT_OUT = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670"  # Arabic vowels and tatweel
    "\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20dc\u20e1\u20e5-\u20f0\ufe20-\ufe2f"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # as text, as a picture, as another form
)
"""Marks that people may type or leave out. FTS5's own `remove_diacritics` handles only Latin
letters."""

_APART = re.compile(
    "[\u00bc-\u00be\u20a8\ufdfc\u2100-\u2125\u2127-\u2129\u212c-\u218f\u2460-\u24ff\u3200-\u33ff"
    "\U0001d15e-\U0001d164\U0001d1bb-\U0001d1c0\U0001f100-\U0001f1e5\U0001f200-\U0001f2ff]"
)
"""Symbols that consist of letters or digits, and would otherwise be joined to the word beside them:
`Name™`."""

_RUNS = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[\U000e0020-\U000e007f]+|[{SYMBOL}{LETTER}]")

_MOST_KNOWN = 20_000
"""Characters whose fragments are cached."""

_SLICE = 32
"""Characters that are expanded at a time to count the result."""


def as_words(text: str) -> str:
    """Returns the text for the tokenizer. Not idempotent: apply it once."""
    if text.isascii() and text.isprintable():  # the usual case: nothing to do
        return text
    text = unformatted(text)
    if text.isascii():
        return text
    usual = unicodedata.normalize("NFKC", _APART.sub(r" \g<0> ", text))
    return _RUNS.sub(_as_one, usual).translate(_FRAGMENTS)


def _as_one(match: re.Match[str]) -> str:
    run = match[0]
    if run in (SYMBOL, LETTER):
        return " "
    return f" {SYMBOL}{''.join(f'{ord(each):x}' for each in run)} "


def count(text: str) -> tuple[int, int]:
    """The number of words that a search for this text looks up: spaced words, and characters of
    unspaced scripts and symbols."""
    if text.isalnum() and text.isascii():
        return 1, 0
    words = as_words(text).translate(_BLANKS).split()
    characters = sum(word[0] == SYMBOL or UNSPACED.match(word) is not None for word in words)
    return len(words) - characters, characters


def outgrows(text: str, most: int) -> bool:
    """Whether `as_words` would have to process more than `most` characters.

    One character can expand to eighteen (U+FDFA is a sentence), so the text is expanded in slices,
    and no further than to the first character too many.
    """
    if text.isascii():
        return len(text) > most
    length = 0
    for start in range(0, len(text), _SLICE):
        length += len(unicodedata.normalize("NFKC", text[start : start + _SLICE]))
        if length > most:
            return True
    return False


_WORDY = ("L", "N", "M", "Co")
"""General categories of the characters in the tokenizer's words."""


def _fragment(character: str) -> str | None:
    """The fragment for a character; None if it is dropped."""
    kind = unicodedata.category(character)
    if kind == "Cf" or _LEFT_OUT.match(character):
        return None
    if UNSPACED.match(character):
        return f" {character} " if character <= "\uffff" else _symbol(character)
    if kind[0] == "S" or kind in ("Co", "Cn", "Me"):
        return _symbol(character)
    if kind[0] not in "LNM":
        return character
    bare = unicodedata.normalize("NFC", _LEFT_OUT.sub("", unicodedata.normalize("NFD", character)))
    return "".join(map(_letter, bare.casefold()))


def _symbol(character: str) -> str:
    return f" {SYMBOL}{ord(character):x} "


def _letter(character: str) -> str:
    if unicodedata.ucd_3_2_0.category(character) != "Cn":
        return character
    return "".join(f"{LETTER}{ord(each):06x}" for each in character.lower())


class _Remembered(dict[int, str | int | None]):
    """A table for `str.translate`, filled on demand, because Unicode has a million characters."""

    def __init__(self, made: Callable[[int], str | int | None]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, code: int) -> str | int | None:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found = self[code] = self._made(code)
        return found


_MARKS = frozenset(map(ord, (SYMBOL, LETTER)))

_FRAGMENTS = _Remembered(
    lambda code: code if code < 128 or code in _MARKS else _fragment(chr(code))
)

_BLANKS = _Remembered(
    lambda code: code if unicodedata.category(chr(code)).startswith(_WORDY) else " "
)
"""Characters between words become a space."""

"""Finds out whether a text mentions a name as a separate word.

In most scripts a word ends where no letter follows. Chinese, Japanese, Thai and some others put no
spaces between words, and Korean appends particles to a name without a space.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

# Thai, Lao, Tibetan, Burmese, Khmer; then Kana and Han
_UNSPACED_SCRIPTS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_KOREAN = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff"
_UNSPACED = re.compile(f"[{_UNSPACED_SCRIPTS}]")
_HANGUL = re.compile(f"[{_KOREAN}]")
_PARTICLES = re.compile(
    "(?:님|씨|군|양|형|누나|언니|오빠|선생|선배)?"
    "(?:이|가|은|는|을|를|의|도|만|야|아|여|와|과|랑|이랑|나|이나|에게|에게서|께|께서|한테|한테서"
    "|에|로|으로|라|이라|라고|하고|이고|고|부터|까지|보다|처럼|같이|마다|조차|이야|예요|이에요|입니다|요"
    "|들|네){0,3}(?![\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff])"
)
"""Text that may follow a name in Korean: a title, then a particle."""

_KINDS = ((0x3040, 0x30A0), (0x30A0, 0x3100), (0x3400, 0xA000))
"""Hiragana, Katakana, Han: a word may end where the kind changes."""


_SPACED = re.compile(rf"[^\W{_UNSPACED_SCRIPTS}{_KOREAN}]+")
"""A word of letters, digits and `_` of the other scripts."""

_SPACED_WORDS = re.compile(
    rf"(?:[^\W{_UNSPACED_SCRIPTS}{_KOREAN}]"
    "|[\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f33\u1040-\u1049\u1090-\u1099\u17e0-\u17e9\u17f0-\u17f9"
    "\u3007\ua9f0-\ua9f9])+"
)
"""Such a word in a text; the digits of all scripts belong to it."""

_ASCII_WORDS = re.compile(r"\w+", re.ASCII)

_MARKS = frozenset({"Mn", "Mc", "Me"})

MOST_PLACES = 32
"""Places in a text that are tried if the set of the text's words does not decide whether it has a
word."""


class Heard:
    """A text in which several names are looked up. The work that is the same for all names is done
    once.

    The text must be folded in the same way as the names.
    """

    __slots__ = ("_text", "_words")

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: frozenset[str] | None = None

    def names(self, word: str) -> bool:
        """Whether the non-empty word occurs separately in the text, as far as `MOST_PLACES`
        tell."""
        text = self._text
        if word not in text:
            return False
        if _SPACED.fullmatch(word):
            if self._words is None:
                self._words = _words(text)
            if self._words:
                return word in self._words
        return any(
            not _goes_on_before(word, text, start) and not _goes_on_behind(word, text, end)
            for start, end in islice(_places(word, text), MOST_PLACES)
        )

    def mentions(self, name: str) -> bool:
        """Whether a text that was folded by `str.casefold` mentions the name, whatever its case."""
        return bool(name) and self.names(name.casefold())


def _words(text: str) -> frozenset[str]:
    """The words of scripts with spaces; none if there are marks, which belong to letters."""
    if text.isascii():
        return frozenset(_ASCII_WORDS.findall(text))
    if _MARKS.isdisjoint(map(unicodedata.category, text)):
        return frozenset(_SPACED_WORDS.findall(text))
    return frozenset()


def names(word: str, text: str) -> bool:
    """Whether the non-empty word occurs separately in the text; both must be folded in the same
    way."""
    return Heard(text).names(word)


def mentions(text: str, name: str) -> bool:
    """Whether the name occurs separately in the text, ignoring case."""
    return Heard(text.casefold()).mentions(name)


def _places(word: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        yield start, end
        start = text.find(word, end)


def _goes_on_before(word: str, text: str, start: int) -> bool:
    at = start - 1
    while at >= 0 and unicodedata.category(text[at])[0] == "M":
        if text[at] in "\ufe0f\u20e3":
            return False  # it ends an emoji, such as a red heart
        at -= 1
    return at >= 0 and _belongs(len(word) == 1, word[0], text[at])


def _goes_on_behind(word: str, text: str, end: int) -> bool:
    following = text[end : end + 1]
    if not following:
        return False
    if unicodedata.category(following)[0] == "M":
        return True  # it turns the last letter into another one
    if _HANGUL.match(following):
        return _HANGUL.match(word[-1]) is not None and not _PARTICLES.match(text, end)
    return _belongs(len(word) == 1, word[-1], following)


@lru_cache(maxsize=4096)  # of single characters: 1.3 MB
def _belongs(single: bool, edge: str, neighbour: str) -> bool:
    """Whether a word (of a single character) continues from its edge into the neighbouring
    character."""
    if neighbour == "_" or unicodedata.category(neighbour)[0] == "N":
        return True
    if unicodedata.category(neighbour)[0] != "L":
        return False
    if _UNSPACED.match(edge) and _UNSPACED.match(neighbour):
        return single and _kind(edge) == _kind(neighbour)
    unspaced = _UNSPACED.match(edge) or _UNSPACED.match(neighbour)
    return not unspaced and bool(_HANGUL.match(edge)) == bool(_HANGUL.match(neighbour))


def _kind(character: str) -> int:
    code = ord(character)
    return next((at for at, (low, high) in enumerate(_KINDS) if low <= code < high), -1)

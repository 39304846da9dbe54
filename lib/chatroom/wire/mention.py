"""Finds out whether a text mentions a name as a separate word.

In most scripts a word ends where no letter follows. Chinese, Japanese, Thai and some others put no
spaces between words, and Korean appends particles to a name without a space.
"""

import re
import unicodedata
from collections.abc import Iterator

# Thai, Lao, Tibetan, Burmese, Khmer; then Kana and Han
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]")
_PARTICLES = re.compile(
    "(?:님|씨|군|양|형|누나|언니|오빠|선생|선배)?"
    "(?:이|가|은|는|을|를|의|도|만|야|아|여|와|과|랑|이랑|나|이나|에게|에게서|께|께서|한테|한테서"
    "|에|로|으로|라|이라|라고|하고|이고|고|부터|까지|보다|처럼|같이|마다|조차|이야|예요|이에요|입니다|요"
    "|들|네){0,3}(?![\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff])"
)
"""Text that may follow a name in Korean: a title, then a particle."""

_KINDS = ((0x3040, 0x30A0), (0x30A0, 0x3100), (0x3400, 0xA000))
"""Hiragana, Katakana, Han: a word may end where the kind changes."""


def names(word: str, text: str) -> bool:
    """Whether the non-empty word occurs separately in the text; both must be folded in the same
    way."""
    return any(
        not _goes_on_before(word, text, start) and not _goes_on_behind(word, text, end)
        for start, end in _places(word, text)
    )


def mentions(text: str, name: str) -> bool:
    """The same, ignoring case."""
    return bool(name) and names(name.casefold(), text.casefold())


def _places(word: str, text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in re.finditer(re.escape(word), text))


def _goes_on_before(word: str, text: str, start: int) -> bool:
    at = start - 1
    while at >= 0 and unicodedata.category(text[at])[0] == "M":
        if text[at] in "\ufe0f\u20e3":
            return False  # it ends an emoji, such as a red heart
        at -= 1
    return at >= 0 and _belongs(word, word[0], text[at])


def _goes_on_behind(word: str, text: str, end: int) -> bool:
    following = text[end : end + 1]
    if not following:
        return False
    if unicodedata.category(following)[0] == "M":
        return True  # it turns the last letter into another one
    if _HANGUL.match(following):
        return _HANGUL.match(word[-1]) is not None and not _PARTICLES.match(text, end)
    return _belongs(word, word[-1], following)


def _belongs(word: str, edge: str, neighbour: str) -> bool:
    """Whether a word continues from its edge into the neighbouring character."""
    if neighbour == "_" or unicodedata.category(neighbour)[0] == "N":
        return True
    if unicodedata.category(neighbour)[0] != "L":
        return False
    if _UNSPACED.match(edge) and _UNSPACED.match(neighbour):
        return len(word) == 1 and _kind(edge) == _kind(neighbour)
    unspaced = _UNSPACED.match(edge) or _UNSPACED.match(neighbour)
    return not unspaced and bool(_HANGUL.match(edge)) == bool(_HANGUL.match(neighbour))


def _kind(character: str) -> int:
    code = ord(character)
    return next((at for at, (low, high) in enumerate(_KINDS) if low <= code < high), -1)

"""Applies the editing keys in a line of text, for terminals that send each key as it is pressed.

A terminal in line mode edits a line before it sends it. In character mode, which Windows' telnet
uses, the keys arrive as control characters: `hellp`, backspace, `o` means `hello`. A piped text
with backspaces, such as a manual page with overstrikes, is read as a printer would show it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

BACKSPACE = "\x08"
DELETE = "\x7f"
ERASE_WORD = "\x17"
ERASE_LINE = "\x15"

_KEYS = f"{BACKSPACE}{DELETE}{ERASE_WORD}{ERASE_LINE}"
_KEY = re.compile(f"[{_KEYS}]")

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_EMOJI_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"

_CURSOR_KEYS = re.compile(r"\x1b(?:\[[0-9;]{0,8}[A-DFHZ~]|O[A-DFHP-S])")
"""The sequences for arrows, Home, End, Delete, function keys, and around a paste."""

_FIRST_MARK = "\u0300"
"""The first character that may belong to the one before it."""


def _is_mark(code: int) -> bool:
    return unicodedata.category(chr(code)).startswith("M")


def _ranges(codes: Sequence[int]) -> str:
    """The characters for a class of a pattern; `codes` ascend."""
    ends = [index for index, pair in enumerate(pairwise(codes), 1) if pair[1] - pair[0] > 1]
    spans = pairwise((0, *ends, len(codes)))
    return "".join(f"\\u{codes[start]:04x}-\\u{codes[end - 1]:04x}" for start, end in spans)


# The classes have no character beyond U+FFFF: `re` looks those up range by range, which is slow.
_MARK_CODES = [code for code in range(ord(_FIRST_MARK), 0x3000) if _is_mark(code)]
_MARKS = _ranges(_MARK_CODES)
_NO_LETTERS = {*map(ord, _KEYS), ord(_JOINER), *_MARK_CODES}
_LETTERS = _ranges([code for code in range(0x3000) if code not in _NO_LETTERS])
_SPACES = _ranges([code for code in range(0x3001) if chr(code).isspace()])  # \s is slower
_MORE_LETTERS = "\u3400-\u9fff\uac00-\ud7a3"
_PICTURES = "\U0001f300-\U0001f3fa\U0001f400-\U0001faff"

_ERASE = f"[{BACKSPACE}{DELETE}]"
_NO_JOINER = f"(?<![{_JOINER}{_KEYS}])"
_ERASED_LETTERS = f"(?:[{_LETTERS}{_MORE_LETTERS}][{_MARKS}]*+{_ERASE})+"
_ERASED_PICTURES = (
    f"(?:[{_PICTURES}]{_ERASE})+|(?<![{_FLAG_LETTERS}{_KEYS}])(?:[{_FLAG_LETTERS}]{_ERASE})+"
)
_ERASED_WORDS = re.compile(
    f"(?<![^{_SPACES}{ERASE_WORD}])[^{_SPACES}{_KEYS}]+[{_SPACES}]*{ERASE_WORD}"
)

_SHORTCUTS = (re.compile(_ERASED_LETTERS), re.compile(_ERASED_PICTURES), _ERASED_WORDS)
_ONLY_WORDS: tuple[re.Pattern[str], ...] = (_ERASED_WORDS,)
_WITH_JOINERS = (re.compile(_NO_JOINER + _ERASED_LETTERS), _ERASED_WORDS)
"""Letters, pictures and words, each followed by the key that erases it. After a joiner, possibly
one that an earlier key has left, a key would erase more. The text that Ctrl-W leaves ends with a
space."""

FEW_KEYS = 100
_PASSES = 3
LEAST_GAIN = 16
"""A text with few keys, or long runs of them, takes no shortcuts. In other texts, each pass removes
one key wherever simple text precedes a run of keys; if a pass removes less than LEAST_GAIN, it is
the last one."""

_RUNS = re.compile(f"[^{_KEYS}]+|[{BACKSPACE}{DELETE}]+|{ERASE_WORD}+")
_HAS_FLAGS = re.compile(f"[{_FLAG_LETTERS}]")
_PIECES = re.compile(f"[{_FLAG_LETTERS}]{{1,2}}|.", re.DOTALL)
"""Characters, but the two letters of a flag together."""


def edited(text: str) -> str:
    """`text` after its editing keys (BS, DEL, Ctrl-W, Ctrl-U) have been applied.

    A key at the beginning of the line erases nothing. Arrows and similar keys are left out and move
    nothing, because netcat sends the characters that a terminal in line mode inserts for them. The
    work is linear: each pattern looks at a character a bounded number of times, and each character
    is typed once and erased at most once.
    """
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = _CURSOR_KEYS.sub("", text)
    if not _KEY.search(text):
        return text
    text = text.rpartition(ERASE_LINE)[2]
    if sum(text.count(key) - 8 * text.count(key * 8) for key in _KEYS) > FEW_KEYS:
        text = _shortened(text)
    return _typed(_RUNS.findall(text))


def _shortened(text: str) -> str:
    """Returns `text` without most of the characters that a key directly after them erases."""
    shortcuts: tuple[re.Pattern[str], ...] = _WITH_JOINERS if _JOINER in text else _SHORTCUTS
    if BACKSPACE not in text and DELETE not in text:
        shortcuts = _ONLY_WORDS
    for _ in range(_PASSES):
        before = len(text)
        for erased in shortcuts:
            if erased is not _ERASED_WORDS or ERASE_WORD in text:
                text = erased.sub("", text)
        if before - len(text) < before // LEAST_GAIN:
            break
    return text


def _typed(runs: list[str]) -> str:
    """Type the text, and press the keys, run by run."""
    kept: list[str] = []
    has_flags = any(map(_HAS_FLAGS.search, runs))
    for run in runs:
        key = run[0]
        if key == ERASE_WORD:
            _erase_words(kept, len(run))
        elif key in (BACKSPACE, DELETE):
            _erase_characters(kept, len(run))
        elif has_flags:
            half = kept.pop() if kept and _is_half_a_flag(kept[-1]) else ""
            kept += _PIECES.findall(half + run)
        else:
            kept += run
    return "".join(kept)


def _erase_characters(kept: list[str], count: int) -> None:
    """Erase the last characters as people see them."""
    if count > 1 and max(kept[-count - 1 :], default="") < _FIRST_MARK:
        del kept[-count:]
        return
    for _ in range(count):
        if not kept:
            return
        _erase_character(kept)


def _erase_character(kept: list[str]) -> None:
    """Erase the last character as people see it: with its accents, and a whole emoji."""
    last = kept.pop()
    if last < _FIRST_MARK and kept[-1:] != [_JOINER]:  # not a part of a character
        return
    while kept and ((last >= _FIRST_MARK and _is_an_addition(last)) or kept[-1] == _JOINER):
        last = kept.pop()


@lru_cache(maxsize=1024)  # of single characters and flags: 0.2 MB
def _is_an_addition(character: str) -> bool:
    """Whether the character belongs to the one before it."""
    if len(character) > 1:  # a flag
        return False
    code = ord(character)
    return (
        character == _JOINER
        or unicodedata.category(character).startswith("M")
        or code in _SKIN_TONES
        or code in _EMOJI_TAGS
    )


def _is_half_a_flag(piece: str) -> bool:
    """Whether the piece is half a flag: a flag is a pair of letters, kept as one piece."""
    return len(piece) == 1 and "\U0001f1e6" <= piece <= "\U0001f1ff"


def _erase_words(kept: list[str], count: int) -> None:
    """Erase the last words and the spaces after them."""
    if count > 1 and _erase_short_words(kept, count):
        return
    for _ in range(count):
        while kept and kept[-1].isspace():
            kept.pop()
        while kept and not kept[-1].isspace():
            kept.pop()


def _erase_short_words(kept: list[str], count: int) -> bool:
    """Erase the words in one step, if four characters for each are enough and none is a flag.
    Returns whether it did."""
    tail = "".join(kept[-4 * count :])
    words = tail.rsplit(None, count)
    if len(words) <= count or len(tail) != min(4 * count, len(kept)):
        return False
    erased = tail[len(words[0]) :].lstrip()
    del kept[-len(erased) :]
    return True

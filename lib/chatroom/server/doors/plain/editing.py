"""Applies the editing keys in a line of text, for terminals that send each key as it is pressed.

A terminal in line mode edits a line before it sends it. In character mode, which Windows' telnet
uses, the keys arrive as control characters: `hellp`, backspace, `o` means `hello`. A piped text
with backspaces, such as a manual page with overstrikes, is read as a printer would show it.
"""

import re
import unicodedata
from functools import lru_cache

BACKSPACE = "\x08"
DELETE = "\x7f"
ERASE_WORD = "\x17"
ERASE_LINE = "\x15"

_EDITING = frozenset((BACKSPACE, DELETE, ERASE_WORD, ERASE_LINE))

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_EMOJI_TAGS = range(0xE0020, 0xE0080)
_A_FLAG, _Z_FLAG = "\U0001f1e6", "\U0001f1ff"


_CURSOR_KEYS = re.compile(r"\x1b(?:\[[0-9;]{0,8}[A-DFHZ~]|O[A-DFHP-S])")
"""The sequences for arrows, Home, End, Delete, function keys, and around a paste."""

_MARKS = "\u0300-\u036f\u0483-\u0489\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f"
_LETTER = f"[ -~\u00a0-\u02ff][{_MARKS}]*"
_ERASE = f"[{BACKSPACE}{DELETE}]"
_NOT_AFTER = f"(?<![{_JOINER}{''.join(sorted(_EDITING))}])"

_LETTERS = re.compile(_LETTER)
_ERASED_AT_ONCE = re.compile(f"{_NOT_AFTER}(?:{_LETTER}{_ERASE})+")
_ERASED_TOGETHER = re.compile(f"{_NOT_AFTER}((?:{_LETTER})+)({_ERASE}+)")
"""Letters of Europe with their accents, and the keys that erase them: much faster than character by
character, and the same. After a joiner more than the letter would be erased, and behind another
key it takes `edited` to know what stands before it."""


def _without_erased(found: re.Match[str]) -> str:
    letters, keys = _LETTERS.findall(found[1]), found[2]
    return "".join(letters[: -len(keys)]) + keys[len(letters) :]


def edited(text: str) -> str:
    """`text` after its editing keys (BS, DEL, Ctrl-W, Ctrl-U) have been applied.

    A key at the beginning of the line erases nothing. Arrows and similar keys are left out and move
    nothing: netcat sends what a terminal in line mode has made of them. The work is linear: each
    character is typed once and erased at most once.
    """
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = _CURSOR_KEYS.sub("", text)
    if _EDITING.isdisjoint(text):
        return text
    text = _ERASED_TOGETHER.sub(_without_erased, _ERASED_AT_ONCE.sub("", text))
    if _EDITING.isdisjoint(text):
        return text
    kept: list[str] = []
    for character in text:
        if character not in _EDITING:
            if _A_FLAG <= character <= _Z_FLAG and kept and _is_half_a_flag(kept[-1]):
                kept[-1] += character
            else:
                kept.append(character)
        elif character == ERASE_LINE:
            kept.clear()
        elif character == ERASE_WORD:
            _erase_word(kept)
        elif kept:
            _erase_character(kept)
    return "".join(kept)


def _erase_character(kept: list[str]) -> None:
    """Erase the last character as people see it: with its accents, and a whole emoji."""
    last = kept.pop()
    if last < "\u0300" and kept[-1:] != [_JOINER]:  # no accent, nor part of anything larger
        return
    while kept and ((last >= "\u0300" and _is_an_addition(last)) or kept[-1] == _JOINER):
        last = kept.pop()


@lru_cache(maxsize=1024)
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
    return len(piece) == 1 and _A_FLAG <= piece <= _Z_FLAG


def _erase_word(kept: list[str]) -> None:
    """Erase the last word and the spaces after it."""
    while kept and kept[-1].isspace():
        kept.pop()
    while kept and not kept[-1].isspace():
        kept.pop()

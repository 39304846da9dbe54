"""Unicode for tests that try each character: all but what nobody can tell apart."""

import unicodedata
from functools import cache
from itertools import chain

ALIKE = (
    *("CJK UNIFIED IDEOGRAPH", "HANGUL SYLLABLE", "TANGUT", "NUSHU", "KHITAN", "CUNEIFORM"),
    *("YI SYLLABLE", "EGYPTIAN HIEROGLYPH", "ANATOLIAN HIEROGLYPH", "BAMUM", "SIGNWRITING"),
)
"""Hundreds and thousands each, of which one of fifty is tried."""


@cache
def characters() -> str:
    """All characters that encode, with one of 500 of those without a name (unassigned, private)."""
    return "".join(filter(_is_tried, map(chr, chain(range(0xD800), range(0xE000, 0x110000)))))


def _is_tried(character: str) -> bool:
    name = unicodedata.name(character, "")
    if not name and unicodedata.category(character) in ("Cn", "Co"):
        return ord(character) % 500 == 0
    return not name.startswith(ALIKE) or ord(character) % 50 == 0

"""scripts/confusables.py: from Unicode's file to the module (UTS #39 section 4)."""

import pytest

from confusables import _module

SAMPLE = """\ufeff# confusables.txt
# Version: 99.1.0
#
0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t#
006D ;\t0072 006E ;\tMA\t# ( m → rn ) LATIN SMALL LETTER M → …\t#
0030 ;\t004F ;\tMA\t# ( 0 → O ) DIGIT ZERO → LATIN CAPITAL LETTER O\t#
0271 ;\t0072 006E 0326 ;\tMA\t# ( ɱ → rn̦ ) LATIN SMALL LETTER M WITH HOOK → …\t#
00E6 ;\t0061 0065 ;\tMA\t# ( æ → ae ) LATIN SMALL LETTER AE → …\t#
0341 ;\t0301 ;\tMA\t# ( ́ → ́ ) COMBINING ACUTE TONE MARK → COMBINING ACUTE ACCENT\t#
309A ;\t030A ;\tMA\t# ( ゚ → ̊ ) COMBINING KATAKANA-HIRAGANA SEMI-VOICED SOUND MARK → …\t#
2010 ;\t002D ;\tMA\t#* ( ‐ → - ) HYPHEN → HYPHEN-MINUS\t#
2CA8 ;\t0059 ;\tMA\t# ( Ⲩ → Y ) COPTIC CAPITAL LETTER UA → LATIN CAPITAL LETTER Y\t#
"""


@pytest.fixture(scope="module")
def source() -> str:
    """The module that the script makes of the sample."""
    return _module(SAMPLE)


def test_the_rows(source: str) -> None:
    """What nicknames hold, in small letters and without accents; `m` stays; the version is told."""
    module: dict[str, str] = {}
    exec(source, module)  # ASCII: what turns text around would turn the source around
    rows = dict(zip(module["LOOKALIKES"], module["LETTERS"], strict=True))
    assert source.isascii()
    assert module["VERSION"] == "99.1.0"
    assert (rows["\u0430"], rows["0"], rows["\u2ca8"], rows["\u0271"]) == ("a", "o", "y", "m")
    assert module["SEVERAL"].split(" ") == ["\u00e6ae"]
    assert rows.keys().isdisjoint("m\u0341\u309a\u2010")


def test_our_own_rows(source: str) -> None:
    """Small capitals, Latin letters with a tail, and zeros, which Unicode leaves out."""
    module: dict[str, str] = {}
    exec(source, module)
    rows = dict(zip(module["LOOKALIKES"], module["LETTERS"], strict=True))
    assert [rows[one] for one in "ᴀʜɗ᠐"] == ["a", "h", "d", "o"]

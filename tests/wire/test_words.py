"""A text as words for the index (wire/words): what is one word, what is none, and what it costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.words import LETTER, SYMBOL, as_words, count


def words(text: str) -> list[str]:
    """Symbols as they look, so that a test can be read."""
    return [
        chr(int(word[1:], 16)) if word[0] == SYMBOL and len(word) < 7 else word
        for word in as_words(text).split()
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("great🎉", "great 🎉"),
        ("🎉🎉x", "🎉 🎉 x"),
        ("25°C out", "25 ° C out"),
        ("25℃", "25 ° C"),
        ("I♥NY", "I ♥ NY"),
        ("Name™ and 2½kg", "Name TM and 2 1 ⁄ 2 kg"),
        ("x² ①st", "x2 1 st"),
        ("5€ or ₨9", "5 € or Rs 9"),
        ("a→b", "a → b"),
        ("hi🪿🫨you", "hi 🪿 🫨 you"),  # Unicode 15
        ("x\U0001fae9y", "x \U0001fae9 y"),  # Unicode 16
        ("👩\u200d💻!", "👩 💻 !"),
        ("👍🏽", "👍 🏽"),
        ("❤\ufe0f❤", "❤ ❤"),
        ("1\ufe0f\u20e3st", "1 \u20e3 st"),
        ("\ue123x", "\ue123 x"),
        ("日本text語2", "日 本 text 語 2"),
        ("ㄅ々a", "ㄅ 々 a"),
        ("soft\u00adhy\u200bphen\ufeff", "softhyphen"),
        ("می\u200cخواهم", "میخواهم"),
        ("cafe\u0301 Z\u0363\u035cürich s\u0336o\u0336", "cafe Zurich so"),
        ("ｶﾞ が か\u3099", "ガ が が"),
        ("\u1112\u1161\u11ab", "한"),
        ("\x0304ERROR\x03 é", "ERROR e"),
        ("it\x02al\x02ic", "italic"),
        ("Maß STRAẞE ς ᾳ ᏣᎳᎩ ꮳꮃꭹ", "Mass STRAssE σ α ᏣᎳᎩ ᏣᎳᎩ"),
        ("plain ASCII, $5", "plain ASCII, $5"),
        ("\ue000" + "1f389", "1f389"),  # nobody writes our own marks
    ],
)
def test_words(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_flags_are_one_word_each() -> None:
    """Or 🇦🇹🇩🇪 would have the flag of Chad, TD, in its middle."""
    austria, germany = as_words("🇦🇹🇩🇪").split()
    assert [as_words("🇦🇹").strip(), as_words("🇩🇪").strip()] == [austria, germany]
    assert as_words("🏴\U000e0067\U000e0062\U000e007f").split()[0] == as_words("🏴").strip()


def test_letters_that_the_tokenizer_does_not_know_make_one_word() -> None:
    (word,) = as_words("\U0001e922\U0001e923").split()  # Adlam, Unicode 9; the first is a capital
    (small,) = as_words("\U0001e922\U0001e901").split()
    assert word == f"{LETTER}01e922{LETTER}01e923"
    assert small == f"{LETTER}01e922{LETTER}01e923"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tea", (1, 0)),
        ("don't", (2, 0)),
        ("-", (0, 0)),
        ("\u200b", (0, 0)),
        ("25°C", (2, 1)),
        ("🎉🎉", (0, 2)),
        ("🇦🇹", (0, 1)),
        ("天x", (1, 1)),
        ("दिल्ली", (1, 0)),
        ("\U0001e922" * 9, (1, 0)),
    ],
)
def test_cost(text: str, expected: tuple[int, int]) -> None:
    assert count(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_grows_by_a_bound(text: str) -> None:
    """One character may stand for eighteen (U+FDFA), and each for a number."""
    assert len(as_words(text)) <= 18 * 9 * len(text)

"""Long texts in pieces: nothing lost, no character torn, words whole where they can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.text.splitting import clusters, split_text


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(4, 60))
def test_joined_again_it_is_the_text(text: str, longest: int) -> None:
    """The pieces fit and lose nothing."""
    pieces = split_text(text, longest)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= longest for piece in pieces)


def test_words_stay_whole() -> None:
    """A cut falls behind a space unless the word alone is too long."""
    assert split_text("one two three", 9) == ["one two ", "three"]
    assert split_text("a  b", 3) == ["a  ", "b"]
    assert split_text("abcdefgh ij", 5) == ["abcde", "fgh ", "ij"]


@pytest.mark.parametrize(
    "character",
    [
        "e\u0301",  # combining accent
        "👩\u200d👩\u200d👧",  # family, joined
        "👍🏽",  # skin tone
        "🇩🇪",  # flag
        "\u1112\u1161\u11ab",  # Hangul jamo
        "✈\ufe0f",  # variation selector
    ],
)
def test_characters_stay_whole(character: str) -> None:
    """UAX #29, extended grapheme clusters."""
    assert list(clusters(character * 3)) == [character] * 3
    assert all(len(piece) % len(character) == 0 for piece in split_text(character * 50, 60))


def test_a_character_longer_than_a_line() -> None:
    """Marks without end are cut somewhere rather than lost."""
    text = "a" + "\u0301" * 100
    assert "".join(split_text(text, 20)) == text

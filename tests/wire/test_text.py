"""Long texts in pieces: each fits, none is lost, no character is torn."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.text import split_text

TEXTS = st.text(st.one_of(st.sampled_from("ab é界👍 \u0301\u200d\ufe0f"), st.characters()))


@pytest.mark.parametrize(
    ("text", "size", "pieces"),
    [
        ("", 5, [""]),
        ("short", 5, ["short"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two three", 6, ["one", "two", "three"]),
        ("unbroken", 3, ["unb", "rok", "en"]),
        ("ab unbroken", 4, ["ab", "unbr", "oken"]),
        ("five ", 4, ["five", ""]),
        (" lead", 4, [" lea", "d"]),
        ("ééé", 3, ["é", "é", "é"]),
        ("界界", 4, ["界", "界"]),
        ("a e\u0301e\u0301", 5, ["a", "e\u0301", "e\u0301"]),
        ("xe\u0301", 3, ["x", "e\u0301"]),
        ("xe\u0301", 2, ["x", "e", "\u0301"]),
    ],
)
def test_pieces(text: str, size: int, pieces: list[str]) -> None:
    assert split_text(text, size) == pieces


def test_marks_stay_with_their_letter() -> None:
    assert split_text("abcde\u0301", 6) == ["abcd", "e\u0301"]
    assert split_text("abcd❤\ufe0f", 8) == ["abcd", "❤\ufe0f"]


def test_marks_alone_are_cut_where_they_must_be() -> None:
    assert "".join(split_text("\u0301" * 9, 4)) == "\u0301" * 9


@pytest.mark.parametrize("size", [-1000, -1, 0, 1])
def test_no_size_is_too_small_to_end(size: int) -> None:
    assert split_text("ab", size) == ["a", "b"]


@given(TEXTS, st.integers(4, 40))
def test_each_piece_fits_and_none_is_lost(text: str, size: int) -> None:
    pieces = split_text(text, size)
    assert all(len(piece.encode()) <= size for piece in pieces)
    expected = "(?: )?".join(map(re.escape, pieces))
    assert re.fullmatch(expected, text, re.DOTALL)

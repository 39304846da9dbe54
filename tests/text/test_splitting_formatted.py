"""Long texts with formatting: each piece looks like its part of the whole."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatroom.client.view.rich import rich
from chatroom.text.splitting import SHORTEST_PIECE, formatted_pieces, split_text
from chatroom.wire.formatting import unformatted

CODES = ["\x02", "\x1d", "\x1f", "\x1e", "\x11", "\x16", "\x0f", "\x03", "\x034", "\x0304,12"]
WORDS = ["tea ", "5 ", ",5", "4", "a", "long" * 8, "\u65e5\u672c", " "]


def looks(text: str) -> list[tuple[str, frozenset[str]]]:
    """Each character, and the SGR parameters that it is shown with."""
    shown = rich(text)
    sgr = [""] * len(shown.text)
    for span in shown.spans:
        sgr[span.start : span.end] = [span.sgr] * (span.end - span.start)
    return [(one, frozenset(look.split(";"))) for one, look in zip(shown.text, sgr, strict=True)]


@given(
    st.lists(st.sampled_from(CODES + WORDS), max_size=60).map("".join),
    st.integers(SHORTEST_PIECE, 80),
)
@example("\x0304" + "x" * 30 + "\x0305,07" + "y" * 30, 40)
@example("\x034" + "5" * 60, 40)
@example("\x0304" + ",5" * 40, 40)
def test_each_piece_looks_like_its_part(text: str, longest: int) -> None:
    """Every character, shown by our own client: none lost, none more, none in other colours."""
    pieces = list(formatted_pieces(text, longest))
    assert all(len(piece.encode()) <= longest for piece in pieces)
    assert [one for piece in pieces for one in looks(piece)] == looks(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("\x02bold ", "\x02"),
        ("\x02\x1dboth ", "\x02\x1d"),
        ("\x02on\x02 and off ", "and"),
        ("\x02all\x0f off ", "and"),
        ("\x034red ", "\x0304"),
        ("\x0304,5red ", "\x0304,05"),
        ("\x0304,05red \x033green ", "\x0304,05\x0303"),
        ("\x04FF0000red ", "\x04FF0000"),
        ("\x04FF0000,00FF00red ", "\x04FF0000,00FF00"),
        ("\x0304red\x03 plain ", "and"),
    ],
)
def test_what_the_second_piece_begins_with(text: str, begins: str) -> None:
    """What is on, and nothing else; with two digits, so that none of the text joins in."""
    first, second, *_ = formatted_pieces(text + "and " * 40, 80)
    assert first.startswith(text)
    assert second.startswith(begins)


def test_a_text_without_codes_is_cut_as_ever() -> None:
    """Not one byte of its pieces is kept free."""
    text = "\u65e5\u672c tea " * 40
    assert list(formatted_pieces(text, 60)) == split_text(text, 60)


def test_where_codes_leave_no_place_the_text_counts() -> None:
    """They are in the text as they were, and not repeated."""
    text = "\x04123456,654321" + "tea " * 30
    pieces = list(formatted_pieces(text, 32))
    assert "".join(pieces) == text


def test_nothing_but_codes() -> None:
    """Of 4,608 bytes: every piece has its place for what is new."""
    text = "\x02\x1d\x1f" * 1536
    pieces = list(formatted_pieces(text, 400))
    assert len(pieces) < 13
    assert unformatted("".join(pieces)) == ""


@given(st.text(st.sampled_from("\x02\x03\x04\x0f\x1f4,ab "), max_size=60))
@example("\x1f\x04")
@example("\x0304")
def test_what_fits_is_one_piece(text: str) -> None:
    """It is not cut before a code at its end."""
    assert list(formatted_pieces(text, 200)) == ([text] if text else list(split_text("", 200)))

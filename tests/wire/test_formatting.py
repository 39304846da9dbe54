"""IRC's formatting codes (modern.ircdocs.horse/formatting)."""

import pytest

from chatroom.wire.formatting import unformatted, with_marks


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain 日本 👋", "plain 日本 👋"),
        ("\x02bold\x02 \x1ditalics\x0f \x11code\x11", "bold italics code"),
        ("\x0304red\x03 \x034,12blue\x03,1", "red blue,1"),
        ("\x04FF0000red\x04 \x0400ff00,0000FFx", "red x"),
        ("\x1b[31mno code of IRC", "\x1b[31mno code of IRC"),
    ],
)
def test_unformatted(text: str, plain: str) -> None:
    """Looks go, everything else stays, for `visible` to write out."""
    assert unformatted(text) == plain


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("plain 日本 👋", "plain 日本 👋"),
        ("\x02bold\x02 \x1ditalics\x1d \x1funder\x1f \x11code\x11 \x1estruck\x1e",
         "*bold* _italics_ _under_ `code` ~struck~"),
        ("\x02to the end", "*to the end*"),
        ("\x02all \x1doff\x0f again", "*all _off_* again"),
        ("\x02one \x1dtwo\x02 three\x1d", "*one _two* three_"),
        ("\x0304red\x03 \x16inverse\x16 \x04FF0000hex\x04", "red inverse hex"),
        ("\x02\x02a\x1d\x0fb\x02", "ab"),  # codes around nothing
        ("\x02\x1d\x02\x1d", ""),
        ("\x1b[31mno code of IRC", "\x1b[31mno code of IRC"),
    ],
)  # fmt: skip
def test_with_marks(text: str, marked: str) -> None:
    """Emphasis stays readable for who sees characters only; colours say nothing there."""
    assert with_marks(text) == marked

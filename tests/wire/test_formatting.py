"""IRC's formatting codes (modern.ircdocs.horse/formatting)."""

import pytest

from chatroom.wire.formatting import unformatted


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

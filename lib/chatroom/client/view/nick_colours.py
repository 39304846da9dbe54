"""A colour for each nickname, as SGR parameters (ECMA-48 section 8.3.117).

Hardly any colour stands out by 4.5:1 on black and on white at once; these have 3:1 or more on both
(WCAG 2.2, contrast of large text), so that they can be read whatever the terminal's background is.
"""

from zlib import crc32

PALETTE = (
    *(27, 28, 30, 31, 61, 63, 64, 94, 97, 98, 100),
    *(127, 129, 130, 131, 133, 161, 163, 166, 168),
)
"""Indices of the 256-colour cube."""

_CUBE = (0, 95, 135, 175, 215, 255)


def nick_style(folded: str) -> str:
    """The same for the same nickname, everywhere and always."""
    return f"38;5;{PALETTE[crc32(folded.encode()) % len(PALETTE)]}"


def rgb(index: int) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of an index from 16 to 231."""
    red, rest = divmod(index - 16, 36)
    green, blue = divmod(rest, 6)
    return _CUBE[red], _CUBE[green], _CUBE[blue]

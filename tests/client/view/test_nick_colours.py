"""The colours of nicknames: readable on black and on white (WCAG 2.2, "contrast ratio")."""

import pytest

from chatroom.client.view.names import PALETTE, nick_style, rgb

ENOUGH = 3.0
"""For large text and for what is told in words as well."""


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [each / 255 for each in colour]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("index", PALETTE)
def test_colours_can_be_read_on_both_backgrounds(index: int) -> None:
    """On both backgrounds."""
    light = luminance(rgb(index)) + 0.05
    assert light / 0.05 >= ENOUGH
    assert 1.05 / light >= ENOUGH


def test_a_nickname_keeps_its_colour() -> None:
    """Also in another run; and there are several."""
    assert nick_style("bob") == nick_style("bob") == "38;5;61"
    assert len({nick_style(f"nick{number}") for number in range(200)}) == len(set(PALETTE))

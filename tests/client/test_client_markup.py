"""What a person types, as it is sent."""

import pytest

from chatroom.client.markup import emoji_codes, one_emoji, with_codes, with_emoji

MARKED = [
    ("*bold*", "\x02bold\x02"),
    ("so *very bold*!", "so \x02very bold\x02!"),
    ("_under_ and `code`", "\x1funder\x1f and \x11code\x11"),
    ("*bold _and under_*", "\x02bold \x1fand under\x1f\x02"),
    ("(*yes*)", "(\x02yes\x02)"),
    ("`*as it is*`", "\x11*as it is*\x11"),
    (r"\*plain\* \_x\_ \`y\`", "*plain* _x_ `y`"),
    ("snake_case_name and _private_name", "snake_case_name and _private_name"),
    ("a*b*c 2 * 3 * 4 **", "a*b*c 2 * 3 * 4 **"),
    ("https://a.example/_x_/*y*", "https://a.example/_x_/*y*"),
    ("a*b* and x_y_ and f`x`", "a*b* and x_y_ and f`x`"),
    ("__init__ and * item", "__init__ and * item"),
    ("_under*", "_under*"),
    ("C:\\temp\\new", "C:\\temp\\new"),
    ("path/_x_/y", "path/_x_/y"),
    ("_snake_case_", "\x1fsnake_case\x1f"),
]


@pytest.mark.parametrize(("typed", "sent"), MARKED)
def test_marks(typed: str, sent: str) -> None:
    """Around words, never inside of them, of addresses and of code; a backslash keeps them."""
    assert with_codes(typed) == sent


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("good :smile:", "good 😄"),
        (":+1::tada:", ":+1::tada:"),
        (":+1: :tada:", "👍 🎉"),
        ("at 10:30:22", "at 10:30:22"),
        (":no_such_thing:", ":no_such_thing:"),
        ("`:smile:`", "`:smile:`"),
        ("https://a.example/:smile:", "https://a.example/:smile:"),
        ("std::vector::size", "std::vector::size"),
    ],
)
def test_emoji(typed: str, sent: str) -> None:
    """By their names, between spaces or signs."""
    assert with_emoji(typed) == sent


def test_one_emoji() -> None:
    """As a reaction it may come with colons, without, as itself, or be a word."""
    assert [one_emoji(text) for text in (":+1:", "+1", "👍", "lol", "::")] == ["👍"] * 3 + [
        "lol",
        "::",
    ]
    assert len(emoji_codes()) > 1000

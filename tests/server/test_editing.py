"""The editing keys that a terminal in character mode sends along with the text."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatroom.server.doors.plain import editing
from chatroom.server.doors.plain.editing import edited


@pytest.mark.parametrize("key", ["\x08", "\x7f"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hellp<o", "hello"),
        ("hello<<<<<", ""),
        ("<<<hi", "hi"),
        ("ab<<<<cd", "cd"),
        ("日本<", "日"),
        ("cafe\u0301<e", "cafe"),  # the accent goes with its letter
        ("x\u0301\u0302<y", "y"),
        ("hi 👍🏽<!", "hi !"),  # with its skin tone
        ("hi 👩\u200d💻<!", "hi !"),  # one picture made of three characters
        ("❤\ufe0f<x", "x"),
        ("🇩🇪🇫🇷<!", "🇩🇪!"),
        ("🇩🇪🇫<!", "🇩🇪!"),
        ("한국<어", "한어"),
        ("N<NA<AM<ME<E", "NAME"),  # how a manual page is printed bold
        ("_<a_<b", "ab"),
    ],
)
def test_backspace_erases_what_looks_like_one_character(key: str, typed: str, meant: str) -> None:
    assert edited(typed.replace("<", key)) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what\x15hello", "hello"),
        ("\x15", ""),
        ("good bye\x17morning", "good morning"),
        ("good bye  \x17morning", "good morning"),
        ("one two\x17\x17\x17three", "three"),
        ("  \x17x", "x"),
    ],
)
def test_a_word_and_a_line_are_erased(typed: str, meant: str) -> None:
    """As a terminal in line mode does with Ctrl-W and Ctrl-U."""
    assert edited(typed) == meant


@pytest.mark.parametrize(
    "keys", ["\x1b[A", "\x1b[B", "\x1bOC", "\x1b[1;5D", "\x1b[3~", "\x1b[H", "\x1bOP", "\x1b[Z"]
)
def test_keys_that_move_the_cursor_are_no_text(keys: str) -> None:
    """Somebody with netcat looked for the line before."""
    assert edited(f"{keys}hel{keys}lo{keys}") == "hello"
    assert edited(keys) == ""


@pytest.mark.parametrize("text", ["\x1b", "\x1b[31mred\x1b[0m", "\x1b[2J", "\x1b]0;x\x07", "[A"])
def test_other_sequences_stay(text: str) -> None:
    """They came from a program's output, and are shown written out."""
    assert edited(text) == text


@pytest.mark.parametrize("text", ["", "hello", "a\tb", "\x02bold\x02", "\x1b[31m", "\x03\x04\0"])
def test_all_else_stays(text: str) -> None:
    """Also control characters that are no editing keys: IRC's formatting codes are."""
    assert edited(text) == text


@given(st.text(st.sampled_from("a \x08\x7f\x15\x17é\u0301👍🏽\u200d🇩🇪한\x02")))
def test_any_text(text: str) -> None:
    """Nothing raises, no key is left, and nothing appears that was not typed."""
    result = edited(text)
    assert not set(result) & set("\x08\x7f\x15\x17")
    rest = iter(text)
    assert all(character in rest for character in result)


KEYS = "\x08\x08\x7f\x15\x17"
_CHARACTERS = st.sampled_from("a b\u00e9\u0301\u0483\ufe0f\u200d👩🏽🇩🇪🇫😀日" + KEYS)


@given(st.text(_CHARACTERS, max_size=24))
@example("\u200da\x08")
@example("\u200d\x08a\x08b\x08")
@example("ab cd \x17\x17\x17\x17")
def test_shortcuts_change_nothing(typed: str) -> None:
    """Lines with many keys take shortcuts, which this one is made to take."""
    key_by_key = ""
    for character in typed:
        key_by_key = edited(key_by_key + character)
    assert edited(typed) == key_by_key
    padding = "x\x08" * editing.FEW_KEYS
    assert edited(typed + "\x08") == edited(typed + "\x08" + padding)
    assert edited(padding + "y" + typed) == edited("y" + typed)


def test_a_long_text_with_few_keys() -> None:
    """This would take many minutes if each character were a new place to look from."""
    for text in ("a" * 80_000, "a " * 40_000, "e\u0301" * 40_000, "\u0301" * 80_000):
        assert edited(f"{text}\x17\x17") == edited(edited(f"{text}\x17") + "\x17")
        assert edited(f"{text}bb\b") == f"{text}b"


@pytest.mark.parametrize(
    "text",
    [
        *(unit * 1500 for unit in ("a\b", "a \x17", "a\x15", "\t\b", "日\b", "e\u0301\b", "🇩\b")),
        *("a" * 4500 + key for key in KEYS),
        *("a " * 2250 + key * 10 for key in KEYS),
        "a " * 1500 + "\x17" * 1500,
        "ab  cd\x17\x17" * 500,
        "\u0301" * 2000 + "\b" * 500,
    ],
    ids=lambda text: f"{text[:6]!r}...{text[-2:]!r}",
)
def test_the_work_is_linear(text: str) -> None:
    """A text of eight times the length takes eight times the steps of the interpreter."""
    assert steps(text * 8) <= 8.5 * steps(text) + 1000


def steps(text: str) -> int:
    """Lines of this module that are carried out."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        edited(text)
    finally:
        sys.settrace(before)
    return count

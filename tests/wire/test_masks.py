"""Masks of `*` and `?`, as WHO, LIST and bans have them (Modern IRC, "Wildcard Expressions")."""

import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire import masks
from chatroom.wire.masks import Mask, matches

if TYPE_CHECKING:
    from _typeshed import TraceFunction


@pytest.mark.parametrize(
    ("mask", "name", "fits"),
    [
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*c", "ac", True),
        ("a*c", "abbc", True),
        ("a*c", "abcd", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("**a**", "bab", True),
        ("[a]", "[a]", True),
        ("[a]", "a", False),
        ("[!a]*", "b", False),
        ("a\\*", "a\\b", True),
        ("a.c", "abc", False),
        ("*!*@127.0.0.*", "bob!~b@127.0.0.1", True),
        ("*?a*b*", "bacccb", True),
        ("*?a*b*", "bbcacc", False),
        ("*a?b*a?b*", "aabccaab", True),
        ("*a?b*a?b*", "aabcaab", True),
        ("*a?b*a?b*", "aababb", True),
        ("*a?b*a?b*", "aabab", False),
        ("*?*?*c", "abc", True),
        ("*?*?*c", "ac", False),
        ("*\n", "a\n", True),
        ("a", "a\n", False),
    ],
)
def test_masks(mask: str, name: str, fits: bool) -> None:
    """Modern IRC, "Wildcard Expressions"; a backslash is a letter of names."""
    assert matches(mask, name) is fits


def test_a_hostile_mask_comes_to_an_end() -> None:
    """Backtracking would take longer than the universe has."""
    assert not matches("*a" * 200 + "*b", "a" * 400)
    assert not matches("*a?" * 100 + "b", "a" * 400)
    assert matches("*a" * 200 + "*", "a" * 400)


SIMPLE = st.text("ab*?[", max_size=9)


@given(SIMPLE, st.text("ab[", max_size=9))
def test_masks_against_the_definition(mask: str, name: str) -> None:
    """Modern IRC, "Wildcard Expressions": `?` is one character, `*` any number of them."""
    assert Mask(mask).matches(name) == fits_by_definition(mask, name)


def fits_by_definition(mask: str, name: str) -> bool:
    """The definition, and its exponential cost."""
    if not mask:
        return not name
    if mask[0] == "*":
        return any(fits_by_definition(mask[1:], name[skip:]) for skip in range(len(name) + 1))
    return bool(name) and mask[0] in ("?", name[0]) and fits_by_definition(mask[1:], name[1:])


LONG_MASKS = st.lists(st.sampled_from(["a", "b", "ab", "?", "*", "*?", "a?b"]), max_size=60)


@given(LONG_MASKS.map("".join), st.text("ab", max_size=70), st.integers(0, 300))
def test_long_masks_against_a_table(mask: str, name: str, padding: int) -> None:
    """The same for masks that the definition would take years for; also with long names."""
    for text in (name, name + "b" * padding):
        assert Mask(mask).matches(text) == matches(mask, text) == fits_by_table(mask, text)


def fits_by_table(mask: str, name: str) -> bool:
    """Which beginnings of `name` fit the part of `mask` that was read."""
    fitting = {0}
    for character in mask:
        if character == "*":
            fitting = set(range(min(fitting), len(name) + 1)) if fitting else fitting
        else:
            fitting = {at + 1 for at in fitting if at < len(name) and character in ("?", name[at])}
    return len(name) in fitting


def test_question_marks_in_a_name_are_nothing_special() -> None:
    """Real names have them, and WHO looks there too."""
    assert Mask("*who?").matches("who is who?")
    assert not Mask("*wh?x?y*").matches("a??x??b")
    assert Mask("*a?b*?c").matches("a?b??c")


HOSTILE = [
    "*?*?" * 50 + "zz",
    "*a?" * 66,
    "*a" * 100,
    "*a" * 99 + "b*",
    "*a?c" * 24 + "*",
    "?" * 200,
]


@pytest.mark.parametrize("mask", HOSTILE)
@pytest.mark.parametrize("name", ["a" * 100, "abc" * 33, "a" * 99 + "z"])
def test_the_work_is_linear(mask: str, name: str) -> None:
    """Steps of Python for one match: no more than some for each character of mask and name."""
    ready = Mask(mask)
    assert lines_run(lambda: ready.matches(name)) <= 6 * (len(mask) + len(name)) + 30


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of the module are run."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
        nonlocal count
        if frame.f_code.co_filename != masks.__file__:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("mask", [*HOSTILE, "abcdefghijklmnopqrstuvwxyz?*" * 7])
def test_a_mask_keeps_little(mask: str) -> None:
    """Strangers set 300 in each of their rooms: the text and parts of it, no tables."""
    ready = Mask(mask)
    kept = [getattr(ready, slot) for slot in Mask.__slots__]
    assert sum(map(sys.getsizeof, kept)) <= 3 * len(mask) + 400


def test_what_is_remembered_of_names_is_bounded() -> None:
    """For a hundred bans and one name; names that are longer than any mask's are not kept."""
    masks._places.cache_clear()
    for number in range(50):
        Mask("*a?b*").matches(f"name{number}!~name@::1")
        Mask("*a?b*").matches(f"{number}" * 300)
    found = masks._places.cache_info()
    assert found.misses == 50
    assert found.currsize <= 8


def test_masks_are_no_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred in each of fifty rooms outgrow any cache, and a pattern takes 160 µs to compile."""
    compiled: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(re, "compile", compiled.append)
        fitting = [matches(f"*a*{number}?b*!*@*", "alice!~alice@::1") for number in range(500)]
    assert not any(fitting)
    assert not compiled

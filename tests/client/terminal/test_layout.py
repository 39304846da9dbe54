"""Columns: where lines wrap, what fits, and which part of a long line is in sight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.terminal.layout import Window, cells, cut, cut_left, margin, rows

FAMILY = "👨‍👩‍👧"


def wrapped(text: str, columns: int, indent: int = 0) -> list[str]:
    return [text[start:end] for start, end in rows(text, columns, indent)]


@pytest.mark.parametrize(
    ("text", "columns", "indent", "expected"),
    [
        ("", 10, 0, [""]),
        ("one two three", 8, 0, ["one two", "three"]),
        ("one two three", 7, 0, ["one two", "three"]),
        ("  one  two", 10, 0, ["  one  two"]),
        ("<bob> one two", 12, 6, ["<bob> one", "two"]),
        ("<bob> one two", 9, 6, ["<bob> one", "two"]),
        ("a " + "x" * 10, 6, 0, ["a xxxx", "xxxxxx"]),
        ("a 日本語", 6, 0, ["a 日本", "語"]),
        (f"ab {FAMILY}{FAMILY}", 5, 0, [f"ab {FAMILY}", FAMILY]),
        ("see http://h/and/so/on now", 9, 0, ["see", "http://h/and/so/on", "now"]),
        ("(https://h/1234567) x", 12, 0, ["(https://h/1234567) x"]),
    ],
)
def test_lines_are_wrapped_at_spaces(
    text: str, columns: int, indent: int, expected: list[str]
) -> None:
    """At spaces and beside wide characters; addresses whole; under the text."""
    assert wrapped(text, columns, indent) == expected


@pytest.mark.parametrize(
    ("indent", "columns", "kept"), [(20, 40, 20), (24, 40, 4), (3, 40, 3), (24, 30, 3), (9, 8, 0)]
)
def test_the_margin(indent: int, columns: int, kept: int) -> None:
    """Under the text; in a narrow window so far that one sees where a line begins."""
    assert margin(indent, columns) == kept


TEXTS = st.text("ab 日é\u0301-", max_size=60)


@given(TEXTS, st.integers(4, 30), st.integers(0, 12))
def test_nothing_is_lost_or_too_wide(text: str, columns: int, indent: int) -> None:
    """But the spaces where a line breaks."""
    shown = wrapped(text, columns, indent)
    assert "".join(shown).replace(" ", "") == text.replace(" ", "")
    kept = margin(indent, columns)
    assert cells(shown[0]) <= columns or not shown[0].strip()
    assert all(cells(row) <= columns - kept for row in shown[1:])


@given(st.text("ab日é👍", max_size=20), st.integers(0, 20))
def test_cut_text_is_never_too_wide(text: str, columns: int) -> None:
    """The beginning or the end, with an ellipsis, never wider than there is room."""
    for short, end in ((cut(text, columns), text.startswith), (cut_left(text, columns), None)):
        assert cells(short) <= columns
        if short != text:
            assert ("…" in short) == (columns > 0)
        if end:
            assert end(short.rstrip("…"))


GRAPHEMES = st.lists(st.sampled_from(["a", "日", "é", FAMILY, " "]), max_size=40)


@given(GRAPHEMES, st.data(), st.integers(8, 20))
def test_the_cursor_is_always_in_sight(line: list[str], data: st.DataObject, columns: int) -> None:
    """Wherever it goes, with what stands around it, and nothing is wider than the window."""
    window = Window()
    for _ in range(8):
        at = data.draw(st.integers(0, len(line)))
        before, after = window.look(line, at, columns)
        assert cells(before + after) < columns
        left, right = "".join(line[:at]), "".join(line[at:])
        assert before == left or (before[0] == "…" and left.endswith(before[1:]))
        assert after == right or (after[-1] == "…" and right.startswith(after[:-1]))
        assert bool(before) == bool(left)
        assert bool(after) == bool(right)


def test_a_long_line_stays_where_it_is() -> None:
    """While the cursor moves within what is in sight."""
    window, line = Window(), list("abcdefghijklmnopqrst")
    assert window.look(line, 20, 10) == ("…pqrst", "")
    assert window.look(line, 17, 10) == ("…pq", "rst")
    assert window.look(line, 16, 10) == ("…p", "qrst")
    assert window.look(line, 15, 10) == ("…klmno", "pq…")
    assert window.look(line, 0, 10) == ("", "abcdefgh…")

"""Formatting codes and links: what is shown of them, and that nothing else gets through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.view.lines import Span
from chatroom.client.view.rich import Rich, plain, rich

SHOWN = [
    ("a \x02b\x02 c", "a b c", [("b", "1")]),
    ("\x1di\x0f.", "i.", [("i", "3")]),
    (
        "\x1fu\x1f \x1es\x1e \x11m\x11 \x16r",
        "u s m r",
        [("u", "4"), ("s", "9"), ("m", "2"), ("r", "7")],
    ),
    ("\x02b\x1dbi\x02i", "bbii", [("b", "1"), ("bi", "1;3"), ("i", "3")]),
    ("\x034red\x03 plain", "red plain", [("red", "38;5;9")]),
    ("\x0304,01x\x0305y", "xy", [("x", "38;5;9;48;5;0"), ("y", "38;5;1;48;5;0")]),
    ("\x0304,a", ",a", [(",a", "38;5;9")]),
    ("\x0399own", "own", [("own", "39")]),
    ("\x04ff8000x\x04y", "xy", [("x", "38;2;255;128;0")]),
    ("\x04ff8000,000001x", "x", [("x", "38;2;255;128;0;48;2;0;0;1")]),
    ("\x033,7\x02both", "both", [("both", "1;38;5;2;48;5;3")]),
    ("\x03\x03\x02\x02", "", []),
]


@pytest.mark.parametrize(("text", "shown", "spans"), SHOWN)
def test_codes_become_spans(text: str, shown: str, spans: list[tuple[str, str]]) -> None:
    """They switch on and off; colours stay until others come, or a code without a number."""
    found = rich(text)
    assert found.text == shown
    assert [(shown[span.start : span.end], span.sgr) for span in found.spans] == spans


LINKS = [
    ("\x1b]8;;https://a.example/x\x1b\\here\x1b]8;;\x1b\\!", "here (https://a.example/x)!", True),
    ("\x1b]8;id=1;http://a.example\x07http://a.example\x1b]8;;\x07", "http://a.example", True),
    ("\x1b]8;;javascript:alert(1)\x07here\x1b]8;;\x07", "here (javascript:alert(1))", False),
    ("\x1b]8;;https://a.example/é\x07here\x1b]8;;\x07", "here (https://a.example/é)", False),
    ("\x1b]8;;https://a\x9d.example\x07x\x1b]8;;\x07", "x (https://a\\u009d.example)", False),
]


@pytest.mark.parametrize(("text", "shown", "opens"), LINKS)
def test_only_harmless_links_open(text: str, shown: str, opens: bool) -> None:
    """The address is seen; a terminal may open it (OSC 8) if it is a harmless http one."""
    found = rich(text)
    assert found.text == shown
    assert bool(found.spans) is opens


def test_a_link_that_is_not_closed_is_written_out() -> None:
    """As any other escape sequence."""
    assert rich("\x1b]8;;https://a.example\x07x").text == "^[]8;;https://a.example^Gx"


PIECES = st.sampled_from(
    [
        "\x1b",
        "]8;;",
        "\x07",
        "\\",
        "https://a",
        "\x03",
        "4",
        ",",
        "\x04",
        "ff0000",
        "\x02",
        "x",
        "\x9b",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3)).map("".join))
def test_nothing_a_terminal_obeys_gets_through(text: str) -> None:
    """Whatever is written; spans are in order and inside of the text, and harmless too."""
    found = rich(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f]", found.text)
    at = 0
    for span in found.spans:
        assert at <= span.start < span.end <= len(found.text)
        assert re.fullmatch("[0-9;]*", span.sgr)
        assert re.fullmatch("(https?://[!-~]+)?", span.link, re.IGNORECASE)
        at = span.end


def test_spans_move_with_their_text() -> None:
    """The spans of what comes behind are moved."""
    assert "> " + Rich("a", (Span(0, 1, "1"),)) + "b" == Rich("> ab", (Span(2, 3, "1"),))
    assert plain("\x02bold\x02 \x1b") == "bold ^["

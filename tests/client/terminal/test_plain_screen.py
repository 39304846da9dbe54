"""A person without an input line of our own: what is printed, asked and read."""

import io

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chatroom.client.files.encoding import trouble
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.terminal.stdin import LONGEST_TYPED, TypedLines
from chatroom.client.view.lines import Line, Span, Tone, error_line
from chatroom.client.view.rich import Looks, looks_for, painted


def test_what_comes_in_stands_above_the_question() -> None:
    """An unanswered question is asked again below."""
    out = io.StringIO()
    screen = PlainScreen(out)
    screen.ask("Choose a room: ")
    screen.show(Line("-- news"))
    assert out.getvalue() == "Choose a room: \n-- news\nChoose a room: "


@pytest.mark.parametrize(("asked", "shown"), [(True, "Room: "), (False, "Room: games\n")])
def test_an_answer_stands_once(asked: bool, shown: str) -> None:
    """The terminal has echoed it behind its question, unless it was typed ahead."""
    out = io.StringIO()
    screen = PlainScreen(out)
    screen.ask("Room: ")
    screen.echoed(ahead=not asked)
    screen.answered("games")
    assert out.getvalue() == shown
    assert not screen.prompting


def test_a_secret_is_not_echoed() -> None:
    """By the terminal, nor by us."""
    out, hidden = io.StringIO(), list[bool]()
    screen = PlainScreen(out, hide=hidden.append)
    screen.ask_secret("Password: ")
    assert hidden == [True]
    screen.echoed(ahead=False)
    screen.answered("sesame")
    assert hidden == [True, False]
    assert out.getvalue() == "Password: \n"


def test_a_terminal_that_was_lent_asks_again() -> None:
    """Others see what they type; a secret is hidden again afterwards."""
    out, steps = io.StringIO(), list[object]()
    screen = PlainScreen(out, hide=steps.append)
    screen.ask_secret("Password: ")
    screen.lend(lambda: steps.append("theirs"))
    assert steps == [True, False, "theirs", True]
    assert screen.secret
    assert out.getvalue() == "Password: " * 2


def test_a_pipe_is_asked_nothing_and_told_refusals_apart() -> None:
    """Standard output holds the chat, standard error what went wrong; no escape sequences."""
    out, errors = io.StringIO(), io.StringIO()
    screen = PlainScreen(out, complaints=errors, asking=False)
    screen.ask("Choose a nickname: ")
    screen.answered("alice")
    screen.ask_secret("Password: ")
    screen.typed_command("/who")
    screen.remember("/who")
    screen.status("general ")
    screen.title("general")
    screen.notify("carol")
    screen.ring()
    screen.show(Line("-- carol joined", Tone.NEWS, (Span(3, 8, "1"),)))
    screen.show(error_line("no"))
    screen.flush()
    screen.give_up()
    assert out.getvalue() == "-- carol joined\n"
    assert errors.getvalue() == "-- no.\n"


def test_spans_look_different() -> None:
    """Inside a line's tone, over its line breaks, and as links."""
    spans = (Span(1, 4, "1"), Span(4, 6, link="http://h/"))
    text = "ab\ncdef"
    assert painted(Line(text, Tone.NEWS, spans), Looks.COLOURS) == (
        "\x1b[36ma\x1b[0m\x1b[36;1mb\x1b[0m\n"
        "\x1b[36;1mc\x1b[0m"
        "\x1b]8;;http://h/\x1b\\\x1b[36mde\x1b[0m\x1b]8;;\x1b\\"
        "\x1b[36mf\x1b[0m"
    )
    assert painted(Line(text, Tone.NEWS, spans), Looks.PLAIN) == text


@pytest.mark.parametrize(
    ("coloured", "left"),
    [
        ("1;7;38;5;27", "1;7"),
        ("38;2;1;2;3;48;5;9;4", "4"),
        ("9", "9"),
        ("31;1", "1"),
        ("39;49", ""),
        ("3;97;2;107", "3;2"),
    ],
)
def test_without_colours(coloured: str, left: str) -> None:
    """What is bold, inverse, underlined or struck out stays so, and links stay links."""
    line = Line("abc", Tone.NEWS, (Span(0, 1, coloured), Span(1, 2, link="http://h/")))
    first = f"\x1b[{left}ma\x1b[0m" if left else "a"
    link = "\x1b]8;;http://h/\x1b\\b\x1b]8;;\x1b\\"
    assert painted(line, Looks.STYLES) == f"{first}{link}c"


@pytest.mark.parametrize(
    ("environment", "terminal", "no_colour", "looks"),
    [
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False, Looks.COLOURS),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False, Looks.STYLES),
        ({"TERM": "xterm"}, True, True, Looks.STYLES),
        ({"TERM": "xterm"}, False, False, Looks.PLAIN),
        ({"TERM": "dumb"}, True, False, Looks.PLAIN),
    ],
)
def test_colour_only_where_it_is_wanted(
    environment: dict[str, str], terminal: bool, no_colour: bool, looks: Looks
) -> None:
    """no-color.org: NO_COLOR counts when it is not empty, and speaks of colours alone."""
    assert looks_for(environment, terminal, no_colour) is looks


def fed(typed: TypedLines, data: bytes) -> list[str]:
    """The lines that come out."""
    return [line for entry in typed.feed(data) for line in entry.lines]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 9))
@example("\ufeffalice\n\ufeffhi", 1)
def test_typed_bytes_in_pieces(text: str, size: int) -> None:
    """However input is cut, the lines are the same; the last needs no line end."""
    assume("\0" not in text[:2])  # which is UTF-16
    typed, data = TypedLines(), text.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    lines = [line for piece in [*pieces, b""] for line in fed(typed, piece)]
    *expected, last = text.removeprefix("\ufeff").split("\n")  # a byte-order mark is no text
    expected += [last] if last else []
    sendable = [line.removesuffix("\r").replace("\r", " ") for line in expected]
    assert lines == sendable


@given(
    st.text(min_size=1), st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"]), st.integers(1, 9)
)
def test_utf_16_is_refused_once(text: str, encoding: str, size: int) -> None:
    """With its mark or without, however it is cut; nothing of it is taken for a line."""
    data = f"hi\n{text}\n".encode(encoding, "replace")
    typed = TypedLines()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    (line,) = [line for piece in [*pieces, b""] for line in fed(typed, piece)]
    assert "iconv -f UTF-16" in trouble(line)


def test_a_line_without_end_is_taken_in_pieces() -> None:
    """Bounded memory, nothing lost."""
    typed = TypedLines()
    pieces = [piece for _ in range(30) for piece in fed(typed, b"x" * 10000)] + fed(typed, b"")
    assert sum(map(len, pieces)) == 300000
    assert max(map(len, pieces)) <= LONGEST_TYPED + 10000

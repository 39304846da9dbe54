"""What stands in the terminal: an emulated one shows what the screen's bytes come to."""

import io
from os import terminal_size

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.prompt import LONGEST_TYPED, Screen, TypedLines, rows, wants_colour
from chatroom.client.view import Line, Tone, refused
from end_to_end.glass import Glass

COLUMNS, HEIGHT = 20, 12


class Terminal:
    """A screen in a glass terminal that echoes what is typed, as the tty does (termios ECHO)."""

    def __init__(self) -> None:
        self.glass = Glass(COLUMNS, HEIGHT)
        self.screen = Screen(self.glass, size=lambda: terminal_size((COLUMNS, HEIGHT)))

    def type(self, text: str) -> None:
        self.glass.write(text)

    def enter(self, *lines: str) -> None:
        """The rest of the last line was typed before; all of them are shown in final form."""
        self.type("\n")
        self.screen.erase(lines)
        for line in lines:
            self.screen.show(Line(f"<You> {line}"))
        self.screen.fresh()


TEXTS = st.text("ab 日é\u0301", min_size=1, max_size=70)


@given(st.lists(TEXTS, max_size=6))
def test_typed_lines_stand_once(texts: list[str]) -> None:
    """However long and wide a line is, its echo gives way to its final form."""
    terminal, plain = Terminal(), Glass(COLUMNS, HEIGHT)
    for text in texts:
        terminal.type(text)
        terminal.enter(text)
        plain.write(f"<You> {text}\n")
    assert terminal.glass.text() == plain.text()


@given(TEXTS, st.integers(0, 70))
def test_interrupted_lines_stand_once_and_nothing_is_lost(text: str, typed_before: int) -> None:
    """Something comes in while a line is half typed."""
    terminal, plain = Terminal(), Glass(COLUMNS, HEIGHT)
    terminal.screen.show(Line("<bob> first"))
    terminal.screen.fresh()
    terminal.type(text[:typed_before])
    terminal.screen.show(Line("<bob> second"))
    terminal.type(text[typed_before:])
    terminal.enter(text)
    plain.write(f"<bob> first\n<bob> second\n<You> {text}\n")
    assert terminal.glass.text() == plain.text()


def test_pasted_lines_stand_once() -> None:
    """The terminal echoes all of them before the first is dealt with."""
    terminal = Terminal()
    terminal.type("one\ntwo" + "o" * 30 + "\nthree")
    terminal.enter("one", "two" + "o" * 30, "three")
    assert terminal.glass.text().split("\n") == [
        "<You> one",
        "<You> twoooooooooooo",
        "ooooooooooooooooooo",
        "<You> three",
    ]


def test_what_comes_in_stands_above_the_prompt() -> None:
    """An unanswered question is asked again below."""
    terminal = Terminal()
    terminal.screen.ask("Choose a room: ")
    terminal.screen.show(Line("-- news"))
    terminal.type("games")
    assert terminal.glass.text() == "-- news\nChoose a room: games"


def test_an_answer_typed_ahead_is_shown_behind_its_prompt() -> None:
    """Its echo came too early, and was erased."""
    terminal = Terminal()
    terminal.screen.ask("Room: ")
    terminal.screen.answered("games", standing=False)
    assert terminal.glass.text() == "Room: games"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 1), ("x" * 20, 1), ("x" * 21, 2), ("x" * 19 + "日", 2), ("\t" * 9, 1)],
)
def test_rows(text: str, expected: int) -> None:
    """A full row wraps only when another character follows; a wide one never splits."""
    assert rows(text, 20) == expected


def test_a_pipe_is_asked_nothing_and_told_refusals_apart() -> None:
    """Standard output holds the chat, standard error what went wrong; no escape sequences."""
    out, errors = io.StringIO(), io.StringIO()
    screen = Screen(out, complaints=errors, asking=False)
    screen.ask("Choose a nickname: ")
    screen.answered("alice", standing=False)
    screen.erase(["hello"])
    screen.typed_command("/who")
    screen.show(Line("-- carol joined", Tone.NEWS))
    screen.show(refused("no"))
    assert out.getvalue() == "-- carol joined\n"
    assert errors.getvalue() == "-- no\n"


def test_colour_only_where_it_is_wanted() -> None:
    """no-color.org: NO_COLOR counts when it is not empty."""
    assert wants_colour({"TERM": "xterm", "NO_COLOR": ""}, terminal=True, forbidden=False)
    assert not wants_colour({"TERM": "xterm", "NO_COLOR": "1"}, terminal=True, forbidden=False)
    assert not wants_colour({"TERM": "xterm"}, terminal=True, forbidden=True)
    assert not wants_colour({"TERM": "xterm"}, terminal=False, forbidden=False)
    assert not wants_colour({"TERM": "dumb"}, terminal=True, forbidden=False)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 9))
def test_typed_bytes_in_pieces(text: str, size: int) -> None:
    """However input is cut, the lines are the same; the last needs no line end."""
    typed, data = TypedLines(), text.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    lines = [line for piece in [*pieces, b""] for line in typed.feed(piece)]
    *expected, last = text.split("\n")
    expected += [last] if last else []
    sendable = [line.removesuffix("\r").replace("\r", " ").replace("\0", " ") for line in expected]
    assert lines == sendable


def test_a_line_without_end_is_taken_in_pieces() -> None:
    """Bounded memory, nothing lost."""
    typed = TypedLines()
    pieces = [piece for _ in range(30) for piece in typed.feed(b"x" * 10000)] + typed.feed(b"")
    assert sum(map(len, pieces)) == 300000
    assert max(map(len, pieces)) <= LONGEST_TYPED + 10000

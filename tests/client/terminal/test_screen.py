"""What the screen's bytes come to in a terminal: lines above, and one row in which one types."""

import io
from collections.abc import Sequence
from os import terminal_size

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.limits import LIMITS
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.keys import PASTE, TEXT, Key
from chatroom.client.terminal.layout import rows
from chatroom.client.terminal.notifier import Notifier
from chatroom.client.terminal.screen import MOST_ROWS, TerminalScreen
from chatroom.client.ui.entries import Weighed
from chatroom.client.ui.ports import Completion
from chatroom.client.view.lines import Line, Tone
from chatroom.client.view.rich import Looks
from end_to_end.glass import Glass


class Tty(io.StringIO):
    """What is written to a terminal: the glass gets it as the tty passes it on (termios ONLCR)."""

    def __init__(self, glass: Glass) -> None:
        super().__init__()
        self._glass = glass

    def write(self, text: str) -> int:
        self._glass.write(text.replace("\n", "\r\n"))
        return super().write(text)


class Desk:
    """A screen in a glass terminal, and what is typed there."""

    def __init__(self, columns: int = 24, height: int = 8, looks: Looks = Looks.PLAIN) -> None:
        self.columns, self.height = columns, height
        self.glass = Glass(columns, height)
        self.line = InputLine()
        self._out = Tty(self.glass)
        self.screen = TerminalScreen(
            self._out,
            self.line,
            lambda: terminal_size((self.columns, self.height)),
            looks,
            self.line.remember,
            Notifier({}).notify,
        )

    @property
    def written(self) -> str:
        """All that the screen has written."""
        return self._out.getvalue()

    def type(self, text: str, *names: str) -> "Desk":
        for key in [Key(TEXT, text), *map(Key, names)]:
            self.line.press(key)
        return self

    def show(self, *texts: str) -> "Desk":
        self.screen.show(*map(Line, texts))
        return self

    def seen(self) -> str:
        self.screen.flush()
        return self.glass.picture()

    def wrap_to(self, columns: int) -> None:
        """A narrower window, in a terminal that wraps what no longer fits: here, the last row."""
        last = self.glass.text().split("\n")[-1]
        y, x = self.glass.cursor
        self.columns = columns
        self.glass.resize(columns, self.height)
        self.glass.write(f"\r\x1b[J{last}")
        behind = (len(last) - 1) // columns - x // columns
        self.glass.write((f"\x1b[{behind}A" if behind else "") + "\r")
        self.glass.write(last[x - x % columns : x])
        assert self.glass.cursor == (y + x // columns, x % columns)


def test_one_write_a_turn() -> None:
    """And none when nothing happened."""
    desk = Desk().show("one").show("two").type("hel")
    assert desk.written == ""
    assert desk.seen() == "one\ntwo\n> hel|"
    assert desk.written.count("\x1b[J") == 1
    before = desk.written
    assert desk.seen() == "one\ntwo\n> hel|"
    assert desk.written == before


STEPS = st.one_of(
    st.text("ab 日é", max_size=60).map(lambda text: ("show", text)),
    st.text("ab 日é👍", min_size=1, max_size=9).map(lambda text: ("type", text)),
    st.sampled_from(["KEY_LEFT", "KEY_HOME", "KEY_END", "KEY_BACKSPACE", "KEY_CTRL_W"]).map(
        lambda name: ("key", name)
    ),
)


@given(st.lists(STEPS, max_size=30), st.integers(8, 30))
def test_nothing_is_torn(steps: list[tuple[str, str]], columns: int) -> None:
    """Whatever comes and is typed: all lines above, once, then one row with the cursor."""
    desk, said = Desk(columns), list[str]()
    for kind, text in steps:
        if kind == "show":
            desk.show(text)
            said += [text[start:end].rstrip() for start, end in rows(text, columns)]
        else:
            desk.type(text) if kind == "type" else desk.type("", text)
        desk.screen.flush()
    desk.screen.flush()
    *above, last = ("\n" + desk.glass.everything()).split("\n")[1:]
    assert above == said
    assert last.startswith(">")
    assert desk.glass.cursor[0] == min(len(said), desk.height - 1)


def test_questions_and_answers() -> None:
    """A question stands in the input row, its answer above; a secret's answer nowhere."""
    desk = Desk().type("be")
    desk.screen.ask("Name: ")
    assert desk.seen() == "Name: be|"
    desk.show("-- news")
    assert desk.seen() == "-- news\nName: be|"
    desk.type("n", "KEY_ENTER")
    desk.screen.answered("ben")
    desk.screen.ask_secret("Password: ")
    assert desk.type("sesame").seen() == "-- news\nName: ben\nPassword: ******|"
    desk.type("", "KEY_ENTER")
    desk.screen.answered("sesame")
    assert desk.seen() == "-- news\nName: ben\nPassword:\n> |"
    assert "sesame" not in desk.written
    desk.screen.ask("Room: ")
    desk.screen.give_up()
    desk.screen.give_up()
    assert desk.seen() == "-- news\nName: ben\nPassword:\nRoom:\n> |"


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (["room | bob is typing> ", "room> "], "room> abc|"),
        (["r | a:1> ", "r> "], "r | a:1> abc|"),
        (["a long room | away> ", "a long room> "], "a long…> abc|"),
    ],
)
def test_the_status_leaves_room_for_the_line(status: Sequence[str], row: str) -> None:
    """A third of the row is enough once something is typed; the room's name is cut at last."""
    desk = Desk(columns=27).type("abc")
    desk.screen.status(status[0], status[1:])
    assert desk.seen() == row


def test_the_status_of_an_empty_line() -> None:
    """It may take more, and does not change while one types."""
    desk = Desk(columns=27)
    desk.screen.status("room | typing> ", ["room> "])
    assert desk.seen() == "room | typing> |"
    assert desk.type("a").seen() == "room> a|"
    desk.screen.status("room> ", ["room> "])
    assert desk.type("b").seen() == "room> ab|"


def test_a_long_question_shows_its_end() -> None:
    """There stands what to type."""
    desk = Desk()
    desk.screen.ask("Choose a room, any room [general]: ")
    assert desk.seen() == "…oom [general]: |"


def test_rows_below() -> None:
    """They go when they are not wanted any more, also from the last row of the screen."""
    desk = Desk(height=6).show("1", "2", "3", "4", "5")
    assert desk.seen() == "1\n2\n3\n4\n5\n> |"
    desk.line.press(Key(PASTE, "one\ntwo"))
    assert desk.seen() == "4\n5\nSend 2 lines? [y/n/e] |\n| one\n| two\ny sends it, n discards…"
    desk.type("n")
    assert desk.seen() == "4\n5\n> |"
    assert desk.show("6").seen() == "4\n5\n6\n> |"
    desk.line.press(Key(PASTE, "\n".join("abcdefgh")))
    assert desk.seen().split("\n")[0].endswith("[y/n/e] |")


def test_a_long_question_about_a_paste_is_seen_whole() -> None:
    """Below its end, for it tells to whom the lines would go."""
    desk = Desk(columns=20)
    desk.line.weigh = lambda _lines: Weighed(2, "Send 2 lines to general as 2 messages?")
    desk.line.press(Key(PASTE, "one\ntwo"))
    first, *below = desk.seen().split("\n")
    assert first == "…essages? [y/n/e] |"
    assert below[:3] == ["Send 2 lines to", "general as 2", "messages? [y/n/e]"]
    assert below[3:5] == ["| one", "| two"]


def test_a_window_that_wraps() -> None:
    """The row that it wrapped is found and taken away, when the cursor says so."""
    desk = Desk(24).show("said").type("abcdefghijklmnop")
    assert desk.seen() == "said\n> abcdefghijklmnop|"
    desk.wrap_to(10)
    assert desk.screen.resized()
    assert desk.seen() == "said\n> abcdefgh\nijklmnop|"
    desk.screen.found(8)
    assert desk.seen() == "said\n> …mnop|"


def test_a_window_that_cuts() -> None:
    """As xterm does: the cursor stays in its row, at its end."""
    desk = Desk(24).show("said").type("abcdefghijklmnop")
    desk.screen.flush()
    desk.columns = 10
    desk.glass.resize(10, 8)
    assert desk.screen.resized()
    desk.screen.found(9)
    assert desk.seen() == "said\n> …mnop|"


def test_a_window_that_says_nothing() -> None:
    """Rather a row too much than one too few."""
    desk = Desk(24).show("said").type("abcdefghijklmnop")
    desk.screen.flush()
    desk.wrap_to(10)
    assert desk.screen.resized()
    desk.screen.found(None)
    assert desk.seen() == "said\n> abcdefgh\n> …mnop|"


def test_a_window_that_says_nothing_in_a_flood() -> None:
    """What is to be written does not wait without end."""
    desk = Desk(24).type("abcdefghijklmnop")
    desk.screen.flush()
    desk.wrap_to(10)
    assert desk.screen.resized()
    before = len(desk.written)
    desk.show(*["x"] * (LIMITS.rows_unwritten - 1)).screen.flush()
    assert "x" not in desk.written[before:]
    desk.show("last").screen.flush()
    assert "last" in desk.written[before:]


def test_a_window_that_changes_twice_before_the_answer() -> None:
    """Only the answer to the last question counts."""
    desk = Desk(24).show("said").type("abcdefghijklmnop")
    desk.screen.flush()
    desk.wrap_to(12)
    assert desk.screen.resized()
    desk.columns = 10
    assert desk.screen.resized()
    desk.screen.found(6)
    desk.screen.flush()
    assert "…" not in desk.glass.text()


def test_a_window_that_stays_wide_enough() -> None:
    """Nothing needs asking, and the cursor was not moved."""
    desk = Desk(24).type("abc")
    desk.screen.flush()
    desk.columns = 12
    desk.glass.resize(12, 8)
    assert not desk.screen.resized()
    assert desk.seen() == "> abc|"


def test_signs_end_where_they_should() -> None:
    """Title, bell and notification; what they say is visible and ends where it should."""
    desk = Desk()
    desk.screen.title("\x1b]2;x\a")
    desk.screen.title("\x1b]2;x\a")
    desk.screen.ring()
    desk.screen.notify("a;b\a")
    desk.screen.flush()
    assert desk.glass.screen.title == "^[]2;x^G"
    assert desk.glass.screen.bells == 1
    assert "\x1b]9;a,b^G\a" in desk.written
    before = len(desk.written)
    desk.screen.restart()
    desk.screen.flush()
    assert "\x1b]2;" in desk.written[before:]


def test_colour_and_faintness() -> None:
    """The suggestion is faint; tones have colours only where they are wanted; bold stays."""
    for looks in Looks:
        desk = Desk(looks=looks)
        desk.screen.remember("hello")
        desk.screen.status("room> ")
        desk.screen.show(Line("-- news", Tone.NEWS))
        assert desk.type("he").seen() == "-- news\nroom> he|llo"
        assert "\x1b[2mllo\x1b[0m" in desk.written
        assert ("\x1b[36m-- news\x1b[0m" in desk.written) == (looks is Looks.COLOURS)
        assert ("\x1b[1mroom> \x1b[0m" in desk.written) == (looks is not Looks.PLAIN)


def test_a_hidden_line_comes_back() -> None:
    """For somebody else who writes; then it is back."""
    desk = Desk().show("said").type("abc")
    desk.screen.hide()
    assert desk.glass.picture() == "said\n|"
    assert desk.seen() == "said\n> abc|"
    desk.screen.clear()
    assert desk.seen() == "> abc|"


class Names:
    """Completes any of these."""

    def __init__(self, *names: str) -> None:
        self._names = [f"{name} " for name in names]

    def complete(self, text: str, cursor: int) -> Completion:
        return Completion(0, self._names)


def test_candidates_stand_in_columns_under_the_line() -> None:
    """As wide as the widest, the chosen one reversed; they go with the next key."""
    desk = Desk(24).show("said")
    desk.line.completer = Names("ann", "日本", "bob", "carol", "x" * 9)
    desk.type("", "KEY_TAB", "KEY_TAB")
    assert desk.seen() == "\n".join(
        ["said", "> 日本 |", "ann        日本", "bob        carol", "xxxxxxxxx"]
    )
    assert "\x1b[7m日本\x1b[0m" in desk.written
    assert desk.type("x").seen() == "said\n> 日本 x|"


def test_many_candidates_leave_the_chosen_one_in_sight() -> None:
    """Some rows of them around it, and the lines above stay."""
    desk = Desk(24, 12).show("said")
    desk.line.completer = Names(*(f"name{number:02}" for number in range(60)))
    desk.type("", *["KEY_TAB"] * 41)
    above, line, *candidates = desk.seen().split("\n")
    assert (above, line) == ("said", "> name39 |")
    assert len(candidates) == MOST_ROWS
    assert "name38  name39" in candidates

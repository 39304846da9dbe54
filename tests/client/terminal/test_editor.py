"""The line that is being typed: graphemes, and readline's keys."""

import pytest
from blessed.line_editor import LineHistory
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from chatroom.client.terminal.editor import LONGEST_LINE, Editor
from chatroom.client.terminal.keys import TEXT, Key

FAMILY = "👨‍👩‍👧"


def editor(before: str = "", after: str = "", *typed: str) -> Editor:
    """With the cursor between `before` and `after`, and these lines typed earlier."""
    history = LineHistory()
    history.entries = list(typed)
    line = Editor(history)
    line.write(before, after)
    return line


def press(line: Editor, *names: str) -> str:
    """The line after these keys, with a bar for the cursor."""
    for name in names:
        line.press(Key(name))
    return f"{line.before}|{line.after}"


KEYS = [
    ("KEY_CTRL_A", "one two|", "|one two"),
    ("KEY_CTRL_E", "one| two", "one two|"),
    ("KEY_END", "|one", "one|"),
    ("KEY_LEFT", f"a{FAMILY}|", f"a|{FAMILY}"),
    ("KEY_RIGHT", "|日b", "日|b"),
    ("KEY_ALT_b", "one two|", "one |two"),
    ("KEY_ALT_b", "a b|", "a |b"),
    ("KEY_CTRL_RIGHT", "|e\u0301te\u0301 b", "e\u0301te\u0301| b"),
    ("KEY_ALT_f", "|one two", "one| two"),
    ("KEY_CTRL_LEFT", "one two|", "one |two"),
    ("KEY_BACKSPACE", f"a{FAMILY}|b", "a|b"),
    ("KEY_BACKSPACE", "e\u0301|", "|"),
    ("KEY_DELETE", f"a|{FAMILY}b", "a|b"),
    ("KEY_CTRL_D", "a|bc", "a|c"),
    ("KEY_CTRL_K", "one| two", "one|"),
    ("KEY_CTRL_U", "one| two", "| two"),
    ("KEY_CTRL_W", "one http://two/x |y", "one |y"),
    ("KEY_ALT_BACKSPACE", "one http://two/x|", "one http://two/|"),
    ("KEY_ALT_d", "one| two!", "one|!"),
    ("KEY_ALT_u", "|one two", "ONE| two"),
    ("KEY_ALT_l", "ONE| TWO", "ONE two|"),
    ("KEY_ALT_c", "|one two", "One| two"),
    ("KEY_CTRL_T", "a日|", "日a|"),
    ("KEY_CTRL_T", "a|bc", "ba|c"),
    ("KEY_CTRL_T", "|ab", "|ab"),
    ("KEY_PGUP", "a|b", "a|b"),
]


@pytest.mark.parametrize(("name", "line", "expected"), KEYS)
def test_readline_keys(name: str, line: str, expected: str) -> None:
    """Each does what it does in a shell, and Ctrl-_ undoes what it changed."""
    written = editor(*line.split("|"))
    assert press(written, name) == expected
    if expected.replace("|", "") != line.replace("|", ""):
        assert press(written, "KEY_CTRL__") == line


def test_what_was_cut_comes_back() -> None:
    """Ctrl-Y puts back what Ctrl-W took."""
    assert press(editor("one two"), "KEY_CTRL_W", "KEY_CTRL_A", "KEY_CTRL_Y") == "two|one "


@given(st.lists(st.text("e\u0301日👨‍👩👧🏽🇩🇪 a", min_size=1, max_size=4)), st.integers(0, 9))
def test_text_in_pieces_is_the_same_text(pieces: list[str], at: int) -> None:
    """Graphemes that come in pieces are whole graphemes, and nothing is dropped."""
    line = editor("ab", "cd")
    for piece in pieces:
        line.press(Key(TEXT, piece))
    assert line.line == "ab" + "".join(pieces) + "cd"
    assert line.graphemes == list(iter_graphemes(line.line))
    assert line.before.startswith("ab" + "".join(pieces))
    for _ in range(at):
        line.press(Key("KEY_LEFT"))
    assert line.before + line.after == line.line


def test_a_joined_emoji_typed_in_pieces_is_one() -> None:
    """U+200D is kept, and backspace takes the whole of it away."""
    line = editor()
    for character in FAMILY:
        line.press(Key(TEXT, character))
    assert line.graphemes == [FAMILY]
    assert press(line, "KEY_BACKSPACE") == "|"


def test_a_piece_that_joins_what_follows() -> None:
    """The cursor stands behind the grapheme that it became a part of."""
    line = editor("", "\u0301b")
    assert line.insert("e")
    assert (line.before, line.after) == ("e\u0301", "b")


def test_control_characters_do_not_come_in() -> None:
    """A tab becomes spaces; the rest is dropped. What is too long does not come in at all."""
    line = editor()
    assert line.insert("a\tb\x1b[c\x9bd\0")
    assert line.line == "a   b[cd"
    assert not line.insert("\x07")
    assert not line.insert("x" * LONGEST_LINE)
    assert press(line, "KEY_CTRL__") == "|"


def test_lines_typed_earlier() -> None:
    """Up and down, with what was begun kept below."""
    line = editor("beg", "", "first", "second")
    assert press(line, "KEY_UP") == "second|"
    assert press(line, "KEY_CTRL_P", "KEY_UP") == "first|"
    assert press(line, "KEY_DOWN", "KEY_CTRL_N") == "beg|"


def test_a_suggestion_is_taken() -> None:
    """At the end of the line, by the keys that would go further to the right."""
    for name in ("KEY_RIGHT", "KEY_END", "KEY_CTRL_E", "KEY_CTRL_F"):
        line = editor("hel", "", "hello", "help me")
        assert line.suggestion == "p me"
        assert press(line, name) == "help me|"
        assert line.suggestion == ""
    assert editor("hel", "x", "help me").suggestion == ""


def test_secrets_are_not_shown() -> None:
    """One star for each grapheme."""
    line = editor("日b", "", "日begun")
    line.set_password_mode(True)
    assert (line.graphemes, line.suggestion, line.line) == (["*", "*"], "", "日b")

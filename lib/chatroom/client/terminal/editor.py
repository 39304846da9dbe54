"""The line editor: blessed's headless one, with more of readline's keys.

blessed drops the character that joins graphemes (U+200D), and takes a grapheme in two pieces for
two graphemes. So here a piece is joined with its neighbours before it is split into graphemes.
`layout.Window` does the horizontal scrolling, because blessed's own is wrong by a column if it
begins inside a wide character.
"""

from collections.abc import Callable

from blessed.line_editor import LineEditor, LineEditResult, LineHistory
from wcwidth import iter_graphemes

from chatroom.client.terminal.keys import TEXT, Key

LONGEST_LINE = 65536
"""Graphemes in one line of input."""

HIDDEN = "*"
_NOTHING = LineEditResult()
_CHANGED = LineEditResult(changed=True)


class Editor(LineEditor):
    """One line with its cursor. `press` keys; read `before`, `after` and `suggestion`."""

    def __init__(self, history: LineHistory) -> None:
        super().__init__(history, limit=LONGEST_LINE, keymap=_KEYMAP, password_char=HIDDEN)

    def press(self, key: Key) -> bool:
        """Process a key. Returns whether anything changed."""
        if key.name == TEXT:
            return self.insert(key.text)
        return self.feed_key(key).changed

    def insert(self, text: str) -> bool:
        """Insert text at the cursor. Returns whether there was text, and room for it."""
        clean = "".join(each for each in text.expandtabs(4) if not _is_control(each))
        if not clean or len(self._buf) + len(clean) > self.limit:
            return False
        self._save_undo()
        left, right = self.graphemes[: self._cursor], self.graphemes[self._cursor :]
        self.write("".join(left) + clean, "".join(right))
        return True

    def replace(self, start: int, text: str) -> None:
        """Replace everything from character `start` to the cursor by `text`."""
        self._save_undo()
        self.write(self.before[:start] + text, self.after)

    def write(self, before: str, after: str = "") -> None:
        """Set the text, with the cursor between its parts; this cannot be undone."""
        self._buf = list(iter_graphemes(before + after))
        self._cursor = sum(1 for _ in iter_graphemes(before))
        while sum(map(len, self._buf[: self._cursor])) > len(before) and self._cursor:
            self._cursor -= 1  # the cursor may not stand inside a grapheme ...
        if sum(map(len, self._buf[: self._cursor])) < len(before):
            self._cursor += 1  # ... it stands behind what has just been typed
        self._navigating_history = False

    def take(self) -> str:
        """Returns the line, and empties it."""
        line = self.line
        self.clear()
        self._undo_stack.clear()
        return line

    @property
    def cut(self) -> str:
        """The text that was cut last, which Ctrl-Y inserts: a new object each time."""
        return self._kill_ring[-1] if self._kill_ring else ""

    @property
    def graphemes(self) -> list[str]:
        """The graphemes that are shown."""
        return [HIDDEN] * len(self._buf) if self.password_mode else self._buf

    @property
    def cursor(self) -> int:
        """The index of the grapheme under the cursor."""
        return self._cursor

    @property
    def before(self) -> str:
        """The text before the cursor."""
        return "".join(self._buf[: self._cursor])

    @property
    def after(self) -> str:
        """The text after the cursor."""
        return "".join(self._buf[self._cursor :])

    @property
    def suggestion(self) -> str:
        """The rest of the newest line that begins like this one."""
        return self._get_suggestion()

    # Keys that blessed does not know. Each is a row of the table below.

    def _word_end(self) -> int:
        position = self._cursor
        while position < len(self._buf) and not _in_word(self._buf[position]):
            position += 1
        while position < len(self._buf) and _in_word(self._buf[position]):
            position += 1
        return position

    def _find_word_left(self) -> int:
        """The word to the left, for blessed, whose own function skips words of one letter."""
        position = self._cursor
        while position and not _in_word(self._buf[position - 1]):
            position -= 1
        while position and _in_word(self._buf[position - 1]):
            position -= 1
        return position

    def _move_word_right(self) -> LineEditResult:
        self._cursor = self._word_end()
        return _CHANGED

    def _delete_word(self) -> LineEditResult:
        end = self._word_end()
        if end == self._cursor:
            return _NOTHING
        self._save_undo()
        self._kill_ring.append("".join(self._buf[self._cursor : end]))
        del self._buf[self._cursor : end]
        return _CHANGED

    def _change_word(self, change: Callable[[str], str]) -> LineEditResult:
        end = self._word_end()
        if end == self._cursor:
            return _NOTHING
        self._save_undo()
        word, rest = "".join(self._buf[self._cursor : end]), "".join(self._buf[end:])
        self.write(self.before + change(word), rest)
        return _CHANGED

    def _capitalise(self) -> LineEditResult:
        return self._change_word(lambda word: word.title())

    def _upper(self) -> LineEditResult:
        return self._change_word(str.upper)

    def _lower(self) -> LineEditResult:
        return self._change_word(str.lower)

    def _transpose(self) -> LineEditResult:
        """Swap the graphemes around the cursor; at the end of the line, the last two."""
        if len(self._buf) < 2 or not self._cursor:
            return _NOTHING
        self._save_undo()
        self._cursor = min(self._cursor + 1, len(self._buf))
        left, right = self._buf[self._cursor - 2 : self._cursor]
        self._buf[self._cursor - 2 : self._cursor] = [right, left]
        return _CHANGED

    def _kill_back_to_space(self) -> LineEditResult:
        """Ctrl-W deletes a word between spaces."""
        start = self._cursor
        while start and self._buf[start - 1].isspace():
            start -= 1
        while start and not self._buf[start - 1].isspace():
            start -= 1
        if start == self._cursor:
            return _NOTHING
        self._save_undo()
        self._kill_ring.append("".join(self._buf[start : self._cursor]))
        del self._buf[start : self._cursor]
        self._cursor = start
        return _CHANGED

    def _to_end(self) -> LineEditResult:
        """Move to the end of the line; there, accept the suggestion."""
        if self._cursor == len(self._buf):
            return self._accept_suggestion()
        return self._move_end()


def _in_word(grapheme: str) -> bool:
    return grapheme[0].isalnum()


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"


_KEYMAP: dict[str, Callable[..., LineEditResult] | None] = {
    "KEY_CTRL_Z": None,  # suspends
    "KEY_ENTER": None,  # these three are not the line's own affair
    "KEY_CTRL_C": None,
    "KEY_CTRL_D": LineEditor._delete_at_cursor,
    "KEY_CTRL__": LineEditor._undo,
    "KEY_CTRL_E": Editor._to_end,
    "KEY_END": Editor._to_end,
    "KEY_CTRL_F": LineEditor._accept_suggestion,
    "KEY_CTRL_W": Editor._kill_back_to_space,
    "KEY_CTRL_T": Editor._transpose,
    "KEY_ALT_b": LineEditor._move_word_left,
    "KEY_CTRL_RIGHT": Editor._move_word_right,
    "KEY_ALT_f": Editor._move_word_right,
    "KEY_ALT_LEFT": LineEditor._move_word_left,
    "KEY_ALT_RIGHT": Editor._move_word_right,
    "KEY_ALT_d": Editor._delete_word,
    "KEY_ALT_BACKSPACE": LineEditor._kill_word_back,
    "KEY_CTRL_DELETE": Editor._delete_word,
    "KEY_ALT_c": Editor._capitalise,
    "KEY_ALT_u": Editor._upper,
    "KEY_ALT_l": Editor._lower,
}

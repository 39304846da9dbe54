"""Dialogs that receive the keys in place of the line: questions about a paste, and the search for
earlier lines.

Sans I/O. A dialog gets every key until it is over; its prompt replaces that of the line.
"""

from typing import NamedTuple, Protocol

from chatroom.client.terminal.editor import LONGEST_LINE, Editor
from chatroom.client.terminal.keys import TEXT, Key
from chatroom.client.ui.entries import Entry

LINE_BREAK = "⏎"
"""Shown for a line end in the input line, when several lines are edited."""

PREVIEWED = 6
"""The most lines of a paste that are shown with the question."""

PREVIEWED_CHARACTERS = 500
"""The most characters of each of them."""

NOT_AGAIN = "y sends it, n discards it, e edits it. /paste off turns this question off."

AS_TEXT = "y runs it, t sends it as text, n returns to the line."

_SEARCH_ENDS = frozenset({"KEY_CTRL_G", "KEY_CTRL_C"})
_NO = frozenset({"n", "KEY_ESCAPE", "KEY_CTRL_C", "KEY_CTRL_G"})


class Outcome(NamedTuple):
    """The result of a key: whether the dialog is over, whether the line is edited as several, what
    was entered, and whether the line gets the key too."""

    over: bool = False
    joined: bool = False
    entered: Entry | None = None
    passed_on: bool = False


class Dialog(Protocol):
    """Receives keys instead of the line."""

    @property
    def prompt(self) -> str:
        """The text before the line."""
        ...

    @property
    def below(self) -> list[str]:
        """The rows below the line."""
        ...

    @property
    def covers(self) -> bool:
        """Whether the line is hidden meanwhile."""
        ...

    def press(self, key: Key) -> Outcome:
        """Process a key."""
        ...


class PasteQuestion:
    """Asks whether to send pasted lines. `pasted` is the entry to send."""

    covers = True

    def __init__(self, editor: Editor, pasted: Entry, question: str) -> None:
        self._editor = editor
        self._pasted = pasted
        self._question = question

    @property
    def prompt(self) -> str:
        """The question."""
        return f"{self._question} [y/n/e] "

    @property
    def below(self) -> list[str]:
        """The first lines, and how to turn off the question."""
        lines = self._pasted.lines
        rows = [f"| {line[:PREVIEWED_CHARACTERS]}" for line in lines[:PREVIEWED]]
        more = len(lines) - PREVIEWED
        rest = [f"| ... and {more} more"] if more > 0 else []
        return [*rows, *rest, NOT_AGAIN]

    def press(self, key: Key) -> Outcome:
        """y, n or e; other keys are ignored, except those that mean no."""
        answer = _answer(key)
        if answer == "y":
            self._editor.take()
            return Outcome(over=True, entered=self._pasted)
        text = LINE_BREAK.join(self._pasted.lines)
        if answer == "e" and len(text) <= LONGEST_LINE:
            self._editor.write(text)
            return Outcome(over=True, joined=True)
        return Outcome(over=answer in _NO)


class CommandQuestion:
    """Asks whether to carry out a command whose beginning was pasted. `text` is the entry as
    text."""

    covers = False
    prompt = "Run this as a command? [y/n/t] "

    def __init__(self, editor: Editor, text: Entry) -> None:
        self._editor = editor
        self._text = text

    @property
    def below(self) -> list[str]:
        """The meaning of the keys."""
        return [AS_TEXT]

    def press(self, key: Key) -> Outcome:
        """y, t or n."""
        answer = _answer(key)
        if answer == "y":
            return Outcome(over=True, entered=Entry((self._editor.take(),)))
        if answer == "t":
            self._editor.take()
            return Outcome(over=True, entered=self._text)
        return Outcome(over=answer in _NO)


def _answer(key: Key) -> str:
    """The letter, or the key's name."""
    return key.text[:1].lower() if key.name == TEXT else key.name


class Search:
    """Ctrl-R: searches the newest typed line that contains the text, then older ones."""

    covers = False

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._before, self._after = editor.before, editor.after
        self._wanted = ""
        self._at = len(editor.history.entries)
        self._failed = False

    @property
    def prompt(self) -> str:
        """The text that is searched."""
        return f"({'not found:' if self._failed else 'search'} '{self._wanted}'): "

    @property
    def below(self) -> list[str]:
        """Nothing."""
        return []

    def press(self, key: Key) -> Outcome:
        """Text changes the search, Ctrl-R continues it, Ctrl-G cancels it; any other key accepts
        the result."""
        if key.name == TEXT:
            self._look(self._wanted + key.text, self._at)
        elif key.name == "KEY_CTRL_R":
            self._look(self._wanted, self._at - 1)
        elif key.name == "KEY_BACKSPACE":
            self._look(self._wanted[:-1], len(self._editor.history.entries))
        elif key.name in _SEARCH_ENDS:
            self.give_up()
            return Outcome(over=True)
        else:
            return Outcome(over=True, passed_on=key.name != "KEY_ESCAPE")
        return Outcome()

    def give_up(self) -> None:
        """Restore the line."""
        self._editor.write(self._before, self._after)

    def _look(self, wanted: str, newest: int) -> None:
        """Show the newest line that contains `wanted` and is not newer than index `newest`."""
        self._wanted = wanted
        entries = self._editor.history.entries
        found = (i for i in range(min(newest, len(entries) - 1), -1, -1) if wanted in entries[i])
        at = next(found, None)
        self._failed = bool(wanted) and at is None
        if at is not None and wanted:
            self._at = at
            before, hit, after = entries[at].partition(wanted)
            self._editor.write(before + hit, after)

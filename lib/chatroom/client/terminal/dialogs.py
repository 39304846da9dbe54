"""What may come between the keys and the line: a question about a paste, a search in the past.

Sans I/O. A dialog gets each key until it is over; meanwhile its prompt stands before the line.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chatroom.client.terminal.editor import Editor
from chatroom.client.terminal.keys import TEXT, Key

LINE_BREAK = "⏎"
"""How the end of a line is shown in the input line, where several are edited."""

PREVIEWED = 6
"""Lines of a paste that are shown with the question."""

NOT_AGAIN = "/paste off: no such question any more."

_SEARCH_ENDS = frozenset({"KEY_CTRL_G", "KEY_CTRL_C"})


class Verdict(NamedTuple):
    """What became of a key: is the dialog over, what is sent, is the key for the line as well?"""

    over: bool = False
    sent: Sequence[str] = ()
    passed_on: bool = False


class Dialog(Protocol):
    """Takes keys in the line's place."""

    @property
    def prompt(self) -> str:
        """What stands before the line."""
        ...

    @property
    def below(self) -> list[str]:
        """Rows that stand below it."""
        ...

    def press(self, key: Key) -> Verdict:
        """Take a key."""
        ...


class PasteQuestion:
    """Shall these lines, which were pasted, be sent?"""

    def __init__(self, editor: Editor, lines: Sequence[str]) -> None:
        self._editor = editor
        self._lines = lines

    @property
    def prompt(self) -> str:
        """The question."""
        return f"Send these {len(self._lines)} lines? [y/n/e(dit)] "

    @property
    def below(self) -> list[str]:
        """The first lines, and how to be asked no more."""
        rows = [f"| {line}" for line in self._lines[:PREVIEWED]]
        more = len(self._lines) - PREVIEWED
        rest = [f"| ... and {more} more"] if more > 0 else []
        return [*rows, *rest, NOT_AGAIN]

    def press(self, key: Key) -> Verdict:
        """y, n or e; all other keys but those that say no are no answer."""
        answer = key.text[:1].lower() if key.name == TEXT else key.name
        if answer == "y":
            self._editor.take()
            return Verdict(over=True, sent=self._lines)
        if answer == "e":
            self._editor.write(LINE_BREAK.join(self._lines))
            return Verdict(over=True)
        return Verdict(over=answer in ("n", "KEY_ESCAPE", "KEY_CTRL_C", "KEY_CTRL_G"))


class Search:
    """Ctrl-R: the newest typed line that contains what is typed now, then older ones."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._before, self._after = editor.before, editor.after
        self._wanted = ""
        self._at = len(editor.history.entries)
        self._failed = False

    @property
    def prompt(self) -> str:
        """What is searched for."""
        return f"({'nothing has' if self._failed else 'search'} '{self._wanted}'): "

    @property
    def below(self) -> list[str]:
        """Nothing."""
        return []

    def press(self, key: Key) -> Verdict:
        """Text searches, Ctrl-R goes on, Ctrl-G gives up; another key takes what was found."""
        if key.name == TEXT:
            self._look(self._wanted + key.text, self._at)
        elif key.name == "KEY_CTRL_R":
            self._look(self._wanted, self._at - 1)
        elif key.name == "KEY_BACKSPACE":
            self._look(self._wanted[:-1], len(self._editor.history.entries))
        elif key.name in _SEARCH_ENDS:
            self._editor.write(self._before, self._after)
            return Verdict(over=True)
        else:
            return Verdict(over=True, passed_on=key.name != "KEY_ESCAPE")
        return Verdict()

    def _look(self, wanted: str, newest: int) -> None:
        """Show the newest line with `wanted` in it that is no newer than index `newest`."""
        self._wanted = wanted
        entries = self._editor.history.entries
        found = (i for i in range(min(newest, len(entries) - 1), -1, -1) if wanted in entries[i])
        at = next(found, None)
        self._failed = bool(wanted) and at is None
        if at is not None and wanted:
            self._at = at
            before, hit, after = entries[at].partition(wanted)
            self._editor.write(before + hit, after)

"""The input line: takes keys, returns what was entered, and says what is visible.

Sans I/O. Each conversation has its own half-typed line. The answer to a question has its own
editor, without the lines typed before. Text that was typed before there was a conversation moves to
the question, because it may have been meant as the answer.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from blessed.line_editor import LineHistory

from chatroom.client.terminal.dialogs import (
    LINE_BREAK,
    CommandQuestion,
    Dialog,
    PasteQuestion,
    Search,
)
from chatroom.client.terminal.editor import Editor
from chatroom.client.terminal.keys import LONGEST_PASTE, PASTE, TEXT, Key
from chatroom.client.terminal.line_history import MOST_LINES
from chatroom.client.terminal.tab_cycle import TabCycle
from chatroom.client.ui.buffers import EMPTY, Buffer, Draft
from chatroom.client.ui.entries import (
    Entry,
    Weighed,
    begins_command,
    escaped,
    is_command,
    lines_of,
    unescaped,
)
from chatroom.client.ui.ports import Completer
from chatroom.text.display import visible

MARK = "> "
"""The end of every status."""

LEAVE_HINT = "Press Ctrl-C again to leave."
ONE_LINE = "A command is a single line. To send text that begins with a slash, type two slashes."
ONE_ANSWER = "Only the first line was pasted."
TOO_LONG = f"The paste was ignored: it has more than {LONGEST_PASTE:,} characters."

MANY_MESSAGES = 3
"""Pasted lines that become more messages than this are only sent after a question."""

LONG_LINE = 300
"""The least characters of a line that may become so many."""


class View(NamedTuple):
    """The rows that are visible at the bottom. `cursor` is the index of the grapheme under the
    cursor.

    `shorter` are the prompts to use if there is too little room for `prompt`. `below` are the rows
    under the line; if it is `covered`, the line itself is hidden. `chosen` is the index of the
    highlighted one of the `choices`.
    """

    prompt: str
    shorter: Iterable[str]
    asking: bool
    graphemes: list[str]
    cursor: int
    suggestion: str
    below: Sequence[str]
    covered: bool
    choices: Sequence[str]
    chosen: int | None


class Marks(NamedTuple):
    """Whether a line, or what was cut out of it, consists of several lines, or contains pasted
    text."""

    joined: bool = False
    pasted: bool = False


NO_MARKS = Marks()


class InputLine:
    """One line with its prompt. `bindings` maps further keys to actions.

    `weigh` says what a pasted text would become.
    """

    def __init__(self, remembered: Sequence[str] = ()) -> None:
        self.status = MARK
        self.shorter: Iterable[str] = ()
        self.completer: Completer | None = None
        self.bindings: dict[str, Callable[[], None]] = {}
        self.asks_before_paste = True
        self.weigh: Callable[[Sequence[str]], Weighed] = _weigh
        self.bell = False
        self._history = LineHistory(MOST_LINES)
        self._history.entries = list(remembered)
        self._editor = self._talk = Editor(self._history)
        self._conversation: Buffer | None = None
        self._joined = self._pasted = False
        self._had = self._cut = NO_MARKS
        self._returned = False
        self._aside: Draft | None = None
        self._question = ""
        self._dialog: Dialog | None = None
        self._rotation: TabCycle | None = None
        self._hint = ""

    # Keys

    def press(self, key: Key) -> Entry | None:
        """Process a key. Returns what it entered, if anything."""
        self._hint = ""
        self._make_way(key)
        entry = self._dialogue(self._dialog, key) if self._dialog else self._edit(key)
        if entry and self._aside:
            self._write(self._aside)
            self._returned, self._aside = True, None
        if not self._talk.line:
            self._joined = self._pasted = False
        if entry:
            self._had = NO_MARKS
        return entry

    def _make_way(self, key: Key) -> None:
        """Set aside a line that was put back, if a command such as /join is typed next; the line
        returns after it."""
        if self._returned and key.name == TEXT and begins_command(key.text):
            self._aside = self._draft
            self._write(EMPTY)
        self._returned = False

    def _edit(self, key: Key) -> Entry | None:
        if key.name in _COMPLETING:
            self._complete(_COMPLETING[key.name])
            return None
        self._rotation = None
        if key.name == PASTE:
            return self._paste(key.text)
        if key.name == "KEY_ENTER":
            return self._enter()
        if key.name == "KEY_CTRL_R" and not self._question:
            self._dialog = Search(self._editor)
        elif key.name in ("KEY_CTRL_C", "KEY_CTRL_D") and not self._editor.line:
            self._bound(key)
        elif key.name == "KEY_CTRL_C":
            self._editor.take()
            self._hint = LEAVE_HINT
        elif not (self._editor.press(key) if self._question else self._press(key)):
            self._bound(key)
        return None

    def _press(self, key: Key) -> bool:
        """Edit the line, and keep track of its marks. Returns whether anything changed.

        An empty line has no marks, but text that was cut returns with Ctrl-Y and Ctrl-_. And a line
        that only became a command because something before it was deleted was not typed as a
        command.
        """
        was_command, cut = is_command(self._talk.line), self._talk.cut
        self._had = Marks(self._had.joined or self._joined, self._had.pasted or self._pasted)
        if not self._talk.press(key):
            return False
        if self._talk.cut is not cut:
            self._cut = self._had
        if key.name == "KEY_CTRL_Y":
            self._had = Marks(*map(max, self._had, self._cut))
        if key.name in _BRINGS_BACK and self._had.joined and LINE_BREAK in self._talk.line:
            self._joined = True
        became_one = not was_command and is_command(self._talk.line)
        if became_one and self._had.pasted and key.name not in _TYPED_BEFORE:
            self._pasted = True
        return True

    def _enter(self) -> Entry | None:
        line = self._editor.line
        if self._question:
            return Entry((self._editor.take(),), secret=self.secret)
        if self._joined:
            return self._enter_joined(line.split(LINE_BREAK))
        if self._pasted and is_command(line):
            self._dialog = CommandQuestion(self._editor, self._text([line]))
            return None
        return Entry((self._editor.take(),))

    def _enter_joined(self, lines: list[str]) -> Entry | None:
        if begins_command(lines[0]):
            self._refuse(ONE_LINE)
            return None
        self._editor.take()
        return self._text([unescaped(lines[0]), *lines[1:]])

    def _text(self, lines: Sequence[str]) -> Entry:
        return Entry(lines, pasted=True, where=self._conversation)

    def _bound(self, key: Key) -> None:
        action = self.bindings.get(key.name)
        if action:
            action()

    def _refuse(self, hint: str) -> None:
        self._hint, self.bell = hint, True

    def _dialogue(self, dialog: Dialog, key: Key) -> Entry | None:
        verdict = dialog.press(key)
        if verdict.over:
            self._dialog = None
        if verdict.joined:
            self._joined = True
            self._talk.write(escaped(self._talk.line))
        return self.press(key) if verdict.passed_on else verdict.entered

    # Paste

    def _paste(self, text: str) -> Entry | None:
        """Insert a pasted line; show first what would become many messages."""
        before, after = self._editor.before, self._editor.after
        if len(text) > LONGEST_PASTE:
            self._refuse(TOO_LONG)
            return None
        lines = lines_of(text)
        if self._question:
            self._insert(lines[0])
            self._hint = ONE_ANSWER if len(lines) > 1 else ""
            return None
        if len(lines) == 1 and not self._is_long(lines[0]):
            self._pasted |= not before
            self._had = self._had._replace(pasted=True)
            self._insert(lines[0])
            return None
        if begins_command(before):
            self._refuse(ONE_LINE)
            return None
        whole = [before + lines[0], *lines[1:]]
        whole[-1] += after
        pasted = self._text([unescaped(whole[0]) if before else whole[0], *whole[1:]])
        if self.asks_before_paste:
            question = self.weigh(pasted.lines).question
            self._dialog = PasteQuestion(self._editor, pasted, question)
            return None
        self._editor.take()
        return pasted

    def _insert(self, text: str) -> None:
        self.bell |= not self._editor.insert(text)

    def _is_long(self, line: str) -> bool:
        """Whether a pasted line is only sent after a question."""
        asks = self.asks_before_paste and len(line) > LONG_LINE
        return asks and self.weigh([line]).messages > MANY_MESSAGES

    # Tab

    def _complete(self, by: int) -> None:
        if self._rotation:
            self._editor.replace(self._rotation.start, self._rotation.step(by))
            return
        before = self._editor.before
        if self.completer is None or self.secret:
            return
        completion = self.completer.complete(self._editor.line, len(before))
        if not completion.candidates:
            self.bell = True
            return
        rotation = TabCycle(completion, before[completion.start :])
        self._editor.replace(rotation.start, rotation.first() if by > 0 else rotation.step(by))
        self._rotation = rotation if len(completion.candidates) > 1 else None

    # Conversations

    def converse(self, conversation: Buffer | None) -> None:
        """Continue with the half-typed line of this conversation. Text that was typed before there
        was a conversation moves there."""
        if conversation is self._conversation:
            return
        if self._conversation is None and conversation and conversation.draft == EMPTY:
            self._conversation = conversation  # the line stays, and so do the candidates of Tab
            return
        self._interrupt()
        draft = self._draft
        if self._conversation:
            self._conversation.draft = draft
            draft = EMPTY
        if conversation and conversation.draft != EMPTY:
            draft = conversation.draft
        self._conversation = conversation
        self._write(draft)

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """Put lines that could not be sent back, unless something else is being typed. `text`: they
        are not a command."""
        typed = LINE_BREAK.join(lines)
        if self.begun:
            self.remember(typed)
        else:
            self._write(Draft(escaped(typed) if text else typed, joined=text))
            self._returned = True

    @property
    def _draft(self) -> Draft:
        return Draft(self._talk.before, self._talk.after, self._joined, self._pasted)

    def _write(self, draft: Draft) -> None:
        self._talk.take()
        self._talk.write(draft.before, draft.after)
        self._joined, self._pasted = draft.joined, draft.pasted
        self._had = Marks(draft.joined, draft.pasted)

    def _interrupt(self) -> None:
        """End what goes on with the line, except for a question about a paste."""
        self._rotation = None
        if isinstance(self._dialog, Search):
            self._dialog.give_up()
            self._dialog = None

    @property
    def begun(self) -> bool:
        """Whether a line is half typed, or a question about a paste is open."""
        return bool(self._talk.line or self._dialog)

    @property
    def conversing(self) -> bool:
        """Whether the typed text belongs to a conversation."""
        return self._conversation is not None and not (self._question or self._dialog)

    @property
    def busy(self) -> bool:
        """Whether a dialog receives the keys."""
        return self._dialog is not None

    # Questions

    def ask(self, question: str, secret: bool = False) -> None:
        """Ask a question. The answer to a secret one is hidden, and half-typed text does not become
        part of it."""
        self._interrupt()
        if not self._question:
            self._editor = Editor(LineHistory())
            if not (secret or self._conversation):
                self._carry(self._talk)
        elif secret:
            self._editor.take()
        self._question = question
        self._editor.set_password_mode(secret)

    def answered(self) -> None:
        """End the question."""
        if self._question:
            self._interrupt()
            answering, self._editor = self._editor, self._talk
            self._question = ""
            if not (answering.password_mode or self._talk.line):
                self._carry(answering)

    def _carry(self, other: Editor) -> None:
        before, after = other.before, other.after
        other.take()
        self._editor.write(before, after)

    @property
    def question(self) -> str:
        """The open question; "" for none."""
        return self._question

    @property
    def secret(self) -> bool:
        """Whether the typed text is hidden."""
        return self._editor.password_mode

    def remember(self, line: str) -> None:
        """Let the up arrow find this line."""
        self._history.add(line)

    # Display

    @property
    def text(self) -> str:
        """The line that is being typed; "" while a question is open."""
        return "" if self._question else self._talk.line

    @property
    def view(self) -> View:
        """The rows that are visible at the bottom now."""
        dialog, rotation = self._dialog, self._rotation
        prompt = dialog.prompt if dialog else self._question or self.status
        asking = bool(dialog or self._question)
        covered = bool(dialog and dialog.covers)
        hint = [self._hint] if self._hint else []
        return View(
            prompt=prompt,
            shorter=() if asking else self.shorter,
            asking=asking,
            graphemes=[] if covered else [_visible(each) for each in self._editor.graphemes],
            cursor=0 if covered else self._editor.cursor,
            suggestion="" if dialog else _visible(self._editor.suggestion),
            below=[_visible(row) for row in dialog.below] if dialog else hint,
            covered=covered,
            choices=[visible(each.rstrip()) for each in rotation.candidates] if rotation else [],
            chosen=rotation.chosen if rotation else None,
        )


_SIGNS = dict.fromkeys(range(0xDC80, 0xDD00), "\N{REPLACEMENT CHARACTER}")


def _visible(text: str) -> str:
    """The text as the line shows it, with a sign for each byte that is not UTF-8
    (`files/encoding.py`)."""
    return visible(text.translate(_SIGNS))


def _weigh(lines: Sequence[str]) -> Weighed:
    return Weighed(len(lines), f"Send {len(lines)} lines?")


_BRINGS_BACK = frozenset({"KEY_CTRL_Y", "KEY_CTRL__"})
_TYPED_BEFORE = frozenset({TEXT, "KEY_UP", "KEY_DOWN", "KEY_CTRL_P", "KEY_CTRL_N"})
"""The keys that insert text typed now or before."""

_COMPLETING = {"KEY_TAB": 1, "KEY_BTAB": -1}

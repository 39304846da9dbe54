"""The input line: keys go in, lines to send come out, and what stands at the bottom is to be seen.

Sans I/O. A question's answer has an editor of its own, without the lines that were typed before;
what was begun before the question came goes into it, since it may have been meant as the answer.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from blessed.line_editor import LineHistory

from chatroom.client.completing import Completer
from chatroom.client.terminal.completion import Rotation
from chatroom.client.terminal.dialogs import LINE_BREAK, Dialog, PasteQuestion, Search
from chatroom.client.terminal.editor import Editor
from chatroom.client.terminal.keys import PASTE, TEXT, Key
from chatroom.client.terminal.recall import MOST_LINES
from chatroom.wire.prose import visible

MARK = "> "
"""What a status ends with."""

LEAVE_HINT = "Ctrl-C once more leaves."


class View(NamedTuple):
    """What stands at the bottom. `cursor`: in front of which of the `graphemes`.

    `shorter` are prompts for where there is too little room for `prompt`. `below` are rows under
    the line; of the `choices` the one with index `chosen` stands out.
    """

    prompt: str
    shorter: Sequence[str]
    asking: bool
    graphemes: list[str]
    cursor: int
    suggestion: str
    below: Sequence[str]
    choices: Sequence[str]
    chosen: int | None


class InputLine:
    """One line with its prompt. `bindings` maps further keys to what they do."""

    def __init__(self, remembered: Sequence[str] = ()) -> None:
        self.status = MARK
        self.shorter: Sequence[str] = ()
        self.completer: Completer | None = None
        self.bindings: dict[str, Callable[[], None]] = {}
        self.asks_before_paste = True
        self.keeps_blank_lines = False
        """Whether a paste with blank lines in it can be sent as it is."""
        self.bell = False
        self._history = LineHistory(MOST_LINES)
        self._history.entries = list(remembered)
        self._editor = self._talk = Editor(self._history)
        self._question = ""
        self._keys: Collection[str] = ()
        self._dialog: Dialog | None = None
        self._rotation: Rotation | None = None
        self._hint = ""

    # Keys

    def press(self, key: Key) -> Sequence[str]:
        """Carry out a key; the lines that are to be sent for it. Several are one paste."""
        self._hint = ""
        if self._dialog:
            return self._dialogue(self._dialog, key)
        if key.name in _COMPLETING:
            self._complete(_COMPLETING[key.name])
            return ()
        self._rotation = None
        if key.name == PASTE:
            return self._pasted(key.text)
        if self._answers(key):
            self._keys = ()
            return [key.text]
        if key.name == "KEY_ENTER":
            return self._editor.take().split(LINE_BREAK)
        if key.name == "KEY_CTRL_R" and not self._question:
            self._dialog = Search(self._editor)
        elif key.name in ("KEY_CTRL_C", "KEY_CTRL_D") and not self._editor.line:
            self._bound(key)
        elif key.name == "KEY_CTRL_C":
            self._editor.take()
            self._hint = LEAVE_HINT
        elif not self._editor.press(key):
            self._bound(key)
        return ()

    def _bound(self, key: Key) -> None:
        action = self.bindings.get(key.name)
        if action:
            action()

    def _dialogue(self, dialog: Dialog, key: Key) -> Sequence[str]:
        verdict = dialog.press(key)
        if verdict.over:
            self._dialog = None
        return self.press(key) if verdict.passed_on else verdict.sent

    # Paste

    def _pasted(self, text: str) -> Sequence[str]:
        """A line goes into the line; several are shown first, since they would be sent at once."""
        lines = self._sendable(text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(lines) == 1 or self.secret:  # a secret is one line, and never shown
            self.bell |= not self._editor.insert(lines[0])
            return ()
        whole = [self._editor.before + lines[0], *lines[1:-1], lines[-1] + self._editor.after]
        if self.asks_before_paste:
            self._dialog = PasteQuestion(self._editor, whole)
            return ()
        self._editor.take()
        return whole

    def _sendable(self, text: str) -> list[str]:
        """The lines of a paste, without what cannot be sent: one at least, though it be empty."""
        lines = text.replace("\0", " ").strip("\n").split("\n")
        if not self.keeps_blank_lines:
            lines = [line for line in lines if line.strip()]
        return lines or [""]

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
        rotation = Rotation(completion, before[completion.start :])
        self._editor.replace(rotation.start, rotation.first() if by > 0 else rotation.step(by))
        self._rotation = rotation if len(completion.candidates) > 1 else None

    # Questions

    def ask(self, question: str, secret: bool = False, keys: Collection[str] = ()) -> None:
        """Have an answer typed. A secret is hidden. One of the `keys` is an answer without Enter,
        unless a line was begun: then it may belong to that one."""
        if not self._question:
            self._editor = Editor(LineHistory())
            self._carry(self._talk)
        self._question, self._keys = question, keys
        self._editor.set_password_mode(secret)

    def answered(self) -> None:
        """Lines are typed again."""
        if self._question:
            answering, self._editor = self._editor, self._talk
            self._question, self._keys = "", ()
            if not answering.password_mode:
                self._carry(answering)

    def _carry(self, other: Editor) -> None:
        before, after = other.before, other.after
        other.take()
        self._editor.write(before, after)

    def _answers(self, key: Key) -> bool:
        """Whether a key alone is the answer that is waited for."""
        return key.name == TEXT and key.text.lower() in self._keys and not self._editor.line

    @property
    def question(self) -> str:
        """What is asked, if anything is."""
        return self._question

    @property
    def secret(self) -> bool:
        """Whether what is typed is hidden."""
        return self._editor.password_mode

    def remember(self, line: str) -> None:
        """Have the up arrow find this line."""
        self._history.add(line)

    # What is to be seen

    @property
    def text(self) -> str:
        """The line that is being typed, and is no answer."""
        return "" if self._question else self._talk.line

    @property
    def view(self) -> View:
        """What stands at the bottom now."""
        dialog, rotation = self._dialog, self._rotation
        prompt = dialog.prompt if dialog else self._question or self.status
        asking = bool(dialog or self._question)
        hint = [self._hint] if self._hint else []
        return View(
            prompt=prompt,
            shorter=() if asking else self.shorter,
            asking=asking,
            graphemes=[visible(each) for each in self._editor.graphemes],
            cursor=self._editor.cursor,
            suggestion="" if dialog else visible(self._editor.suggestion),
            below=[visible(row) for row in dialog.below] if dialog else hint,
            choices=[visible(each.rstrip()) for each in rotation.candidates] if rotation else [],
            chosen=rotation.chosen if rotation else None,
        )


_COMPLETING = {"KEY_TAB": 1, "KEY_BTAB": -1}

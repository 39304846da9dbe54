"""Prints lines without control sequences: for pipes, files and simple terminals.

The screen for capable terminals is in `terminal/screen.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from chatroom.client.view.lines import Line, Tone
from chatroom.client.view.rich import Looks, painted
from chatroom.text.display import visible


class PlainScreen:
    """Prints each line at once. Questions are only asked if there is a person.

    `complaints` is the stream for refusals if there is no person, else None. `hide` is called with
    whether to hide what is typed.
    """

    def __init__(
        self,
        out: TextIO,
        looks: Looks = Looks.PLAIN,
        complaints: TextIO | None = None,
        asking: bool = True,
        hide: Callable[[bool], None] = lambda hidden: None,
    ) -> None:
        self.before_asking: Callable[[], None] = lambda: None
        self._out = out
        self._looks = looks
        self._complaints = complaints
        self._asking = asking
        self._hide = hide
        self._secret = False
        self._prompt = ""
        self._standing = False

    def show(self, *lines: Line) -> None:
        """Print lines at once, and repeat an unanswered question below them."""
        if not lines:
            return
        out = self._out
        if self._complaints and lines[0].tone is Tone.REFUSED:
            out = self._complaints
        printed = "".join(f"{painted(line, self._looks)}\n" for line in lines)
        self._write(("\n" if self._prompt else "") + printed + self._prompt, out)

    def ask(self, prompt: str) -> None:
        """Ask a question, which stays until it is answered by a line.

        `before_asking` is called first, to read what was typed ahead: that line is the answer, but
        it is not on the screen after the question.
        """
        if self._asking:
            self.before_asking()
            again, self._prompt = "\n" if self._prompt else "", prompt
            self._write(again + prompt)

    def ask_secret(self, prompt: str) -> None:
        """Ask a question, with the terminal's echo turned off."""
        if self._asking:
            self.before_asking()  # what was typed ahead is not secret
            self._secret = True
            self._hide(True)
            self.ask(prompt)

    @property
    def prompting(self) -> bool:
        """Whether a question is open."""
        return bool(self._prompt)

    def echoed(self, ahead: bool) -> None:
        """The terminal has echoed a line; `ahead` if others wait before it."""
        self._standing = self.prompting and not ahead and not self._secret

    def answered(self, text: str) -> None:
        """Print the answer, unless the terminal's echo shows it already."""
        if self._asking and not self._standing:
            self._write("\n" if self._secret else f"{visible(text)}\n")
        self.reveal()
        self._prompt = ""
        self._standing = False

    def reveal(self) -> None:
        """Turn the terminal's echo on again."""
        if self._secret:
            self._secret = False
            self._hide(False)

    def lend(self, to_others: Callable[[], None]) -> None:
        """Let another program use the terminal with its echo; then repeat an open question."""
        secret = self._secret
        self.reveal()
        to_others()
        if secret:
            self._secret = True
            self._hide(True)
        self._write(self._prompt)

    def give_up(self) -> None:
        """Leave an open question unanswered."""
        if self._prompt:
            self._write("\n")
            self._prompt = ""

    def typed_command(self, text: str) -> None:
        """Nothing: the terminal shows it where it was typed."""

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """Nothing: the terminal shows it where it was typed."""

    @property
    def secret(self) -> bool:
        """Whether an answer is hidden."""
        return self._secret

    def remember(self, text: str) -> None:
        """Nothing: this screen has no line history."""

    def status(self, text: str, shorter: Iterable[str] = ()) -> None:
        """Nothing."""

    def title(self, text: str) -> None:
        """Nothing."""

    def ring(self) -> None:
        """Nothing."""

    def notify(self, text: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing: the lines have been written already."""

    def _write(self, text: str, out: TextIO | None = None) -> None:
        out = out or self._out
        out.write(text)
        out.flush()

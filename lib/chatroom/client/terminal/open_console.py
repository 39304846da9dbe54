"""The person at the client: standard input and output, be they a terminal, a pipe or a file.

A terminal that can has an input line of its own (`terminal/`). Where only standard input is one, or
it is dumb, the terminal edits and echoes the line itself, and lines are printed as they are.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from chatroom.client.files.xdg import state_directory
from chatroom.client.terminal.device import hide_echo, suspend
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.terminal.stdin import StdinReader, TypedLines
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.ports import Completer, Screen
from chatroom.client.view.rich import looks_for
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers

HISTORY_FILE = "client_history"


class Entries(Protocol):
    """Holds what was entered."""

    @property
    def waiting(self) -> deque[Entry]:
        """The entries that nobody has taken yet."""
        ...


class ChatConsole(Protocol):
    """The part of a console that a chat uses: entries come in, lines go out."""

    @property
    def screen(self) -> Screen:
        """Shows the lines."""
        ...

    @property
    def typist(self) -> Entries:
        """Holds the entries."""
        ...

    def complete_with(self, completer: Completer) -> None:
        """Have Tab offer what this one knows."""
        ...

    def bind(self, key: str, action: Callable[[], None]) -> None:
        """Have a key that the input line has no use for, such as `KEY_ALT_a`, do this."""
        ...

    @property
    def typing(self) -> str:
        """The line that is being typed; "" while a question stands, or where that is not known."""
        ...

    @property
    def begun(self) -> bool:
        """Whether a line is half typed, as far as that is known."""
        ...

    def converse(self, conversation: Buffer | None) -> None:
        """What is typed from now on is for this one, which has a half-typed line of its own."""
        ...

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        """Whether pasted lines are sent only after a question, and what tells which one."""
        ...


class Console(ChatConsole, Protocol):
    """A console as its owner, the loop, uses it."""

    @property
    def typist(self) -> StdinReader:
        """Reads what is typed."""
        ...

    interrupted: Callable[[], None]
    """What Ctrl-C on an empty line does."""

    def begin(self) -> None:
        """Take over the terminal."""
        ...

    def turn(self) -> None:
        """The loop has turned: what happened shall be seen."""
        ...

    def end(self) -> None:
        """Give the terminal back as it was."""
        ...


class PlainConsole:
    """A pipe, a file, or a terminal in cooked mode."""

    def __init__(self, loop: Loop, person: bool, no_color: bool) -> None:
        descriptor = descriptor_of(sys.stdin)
        self.interrupted: Callable[[], None] = lambda: None
        self._plain = PlainScreen(
            sys.stdout,
            looks=looks_for(os.environ, is_terminal(sys.stdout), no_color),
            complaints=None if person else sys.stderr,
            asking=person,
            hide=lambda hidden: hide_echo(descriptor or 0, hidden),
        )
        self.screen: Screen = self._plain
        typed = TypedLines(lambda: self._plain.secret)
        self.typist = StdinReader(loop, descriptor, typed, arrived=self._arrived)
        self._plain.before_asking = self.typist.peek
        self._loop, self._person = loop, person
        self._caught: set[int] = set()

    def _arrived(self) -> None:
        self._plain.echoed(ahead=bool(self.typist.waiting))

    def begin(self) -> None:
        """The terminal stays as it is, but Ctrl-Z may come while a question hides its answer."""
        if self._person:
            self._loop.on_signals([signal.SIGTSTP], self._caught.add)

    def complete_with(self, completer: Completer) -> None:
        """There is no Tab here."""

    def bind(self, key: str, action: Callable[[], None]) -> None:
        """Nor are there keys."""

    @property
    def typing(self) -> str:
        """The terminal has it."""
        return ""

    @property
    def begun(self) -> bool:
        """Nobody knows."""
        return False

    def converse(self, conversation: Buffer | None) -> None:
        """The terminal has one line."""

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        """Nobody knows what is a paste."""

    def turn(self) -> None:
        """Everything has been written; heed Ctrl-Z."""
        if self._caught:
            self._caught.clear()
            self._plain.lend(suspend)

    def end(self) -> None:
        """Let what is typed be seen again, and what comes now begin its own row."""
        self._plain.give_up()
        self._plain.reveal()


def open_console(loop: Loop, timers: Timers, no_color: bool) -> Console:
    """The console that fits what standard input and output are."""
    person = is_terminal(sys.stdin)
    able = person and is_terminal(sys.stdout) and os.environ.get("TERM", "dumb") != "dumb"
    if not able:
        return PlainConsole(loop, person, no_color)
    # Loaded only here: blessed takes a tenth of a second, and a script has no use for it.
    from chatroom.client.terminal.console import TerminalConsole

    looks = looks_for(os.environ, True, no_color)
    state = state_directory()
    return TerminalConsole(loop, timers, looks, state and state / HISTORY_FILE)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal."""
    descriptor = descriptor_of(stream)
    return descriptor is not None and os.isatty(descriptor)


def descriptor_of(stream: TextIO | None) -> int | None:
    """A standard stream's descriptor; None where the stream was closed before we started."""
    return None if stream is None else stream.fileno()

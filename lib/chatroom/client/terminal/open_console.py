"""The console: standard input and output, which may be terminals, pipes or files.

A capable terminal gets its own input line (`terminal/`). If only standard input is a terminal, or
it is dumb, the terminal itself edits and echoes the line, and lines are printed without control
sequences.
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
        """The entries that have not been taken."""
        ...


class ChatConsole(Protocol):
    """The part of a console that a chat uses."""

    @property
    def screen(self) -> Screen:
        """The screen that shows lines."""
        ...

    @property
    def typist(self) -> Entries:
        """The object that holds the entries."""
        ...

    def complete_with(self, completer: Completer) -> None:
        """Set what Tab completes with."""
        ...

    def bind(self, key: str, action: Callable[[], None]) -> None:
        """Let a key that the input line does not use, such as `KEY_ALT_a`, call `action`."""
        ...

    @property
    def typing(self) -> str:
        """The line that is being typed; "" while a question is open, or if it is not known."""
        ...

    @property
    def begun(self) -> bool:
        """Whether a line is half typed, as far as is known."""
        ...

    def converse(self, conversation: Buffer | None) -> None:
        """Let the input line belong to this conversation, which has its own half-typed line."""
        ...

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        """Set whether pasted lines are only sent after a question, and the function that words
        it."""
        ...


class Console(ChatConsole, Protocol):
    """A console as the loop uses it."""

    @property
    def typist(self) -> StdinReader:
        """The reader of standard input."""
        ...

    interrupted: Callable[[], None]
    """Called for Ctrl-C on an empty line."""

    def begin(self) -> None:
        """Take over the terminal."""
        ...

    def turn(self) -> None:
        """Called in each turn of the loop: make what happened visible."""
        ...

    def end(self) -> None:
        """Restore the terminal."""
        ...


class PlainConsole:
    """A console for a pipe, a file, or a terminal in cooked mode."""

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
        """Leave the terminal as it is, but notice Ctrl-Z, which may arrive while a secret is
        typed."""
        if self._person:
            self._loop.on_signals([signal.SIGTSTP], self._caught.add)

    def complete_with(self, completer: Completer) -> None:
        """Ignored: there is no Tab."""

    def bind(self, key: str, action: Callable[[], None]) -> None:
        """Ignored: there are no keys."""

    @property
    def typing(self) -> str:
        """Unknown: the terminal holds the line."""
        return ""

    @property
    def begun(self) -> bool:
        """Unknown: always False."""
        return False

    def converse(self, conversation: Buffer | None) -> None:
        """Ignored: the terminal has only one line."""

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        """Ignored: a paste cannot be recognised."""

    def turn(self) -> None:
        """React to Ctrl-Z; the lines have been written already."""
        if self._caught:
            self._caught.clear()
            self._plain.lend(suspend)

    def end(self) -> None:
        """Turn the echo on again, and end the row of an open question."""
        self._plain.give_up()
        self._plain.reveal()


def open_console(loop: Loop, timers: Timers, no_color: bool) -> Console:
    """Open the console that fits standard input and output."""
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
    """The descriptor of a standard stream; None if the stream was closed before the start."""
    return None if stream is None else stream.fileno()

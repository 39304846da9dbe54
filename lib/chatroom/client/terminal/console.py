"""A person at a terminal: turns bytes into keys and keys into lines, and handles signals and the
line history.

OSErrors of the terminal and of the line history's file are handled here.
"""

import math
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from chatroom.client.files.privacy import memorable
from chatroom.client.terminal.device import Device, suspend
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.keys import CURSOR_AT, Key, KeyReader
from chatroom.client.terminal.line_history import LineHistory
from chatroom.client.terminal.notifier import Notifier
from chatroom.client.terminal.screen import TerminalScreen
from chatroom.client.terminal.stdin import StdinReader
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.commands.table import goes_unnoticed
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.ports import Completer, Screen
from chatroom.client.view.lines import error_line, info_line
from chatroom.client.view.rich import Looks
from chatroom.net.loop import Loop
from chatroom.net.timers import Timer, Timers

ANSWER_SECONDS = 0.5
"""Seconds for the terminal to say where its cursor is."""

TOO_LATE_SECONDS = 1.0
"""Seconds after the end of a long paste in which Ctrl-C was still meant to stop it."""


class TerminalConsole:
    """A Console (see `terminal/open_console.py`) with its own input line.

    Each turn of the loop processes keys up to the end of one line, so that the text typed directly
    after `/switch games` goes to that room. `history` is the file of earlier lines, None if there
    is none.
    """

    def __init__(self, loop: Loop, timers: Timers, looks: Looks, history: Path | None) -> None:
        self.interrupted: Callable[[], None] = lambda: None
        self._loop, self._timers = loop, timers
        self._keys = KeyReader(goes_unnoticed)
        self._unpressed: deque[Key] = deque()
        self._patience: Timer | None = None
        self._recall: LineHistory | None = LineHistory(history) if history else None
        self._device = Device(sys.stdin.fileno(), sys.stdout)
        self.line = InputLine()
        self._terminal = TerminalScreen(
            sys.stdout,
            self.line,
            self._device.size,
            looks,
            self._remember,
            Notifier(os.environ).notify,
        )
        self.screen: Screen = self._terminal
        self.typist = StdinReader(loop, sys.stdin.fileno(), self, greedy=True)
        self._caught: set[int] = set()
        self._signals: dict[int, Callable[[], None]] = {
            signal.SIGWINCH: self._resized,
            signal.SIGTSTP: self._suspend,
            signal.SIGCONT: self._continue,
        }
        self._gone = False
        self._last_pasting = -math.inf  # when a paste was last seen half sent; monotonic
        self.line.bindings |= {
            "KEY_CTRL_C": self._ctrl_c,
            "KEY_CTRL_D": self._ctrl_d,
            "KEY_CTRL_L": self._terminal.clear,
            "KEY_CTRL_Z": self._suspend,
        }
        self._load()

    def begin(self) -> None:
        """Take over the terminal."""
        numbers = map(signal.Signals, self._signals)
        self._loop.on_signals(numbers, self._caught.add)
        self._device.enter()
        self._terminal.measure()

    def complete_with(self, completer: Completer) -> None:
        """Set what Tab completes with."""
        self.line.completer = completer

    def bind(self, key: str, action: Callable[[], None]) -> None:
        """Let a key call `action`; keys are named as in `terminal/keys.py`."""
        self.line.bindings[key] = action

    @property
    def typing(self) -> str:
        """The line that is being typed; "" while a question is open."""
        return self.line.text

    @property
    def begun(self) -> bool:
        """Whether a line is half typed."""
        return self.line.begun

    def converse(self, conversation: Buffer | None) -> None:
        """Let the input line belong to this conversation."""
        self.line.converse(conversation)

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        """Set whether to ask before pasted lines are sent, and the function that makes the
        question."""
        self.line.asks_before_paste = ask
        self.line.weigh = weigh

    def turn(self) -> None:
        """Handle the signals that arrived, and write what is new."""
        if self._gone:
            return
        waiting = self.typist.waiting
        if waiting and waiting[0].pasted and waiting[0].sent:
            self._last_pasting = time.monotonic()
        try:
            while self._caught:
                self._signals[self._caught.pop()]()
            self.screen.flush()
        except OSError:
            self._lose()

    def end(self) -> None:
        """Remove the input line and restore the terminal."""
        if self._gone:
            return
        self.screen.give_up()
        try:
            self._leave()
        except OSError:
            self._lose()

    def _leave(self) -> None:
        """Restore the terminal even if the screen is what failed."""
        try:
            self._terminal.hide()
        finally:
            self._device.leave()

    def _lose(self) -> None:
        """The terminal is gone. Its input has ended as well, which ends the run."""
        self._gone = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    # Keys

    def feed(self, data: bytes) -> Sequence[Entry]:
        """Receive bytes; `go_on` processes the keys."""
        if self._patience:
            self._patience.cancel()
            self._patience = None
        # What was typed ahead while the client was stopped came in one piece, too.
        stopped = signal.SIGCONT in self._caught
        attentive = self.line.conversing and not (stopped or self._unpressed)
        self._keys.bursts = attentive and self.line.asks_before_paste
        self._unpressed += self._keys.feed(data)
        if self._keys.patience is not None:
            when = time.monotonic() + self._keys.patience
            self._patience = self._timers.at(when, self._waited)
        return ()

    def _waited(self) -> None:
        self._unpressed += self._keys.give_up()

    @property
    def behind(self) -> bool:
        """Whether there are keys to process."""
        return bool(self._unpressed)

    def go_on(self) -> Sequence[Entry]:
        """Process keys up to one that enters something."""
        while self._unpressed:
            entry = self._press(self._unpressed.popleft())
            if entry:
                return [entry]
        return ()

    def _press(self, key: Key) -> Entry | None:
        if key.name == CURSOR_AT:
            self._terminal.found(int(key.text.partition(";")[2]) - 1)
            return None
        if key.name in ("KEY_CTRL_C", "KEY_ESCAPE") and not self.line.busy and self._stop():
            return None
        return self.line.press(key)

    def _stop(self) -> bool:
        """Stop a paste that is being sent. Returns whether there was one."""
        waiting = self.typist.waiting
        if not (waiting and waiting[0].pasted):
            return False
        sent, whole = waiting[0].sent, len(waiting[0].lines)
        waiting.popleft()
        self.screen.show(error_line(f"Stopped: {sent} of {whole} lines were sent."))
        return True

    def _ctrl_c(self) -> None:
        """Discard the entries that wait; if there are none, leave, unless the key came too late to
        stop a paste."""
        waiting = sum(len(entry.lines) for entry in self.typist.waiting)
        if waiting:
            self.typist.waiting.clear()
            self.screen.show(error_line(f"Not sent: {waiting} line{'s' if waiting > 1 else ''}."))
        elif time.monotonic() - self._last_pasting < TOO_LATE_SECONDS:
            self._last_pasting = -math.inf
            self.screen.show(info_line("The paste was already sent. Press Ctrl-C again to leave."))
        else:
            self.interrupted()

    def _ctrl_d(self) -> None:
        self.typist.ended = True

    # Signals

    def _suspend(self) -> None:
        self._leave()
        suspend()
        self._continue()

    def _continue(self) -> None:
        self._device.enter()
        self._terminal.restart()

    def _resized(self) -> None:
        if self._terminal.resized():
            when = time.monotonic() + ANSWER_SECONDS
            self._timers.at(when, lambda: self._terminal.found(None))

    # The line history

    def _load(self) -> None:
        try:
            for line in self._recall.load() if self._recall else ():
                self.line.remember(line)
        except OSError as error:
            self._forget(error)

    def _remember(self, line: str) -> None:
        line = memorable(line)
        if not line:
            return
        self.line.remember(line)
        try:
            if self._recall:
                self._recall.append(line)
        except OSError as error:
            self._forget(error)

    def _forget(self, error: OSError) -> None:
        """Report once why lines are not saved for the next run; they are still kept for this
        one."""
        self._recall = None
        self.screen.show(error_line(f"The line history cannot be saved: {error.strerror}."))

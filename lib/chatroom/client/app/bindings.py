"""Connects the chat with keys, status and timers of the console."""

import time
from collections.abc import Callable
from functools import partial

from chatroom.client.terminal.open_console import ChatConsole
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.chat import Chat
from chatroom.client.ui.commands.table import leads_elsewhere
from chatroom.client.ui.completion import ChatCompleter
from chatroom.client.ui.status_line import Now, Shorter, status, title
from chatroom.net.timers import Timer, Timers

EARLY_SECONDS = 0.1
"""A timer that would ring at most this much too late is kept, because two clocks are involved."""

KEYED_CONVERSATIONS = range(1, 10)
"""The conversations that Alt and a digit switch to."""


class Bindings:
    """Connects a chat with the console of its person."""

    def __init__(self, chat: Chat, console: ChatConsole, timers: Timers) -> None:
        self._chat, self._console, self._timers = chat, console, timers
        self._typed = ""
        self._here: Buffer | None = None
        self._asks: bool | None = None
        self._alarm: Timer | None = None
        self._rings = 0.0
        self._shown: Now | None = None
        chat.offers.read()
        console.complete_with(ChatCompleter(chat.context, chat.display))
        console.bind("KEY_ALT_a", self._next_unread)
        for number in KEYED_CONVERSATIONS:
            console.bind(f"KEY_ALT_{number}", partial(self._switch_to, number))

    def turn(self) -> None:
        """Called in each turn of the loop."""
        chat = self._chat
        chat.context.now = time.time()
        self._converse()
        chat.display.begun = begun = self._console.begun
        if chat.offers.standing and not (begun or self._console.typist.waiting):
            chat.offers.read()
        typing = self._console.typing
        if typing != self._typed:
            self._typed = typing
            chat.presence.edited(self._typed)
            if typing:
                chat.read_markers.seen()
        chat.presence.tick()
        chat.display.tick()
        if chat.read_markers.due is not None:
            chat.read_markers.tick()
        if chat.settled_in:
            now = chat.presence.standing._replace(
                sending=self._sending, transfer=chat.context.services.transfers.progress
            )
            self._show_status(now)
        asks = chat.context.settings.on("paste")
        if asks is not self._asks:
            self._asks = asks
            self._console.treat_pastes(asks, chat.composer.weigh)
        self._wake()

    def _show_status(self, now: Now) -> None:
        """Show the status, if it has changed: in most turns it has not."""
        if now != self._shown:
            self._shown = now
            self._console.screen.status(f"{status(now)}> ", Shorter(now))
            self._console.screen.title(title(now))

    def _wake(self) -> None:
        """Set the timer for the next thing to do. A timer that rings too early is kept: when it
        rings, the next one is set."""
        context = self._chat.context
        if not context.person:
            return
        chat = self._chat
        dues = (chat.presence.due, chat.display.due, chat.read_markers.due)
        due = min((one for one in dues if one is not None), default=None)
        if due is None:
            return
        rings = time.monotonic() + max(0.0, due - context.now)
        if self._alarm is not None and rings >= self._rings - EARLY_SECONDS:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings = rings
        self._alarm = self._timers.at(rings, self._rang)

    def _rang(self) -> None:
        self._alarm = None

    def _converse(self) -> None:
        """Let the input line follow the current conversation. A draft that appears with it is not
        announced as typing."""
        current = self._chat.display.buffers.current
        if current is not self._here and not self._chat.arriving:
            self._here = current
            self._console.converse(current)
            self._typed = self._console.typing

    @property
    def _sending(self) -> tuple[int, int] | None:
        """How much of a paste has been sent, and of how much."""
        first = next(iter(self._console.typist.waiting), None)
        return (first.sent, len(first.lines)) if first and first.sent else None

    def _next_unread(self) -> None:
        self._move(self._chat.display.next_unread)

    def _switch_to(self, number: int) -> None:
        self._move(partial(self._chat.display.switch_to, number))

    def _move(self, move: Callable[[], None]) -> None:
        """Switch at once. Lines that were entered before stay with the old conversation; what is
        typed after the key belongs to the new one."""
        if not self._chat.context.connected:
            return
        self._chat.context.now = time.time()
        for entry in self._console.typist.waiting:
            entry.where = entry.where or self._chat.display.buffers.current
            if leads_elsewhere(entry.lines[0]):
                break
        move()
        self._chat.read_markers.seen()
        self._converse()

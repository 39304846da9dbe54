"""The chat at its place in the loop: the status is built when it changes, the timer stays."""

import io
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import pytest

from chatroom.client.app import bindings as bindings_module
from chatroom.client.app.bindings import Bindings
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.terminal.screen import _prompt as fitting_prompt
from chatroom.client.ui import status_line
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.ports import Completer
from chatroom.client.ui.status_line import Now, status
from chatroom.net.timers import Timer, Timers
from client.visitor import Visit, entered


class Screen(PlainScreen):
    """One that notes the status."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.told: list[str] = []
        self.shorter: Iterable[str] = ()

    def status(self, text: str, shorter: Iterable[str] = ()) -> None:
        self.told.append(text)
        self.shorter = shorter


class Waiting:
    """The lines that were entered: none."""

    def __init__(self) -> None:
        self.waiting: deque[Entry] = deque()


class Console:
    """One with nobody at it."""

    def __init__(self) -> None:
        self.screen = Screen()
        self.typist = Waiting()
        self.typing = ""
        self.begun = False

    def complete_with(self, completer: Completer) -> None: ...

    def bind(self, key: str, action: Callable[[], None]) -> None: ...

    def converse(self, conversation: Buffer | None) -> None: ...

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None: ...


class Clock(Timers):
    """Timers that count how many were made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        self.made += 1
        return super().at(when, action)


@pytest.fixture
def visit() -> Visit:
    return entered()


def test_a_status_is_built_when_it_changes(visit: Visit) -> None:
    console = Console()
    bindings = Bindings(visit.chat, console, Clock())
    for _ in range(3):
        bindings.turn()
    assert console.screen.told == ["general> "]
    visit.hear(":bob!b@h PRIVMSG alice :psst\n")
    for _ in range(3):
        bindings.turn()
    assert console.screen.told == ["general> ", "general | bob:1!> "]


def test_shorter_ones_are_built_where_there_is_too_little_room(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a wide window, a change builds one status, and a turn without a change none."""
    built: list[str] = []

    def counted(now: Now) -> str:
        built.append(now.here)
        return status(now)

    monkeypatch.setattr(bindings_module, "status", counted)
    monkeypatch.setattr(status_line, "status", counted)
    console = Console()
    bindings = Bindings(visit.chat, console, Clock())
    view = InputLine().view
    for text in ("", ":bob!b@h PRIVMSG alice :psst\n", "", ""):
        visit.hear(text)
        bindings.turn()
        shown = view._replace(prompt=console.screen.told[-1], shorter=console.screen.shorter)
        assert fitting_prompt(shown, 80) == console.screen.told[-1]
    assert len(built) == 2
    assert fitting_prompt(shown, 20) == "general> "
    assert len(built) > 2


def test_a_timer_stays(visit: Visit) -> None:
    """The next question about the lag is due at one time, however often the loop turns."""
    timers = Clock()
    bindings = Bindings(visit.chat, Console(), timers)
    bindings.turn()  # asks for the lag
    visit.sent()
    bindings.turn()
    made = timers.made
    for _ in range(5):
        bindings.turn()
    assert timers.made == made
    timers.run(time.monotonic() + 3600)
    bindings.turn()
    assert timers.made == made + 1

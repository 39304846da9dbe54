"""The chat beside a console: what the loop tells it, without a terminal and without a socket."""

from collections import deque
from collections.abc import Callable, Sequence

import pytest

from chatroom.client.app.bindings import Bindings
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.keys import TEXT, Key
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.offers import Offer
from chatroom.client.ui.ports import Completer, Screen
from chatroom.client.view.folding import PAUSE_SECONDS
from chatroom.net.timers import Timers
from client.visitor import ENTERING, Visit, entered


class Clock:
    """One that stands."""

    now = 2_000_000_000.0

    @classmethod
    def time(cls) -> float:
        return cls.now

    @staticmethod
    def monotonic() -> float:
        return 5.0


class Waiting:
    """The lines that were entered, as a Typist has them."""

    def __init__(self) -> None:
        self.waiting: deque[Entry] = deque()


class Console:
    """An input line at which keys are pressed by hand."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.typist = Waiting()
        self.line = InputLine()
        self.bound: dict[str, Callable[[], None]] = {}
        self.interrupted: Callable[[], None] = lambda: None

    def complete_with(self, completer: Completer) -> None:
        self.line.completer = completer

    def bind(self, key: str, action: Callable[[], None]) -> None:
        self.bound[key] = action

    @property
    def typing(self) -> str:
        return self.line.text

    @property
    def begun(self) -> bool:
        return self.line.begun

    def converse(self, conversation: Buffer | None) -> None:
        self.line.converse(conversation)

    def treat_pastes(self, ask: bool, weigh: Callable[[Sequence[str]], Weighed]) -> None:
        self.line.asks_before_paste, self.line.weigh = ask, weigh


class Sitting:
    """A visit with a desk."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.chat = visit, visit.chat
        self.console = Console(visit.chat.context.screen)
        self.timers = Timers()
        self.desk = Bindings(visit.chat, self.console, self.timers)
        self.desk.turn()

    def types(self, text: str) -> None:
        self.console.line.press(Key(TEXT, text))
        self.desk.turn()


@pytest.fixture
def sitting() -> Sitting:
    visit = entered()
    visit.hear(ENTERING.format("#games"))
    visit.sent()
    visit.types("/switch general")
    visit.sent()
    return Sitting(visit)


def test_a_half_typed_line_is_not_taken_along(sitting: Sitting) -> None:
    """Neither by a room that was asked for, nor by the one that is left."""
    sitting.chat.typed("/join tea")
    sitting.types("half a line")
    sitting.visit.hear(ENTERING.format("#tea"))
    sitting.desk.turn()
    assert sitting.chat.display.here == "#general"
    sitting.desk._switch_to(2)
    assert (sitting.chat.display.here, sitting.console.typing) == ("#games", "")
    sitting.desk._switch_to(1)
    assert sitting.console.typing == "half a line"


def test_an_offer_is_for_the_line_that_is_begun_after_it(sitting: Sitting) -> None:
    """Whoever types meanwhile, or has entered something, has not read it."""
    done: list[str] = []

    def offered(name: str) -> None:
        accepted, declined = (lambda: done.append(name)), (lambda: done.append(f"no {name}"))
        sitting.chat.offers.make(Offer(name, f"{name}?", accepted, declined))

    sitting.types("/y")
    offered("save")
    sitting.desk.turn()
    sitting.chat.typed("/yes")
    assert done == []
    sitting.console.line.press(Key("KEY_CTRL_U"))
    sitting.desk.turn()
    sitting.chat.typed("/yes")
    assert done == ["save"]
    sitting.console.typist.waiting.append(Entry(("/no",)))
    offered("unsent")
    sitting.desk.turn()
    sitting.chat.typed("/no")
    assert done == ["save"]


def test_what_waits_is_for_where_it_was_entered(sitting: Sitting) -> None:
    """A key that leads elsewhere comes behind it."""
    first, moving, behind = Entry(("one",)), Entry(("/switch 1",)), Entry(("two",))
    sitting.console.typist.waiting += first, moving, behind
    general = sitting.chat.display.buffers.current
    sitting.console.bound["KEY_ALT_2"]()
    assert sitting.chat.display.here == "#games"
    assert first.where is general
    assert behind.where is None  # that is where `/switch 1` leads


def test_on_the_way_into_the_first_rooms_the_line_is_for_none() -> None:
    """It goes where the prompt will say."""
    sitting = Sitting(Visit(joined=False, rooms=("tea", "den")))
    sitting.types("hello")
    sitting.visit.hear(ENTERING.format("#tea"))
    sitting.desk.turn()
    sitting.visit.hear(ENTERING.format("#den"))
    sitting.visit.sent()
    sitting.desk.turn()
    assert (sitting.chat.display.here, sitting.console.typing) == ("#den", "hello")


def test_a_paste_tells_how_far_it_is(sitting: Sitting) -> None:
    """In the status, while it is sent line by line."""
    entry = Entry([f"line {number}" for number in range(30)], pasted=True, sent=7)
    sitting.console.typist.waiting.append(entry)
    assert sitting.desk._sending == (7, 30)
    sitting.console.typist.waiting.clear()
    assert sitting.desk._sending is None


def test_the_loop_turns_when_there_is_something_to_show(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People who came and went, when it has been quiet for a moment."""
    monkeypatch.setattr("chatroom.client.app.bindings.time", Clock)
    sitting.chat.context.now = Clock.time()
    sitting.visit.hear(":ann!a@h JOIN #general\n:ben!b@h JOIN #general\n")
    sitting.desk.turn()
    assert sitting.timers.wait(Clock.monotonic()) == PAUSE_SECONDS
    assert "came" not in "".join(sitting.visit.shown())
    monkeypatch.setattr(Clock, "now", Clock.now + PAUSE_SECONDS)
    sitting.desk.turn()
    assert sitting.visit.shown() == ["-- 2 came (ann, ben)."]


def test_settings_about_pastes_reach_the_line(sitting: Sitting) -> None:
    """/paste off."""
    assert sitting.console.line.asks_before_paste
    sitting.chat.context.settings.set("paste", "off")
    sitting.desk.turn()
    assert not sitting.console.line.asks_before_paste
    assert sitting.console.line.weigh(["a", "b"]).question == (
        "Send 2 lines to general as 2 messages?"
    )

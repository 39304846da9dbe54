"""Who is there and how: typing, being away, the server's lag, and the status that tells of it.

Sans I/O: times are the chat's, in UTC seconds. `edited` and `tick` are called by the loop.
"""

from contextlib import suppress

from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.highlights import is_ignored
from chatroom.client.ui.offers import Offers
from chatroom.client.ui.status_line import Now, Unread
from chatroom.client.ui.typing_status import Composing, Typists
from chatroom.wire.message import LineTooLong

IS_AWAY, IS_BACK = "306", "305"
LATER_SECONDS = 1.0

MEASURE_SECONDS = 30.0
"""Between two measurements."""

SPOKEN_SECONDS = 1.0
"""At most, from something that is said to the next one. What is said meanwhile goes with it."""


class Presence:
    """What the status tells of, and what others are told of our typing."""

    def __init__(self, context: Context, display: Display, offers: Offers) -> None:
        self._context = context
        self._display = display
        self._offers = offers
        self.away = False
        self.calling_again_at: float | None = None
        """When a lost server is called the next time; None while there is one."""
        self._typists = Typists()
        self._composing = Composing()
        self._lag = Lag()

    # What comes

    def event(self, event: Event) -> None:
        """Take note of what an event tells about people."""
        match event:
            case events.Typing() if self._tells(event):
                place = event.room or event.nick
                self._typists.told(self._fold(place), event.nick, event.phase, self._context.now)
            case events.Said():
                self._typists.stopped(self._fold(event.with_whom), event.sender)
            case events.Left() | events.Kicked():
                self._typists.gone(event.nick)
            case events.Renamed():
                self._typists.gone(event.old)
            case events.Answer(message) if message.command in (IS_AWAY, IS_BACK):
                self.away = message.command == IS_AWAY
            case events.Echoed():
                self._lag.answered(self._context.now)

    def _tells(self, event: events.Typing) -> bool:
        settings = self._context.settings
        ignored = is_ignored(event.nick, event.source, self._context.session.state, settings)
        return settings.on("typing") and not ignored

    def lost(self) -> None:
        """The server is gone, and all that it knew."""
        self.away = False
        self._lag.forget()
        self._typists = Typists()
        self._composing = Composing()

    # What goes

    def edited(self, text: str) -> None:
        """The input line holds this now."""
        if (text or self._composing.tells) and self._may_tell():
            self._tell(self._composing.edited(self._display.here, text, self._context.now))

    def said(self) -> None:
        """What was typed has been sent."""
        self._composing.said()
        self._lag.spoken(self._context.now)

    def tick(self) -> None:
        """Time has passed: tell of a pause, ask for the lag."""
        if self._composing.due is not None and self._may_tell():
            self._tell(self._composing.tick(self._context.now))
        if self._context.connected and self._context.person and self._lag.wants(self._context.now):
            self._context.session.ping()

    def _may_tell(self) -> bool:
        session = self._context.session
        able = session.agreed("message-tags") and session.state.relays("typing")
        idle = self._context.connected and not session.window_full
        return self._context.person and able and idle and self._context.settings.on("typing")

    def _tell(self, phases: list[tuple[str, str]]) -> None:
        for target, phase in phases:
            conversation = self._display.buffers.find(target)
            if conversation and self._display.absence(conversation):
                continue
            with suppress(LineTooLong):  # a name that nobody has; saying something will tell
                self._context.session.typing(target, phase)

    # What is seen

    @property
    def due(self) -> float | None:
        """When to call `tick` and to look at the status again, once `tick` has been called.

        What it could not do then, for want of an answer, has to wait, and not in a busy loop.
        """
        now = self._context.now
        times = [time for time in (self._typists.due, self._composing.due) if time is not None]
        if self._context.connected:
            times.append(self._lag.due(now, self._context.settings.number("lag")))
        if self.calling_again_at is not None:
            times.append(now + LATER_SECONDS)
        first = min(times, default=None)
        return now + LATER_SECONDS if first is not None and first <= now else first

    @property
    def standing(self) -> Now:
        """What the status in front of the input line is made of."""
        context, display, now = self._context, self._display, self._context.now
        lag = self._lag.seconds(now) if context.connected else 0.0
        again, here = self.calling_again_at, display.here
        return Now(
            here=here,
            absent=bool(display.absent),
            unread=tuple(
                Unread(each.name, each.unread, each.highlighted)
                for each in display.buffers.unread()
            ),
            typing=self._typists.here(self._context.fold(here), now),
            away=self.away,
            lag=float(round(lag)) if lag >= context.settings.number("lag") else None,
            calling_again_in=None if again is None else _told(again - now),
            offered=self._offers.stand,
        )

    def _fold(self, name: str) -> str:
        return self._context.session.state.fold(name)


def _told(seconds: float) -> float:
    """A pause as the status tells it, which changes once a second; 0 only when it is over."""
    return float(round(seconds)) or 0.1 if seconds > 0 else 0.0


class Lag:
    """How long the server takes to answer: one question is under way at most."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._next = 0.0
        self._last = 0.0

    def wants(self, now: float) -> bool:
        """Whether to ask now; then it is taken that this is done."""
        if self._asked is not None or now < self._next:
            return False
        self._asked, self._next = now, now + MEASURE_SECONDS
        return True

    def spoken(self, now: float) -> None:
        """Something was said: whether it has arrived is worth a question soon."""
        self._next = min(self._next, now + SPOKEN_SECONDS)

    def answered(self, now: float) -> None:
        """The server has answered."""
        if self._asked is not None:
            self._last = now - self._asked
        self._asked = None

    def forget(self) -> None:
        """The server is lost."""
        self._asked, self._next, self._last = None, 0.0, 0.0

    def seconds(self, now: float) -> float:
        """That of the last answer, or so much as one has waited already."""
        return self._last if self._asked is None else max(self._last, now - self._asked)

    def due(self, now: float, threshold: float) -> float:
        """When there is something to do or to show."""
        if self._asked is None:
            return self._next
        return self._asked + threshold if now < self._asked + threshold else now + 1.0

"""Typing notifications, being away, the server's lag, and the status that shows them.

`Typists` are the other people who are typing, `Composing` sends our own notifications, and `Lag`
measures the server's response time. Sans I/O: times are UTC seconds. The loop calls `edited` and
`tick`.
"""

from contextlib import suppress
from typing import NamedTuple

from chatroom.client.limits import LIMITS
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.highlights import is_ignored
from chatroom.client.ui.offers import Offers
from chatroom.client.ui.status_line import Now, Unread
from chatroom.wire.message import LineTooLong

IS_AWAY, IS_BACK = "306", "305"
LATER_SECONDS = 1.0

MEASURE_SECONDS = 30.0
"""Seconds between two measurements."""

SPOKEN_SECONDS = 1.0
"""The most seconds between a message and the next measurement, which covers all messages until
then."""


class Presence:
    """Collects what the status shows, and sends our typing notifications."""

    def __init__(self, context: Context, display: Display, offers: Offers) -> None:
        self._context = context
        self._display = display
        self._offers = offers
        self.away = False
        self.calling_again_at: float | None = None
        """When the lost server is called again, in UTC seconds; None while there is a
        connection."""
        self._typists = Typists()
        self._composing = Composing()
        self._lag = Lag()

    # Incoming

    def event(self, event: Event) -> None:
        """Note what an event says about people."""
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
        """The connection is gone, and with it everything that was known."""
        self.away = False
        self._lag.forget()
        self._typists = Typists()
        self._composing = Composing()

    # Outgoing

    def edited(self, text: str) -> None:
        """The input line has changed to this text."""
        if (text or self._composing.tells) and self._may_tell():
            self._tell(self._composing.edited(self._display.here, text, self._context.now))

    def said(self) -> None:
        """The typed line has been sent."""
        self._composing.said()
        self._lag.spoken(self._context.now)

    def tick(self) -> None:
        """Send what is due: a notification of a pause, or a PING to measure the lag."""
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

    # The status

    @property
    def due(self) -> float | None:
        """When to call `tick` and to update the status again, after a call of `tick`.

        If `tick` could not do something because it waits for an answer, this is a second later, so
        that the loop does not spin.
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
        """The contents of the status in front of the input line."""
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
            offered=bool(self._offers.standing),
        )

    def _fold(self, name: str) -> str:
        return self._context.session.state.fold(name)


def _told(seconds: float) -> float:
    """The seconds as the status shows them, which changes once a second; 0 only when the pause is
    over."""
    return float(round(seconds)) or 0.1 if seconds > 0 else 0.0


# The lag


class Lag:
    """The server's response time: at most one PING is under way."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._next = 0.0
        self._last = 0.0

    def wants(self, now: float) -> bool:
        """Whether to send a PING now; then the caller has to send it."""
        if self._asked is not None or now < self._next:
            return False
        self._asked, self._next = now, now + MEASURE_SECONDS
        return True

    def spoken(self, now: float) -> None:
        """A message was sent: measure soon whether it has arrived."""
        self._next = min(self._next, now + SPOKEN_SECONDS)

    def answered(self, now: float) -> None:
        """The server has answered."""
        if self._asked is not None:
            self._last = now - self._asked
        self._asked = None

    def forget(self) -> None:
        """The connection is gone."""
        self._asked, self._next, self._last = None, 0.0, 0.0

    def seconds(self, now: float) -> float:
        """The last response time, or the time since the unanswered PING if that is longer."""
        return self._last if self._asked is None else max(self._last, now - self._asked)

    def due(self, now: float, threshold: float) -> float:
        """When to measure or to update the status."""
        if self._asked is None:
            return self._next
        return self._asked + threshold if now < self._asked + threshold else now + 1.0


# Typing (IRCv3 client-tags/typing)

ACTIVE_SECONDS = 6.0
"""Seconds after which a person without news is no longer typing ("at least 6 seconds")."""
PAUSED_SECONDS = 30.0
"""ACTIVE_SECONDS for a person who has paused ("at least 30 seconds")."""
REPEAT_SECONDS = 3.0
"""The least seconds between two notifications of `active`."""
PAUSE_SECONDS = 5.0
"""Seconds after which an unchanged line is a pause."""

_LASTING = {"active": ACTIVE_SECONDS, "paused": PAUSED_SECONDS}


class Typists:
    """The other people who are typing, in rooms or to us."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def told(self, conversation: str, nick: str, phase: str, now: float) -> None:
        """A `typing` tag has arrived."""
        self.stopped(conversation, nick)
        if phase in _LASTING and len(self._until) < LIMITS.typists:
            self._until[conversation, nick] = now + _LASTING[phase]

    def stopped(self, conversation: str, nick: str) -> None:
        """They have sent the message, or stopped typing."""
        self._until.pop((conversation, nick), None)

    def gone(self, nick: str) -> None:
        """They have left all rooms."""
        for key in [key for key in self._until if key[1] == nick]:
            del self._until[key]

    def here(self, conversation: str, now: float) -> tuple[str, ...]:
        """The people who are typing in a conversation now."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        return tuple(nick for place, nick in self._until if place == conversation)

    @property
    def due(self) -> float | None:
        """When the next notification expires."""
        return min(self._until.values(), default=None)


class Told(NamedTuple):
    """The last notification that we sent."""

    target: str
    phase: str
    at: float


class Composing:
    """Decides which `typing` tags we send, and when."""

    def __init__(self) -> None:
        self._told: Told | None = None
        self._edited = 0.0

    @property
    def tells(self) -> bool:
        """Whether others think that we are typing."""
        return self._told is not None

    def edited(self, target: str, text: str, now: float) -> list[tuple[str, str]]:
        """The line was changed. Returns the targets and phases to send; a command is not
        announced."""
        talking = bool(target) and bool(text.strip()) and _is_said(text)
        told = self._told
        tell: list[tuple[str, str]] = []
        if told and (told.target != target or not talking):
            tell.append((told.target, "done"))
            self._told = told = None
        if not talking:
            return tell
        self._edited = now
        if told is None or told.phase != "active" or now - told.at >= REPEAT_SECONDS:
            self._told = Told(target, "active", now)
            tell.append((target, "active"))
        return tell

    def tick(self, now: float) -> list[tuple[str, str]]:
        """Returns the notification of a pause, if it is due."""
        told = self._told
        if told is None or told.phase != "active" or now < self._edited + PAUSE_SECONDS:
            return []
        self._told = Told(told.target, "paused", now)
        return [(told.target, "paused")]

    def said(self) -> None:
        """The line was sent, which says everything."""
        self._told = None

    @property
    def due(self) -> float | None:
        """When `tick` may return something."""
        active = self._told is not None and self._told.phase == "active"
        return self._edited + PAUSE_SECONDS if active else None


def _is_said(text: str) -> bool:
    return not text.startswith("/") or text.startswith(("//", "/me "))

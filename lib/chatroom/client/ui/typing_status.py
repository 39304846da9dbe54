"""Who types, and telling others that we do (IRCv3 client-tags/typing). Times are UTC seconds."""

from typing import NamedTuple

from chatroom.client.limits import LIMITS

ACTIVE_SECONDS = 6.0
"""Without news somebody who typed does so no more ("at least 6 seconds")."""
PAUSED_SECONDS = 30.0
"""The same for somebody who stopped to think."""
REPEAT_SECONDS = 3.0
"""`active` is told at most so often."""
PAUSE_SECONDS = 5.0
"""A line that stands untouched so long is a pause."""

_LASTING = {"active": ACTIVE_SECONDS, "paused": PAUSED_SECONDS}


class Typists:
    """Others who type, each in a room or to us."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def told(self, conversation: str, nick: str, phase: str, now: float) -> None:
        """A `typing` tag came."""
        self.stopped(conversation, nick)
        if phase in _LASTING and len(self._until) < LIMITS.typists:
            self._until[conversation, nick] = now + _LASTING[phase]

    def stopped(self, conversation: str, nick: str) -> None:
        """They said it, or went."""
        self._until.pop((conversation, nick), None)

    def gone(self, nick: str) -> None:
        """They are in no room any more."""
        for key in [key for key in self._until if key[1] == nick]:
            del self._until[key]

    def here(self, conversation: str, now: float) -> tuple[str, ...]:
        """Who types there now."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        return tuple(nick for place, nick in self._until if place == conversation)

    @property
    def due(self) -> float | None:
        """When the next one is over."""
        return min(self._until.values(), default=None)


class Told(NamedTuple):
    """What others were told last."""

    target: str
    phase: str
    at: float


class Composing:
    """Our own typing: which `typing` tags are to be sent, and when."""

    def __init__(self) -> None:
        self._told: Told | None = None
        self._edited = 0.0

    @property
    def tells(self) -> bool:
        """Whether others take us for typing."""
        return self._told is not None

    def edited(self, target: str, text: str, now: float) -> list[tuple[str, str]]:
        """The line was changed: targets and phases to tell. A command is nobody's business."""
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
        """Time has passed."""
        told = self._told
        if told is None or told.phase != "active" or now < self._edited + PAUSE_SECONDS:
            return []
        self._told = Told(told.target, "paused", now)
        return [(told.target, "paused")]

    def said(self) -> None:
        """The line was sent, which tells it all."""
        self._told = None

    @property
    def due(self) -> float | None:
        """When `tick` may have something to tell."""
        active = self._told is not None and self._told.phase == "active"
        return self._edited + PAUSE_SECONDS if active else None


def _is_said(text: str) -> bool:
    return not text.startswith("/") or text.startswith(("//", "/me "))

"""The adapter of `catch_up.py` for programs. It yields the messages of our rooms as events, in
order."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chatroom.client.history.catch_up import Brought, CatchUp, Manner
from chatroom.client.history.cursor import HistoryCursor, is_before
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import (
    Echoed,
    Event,
    Gone,
    HistoryPage,
    Kicked,
    Left,
    Reacted,
    Refusal,
    RoomEntered,
    Said,
)
from chatroom.client.protocol.session import Session


class Start(NamedTuple):
    """Where to begin in a room that is entered for the first time: with its last `lines`, or with
    the messages since a time (UTC milliseconds)."""

    lines: int = 0
    since: int | None = None


class Follower:
    """Selects the events that are new, over any number of connections."""

    def __init__(self, start: Start, wanted: bool = True) -> None:
        """`wanted`: whether to ask for the history, now or after a lost connection."""
        self._start = start
        self._session: Session | None = None
        self._names: set[str] = set()
        self._begun: set[str] = set()  # rooms in which all since the start was told once
        manner = Manner(wanted, whole=True, any_refusal=True)
        self._engine = CatchUp(self._fold, manner, self._ping)
        self.receipts = self._engine.receipts

    def attach(self, session: Session) -> None:
        """Use another connection."""
        self._session = session
        self._engine.attach(session)

    def lost(self) -> list[Event]:
        """The connection is gone. Returns the held events that no page will bring again."""
        return self._engine.lost()

    @property
    def catching_up(self) -> bool:
        """Whether a page of history has been requested and has not arrived."""
        return self._engine.catching_up

    def take(self, event: Event) -> Iterator[Event]:
        """The events to deliver now."""
        self._engine.heard(event)
        match event:
            case RoomEntered():
                yield event
                self._entered(event)
                return
            case Left(own=True) | Kicked(own=True):
                self._engine.left(event.room)
            case HistoryPage():
                brought = self._engine.page(event)
                if brought is not None:
                    yield from self._told(brought)
                    return
            case Refusal():
                brought = self._engine.refused(event)
                if brought is not None:
                    yield from [event] if brought.done else []
                    yield from self._told(brought)
                    return
            case Echoed():
                yield from self._engine.answered()
        yield from self._engine.take(event)

    def _ping(self) -> None:
        """Send a PING, but not as a barrier, which would keep the program from sending anything
        until all pages have arrived."""
        if self._session:
            self._session.ping()

    def _entered(self, event: RoomEntered) -> None:
        assert self._session is not None
        if len(self._names) < LIMITS.rooms:
            self._names.add(self._fold(self._session.state.nick))
        if self._start.since is not None and self._engine.able:
            began = HistoryCursor.moment(self._start.since)
            self._engine.markers.enter(event.room, began, begun=True)
        self._engine.entered(event, self._start.lines)

    def _told(self, brought: Brought) -> Iterator[Event]:
        """The events of a result, without messages that were deleted."""
        yield from self._past(brought.past or ())
        for each in brought.missed:
            if isinstance(each, Reacted) or not self._is_too_early(each):
                yield self._with_owner(each)
        if brought.done and len(self._begun) < LIMITS.rooms:
            self._begun.add(self._fold(brought.room))
        yield from brought.waited

    def _past(self, entries: Sequence[Said | Gone | Reacted]) -> Iterator[Event]:
        """The requested last lines. Their reactions are not reported."""
        lines = [each for each in entries if not isinstance(each, Reacted)]
        for line in lines[-max(1, self._start.lines) :]:
            if isinstance(line, Said):
                yield self._with_owner(line)

    def _is_too_early(self, line: Said) -> bool:
        """Whether its time is before the start. Later on, nothing is left out when a clock is set
        back."""
        since = self._start.since
        begun = self._fold(line.room) in self._begun
        return since is not None and not begun and is_before(line, since)

    def _with_owner(self, entry: Said | Reacted) -> Said | Reacted:
        """The entry with `own` set: pages do not distinguish our own lines."""
        own = self._fold(entry.sender) in self._names
        return entry._replace(own=True) if own else entry

    def _fold(self, name: str) -> str:
        return self._session.state.fold(name) if self._session else name

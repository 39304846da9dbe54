"""What a person reads back: the history of a room, page by page.

Who enters a room is shown its last lines first; what happens meanwhile waits until they stand.
A PING behind each CHATHISTORY tells when nothing is to be waited for any longer.
"""

from collections.abc import Sequence
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

from chatroom.client import events, view
from chatroom.client.commands.base import CommandError
from chatroom.client.events import Event, Gone, HistoryPage, Said
from chatroom.client.screen import Screen
from chatroom.client.session import Session
from chatroom.client.view import Line, Place, Tone, news
from chatroom.wire.prose import local_moment

PAGE_LINES = 20

UP_TO_DATE = Line("--- you are up to date ---", Tone.NEWS)
THE_BEGINNING = Line("--- nothing older is kept ---", Tone.NEWS)


class Purpose(Enum):
    """What a page of history was asked for."""

    ENTERING = auto()
    LATEST = auto()
    OLDER = auto()
    AROUND = auto()


_SUBCOMMANDS = {
    Purpose.ENTERING: "LATEST",
    Purpose.LATEST: "LATEST",
    Purpose.OLDER: "BEFORE",
    Purpose.AROUND: "AROUND",
}


class Asked(NamedTuple):
    """A page that is under way, how many lines of it were asked for, and around which one."""

    purpose: Purpose
    length: int
    msgid: str = ""


class Reading(NamedTuple):
    """How far back somebody has read in a room: a reference to the oldest line, and a page."""

    oldest: str
    length: int


_HAPPENS = (
    events.Said,
    events.Reacted,
    events.TakenBack,
    events.Joined,
    events.Left,
    events.Kicked,
    events.Renamed,
    events.TopicChanged,
    events.ModesChanged,
    events.Invited,
)
"""What waits: all that people do, so that it keeps its order. Not what the server answers."""


class Reader:
    """The pages that are under way, and where the last ones ended."""

    def __init__(self, session: Session, screen: Screen, person: bool) -> None:
        self._session = session
        self._screen = screen
        self._person = person
        self._asked: dict[str, Asked] = {}
        self._entering: set[str] = set()
        self._waiting: list[Event] = []
        self._reading: dict[str, Reading] = {}
        self._day: date | None = None

    # What is said now

    def delays(self, event: Event) -> bool:
        """Whether an event has to wait for the page that shows what came before it."""
        delayed = bool(self._entering) and isinstance(event, _HAPPENS)
        if delayed:
            self._waiting.append(event)
        return delayed

    def entered(self, room: str, lines: int = PAGE_LINES) -> None:
        """We have come into a room: ask for its last lines, for a person."""
        if lines and self._person and self._session.agreed("draft/chathistory"):
            self._entering.add(self._fold(room))
            self._ask(room, Purpose.ENTERING, lines)

    def left(self, room: str) -> list[Event]:
        """We are there no more; what waited."""
        self._asked.pop(self._fold(room), None)
        self._reading.pop(self._fold(room), None)
        return self._stands(self._fold(room))

    def settled(self) -> list[Event]:
        """The server has dealt with everything: no page will come. What waited."""
        self._asked.clear()
        return self._stands(*self._entering)

    def _stands(self, *rooms: str) -> list[Event]:
        """Nothing more is to come for these; what waited, if it was for them alone."""
        self._entering.difference_update(rooms)
        waited = [] if self._entering else self._waiting
        self._waiting = self._waiting if self._entering else []
        return waited

    def mark_day(self, event: Said, now: float) -> None:
        """A marker above a live line that is the first of its day."""
        day = local_moment(event.tags, now).date()
        last = self._day or local_moment({}, now).date()
        if day != last:
            self._screen.show(view.day(day))
        self._day = day

    # History

    def history(self, room: str, text: str) -> None:
        """/history [N], /history more. Raises CommandError."""
        if not self._session.agreed("draft/chathistory"):
            raise CommandError("This server does not show its history")
        reading = self._reading.get(self._fold(room))
        if text == "more" and reading:
            self._ask(room, Purpose.OLDER, reading.length, reading.oldest)
        elif text in ("", "more"):
            self._ask(room, Purpose.LATEST, PAGE_LINES)
        elif number := _number(text):
            self._ask(room, Purpose.LATEST, number)
        else:
            raise CommandError("Usage: /history [N], /history more")

    def around(self, line: Said) -> None:
        """/context: what was said before and after a line. Raises CommandError."""
        reference = self._reference(line)
        if not self._session.agreed("draft/chathistory") or reference == "*":
            raise CommandError("This server does not show its history")
        msgid = line.tags.get("msgid", "")
        self._ask(line.with_whom, Purpose.AROUND, PAGE_LINES, reference, msgid)

    def _ask(
        self, room: str, purpose: Purpose, length: int, reference: str = "*", msgid: str = ""
    ) -> None:
        """The settling also stops typed commands until the page stands."""
        length = min(length, _number(self._session.state.isupport.get("CHATHISTORY", "")) or length)
        subcommand = _SUBCOMMANDS[purpose]
        self._session.send("CHATHISTORY", subcommand, room, reference, str(length))
        self._asked[self._fold(room)] = Asked(purpose, length, msgid)
        self._session.settle()

    def page(self, event: HistoryPage, place: Place) -> list[Event]:
        """Show a page, asked for or not; what waited for it.

        What was heard since we came in, and waited, is left out of the page: it comes now.
        """
        key = self._fold(event.room)
        asked = self._asked.pop(key, Asked(Purpose.ENTERING, len(event.lines)))
        purpose, length = asked.purpose, asked.length
        if purpose is Purpose.AROUND:
            self._screen.show(*view.history(event.lines, place, asked.msgid))
            return self._stands(key)
        if event.lines:
            self._reading[key] = Reading(self._reference(event.lines[0]), length)
        heard = {each.tags.get("msgid") for each in self._waiting if isinstance(each, Said)}
        lines = [line for line in event.lines if line.tags.get("msgid") not in heard - {None}]
        if self._person or purpose is not Purpose.ENTERING:
            self._show(lines, purpose, place)
        return self._stands(key)

    def _show(self, lines: Sequence[Said | Gone], purpose: Purpose, place: Place) -> None:
        shown = list(view.history(lines, place))
        if lines:
            self._day = local_moment(lines[-1].tags, place.now).date()
        if purpose is Purpose.OLDER:
            shown += [] if lines else [THE_BEGINNING]
        elif lines:
            shown.append(UP_TO_DATE)
        elif purpose is Purpose.LATEST:
            shown.append(news("Nothing has been said here yet."))
        self._screen.show(*shown)

    def _reference(self, line: Said | Gone) -> str:
        """In the first way that the server understands (ISUPPORT MSGREFTYPES) and the line has."""
        known = self._session.state.isupport.get("MSGREFTYPES") or "msgid,timestamp"
        values = {"msgid": line.tags.get("msgid"), "timestamp": line.tags.get("time")}
        usable = [f"{kind}={values[kind]}" for kind in known.split(",") if values.get(kind)]
        return usable[0] if usable else "*"

    def _fold(self, room: str) -> str:
        return self._session.state.fold(room)


def _number(text: str) -> int:
    """The number that is written there; 0 for any other text."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0

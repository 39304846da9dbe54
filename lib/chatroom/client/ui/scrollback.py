"""Shows the history of rooms, page by page.

On entering a room, the last lines are shown first, and events that arrive meanwhile are held back
(`history/catch_up.py`; this is its adapter for the screen). A PING after each CHATHISTORY shows
when a page will no longer come.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

from chatroom.client.errors import CommandError
from chatroom.client.history.catch_up import Brought, CatchUp, Manner
from chatroom.client.history.cursor import HistoryCursor, reference_kinds
from chatroom.client.protocol.events import (
    Event,
    Gone,
    HistoryPage,
    Reacted,
    Refusal,
    RoomEntered,
    Said,
)
from chatroom.client.protocol.session import Session
from chatroom.client.ui.context import Context
from chatroom.client.ui.unplaced_reactions import Unplaced
from chatroom.client.view.lines import Line, Tone, ViewContext, info_line
from chatroom.client.view.past import day_line, history
from chatroom.text.display import local_moment
from chatroom.wire.isupport import number
from chatroom.wire.reference import parse_time

PAGE_LINES = 20
MISSED_PAGE = 100
"""The lines of one request, if the server allows as many."""

MISSED_LINES = 500
"""The most missed lines of one room that are shown from where reading stopped. If there are more, a
note and the last page follow."""

UP_TO_DATE = Line("--- you are up to date ---", Tone.NEWS)
READ_UPTO_HERE = Line("--- you have read up to here ---", Tone.NEWS)
THE_BEGINNING = Line("--- nothing older is kept ---", Tone.NEWS)
MORE_WAS_SAID = Line("--- there are more lines here; /history more shows them ---", Tone.NEWS)


class Purpose(Enum):
    """The reason for which the person requested a page, as CHATHISTORY's subcommand."""

    LATEST = "LATEST"
    OLDER = "BEFORE"
    AROUND = "AROUND"


class Asked(NamedTuple):
    """A page that was requested: its number of lines, and the message around which it is."""

    purpose: Purpose
    length: int
    msgid: str = ""


class OldestShown(NamedTuple):
    """How far a room has been read back: a reference to the oldest line, and the length of a
    page."""

    oldest: str
    length: int


class Scrollback:
    """The requested pages, and where the last ones ended."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._screen = context.screen
        self._asked: dict[str, Asked] = {}
        self._reading: dict[str, OldestShown] = {}
        self._day: date | None = None
        manner = Manner(context.person, together=True, page=MISSED_PAGE, most=MISSED_LINES)
        self.catch_up = CatchUp(context.fold, manner, self._barrier)
        self.catch_up.attach(context.session)
        self._unplaced = Unplaced()
        self.read_upto: Callable[[str], int | None] = lambda _name: None
        """Up to when the person has read a conversation, on any device; UTC milliseconds."""

    def _barrier(self) -> None:
        """Send a PING. Until its answer, typed commands wait as well."""
        self._context.session.barrier()

    def attach(self, session: Session) -> None:
        """Use the new session after a lost connection."""
        self._asked.clear()
        self.catch_up.attach(session)

    # Live messages

    def entered(self, event: RoomEntered) -> None:
        """We have entered a room: request the missed lines, or the last ones."""
        self.catch_up.entered(event, self._context.settings.number("replay"))

    def left(self, room: str) -> None:
        """We have left the room."""
        self._asked.pop(self._fold(room), None)
        self._reading.pop(self._fold(room), None)
        self.catch_up.left(room)
        self.catch_up.markers.forget(room)

    def answered(self) -> list[Event]:
        """The server has processed everything, so no page will come. Returns the events that were
        held back."""
        self._asked.clear()
        return self.catch_up.answered()

    def mark_day(self, event: Said, now: float) -> None:
        """Show a marker above the first live line of a day."""
        day = local_moment(event.tags, now).date()
        last = self._day or local_moment({}, now).date()
        if day != last:
            self._screen.show(day_line(day))
        self._day = day

    # History

    def history(self, room: str, text: str) -> None:
        """/history [N], /history more. Raises CommandError."""
        if not self._context.session.agreed("draft/chathistory"):
            raise CommandError("This server does not show its history.")
        reading = self._reading.get(self._fold(room))
        if text == "more" and reading:
            self._ask(room, Purpose.OLDER, reading.length, reading.oldest)
        elif text in ("", "more"):
            self._ask(room, Purpose.LATEST, PAGE_LINES)
        elif lines := _number(text):
            self._ask(room, Purpose.LATEST, lines)
        else:
            raise CommandError("Usage: /history [N], /history more")

    def around(self, line: Said) -> None:
        """/context: what was said before and after a line. Raises CommandError."""
        reference = self._reference(line)
        if not self._context.session.agreed("draft/chathistory") or reference == "*":
            raise CommandError("This server does not show its history.")
        msgid = line.tags.get("msgid", "")
        where = line.room or line.target or line.sender  # pages do not say which lines are our own
        self._ask(where, Purpose.AROUND, PAGE_LINES, reference, msgid)

    def _ask(
        self, room: str, purpose: Purpose, length: int, reference: str = "*", msgid: str = ""
    ) -> None:
        most = number(self._context.session.state.isupport.get("CHATHISTORY", "")) or length
        asked = Asked(purpose, min(length, most), msgid)
        lines = str(asked.length)
        self._context.session.send("CHATHISTORY", purpose.value, room, reference, lines)
        self._asked[self._fold(room)] = asked
        self._barrier()

    def page(self, event: HistoryPage, place: ViewContext) -> list[Event]:
        """Show a page, whether it was requested or not. Returns the events that were held back for
        it."""
        asked = self._asked.pop(self._fold(event.room), None)
        if asked:
            self._show_asked(event, asked, place)
            return []
        brought = self.catch_up.page(event)
        if brought is None:  # the server sends it by itself
            self.catch_up.markers.begin(event.room, event.lines)
            self._note_reactions(event)
            brought = Brought(event.room, event.entries if self._context.person else None)
        if brought.past is not None:
            self._show_past(event, brought.past, place)
        if brought.gap:
            self._read_on(event, PAGE_LINES)
            self._screen.show(MORE_WAS_SAID)
        return [*brought.missed, *brought.waited]

    def _show_asked(self, event: HistoryPage, asked: Asked, place: ViewContext) -> None:
        self._note_reactions(event)
        entries = self._unplaced.sort(self._fold(event.room), event.entries, place)
        if asked.purpose is Purpose.AROUND:
            self._screen.show(*history(entries, place, asked.msgid))
            return
        self._read_on(event, asked.length)
        if event.is_last and entries:
            self._screen.show(THE_BEGINNING)
        nothing = [info_line("Nothing has been said here yet.")] if not entries else [UP_TO_DATE]
        older = [] if entries else [THE_BEGINNING]
        self._show(entries, older if asked.purpose is Purpose.OLDER else nothing, place)

    def _show_past(
        self, event: HistoryPage, past: Sequence[Said | Gone | Reacted], place: ViewContext
    ) -> None:
        self._read_on(event, self._context.settings.number("replay") or PAGE_LINES)
        entries = self._unplaced.sort(self._fold(event.room), past, place)
        read, unread = divided(entries, self.read_upto(event.room))
        self._show(read, [READ_UPTO_HERE] if unread else [], place)
        self._show(unread, [UP_TO_DATE] if entries else [], place, self._day if read else None)

    def _note_reactions(self, event: HistoryPage) -> None:
        """Note the reactions on the page, so that they are not shown again."""
        for each in event.entries:
            if isinstance(each, Reacted):
                self.catch_up.markers.reacted(each)

    def _read_on(self, event: HistoryPage, length: int) -> None:
        """Note that /history more continues before this page."""
        if event.lines:
            oldest = self._reference(event.lines[0])
            self._reading[self._fold(event.room)] = OldestShown(oldest, length)

    def refused(self, refusal: Refusal) -> list[Event] | None:
        """The events to show in place of the refusal of a page: none if the page is requested again
        in another way. Returns None for any other refusal."""
        brought = self.catch_up.refused(refusal)
        if brought is None:
            return None
        return [refusal, *brought.waited] if brought.done else []

    # Missed messages

    def catches_up(self, room: str) -> bool:
        """Whether the next page of the room contains missed lines; such a page is not filtered,
        because its length shows whether more is missing."""
        return self.catch_up.is_missing(room)

    def _show(
        self,
        entries: Sequence[Said | Gone | Reacted],
        end: Sequence[Line],
        place: ViewContext,
        last: date | None = None,
    ) -> None:
        """Show a part of the past. The day `last` has a marker above already."""
        lines = list(history(entries, place, last=last))
        spoken = [each for each in entries if not isinstance(each, Reacted)]
        if spoken:
            self._day = local_moment(spoken[-1].tags, place.now).date()
        self._screen.show(*lines, *end)

    def _reference(self, line: Said | Gone) -> str:
        """The line in the first way that the server understands and for which the line has a
        value."""
        kinds = reference_kinds(self._context.session)
        return HistoryCursor.line(line).reference(kinds) or "*"

    def _fold(self, room: str) -> str:
        return self._context.session.state.fold(room)


Entries = Sequence[Said | Gone | Reacted]


def divided(entries: Entries, upto: int | None) -> tuple[Entries, Entries]:
    """Returns the lines up to that time, which the person has read, and the rest. If nothing is
    known, or if the rest is their own, all of it is read."""
    if upto is None:
        return entries, ()
    for at, entry in enumerate(entries):
        time = moment(entry.tags)
        if time is not None and time > upto and not getattr(entry, "own", False):
            return entries[:at], entries[at:]
    return entries, ()


def moment(tags: Mapping[str, str]) -> int | None:
    """When something was said, by the server's clock, in UTC milliseconds."""
    try:
        return parse_time(tags.get("time", ""))
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> int:
    """The number; 0 for any other text."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0

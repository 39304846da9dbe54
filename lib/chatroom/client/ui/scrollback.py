"""What a person reads back: the history of a room, page by page.

Who enters a room is shown its last lines first; what happens meanwhile waits until they stand.
A PING behind each CHATHISTORY tells when nothing is to be waited for any longer.
"""

from collections.abc import Collection, Hashable, Sequence
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

from chatroom.client import events, view
from chatroom.client.errors import CommandError
from chatroom.client.events import Event, Exceeded, Gone, HistoryPage, Reacted, Said
from chatroom.client.history.catch_up import CatchUp, ReadMarkers, identity
from chatroom.client.limits import told
from chatroom.client.protocol.held_events import HeldEvents
from chatroom.client.ui.context import Context
from chatroom.client.ui.unplaced_reactions import Unplaced
from chatroom.client.view import Line, Tone, ViewContext, info_line
from chatroom.text.display import local_moment
from chatroom.wire.isupport import number
from chatroom.wire.message import Message

PAGE_LINES = 20
MISSED_PAGE = 100
"""Lines that are asked for at a time, where the server gives as many."""

UP_TO_DATE = Line("--- you are up to date ---", Tone.NEWS)
THE_BEGINNING = Line("--- nothing older is kept ---", Tone.NEWS)
MORE_WAS_SAID = Line("--- there are more lines here; /history more shows them ---", Tone.NEWS)


class Purpose(Enum):
    """What a page of history was asked for."""

    ENTERING = auto()
    PLACING = auto()  # only to know where one begins to read
    MISSED = auto()
    LATEST = auto()
    OLDER = auto()
    AROUND = auto()


_SUBCOMMANDS = {
    Purpose.ENTERING: "LATEST",
    Purpose.PLACING: "LATEST",
    Purpose.LATEST: "LATEST",
    Purpose.OLDER: "BEFORE",
    Purpose.AROUND: "AROUND",
}


class Asked(NamedTuple):
    """A page that is under way, how many lines of it were asked for, and around which one."""

    purpose: Purpose
    length: int
    msgid: str = ""


class OldestShown(NamedTuple):
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


class Scrollback:
    """The pages that are under way, and where the last ones ended."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._screen = context.screen
        self._person = context.person
        self._asked: dict[str, Asked] = {}
        self._entering: set[str] = set()
        self._arrived: set[str] = set()
        self._waiting = HeldEvents()
        self._reading: dict[str, OldestShown] = {}
        self._day: date | None = None
        self.markers = ReadMarkers(context.fold)
        self._catch_up = CatchUp(self.markers)
        self._unplaced = Unplaced()

    def again(self) -> None:
        """There is a new session in the place of one that was lost."""
        self._asked.clear()
        self._arrived.clear()

    # What is said now

    def delays(self, event: Event) -> bool:
        """Whether an event has to wait for the page that shows what came before it."""
        delayed = isinstance(event, _HAPPENS) and bool(self._entering or self._arriving)
        return delayed and self._waiting.takes(event)

    @property
    def _arriving(self) -> bool:
        """Whether the names of a room are still coming: its page will be asked for behind them.

        Not what the session's state says: that is ahead of the events of one read.
        """
        return self._reads and not self._arrived.issuperset(self._context.session.state.rooms)

    @property
    def _reads(self) -> bool:
        """Whether the last lines of a room are asked for: a person's, where the server has them."""
        return self._person and self._context.session.agreed("draft/chathistory")

    @property
    def overdue(self) -> list[Event]:
        """What waited, once that is too much: then the pages are not waited for any longer."""
        if not self._waiting.full:
            return []
        self._asked.clear()
        self._catch_up.begin(())
        late = Exceeded("held_bytes", told("held_bytes"))
        return [late, *self._release()]

    def entered(self, room: str, lines: int = PAGE_LINES) -> None:
        """We have come into a room: ask for its last lines, for a person."""
        self._arrived.add(self._fold(room))
        if not self._reads:
            return
        self._entering.add(self._fold(room))
        if not self._ask_missed(room):
            self._ask(room, Purpose.ENTERING if lines else Purpose.PLACING, lines or 1)

    def shows(self, event: Event) -> None:
        """An event is shown now; own lines count when the server has them."""
        if isinstance(event, Reacted):
            self.markers.reacted(event)
        if not isinstance(event, Said) or (event.own and "time" not in event.tags):
            return
        if not self.catches_up(event.room):
            self.markers.read(event)

    def left(self, room: str) -> list[Event]:
        """We are there no more; what waited."""
        self._asked.pop(self._fold(room), None)
        self._arrived.discard(self._fold(room))
        self._reading.pop(self._fold(room), None)
        self.markers.forget(room)
        return self._stands(self._fold(room))

    def settled(self) -> list[Event]:
        """The server has dealt with everything: no page will come. What waited."""
        self._asked.clear()
        self._catch_up.begin(())
        return self._release()

    def _stands(self, *rooms: str) -> list[Event]:
        """Nothing more is to come for these; what waited, if it was for them alone."""
        self._entering.difference_update(rooms)
        return [] if self._entering or self._arriving else self._waiting.given()

    def _release(self) -> list[Event]:
        """Nothing is waited for any longer, in any room; what waited."""
        self._entering.clear()
        return self._waiting.given()

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
        self._ask(line.with_whom, Purpose.AROUND, PAGE_LINES, reference, msgid)

    def _ask(
        self, room: str, purpose: Purpose, length: int, reference: str = "*", msgid: str = ""
    ) -> None:
        self._request(_SUBCOMMANDS[purpose], room, reference, Asked(purpose, length, msgid))

    def _request(self, subcommand: str, room: str, reference: str, asked: Asked) -> None:
        """The settling also stops typed commands until the page stands."""
        most = number(self._context.session.state.isupport.get("CHATHISTORY", "")) or asked.length
        asked = asked._replace(length=min(asked.length, most))
        self._context.session.send("CHATHISTORY", subcommand, room, reference, str(asked.length))
        self._asked[self._fold(room)] = asked
        self._context.session.barrier()

    def page(self, event: HistoryPage, place: ViewContext) -> list[Event]:
        """Show a page, asked for or not; what waited for it.

        What was heard since we came in, and waited, is left out of the page: it comes now.
        """
        key = self._fold(event.room)
        asked = self._asked.pop(key, Asked(Purpose.ENTERING, len(event.lines)))
        purpose, length = asked.purpose, asked.length
        if purpose is Purpose.AROUND:
            entries = self._unplaced.sort(key, event.entries, place)
            self._screen.show(*view.history(entries, place, asked.msgid))
            return self._stands(key)
        if purpose is Purpose.MISSED:
            return self._missed_page(event, length)
        if event.lines:
            self._reading[key] = OldestShown(self._reference(event.lines[0]), length)
        heard = self._heard
        entries = [each for each in event.entries if identity(each) not in heard]
        if purpose in (Purpose.ENTERING, Purpose.PLACING):
            lines = [each for each in entries if not isinstance(each, Reacted)]
            self.markers.began(event.room, lines)
        for each in entries:
            if isinstance(each, Reacted):
                self.markers.reacted(each)
        if purpose is not Purpose.PLACING and (self._person or purpose is not Purpose.ENTERING):
            self._show(self._unplaced.sort(key, entries, place), purpose, place)
        return self._stands(key)

    # What was missed

    def missed(self, rooms: Sequence[str]) -> None:
        """We come back into these rooms: what was said meanwhile is to be shown, and no more."""
        self._catch_up.begin(rooms)

    def catches_up(self, room: str) -> bool:
        """Whether there may be more that was missed there: its pages come whole, for they tell."""
        return self._catch_up.wants(room)

    def _ask_missed(self, room: str) -> bool:
        """Whether it is known what to ask for, so that it was asked."""
        asked = self._catch_up.request(room, self._references) if self.catches_up(room) else None
        if asked:
            subcommand, reference = asked
            self._request(subcommand, room, reference, Asked(Purpose.MISSED, MISSED_PAGE))
        else:
            self._catch_up.done(room)
        return bool(asked)

    def refused(self, message: Message) -> bool:
        """Whether the server refused a page that was then asked for in another way."""
        room = message.param(3)
        asked = self._asked.get(self._fold(room))
        if message.params[:1] != ("CHATHISTORY",) or not asked:
            return False
        missed = asked.purpose is Purpose.MISSED and self._catch_up.refused(room)
        again = missed and self._ask_missed(room)
        if asked.purpose is Purpose.MISSED and not again:
            self._asked.pop(self._fold(room), None)
        return again

    def _missed_page(self, event: HistoryPage, length: int) -> list[Event]:
        """What was missed is told like what is said now, and so is what waited for it."""
        heard = self._heard
        missed = self._catch_up.page(event.room, event.lines, heard, length)
        told = self._with_reactions(event, missed.lines, heard)
        if missed.gap:
            oldest = self._reference(event.lines[0])
            self._reading[self._fold(event.room)] = OldestShown(oldest, PAGE_LINES)
            self._screen.show(MORE_WAS_SAID)
        if missed.more and self._ask_missed(event.room):
            return told
        self._catch_up.done(event.room)
        return [*told, *self._stands(self._fold(event.room))]

    def _with_reactions(
        self, event: HistoryPage, lines: Sequence[Said], heard: Collection[Hashable]
    ) -> list[Event]:
        """These lines of the page, and the reactions among them that were missed."""
        shown = set(map(id, lines))
        told: list[Event] = []
        for each in event.entries:
            if isinstance(each, Reacted):
                if identity(each) not in heard and self.markers.reacted(each):
                    told.append(each)
            elif isinstance(each, Said) and id(each) in shown:
                told.append(each)
        return told

    @property
    def _heard(self) -> set[Hashable]:
        return {identity(each) for each in self._waiting.events if isinstance(each, Said | Reacted)}

    def _show(
        self, lines: Sequence[Said | Gone | Reacted], purpose: Purpose, place: ViewContext
    ) -> None:
        shown = list(view.history(lines, place))
        spoken = [each for each in lines if not isinstance(each, Reacted)]
        if spoken:
            self._day = local_moment(spoken[-1].tags, place.now).date()
        if purpose is Purpose.OLDER:
            shown += [] if lines else [THE_BEGINNING]
        elif lines:
            shown.append(UP_TO_DATE)
        elif purpose is Purpose.LATEST:
            shown.append(info_line("Nothing has been said here yet."))
        self._screen.show(*shown)

    def _reference(self, line: Said | Gone) -> str:
        """In the first way that the server understands (ISUPPORT MSGREFTYPES) and the line has."""
        values = {"msgid": line.tags.get("msgid"), "timestamp": line.tags.get("time")}
        usable = [f"{kind}={values[kind]}" for kind in self._references if values.get(kind)]
        return usable[0] if usable else "*"

    @property
    def _references(self) -> list[str]:
        known = self._context.session.state.isupport.get("MSGREFTYPES") or "msgid,timestamp"
        return known.split(",")

    def _fold(self, room: str) -> str:
        return self._context.session.state.fold(room)


def _number(text: str) -> int:
    """The number that is written there; 0 for any other text."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0

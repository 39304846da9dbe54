"""The engine that catches up: over any number of connections, it delivers each message of our rooms
once and in order.

After entering a room the engine asks for its history (IRCv3 chathistory): the first time for the
last lines, later, page by page, for everything since the line that was read last (`cursor.py`).
Live events are held back until the pages have come. Own lines whose fate was unknown when the
connection was lost are recognised on the pages (`receipts.py`).

The terminal client (`ui/scrollback.py`) and the library (`follower.py`) are adapters of this
engine: one shows pages, the other delivers events. Both call its methods in this order:

    attach -> heard, then one of entered, take, page, refused, left, answered -> lost -> attach ...

Sans I/O: the engine sends its requests through the session.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.client.history.cursor import (
    NOWHERE,
    HistoryCursor,
    ReadMarkers,
    identity,
    page_limit,
    reference_kinds,
    unknown,
)
from chatroom.client.history.receipts import Receipts
from chatroom.client.limits import told
from chatroom.client.protocol.events import (
    Delivered,
    Echoed,
    Event,
    Exceeded,
    Gone,
    HeldEvents,
    HistoryPage,
    Invited,
    Joined,
    Kicked,
    Left,
    ModesChanged,
    Reacted,
    Refusal,
    Renamed,
    RoomEntered,
    RoomRenamed,
    Said,
    Settled,
    TakenBack,
    TopicChanged,
)
from chatroom.client.protocol.session import Session
from chatroom.wire.capabilities import REACTIONS

_HAPPENS = (
    Said,
    Reacted,
    TakenBack,
    Joined,
    Left,
    Kicked,
    Renamed,
    TopicChanged,
    ModesChanged,
    Invited,
)
"""The events that are held back to keep their order: all that people do, but no answers of the
server."""


class Manner(NamedTuple):
    """How an adapter catches up.

    `wanted`: whether it asks for the history at all. `together`: whether one room that catches up
    holds back the events of all rooms, so that they can be shown in one order; otherwise only its
    own. `page`: how many lines to ask for at once; None for as many as the server allows. `most`:
    if more than this many lines were missed, only the last page is fetched; None for no limit.
    `whole`: whether the lines from before we came may take several pages. `any_refusal`: see
    `Receipts`.
    """

    wanted: bool
    together: bool = False
    page: int | None = None
    most: int | None = None
    whole: bool = False
    any_refusal: bool = False


class Brought(NamedTuple):
    """What to deliver after a page of `room` has come: `past`, then `missed`, then `waited`.

    `past` was said before we came; None if it was not asked for, or is not complete yet. `missed`
    was said while we were away; `gap`: lines before it are left out. `waited` was held back and is
    free now. `done`: no further page of this room is under way.
    """

    room: str
    past: Sequence[Said | Gone | Reacted] | None = None
    missed: Sequence[Said | Reacted] = ()
    gap: bool = False
    waited: Sequence[Event] = ()
    done: bool = False


@dataclass
class _Fetch:
    """A request for pages of one room, and what has come so far.

    `lines`: how many to show from before we came; 0 to find out only where to begin. `first`: the
    next page is from before we came. `then_missed`: the connection was lost before that page came,
    so what was said since is fetched afterwards. `by_time`: the server has forgotten the msgid.
    `beyond`: more messages share a timestamp than fit a page. `number`: how many lines the session
    had sent when it sent the request. `late`: live events are no longer held back for it.
    """

    room: str
    lines: int = 0
    first: bool = False
    then_missed: bool = False
    cursor: HistoryCursor = NOWHERE
    subcommand: str = ""
    reference: str = ""
    length: int = 0
    number: int = 0
    found: int = 0
    by_time: bool = False
    beyond: bool = False
    late: bool = False
    past: list[Said | Gone | Reacted] = field(default_factory=list)


class CatchUp:
    """Asks for pages, holds live events back, and drops what was delivered before."""

    def __init__(
        self, fold: Callable[[str], str], manner: Manner, mark: Callable[[], None]
    ) -> None:
        """`mark` sends a PING after a request; the adapter calls `answered` for its answer."""
        self.markers = ReadMarkers(fold)
        self.receipts = Receipts(fold, manner.any_refusal)
        self._fold = fold
        self._manner = manner
        self._mark = mark
        self._session: Session | None = None
        self._arrived: set[str] = set()
        self._fetches: dict[str, _Fetch] = {}
        self._held = HeldEvents()
        self._left = False

    def attach(self, session: Session) -> None:
        """Use a new session; the previous one was `lost`."""
        self._session = session
        self.receipts.attach(session)

    def lost(self) -> list[Event]:
        """The connection is gone. Returns the held events that no page will bring again."""
        waited = [event for event in self._held.given() if not self._comes_again(event)]
        self._fetches.clear()
        self._arrived.clear()
        self.receipts.lost()
        return self._tell(waited)

    def _comes_again(self, event: Event) -> bool:
        """Whether a page will bring the event, because we will ask from a line before it."""
        if isinstance(event, Reacted):
            kept = self._session is not None and self._session.agreed(REACTIONS)
        else:
            kept = isinstance(event, Said) and "time" in event.tags
        cursor = self.markers.cursor(getattr(event, "room", "")) if kept else None
        return cursor is not None and cursor != NOWHERE

    # Live events

    def heard(self, event: Event) -> None:
        """Note what has become of our lines. Call this first, for every event."""
        match event:
            case Delivered():
                self._delivered(event)
            case Refusal() | Settled() | Echoed():
                self.receipts.heard(event)
            case RoomRenamed():
                self._renamed(event)

    def _delivered(self, event: Delivered) -> None:
        """The server took a line of ours. Its msgid is a place from which we can ask on."""
        said = self.receipts.delivered(event)
        if said is None or not (said.room and event.msgid):
            return
        ours = said._replace(tags={"msgid": event.msgid})
        fetch = self._fetches.get(self._fold(said.room))
        if fetch and not fetch.late:
            self.markers.note(ours)  # the pages bring lines from before it
        else:
            self.markers.advance(ours)

    def take(self, event: Event) -> list[Event]:
        """A live event. Returns what to deliver now; nothing while the event is held back."""
        if not self._has_to_wait(event):
            if self._held.events and (self._left or not (self._arriving or self.catching_up)):
                return self._tell([*self._freed(), event])
            return [event] if self._is_new(event) else []
        if self._held.takes(event):
            return []
        return [*self._give_up(), *self._tell([event])]

    @property
    def catching_up(self) -> bool:
        """Whether live events are held back for a page."""
        return not all(fetch.late for fetch in self._fetches.values())

    @property
    def _arriving(self) -> bool:
        """Whether the names of a room are still coming: its page will be asked for behind them.

        Not what the session's state says: that is ahead of the events of one read.
        """
        return self._session is not None and not self._arrived.issuperset(self._session.state.rooms)

    @property
    def able(self) -> bool:
        """Whether the engine asks for pages, and the server has them."""
        agreed = self._session is not None and self._session.agreed("draft/chathistory")
        return agreed and self._manner.wanted

    def _has_to_wait(self, event: Event) -> bool:
        if not self._fetches and not self._arriving:
            return False  # this is asked for every event
        if not (isinstance(event, _HAPPENS) and self.able and (self.catching_up or self._arriving)):
            return False
        return self._manner.together or self._waits_with_its_room(event)

    def _waits_with_its_room(self, event: Event) -> bool:
        """An event of several rooms, such as QUIT, keeps its place behind events held before it."""
        room = getattr(event, "room", "")
        if not room:
            return bool(self._held.events) and isinstance(event, Left | Renamed)
        key = self._fold(room)
        fetch = self._fetches.get(key)
        if fetch:
            return not fetch.late
        rooms = self._session.state.rooms if self._session else {}
        return key in rooms and key not in self._arrived

    def _freed(self) -> list[Event]:
        """The held events that need not wait any longer; the others stay."""
        self._left = False
        if not self._held.events:
            return []
        freed: list[Event] = []
        for event in self._held.given():
            if self._has_to_wait(event):
                self._held.takes(event)
            else:
                freed.append(event)
        return freed

    def _tell(self, happened: Sequence[Event]) -> list[Event]:
        """The events without those that were delivered before; marks them as read."""
        return [event for event in happened if self._is_new(event)]

    def _is_new(self, event: Event) -> bool:
        if isinstance(event, Reacted):
            self.markers.reacted(event)
        if not isinstance(event, Said) or not event.room:
            return True
        if event.own and "time" not in event.tags:
            return True  # typed here: `receipts` has it until the server does
        if self.markers.is_read(event):
            return False
        self.receipts.passed(event.room)
        self.markers.advance(event)
        return True

    def answered(self) -> list[Event]:
        """The server has answered a PING, so pages that were requested before it should be here.
        Returns the events that were held back for them. If such a page comes after all, as through
        a bouncer that answers PINGs itself, it is late."""
        assert self._session is not None
        for fetch in self._fetches.values():
            fetch.late |= fetch.number <= self._session.dealt_with
        return self._tell(self._freed() if self.catching_up else self._held.given())

    def _give_up(self) -> list[Event]:
        """Too much is held back. Returns all of it, with the reason."""
        for fetch in self._fetches.values():
            fetch.late = True
        late = Exceeded("held_bytes", told("held_bytes"))
        return [late, *self._tell(self._held.given())]

    def _renamed(self, event: RoomRenamed) -> None:
        """A page of the old name that is under way is given up: the server may call it either."""
        entered = self._fold(event.old) in self._arrived
        if self._fold(event.old) in self._fetches:
            self.left(event.old)
        self._arrived.discard(self._fold(event.old))
        if entered:
            self._arrived.add(self._fold(event.room))
        self.markers.rename(event.old, event.room)
        self.receipts.renamed(event.old, event.room)

    def left(self, room: str) -> None:
        """We left the room; the next `take` returns what was held back for it."""
        self._fetches.pop(self._fold(room), None)
        self._arrived.discard(self._fold(room))
        self._left = True

    # Asking

    def entered(self, event: RoomEntered, lines: int) -> None:
        """We entered a room: ask for what we missed, or else for its last `lines`."""
        room, markers = event.room, self.markers
        self._arrived.add(self._fold(room))
        cursor = markers.cursor(room)
        markers.enter(room, HistoryCursor(time=event.since))
        if not self.able:
            return
        fetch = _Fetch(room, lines)
        if markers.begun(room) and self._ask_missed(fetch):
            return
        if cursor and cursor.time and not markers.begun(room) and self._ask_since_entered(fetch):
            return
        fetch.first = True
        self._ask(fetch, "LATEST", "*", lines or 1)

    def _ask_since_entered(self, fetch: _Fetch) -> bool:
        """The connection was lost before the first page came, so everything since we entered was
        missed. Returns whether it was asked for."""
        if not fetch.lines:
            return self._ask_missed(fetch)
        fetch.first = fetch.then_missed = True
        return self._ask_before(fetch, self.markers.cursor(fetch.room), fetch.lines)

    def _ask_missed(self, fetch: _Fetch) -> bool:
        """Ask for what follows the marker. Returns whether there was a marker to ask from."""
        cursor = self.markers.cursor(fetch.room) or NOWHERE
        reference = cursor.reference(self._kinds(fetch), 0 if fetch.beyond else -1)
        if not reference:
            return False
        self._ask(fetch, "LATEST" if self._full(fetch) else "AFTER", reference, None)
        return True

    def _ask_before(self, fetch: _Fetch, cursor: HistoryCursor | None, lines: int) -> bool:
        fetch.cursor = cursor or NOWHERE
        reference = fetch.cursor.reference(self._kinds(fetch), 1)
        if reference:
            self._ask(fetch, "BEFORE", reference, lines)
        return bool(reference)

    def _ask(self, fetch: _Fetch, subcommand: str, reference: str, lines: int | None) -> None:
        """Request at most this many lines; the oldest request stays first in `_fetches`."""
        assert self._session is not None
        limit = page_limit(self._session)
        fetch.subcommand, fetch.reference = subcommand, reference
        fetch.length = min(limit, lines or self._manner.page or limit)
        key = self._fold(fetch.room)
        self._fetches.pop(key, None)
        self._fetches[key] = fetch
        length = str(fetch.length)
        self._session.send("CHATHISTORY", subcommand, fetch.room, reference, length)
        fetch.number = self._session.put
        self._mark()

    def _kinds(self, fetch: _Fetch) -> list[str]:
        assert self._session is not None
        known = reference_kinds(self._session)
        return ["timestamp"] if fetch.by_time else known

    def _full(self, fetch: _Fetch) -> bool:
        return self._manner.most is not None and fetch.found >= self._manner.most

    def is_missing(self, room: str) -> bool:
        """Whether the next page of the room has what was missed there."""
        fetch = self._asked(room)
        return fetch is not None and not fetch.first

    # Pages

    def page(self, page: HistoryPage) -> Brought | None:
        """A page has come. Returns None if the engine did not ask for it."""
        fetch = self._asked(page.room)
        if fetch is None:
            return None
        if fetch.first:
            return self._past(fetch, page)
        return self._late(fetch, page) if fetch.late else self._missed(fetch, page)

    def _asked(self, room: str) -> _Fetch | None:
        """Some servers do not name the page's room; then it answers the oldest request."""
        if room:
            return self._fetches.get(self._fold(room))
        return next(iter(self._fetches.values()), None)

    def _past(self, fetch: _Fetch, page: HistoryPage) -> Brought:
        """Lines that are held back as live events are left out; they follow the page."""
        unheard = unknown(page.entries, self._heard)
        fetch.found += len(page.lines) - len(_lines(unheard))
        new = unknown(unheard, map(identity, fetch.past))
        fetch.past[:0] = new
        missing = fetch.lines - fetch.found - len(_lines(fetch.past))
        more = new and missing > 0 and not page.is_last
        if self._manner.whole and more and not fetch.late:
            fetch.by_time = False
            if self._ask_before(fetch, HistoryCursor.line(page.lines[0]), missing):
                return Brought(fetch.room)
        return self._begun(fetch)

    def _begun(self, fetch: _Fetch) -> Brought:
        """All lines from before we came are here."""
        if not fetch.late:
            self.markers.begin(fetch.room, _lines(fetch.past))
        for each in fetch.past:
            if isinstance(each, Reacted):
                self.markers.reacted(each)
        past = fetch.past if fetch.lines else None
        if fetch.then_missed and not fetch.late:
            fetch.first = fetch.by_time = False
            fetch.found = 0
            if self._ask_missed(fetch):
                return Brought(fetch.room, past)
        return self._done(fetch)._replace(past=past)

    def _missed(self, fetch: _Fetch, page: HistoryPage) -> Brought:
        """Deliver what is new on the page, and ask for what follows it."""
        last, heard = fetch.subcommand == "LATEST", self._heard
        new = self.markers.unread(fetch.room, page.lines)
        early = unknown(new, heard)
        missed = self._with_reactions(page, early, heard)
        for line in early:
            self.markers.advance(line)
        fetch.found += len(early)
        gap = last and len(page.lines) >= fetch.length
        more = bool(early) and len(early) == len(new) and not last
        if more:
            fetch.by_time = fetch.beyond = False
        elif self._stuck(fetch, page) and not (new or last):
            more = fetch.beyond = True
        if more and self._ask_missed(fetch):
            return Brought(fetch.room, None, missed)
        return self._done(fetch)._replace(missed=missed, gap=gap)

    @staticmethod
    def _stuck(fetch: _Fetch, page: HistoryPage) -> bool:
        """Whether one timestamp fills the page, so that asking from it brings the same page."""
        by_time = fetch.reference.startswith("timestamp=")
        return by_time and len(page.lines) >= fetch.length and not fetch.beyond

    def _late(self, fetch: _Fetch, page: HistoryPage) -> Brought:
        """Later lines were delivered already; deliver what was missing among them."""
        new = self.markers.unread(fetch.room, page.lines)
        missed = self._with_reactions(page, new, ())
        for line in new:
            self.markers.note(line)
        return self._done(fetch)._replace(missed=missed)

    def _with_reactions(
        self, page: HistoryPage, lines: Sequence[Said | Gone], heard: Collection[Hashable]
    ) -> list[Said | Reacted]:
        """Of the page, these lines without our own, and the reactions that were missed."""
        new = set(map(id, lines))
        missed: list[Said | Reacted] = []
        for each in page.entries:
            if isinstance(each, Reacted):
                if identity(each) not in heard and self.markers.reacted(each):
                    missed.append(each)
            elif isinstance(each, Said) and id(each) in new and not self.receipts.is_own(each):
                missed.append(each)
        return missed

    def refused(self, refusal: Refusal) -> Brought | None:
        """The server refuses a page. If it has deleted or forgotten the message to begin from, ask
        by time; the result is then not `done`. Returns None for a refusal of something else."""
        message = refusal.message
        if message.param(0) != "CHATHISTORY" or not self._fetches:
            return None
        fetch = self._fetches.get(self._fold(message.param(3)))
        if fetch is None and self._session and not self._session.state.is_room(message.param(3)):
            fetch = self._asked("")
        if fetch is None:
            return None
        if fetch.reference.startswith("msgid=") and not fetch.late:
            fetch.by_time = True
            again = self._ask_before(fetch, fetch.cursor, fetch.length) if fetch.first else None
            if again or (not fetch.first and self._ask_missed(fetch)):
                return Brought(fetch.room)
        return self._begun(fetch) if fetch.past else self._done(fetch)

    def _done(self, fetch: _Fetch) -> Brought:
        self._fetches.pop(self._fold(fetch.room), None)
        return Brought(fetch.room, waited=self._tell(self._freed()), done=True)

    @property
    def _heard(self) -> list[Hashable]:
        """The identities of the held messages."""
        return [identity(each) for each in self._held.events if isinstance(each, Said | Reacted)]


def _lines(entries: Sequence[Said | Gone | Reacted]) -> list[Said | Gone]:
    """The messages that count towards the limit of a request."""
    return [each for each in entries if not isinstance(each, Reacted)]

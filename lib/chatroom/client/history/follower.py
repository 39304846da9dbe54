"""What is said in our rooms, once and in order, over any number of connections: sans I/O.

Who comes into a room asks for what was said there since the last message that is known (IRCv3
chathistory, AFTER). What is said meanwhile waits until that stands. Where nothing is known yet, the
last message before we came is asked for, so that there is one to go on from.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import NamedTuple

from chatroom.client.events import (
    Delivered,
    Event,
    Exceeded,
    Gone,
    HistoryPage,
    Kicked,
    Left,
    Refusal,
    RoomEntered,
    Said,
    TakenBack,
)
from chatroom.client.history.cursor import HistoryCursor, is_before, page_limit
from chatroom.client.limits import LIMITS, told
from chatroom.client.protocol.held_events import HeldEvents
from chatroom.client.protocol.session import Session


class Start(NamedTuple):
    """Where to begin in a room that is entered for the first time: with its last `lines`, or with
    what was said since (UTC milliseconds)."""

    lines: int = 0
    since: int | None = None


class Follower:
    """Turns what sessions tell into what is new."""

    def __init__(self, start: Start, wanted: bool = True) -> None:
        """`wanted`: whether anything of the past is, now or after a loss."""
        self._wanted = wanted
        self._start = start
        self._session: Session | None = None
        self._reached: dict[str, HistoryCursor] = {}
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._names: set[str] = set()
        self._asked: deque[str] = deque()
        self._held = HeldEvents()
        self._caught: set[str] = set()
        self._begun: set[str] = set()  # rooms in which all since the start was told once
        self._past: list[Said | Gone] = []
        self._last_asked = ""

    def attach(self, session: Session) -> None:
        """Another connection: what was under way on the last one will be asked for again."""
        self._session = session
        self._asked.clear()
        self._held.given()
        self._caught.clear()
        self._last_asked = ""

    @property
    def catching_up(self) -> bool:
        """Whether a page of history is under way."""
        return bool(self._asked)

    def take(self, event: Event) -> Iterator[Event]:
        """What is to be told now."""
        match event:
            case RoomEntered():
                yield event
                self._entered(event.room)
            case Left(own=True) | Kicked(own=True):
                yield event
                yield from self._left(event.room)
            case HistoryPage() if self._asked and self._is_asked(event.room):
                yield from self._page(event)
            case Refusal() if self._asked and event.message.param(0) == "CHATHISTORY":
                yield from self._refused(event)
            case Delivered():
                self._remember(event.msgid)
                yield event
            case Said() | TakenBack() if self._has_to_wait(event.room):
                if not self._held.takes(event):
                    yield from self._stop_waiting()
                    yield from self._new(event)
            case Said():
                yield from self._new(event)
            case _:
                yield event

    def _has_to_wait(self, room: str) -> bool:
        """Also before we know who is there: some servers tell what is said sooner."""
        if not (room and self._able and self._session):
            return False
        return self._session.state.room(room) is not None and self._fold(room) not in self._caught

    @property
    def _able(self) -> bool:
        able = self._session is not None and self._session.agreed("draft/chathistory")
        return able and self._wanted

    def _stop_waiting(self) -> Iterator[Event]:
        """The server does not answer: what waited is told, without what was said before."""
        yield Exceeded("held_bytes", told("held_bytes"))
        waited = self._held.given()
        rooms = [*self._asked, *(each.room for each in waited if isinstance(each, Said))]
        self._caught.update(map(self._fold, rooms[: LIMITS.held_events]))
        self._asked.clear()
        for event in waited:
            yield from self._new(event)

    def _left(self, room: str) -> Iterator[Event]:
        """We are there no more: no page of it is needed."""
        key = self._fold(room)
        self._caught.discard(key)
        if key not in map(self._fold, self._asked):
            return
        if self._is_asked(room):
            yield from self._caught_up()
        else:
            self._asked = deque(each for each in self._asked if self._fold(each) != key)
        self._caught.discard(key)

    # Asking

    def _entered(self, room: str) -> None:
        if self._session is None or not self._able:
            return
        if len(self._names) < LIMITS.rooms:
            self._names.add(self._fold(self._session.state.nick))
        self._caught.discard(self._fold(room))
        if self._start.since is not None:
            began = HistoryCursor.moment(self._start.since)
            self._reach(room, began, first=True)
        self._asked.append(room)
        if len(self._asked) == 1:
            self._ask()

    def _ask(self) -> None:
        reached = self._reached.get(self._fold(self._asked[0]))
        if reached is None:
            self._past = []
            self._send("LATEST", "*", self._start.lines or 1)
        else:
            self._send("AFTER", reached.after)

    def _send(self, subcommand: str, reference: str, number: int | None = None) -> None:
        """A page, of at most so many messages."""
        assert self._session is not None
        limit = page_limit(self._session)
        room, number = self._asked[0], min(limit, number or limit)
        self._last_asked = f"{subcommand} {room} {reference}"
        self._session.send("CHATHISTORY", subcommand, room, reference, str(number))

    # What comes

    def _is_asked(self, room: str) -> bool:
        """Whether a page of that room is under way; some servers do not say of which it is."""
        return not room or self._fold(room) == self._fold(self._asked[0])

    def _reach(self, room: str, reached: HistoryCursor, first: bool = False) -> None:
        """Note how far a room is known; `first` if nothing is known of it yet."""
        key = self._fold(room)
        known = key in self._reached
        if not (known and first) and (known or len(self._reached) < LIMITS.rooms):
            self._reached[key] = reached

    def _page(self, page: HistoryPage) -> Iterator[Event]:
        if self._last_asked.startswith(("LATEST ", "BEFORE ")):
            yield from self._first_page(page)
            return
        for line in page.lines:
            if self._is_too_early(line):
                self._reach(line.room, HistoryCursor.line(line))
            else:
                yield from self._new(self._with_owner(line))
        before = self._last_asked
        if page.lines:
            self._ask()
        if self._last_asked == before:
            yield from self._caught_up()

    def _is_too_early(self, line: Said | Gone) -> bool:
        """Whether it shows a time before the start; later on, a clock that is set back is no reason
        to leave anything out."""
        since = self._start.since
        return (
            since is not None
            and self._fold(line.room) not in self._begun
            and is_before(line, since)
        )

    def _first_page(self, page: HistoryPage) -> Iterator[Event]:
        """Only told if that is wished for; else what waits was said since we came, and is new,
        though the page may have it too."""
        self._past = [*page.lines, *self._past][-max(1, self._start.lines) :]
        missing = self._start.lines - len(self._past)
        if page.lines and missing > 0:
            self._send("BEFORE", HistoryCursor.line(page.lines[0]).before, missing)
            return
        past, self._past = self._past, []
        self._reach(self._asked[0], HistoryCursor.line(past[-1]) if past else HistoryCursor())
        for line in past if self._start.lines else ():
            yield from self._new(self._with_owner(line))
        yield from self._caught_up()

    def _refused(self, event: Refusal) -> Iterator[Event]:
        """A message that was taken back, or is too old, is no reference; its time is."""
        reached = self._reached.get(self._fold(self._asked[0]))
        if reached and reached.msgid:
            self._reached[self._fold(self._asked[0])] = reached.by_time
            self._ask()
        else:
            yield event
            yield from self._caught_up()

    def _caught_up(self) -> Iterator[Event]:
        room = self._fold(self._asked.popleft())
        self._caught.add(room)
        if len(self._begun) < LIMITS.rooms:
            self._begun.add(room)
        for event in self._held.given():
            if self._has_to_wait(getattr(event, "room", "")):
                self._held.takes(event)  # for another room, and it had its place before
            else:
                yield from self._new(event)
        if self._asked:
            self._ask()

    def _with_owner(self, line: Said | Gone) -> Said | Gone:
        if isinstance(line, Said) and self._fold(line.sender) in self._names:
            return line._replace(own=True)
        return line

    def _new(self, event: Event | Gone) -> Iterator[Event]:
        """The event, unless it has been told; messages that were taken back go untold."""
        if not isinstance(event, Said | Gone):
            yield event
            return
        msgid = event.tags.get("msgid", "")
        if msgid and hash(msgid) in self._seen:
            return
        self._remember(msgid)
        if event.room and (msgid or event.tags.get("time")):
            self._reach(event.room, HistoryCursor.line(event))
        if isinstance(event, Said):
            yield event

    def _remember(self, msgid: str) -> None:
        """As a number, which is smaller: `hash` has 64 bits, and a key that nobody knows."""
        if msgid:
            self._seen[hash(msgid)] = None
        while len(self._seen) > LIMITS.remembered:
            self._seen.popitem(last=False)

    def _fold(self, name: str) -> str:
        return self._session.state.fold(name) if self._session else name

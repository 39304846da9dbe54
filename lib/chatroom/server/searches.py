"""Whose search is next, and what comes of it: one at a time, in a process that can be killed.

    find -> waiting -> indexed (a worker) -> searched (the process) -> sifted (the loop) -> found

Many may search, and some searches are slow, so they take turns by address, then by session: twenty
sessions of one address keep somebody else waiting for the one that is under way, and a search has
SECONDS. One that takes longer is abandoned by killing its process; the next one starts another.

The process knows nothing of rights. It answers with candidates, and the loop asks for each whether
it may be read, a few in a tick. Where that leaves too few, the search goes on below the last
candidate, without the rooms that turned out to be closed, and waits for its turn as another one.
Nobody learns of candidates that they may not read: not even that there are more.
"""

import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from chatroom.chat.log import Asker, Found, IndexBehind, SearchTooLong
from chatroom.net.addresses import network_of
from chatroom.net.child import Child, close_all
from chatroom.net.timers import Timer, Timers
from chatroom.net.workers import Workers
from chatroom.store import search_process
from chatroom.store.database import StoreError
from chatroom.store.finder import TooDear
from chatroom.store.rows import as_message
from chatroom.store.search import AT_ONCE, SearchIndex
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.query import Query
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

SECONDS = 3.0
"""What a search may take in the process. The worst that a query may ask for takes about as long
with 800,000 messages made for it; an ordinary one some milliseconds."""

START_SECONDS = 30.0
"""What the process may take to start: 0.2 s, or many times that where the machine is busy."""

IDLE_SECONDS = 60.0
"""After so long without a search the process, which has some 20 MB, is ended."""

REAP_SECONDS = 1.0
"""Between looks whether processes that have ended are gone, which the loop does not wait for."""

ROUNDS = 5
"""How often a search goes on below candidates that may not be read."""

CANDIDATES = 400
"""What each of these rounds looks at, at least."""

INDEX_SECONDS = 10.0
"""For an index that is made anew, of half a million messages perhaps, until a search gives up. A
search that missed some would pass for one that found all."""

SIFTED = 5
"""Candidates looked at in one tick: for each, a room's bans may have to be matched."""


@dataclass(eq=False)
class _Search:
    """One search. `below` is a message's number; the folded names in `forbidden` are left out."""

    query: Query
    limit: int
    asker: Asker
    below: int | None
    found: Found
    forbidden: set[str] = field(default_factory=set)
    kept: list[Message] = field(default_factory=list)
    rounds: int = 0

    @property
    def asked(self) -> int:
        """How many candidates this round asks for."""
        return max(self.limit, CANDIDATES) if self.rounds else self.limit


class Turns:
    """Searches that wait: the next is that of the address, and of its session, which has waited
    longest since its last turn ended. So who comes while a search is under way is before those who
    have it."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, OrderedDict[Hashable, deque[_Search]]] = OrderedDict()
        self._served: tuple[str, Hashable] = "", None

    def add(self, search: _Search) -> None:
        """At the end of its session's own."""
        sessions = self._addresses.setdefault(network_of(search.asker.address), OrderedDict())
        sessions.setdefault(search.asker.session, deque()).append(search)

    def take(self) -> _Search | None:
        """The next search whose asker is still there; the others' are forgotten.

        To be called when the last one has ended.
        """
        self._move_back(*self._served)
        while self._addresses:
            address, sessions = next(iter(self._addresses.items()))
            session, searches = next(iter(sessions.items()))
            search = searches.popleft()
            gone = search.asker.is_gone()
            if gone or not searches:
                del sessions[session]
            if not sessions:
                del self._addresses[address]
            if not gone:
                self._served = address, session
                return search
        return None

    def _move_back(self, address: str, session: Hashable) -> None:
        """They have had their turn."""
        if address in self._addresses:
            self._addresses.move_to_end(address)
            if session in self._addresses[address]:
                self._addresses[address].move_to_end(session)

    def clear(self) -> None:
        """Forget them all."""
        self._addresses.clear()


class Searches:
    """The searches of one data directory."""

    def __init__(
        self,
        directory: Path,
        index: SearchIndex,
        workers: Workers,
        timers: Timers,
        settle: Callable[[], Collection[str]],
    ) -> None:
        """`settle` puts all that was said into the database, and returns the folded names of the
        rooms of which nothing may be found now."""
        self._directory = directory
        self._index = index
        self._workers = workers
        self._timers = timers
        self._settle = settle
        self._turns = Turns()
        self._current: _Search | None = None
        self._rows: deque[bytes] = deque()
        self._child: Child | None = None
        self._ending: list[Child] = []
        self._timer = Timer(_nothing)
        self._reaper = Timer(_nothing)

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._child.pid if self._child else None

    def find(self, query: Query, limit: int, asker: Asker, below: int | None, found: Found) -> None:
        """Search for what this asker may read, when it is their turn; then call `found`, unless
        they have gone."""
        self._turns.add(_Search(query, limit, asker, below, found))
        self._go_on()

    def seal(self, room: str) -> None:
        """Of what has been said in this room, nothing is found any more by the present search."""
        if self._current is not None:
            self._current.forbidden.add(fold(room))

    def close(self) -> None:
        """End the process, and forget all searches."""
        self._turns.clear()
        self._current = None
        self._timer.cancel()
        self._reaper.cancel()
        close_all([*self._ending, *([self._child] if self._child else [])])
        self._child = None
        self._ending.clear()

    def _go_on(self) -> None:
        if self._current is not None:
            return
        search = self._current = self._turns.take()
        if search is None:
            return
        search.forbidden.update(self._settle())
        self._have_indexed(search, time.monotonic() + INDEX_SECONDS)

    def _have_indexed(self, search: _Search, deadline: float) -> None:
        self._workers.submit(
            lambda: self._index.update(AT_ONCE), lambda done: self._indexed(search, done, deadline)
        )

    def _indexed(self, search: _Search, future: Future[int], deadline: float) -> None:
        """When the index has what was said a moment ago, it can be searched."""
        if search is not self._current:
            return  # closed meanwhile
        error = future.exception()
        if isinstance(error, HistoryError):
            self._fail(error)
            return
        if error is not None:
            log.error("Unhandled exception in the search index", exc_info=error)
            self._fail(HistoryError(str(error)))
            return
        if future.result() >= AT_ONCE:
            if time.monotonic() < deadline:
                self._have_indexed(search, deadline)
            else:
                self._fail(IndexBehind())
            return
        try:
            self._ask(search)
        except OSError as reason:
            self._fail(HistoryError(f"Cannot start a search: {reason.strerror or reason}"))

    def _ask(self, search: _Search) -> None:
        """Raises OSError."""
        line = search_process.request(search.query, search.asked, search.forbidden, search.below)
        seconds = SECONDS
        if self._child is None:
            seconds = START_SECONDS
            self._child = Child(
                self._workers.loop,
                search_process.command(self._directory),
                search_process.environment(),
                self._take,
                self._ended,
            )
        self._after(seconds, self._abandon)
        self._child.send(line)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = self._timers.at(time.monotonic() + seconds, action)

    def _abandon(self) -> None:
        """The search has had its time."""
        self._end_process()
        log.info("A search was stopped: it took longer than %g s", SECONDS)
        self._fail(SearchTooLong())

    def _end_process(self) -> None:
        self._timer.cancel()
        if self._child is not None:
            self._child.kill()
            self._let_go()

    def _let_go(self) -> None:
        """The process has ended, or is about to."""
        if self._child is not None:
            self._ending.append(self._child)
            self._child = None
            self._reap()

    def _reap(self) -> None:
        """Forget the processes that are gone, and look for the others again."""
        self._ending = [child for child in self._ending if not child.reap()]
        self._reaper.cancel()
        if self._ending:
            self._reaper = self._timers.at(time.monotonic() + REAP_SECONDS, self._reap)

    def _ended(self) -> None:
        """The process has ended by itself: a bug, which it has told on stderr, or a stranger."""
        self._let_go()
        self._timer.cancel()
        if self._current is not None:
            self._fail(HistoryError("The search process ended unexpectedly"))

    def _take(self, line: bytes) -> None:
        """A line of the process."""
        if line == search_process.READY:
            self._after(SECONDS, self._abandon)
            return
        try:
            suffix = search_process.suffix_of(line)
        except TooDear:
            self._after(IDLE_SECONDS, self._end_process)
            self._fail(SearchTooLong())
        except StoreError as error:
            self._after(IDLE_SECONDS, self._end_process)
            self._fail(error)
        else:
            if suffix is None:
                self._rows.append(line)
            else:
                self._after(IDLE_SECONDS, self._end_process)
                if self._current is not None:
                    self._sift(self._current, len(self._rows), suffix)

    def _sift(self, search: _Search, candidates: int, suffix: str) -> None:
        if search is not self._current:
            return  # it has failed meanwhile: the rows are another's
        try:
            self._sift_some(search, candidates, suffix)
        except Exception as error:
            log.exception("Unhandled exception in a search")
            if search is self._current:  # else it was in `found`, and the next one has begun
                self._fail(HistoryError(str(error)))  # it costs this search, not all that wait

    def _sift_some(self, search: _Search, candidates: int, suffix: str) -> None:
        """Keep what the asker may read, some candidates in a tick."""
        for _ in range(min(SIFTED, len(self._rows))):
            row = json.loads(self._rows.popleft())
            search.below = row[0]
            self._keep(search, as_message(row, suffix))
            if len(search.kept) == search.limit:
                self._rows.clear()
                break
        if self._rows:
            self._timers.at(time.monotonic(), lambda: self._sift(search, candidates, suffix))
        elif len(search.kept) == search.limit or candidates < search.asked:
            self._finish(search.kept)
        elif search.rounds < ROUNDS:
            self._search_on(search)
        else:
            self._finish(search.kept)

    def _keep(self, search: _Search, message: Message) -> None:
        """The one place where it is decided whether a found message is shown."""
        room = message.params[0]
        if fold(room) in search.forbidden:
            return
        if search.asker.may_read(message):
            search.kept.append(message)
        elif search.asker.is_shut_out(room):
            search.forbidden.add(fold(room))

    def _search_on(self, search: _Search) -> None:
        search.rounds += 1
        search.asker.charge()
        self._current = None
        self._turns.add(search)
        self._go_on()

    def _fail(self, error: HistoryError) -> None:
        """Tell the asker so, and nothing of what was found: it would pass for all there is."""
        self._rows.clear()
        if not isinstance(error, SearchTooLong):
            log.warning("%s; will retry later.", error)
        self._finish(error)

    def _finish(self, result: list[Message] | HistoryError) -> None:
        """Answer the current search, and begin the next."""
        search, self._current = self._current, None
        try:
            if search is not None and not search.asker.is_gone():
                self._show(search.found(result))
        finally:
            self._go_on()

    def _show(self, steps: Iterator[None] | None) -> None:
        """Do one step of showing what was found, and the next one in the next tick."""
        if steps is not None and next(steps, _END) is not _END:
            self._timers.at(time.monotonic(), lambda: self._show(steps))


_END = object()


def _nothing() -> None:
    """What a timer does that was never set."""

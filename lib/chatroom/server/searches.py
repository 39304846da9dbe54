"""Schedules searches: one at a time, in a process that can be killed.

    find -> waiting -> indexed (a worker) -> searched (the process) -> sifted (the loop) -> found

Many people may search, and some searches are slow, so addresses take turns, and so do the sessions
of an address. Twenty sessions of one address delay another person only by the search that is
running, and a search has SECONDS. If it takes longer, its process is killed, and the next search
starts another.

The process knows nothing about rights. It returns candidates, and the loop checks the right to read
each of them, a few in a tick. If too few are left, the search continues below the last candidate,
without the rooms that turned out to be closed, and queues again for its turn. Nobody learns about
candidates that they may not read, not even that these exist.
"""

import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from chatroom.chat.history_port import Asker, Found, IndexBehind, SearchTooLong
from chatroom.net.addresses import network_of
from chatroom.net.child import Child, close_all
from chatroom.net.timers import Timer, Timers
from chatroom.net.workers import Workers
from chatroom.store import search_process
from chatroom.store.database import StoreError
from chatroom.store.finder import TooDear
from chatroom.store.rows import as_message
from chatroom.store.search import AT_ONCE, SearchIndex
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

SECONDS = 3.0
"""Seconds that a search may take in the process. The most expensive query that is allowed takes
about as long on 800,000 messages made for it; an ordinary one takes milliseconds."""

START_SECONDS = 30.0
"""Seconds that the process may take to start: 0.2 s is usual, but much more on a busy machine."""

IDLE_SECONDS = 60.0
"""Seconds without a search after which the process, which uses some 20 MB, is ended."""

REAP_SECONDS = 1.0
"""Seconds between checks for ended processes; the loop does not wait for them."""

ROUNDS = 5
"""How often a search continues if the asker may not read the messages that were found."""

CANDIDATES = 400
"""The minimum number of candidates in each of these rounds."""

SETTLE_SECONDS = 2.0
"""Seconds that a search waits for a worker that is writing; most steps of a worker take 3 ms."""

SETTLE_RETRY = 0.02
"""Seconds between attempts to write, while a search waits for that."""

INDEX_SECONDS = 10.0
"""Seconds that a search waits for an index that is being rebuilt; half a million messages may take
that long. The server does not search an incomplete index, because people would take the result for
a complete one."""

SIFTED = 5
"""Candidates checked in one tick: each may require matching a room's bans."""

SIFTED_BYTES = 16_384
"""After this many bytes of candidates, no further one is checked in the same tick, because an
imported message may have 60,000 characters."""


@dataclass(eq=False)
class _Search:
    """One search: for messages with numbers below `below`, without the rooms in `forbidden` (folded
    names)."""

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
        """The number of candidates to request in this round."""
        return max(self.limit, CANDIDATES) if self.rounds else self.limit


class Turns:
    """The queue of searches. The next search is from the address, and within it from the session,
    whose last turn ended longest ago. So people who start to search while another search is running
    are served before the person who runs it."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, OrderedDict[Hashable, deque[_Search]]] = OrderedDict()
        self._served: tuple[str, Hashable] = "", None

    def add(self, search: _Search) -> None:
        """Append a search to the queue of its session."""
        sessions = self._addresses.setdefault(network_of(search.asker.address), OrderedDict())
        sessions.setdefault(search.asker.session, deque()).append(search)

    def take(self) -> _Search | None:
        """Remove and return the next search whose asker is still connected; the others are dropped.

        Call it when the last search has ended.
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
        """Move them to the end of the queue."""
        if address in self._addresses:
            self._addresses.move_to_end(address)
            if session in self._addresses[address]:
                self._addresses[address].move_to_end(session)

    def clear(self) -> None:
        """Drop all searches."""
        self._addresses.clear()


class Searches:
    """The searches of one data directory."""

    def __init__(
        self,
        directory: Path,
        index: SearchIndex,
        workers: Workers,
        timers: Timers,
        settle: Callable[[], Collection[str] | None],
    ) -> None:
        """`settle` writes all messages into the database, and returns the folded names of the rooms
        in which nothing may be found now; or None, if a worker is writing."""
        self._directory = directory
        self._index = index
        self._workers = workers
        self._timers = timers
        self._settle = settle
        self._turns = Turns()
        self._current: _Search | None = None
        self._rows: deque[bytes] = deque()
        self._shown = 0  # results that are being shown in steps
        self._child: Child | None = None
        self._ending: list[Child] = []
        self._timer = Timer(_nothing, 0.0)
        self._reaper = Timer(_nothing, 0.0)

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._child.pid if self._child else None

    def find(self, query: Query, limit: int, asker: Asker, below: int | None, found: Found) -> None:
        """Search for messages that this asker may read, when it is their turn; then call `found`,
        unless they have gone."""
        self._turns.add(_Search(query, limit, asker, below, found))
        self._go_on()

    def seal(self, room: str) -> None:
        """Exclude this room from the running search."""
        if self._current is not None:
            self._current.forbidden.add(fold(room))

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for a result, or for the rest of it."""
        return self._current is None and not self._shown

    def stop(self, error: HistoryError) -> None:
        """Give all who wait this error instead of their results."""
        self._end_process()
        while self._current is not None:
            self._fail(error)

    def close(self) -> None:
        """End the process and drop all searches."""
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
        if search is not None:
            self._have_settled(search, time.monotonic() + SETTLE_SECONDS)

    def _have_settled(self, search: _Search, deadline: float) -> None:
        """Have everything written that people have seen, or they would miss it in the result."""
        if search is not self._current:
            return  # closed meanwhile
        forbidden = self._settle()
        now = time.monotonic()
        if forbidden is None and now < deadline:
            self._timers.at(now + SETTLE_RETRY, lambda: self._have_settled(search, deadline))
        elif forbidden is None:
            self._fail(IndexBehind())
        else:
            search.forbidden.update(forbidden)
            self._have_indexed(search, now + INDEX_SECONDS)

    def _have_indexed(self, search: _Search, deadline: float) -> None:
        self._workers.submit(
            lambda: self._index.update(AT_ONCE), lambda done: self._indexed(search, done, deadline)
        )

    def _indexed(self, search: _Search, future: Future[int], deadline: float) -> None:
        """Search, once the index contains the latest messages."""
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
        line = search_process.request(
            search.query, search.asked, search.forbidden, search.below, search.asker.account
        )
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
        """The search took too long."""
        self._end_process()
        log.info("A search was stopped: it took longer than %g s", SECONDS)
        self._fail(SearchTooLong())

    def _end_process(self) -> None:
        self._timer.cancel()
        if self._child is not None:
            self._child.kill()
            self._forget_process()

    def _forget_process(self) -> None:
        """Forget the process, which has ended or is about to."""
        if self._child is not None:
            self._ending.append(self._child)
            self._child = None
            self._reap()

    def _reap(self) -> None:
        """Reap ended processes, and check for the others again later."""
        self._ending = [child for child in self._ending if not child.reap()]
        self._reaper.cancel()
        if self._ending:
            self._reaper = self._timers.at(time.monotonic() + REAP_SECONDS, self._reap)

    def _ended(self) -> None:
        """The process ended by itself, through a bug, which it reported on stderr, or because
        somebody killed it."""
        self._forget_process()
        self._timer.cancel()
        if self._current is not None:
            self._fail(HistoryError("The search process ended unexpectedly"))

    def _take(self, line: bytes) -> None:
        """Handle a line from the process."""
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
            return  # it failed meanwhile; the rows belong to another search
        try:
            self._sift_some(search, candidates, suffix)
        except Exception as error:
            log.exception("Unhandled exception in a search")
            if search is self._current:  # otherwise `found` raised, and the next search has begun
                self._fail(HistoryError(str(error)))  # only this search fails

    def _sift_some(self, search: _Search, candidates: int, suffix: str) -> None:
        """Keep the messages that the asker may read; checks a few candidates in a tick."""
        looked_at = 0
        for _ in range(min(SIFTED, len(self._rows))):
            if looked_at > SIFTED_BYTES:
                break
            line = self._rows.popleft()
            looked_at += len(line)
            row = json.loads(line)
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
        """The only place that decides whether a found message is shown."""
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
        """Report an error instead of results, because a part of the results would pass for all of
        them."""
        self._rows.clear()
        if not isinstance(error, SearchTooLong):
            log.warning("%s; will retry later.", error)
        self._finish(error)

    def _finish(self, result: list[Message] | HistoryError) -> None:
        """Answer the current search and start the next."""
        search, self._current = self._current, None
        try:
            if search is not None and not search.asker.is_gone():
                self.show(search.found(result))
        finally:
            self._go_on()

    def show(self, steps: Iterator[None] | None) -> None:
        """Do one step of showing the results, and the next step in the next tick."""
        if steps is not None and next(steps, _END) is not _END:
            self._shown += 1
            self._timers.at(time.monotonic(), lambda: self._show_more(steps))

    def _show_more(self, steps: Iterator[None]) -> None:
        self._shown -= 1
        self.show(steps)


_END = object()


def _nothing() -> None:
    """The action of a timer that was never set."""

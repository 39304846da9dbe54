"""The store in the server's life: committed by the tick, kept up by workers, and survived when it
fails.

While the history cannot be written the chat goes on: everybody is told once, what is said waits in
bounded memory and is written as soon as it can be; past the bound new messages are refused.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from chatroom.chat.log import Asker, Found
from chatroom.chat.settings import HistorySettings
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.searches import Searches
from chatroom.server.taken_keeper import TakenKeeper
from chatroom.store.checkpoint import Checkpointer
from chatroom.store.database import StoreError, StoreLocked
from chatroom.store.history import History
from chatroom.store.retention import MOST, Retention
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import Sweep
from chatroom.wire.message import Message
from chatroom.wire.query import Query
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

RETRY = 1.0
"""Seconds between attempts to write, while writing fails."""

SPARING_PATIENCE = 0.003
"""Seconds that a redaction or a search waits for the lock of a worker, which mostly writes in steps
that are no longer. A redaction that still has no lock is refused: it is told when it is on disk."""

SPARING_RETRY = 0.1
"""Seconds after which another one may wait again."""

LAST_PATIENCE = 2.0
"""Seconds that the last write at the end waits for a stranger's lock."""

UPKEEP = 2.0
"""Seconds between upkeeps while MANY messages come in between: what is in the journal is moved into
the database, what is in the database is indexed, and the write-ahead log is emptied."""

CALM = 30.0
"""Seconds after the first message until an upkeep, where few follow: it costs as much as sending
dozens of messages to a room, and people say one in some seconds."""

MANY = 100
"""Messages that share the cost of an upkeep, so that it need not be put off."""

LOOK = 10.0
"""Seconds between looks whether the files are still there, while something is said."""

NEVER = float("inf")

INDEXED = 20_000
"""Messages indexed in one upkeep: a server that ends waits for its workers."""

DAY_MS = 24 * 60 * 60 * 1000

RETENTION = 600.0
"""Seconds between looks for what need not be kept."""


class Archive(History):
    """A `History` with workers and patience. `announce` tells everybody something."""

    def __init__(
        self,
        directory: Path,
        settings: HistorySettings,
        workers: Workers,
        timers: Timers,
        announce: Callable[[str], None],
    ) -> None:
        super().__init__(directory, settings.durability, settings.backlog)
        self._directory = directory
        self._settings = settings
        self._workers = workers
        self._timers = timers
        self._announce = announce
        self.on_deletion: Callable[[], None] = lambda: None
        """Called when messages were deleted because they need not be kept any longer."""
        self._index = SearchIndex(directory)
        self.searches = Searches(directory, self._index, workers, timers, self._settle_for_search)
        self.taken_keeper = TakenKeeper(directory, self._suffix, workers, timers)
        self._failing = False
        self._retry_at = 0.0
        self._look_at = 0.0
        self._checkpointer = Checkpointer(directory)
        self._sweep = Sweep(directory, self._index)
        self._new = 0  # messages since the last upkeep began
        self._upkeep_at = NEVER
        self._upkeep_began = 0.0
        self._writing = 0  # jobs of workers
        self._complaint = ""
        self._utc: Callable[[], float] = time.time
        self._doubting = False  # the clock

    def commit_tick(self, clock: float) -> None:
        """Write what the tick recorded; never raises."""
        if self._failing:
            if clock < self._retry_at:
                return
        elif not self.pending and clock < self._upkeep_at:
            return
        try:
            if self._failing or clock >= self._look_at:
                self._look_at = clock + LOOK
                self.check_file()
            if self.pending:
                self._plan_upkeep(clock)
            if (
                clock >= self._upkeep_at and not self.sparing
            ):  # then the worker's end brings us here
                self.commit()
                self._begin_to_keep_up(clock)
            elif self._failing:
                self.commit()
            else:
                self.keep()
        except StoreError as error:
            if self.sparing and not self._failing and isinstance(error, StoreLocked):
                self._look_at = clock  # perhaps it was the look that failed
                return  # the lock is our own worker's, whose end brings the next tick
            self._retry_at = clock + RETRY
            self._timers.at(self._retry_at, _wake)
            if not self._failing:
                self._failing = True
                log.error("%s. The chat continues; retrying every second.", error)
                self._announce(
                    "The history cannot be written right now. New messages are kept in memory"
                    " and would be lost if the server stopped."
                )
            return
        if self._failing:
            self._failing = False
            log.warning("The history can be written again, and no message is missing from it.")
            self._announce("The history can be written again, and no message is missing from it.")

    @contextmanager
    def _one_try(self) -> Iterator[None]:
        """Let a write fail once, not once for each command that needs one: each waits for a lock.

        Raises StoreError.
        """
        if time.monotonic() < self._retry_at:
            raise StoreError("the history could not be written a moment ago")
        patience = self.patience(SPARING_PATIENCE) if self.sparing else nullcontext()
        try:
            with patience:
                yield
        except StoreError as error:
            own = self.sparing and isinstance(error, StoreLocked)
            self._retry_at = time.monotonic() + (SPARING_RETRY if own else RETRY)
            raise

    # Work for others

    def begin_upkeep(self, clock: float, now: Callable[[], float]) -> None:
        """Start the timers. `now` gives UTC seconds."""
        self._utc = now
        self.taken_keeper.begin_to_look(clock, now)
        self._keep_up_at(clock + UPKEEP)  # the last process may have left something to do
        if self._settings.keep_days or self._settings.keep_messages:
            self._retain_at(clock + UPKEEP, now)

    def _plan_upkeep(self, clock: float) -> None:
        """Messages wait to be written: an upkeep is due in a while, or soon when they are many."""
        before = self._new
        self._new += self.pending
        if not before:
            self._keep_up_at(clock + CALM)
        if before < MANY <= self._new:
            self._keep_up_at(max(clock, self._upkeep_began + UPKEEP))

    def _keep_up_at(self, when: float) -> None:
        """The tick's commit does it then, or later where it is tried again or still at it."""
        if when < self._upkeep_at:
            self._upkeep_at = when
            self._timers.at(when, _wake)

    def _begin_to_keep_up(self, clock: float) -> None:
        self._new, self._upkeep_at, self._upkeep_began = 0, NEVER, clock
        self._submit(self._keep_up, self._kept_up)

    def _submit(self, job: Callable[[], Result], done: Callable[[Future[Result]], None]) -> None:
        """Let a worker write. Meanwhile the journal takes what it can, and nobody waits."""

        def finished(future: Future[Result]) -> None:
            self._writing -= 1
            self.sparing = self._writing > 0
            done(future)

        self._writing += 1
        self.sparing = True
        self._workers.submit(job, finished, background=True)

    def _keep_up(self) -> float:
        """Seconds until more is to be done."""
        indexed = self._index.update(INDEXED)
        swept = self._sweep.run()
        emptied = self._checkpointer.run()
        if indexed >= INDEXED:
            return UPKEEP
        return NEVER if swept and emptied else CALM

    def _kept_up(self, future: Future[float]) -> None:
        error = future.exception()
        self._keep_up_at(time.monotonic() + (future.result() if error is None else UPKEEP))
        if str(error) != self._complaint:
            _log_failure(future)
        self._complaint = str(error)
        if error is None:
            self.taken_keeper.tidy(self._utc(), swept=future.result() == NEVER)

    def _retain_at(self, when: float, now: Callable[[], float]) -> None:
        rules = Retention(
            self._directory, self._index, self._settings.keep_days, self._settings.keep_messages
        )

        def done(future: Future[int]) -> None:
            _log_failure(future)
            deleted = future.result() if future.exception() is None else 0
            if rules.doubted and not self._doubting:
                log.warning(
                    "The clock is %d days ahead of the latest time in the history. Old messages are"
                    " deleted slowly until the clock has proved right for long enough.",
                    rules.doubted // DAY_MS,
                )
            self._doubting = bool(rules.doubted)
            more = deleted >= MOST
            if deleted:
                self.on_deletion()
                self.taken_keeper.tidy_soon()
                self._keep_up_at(time.monotonic() + UPKEEP)
            begin_at(time.monotonic() + (UPKEEP if more else RETENTION))

        def begin_at(when: float) -> None:
            self._timers.at(when, lambda: self._submit(lambda: rules.run(now()), done))

        begin_at(when)

    def author(self, room: str, msgid: str) -> str | None:
        """As `History` says."""
        with self._one_try():
            return super().author(room, msgid)

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Out of the history now, and out of the index soon."""
        with self._one_try():
            gone = self.take_out(room, msgid, redaction)
        self.taken_keeper.tidy_soon()

        def forgotten(future: Future[None]) -> None:
            _log_failure(future)
            self._keep_up_at(time.monotonic() + CALM)

        self._workers.submit(lambda: self._index.forget(*gone), forgotten)

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Search when it is this asker's turn, in a process that sees nothing but the database."""
        try:
            number = self.number_of(below) if below else None
        except StoreError as error:
            found(error)
            return
        self.searches.find(query, limit, asker, number, found)

    def _settle_for_search(self) -> Collection[str]:
        """Have all that was said found; the rooms whose seals could not be written.

        While a worker has the lock, what is in the journal is found by a later search.
        """
        with suppress(StoreError), self._one_try():  # else the next tick's commit tells
            self.commit()
        return self.sealing

    def seal(self, room: str, at: float) -> None:
        """As `History` says; the search that is under way has perhaps read the room already."""
        super().seal(room, at)
        self.searches.seal(room)

    def close(self) -> None:
        """Write what waits, and give the files back. The workers have ended."""
        try:
            self.wait_for_locks(LAST_PATIENCE)
            self.check_file()
            self.commit()
        except StoreError as error:
            if self.pending:
                log.error("%s. %d messages and room changes are lost.", error, self.pending)
            else:
                log.warning(
                    "%s. The next start moves the latest messages into the database.", error
                )
        self.taken_keeper.close()
        self.searches.close()
        self._index.close()
        self._checkpointer.close()
        super().close()


def _log_failure(future: Future[Any]) -> None:
    error = future.exception()
    if isinstance(error, HistoryError):
        log.warning("%s; will retry later.", error)
    elif error is not None:  # a bug of ours: it costs this job, not everybody
        log.error("Unhandled exception in the history's upkeep", exc_info=error)


def _wake() -> None:
    """Wake the tick; its commit does the rest."""

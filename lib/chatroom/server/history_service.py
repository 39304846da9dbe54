"""The history inside the server: the tick commits it, workers maintain it, and failures do not stop
the chat.

While the history cannot be written, the chat continues: everybody is told once, new messages wait
in bounded memory and are written as soon as possible. Beyond the bound, new messages are refused.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from chatroom.chat.history_port import Asker, Found
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
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

RETRY = 1.0
"""Seconds between attempts to write, while writing fails."""

SPARING_PATIENCE = 0.003
"""Seconds that a redaction or a search waits for a worker's lock; most of a worker's steps take no
longer. A redaction that still has no lock is refused, because it is announced only when it is on
disk."""

SPARING_RETRY = 0.1
"""Seconds until another redaction or search may wait again."""

LAST_PATIENCE = 2.0
"""Seconds that the last write, at the end, waits for another process's lock."""

UPKEEP = 2.0
"""Seconds between upkeeps while MANY messages arrive in between. An upkeep moves the journal into
the database, indexes new messages, and empties the write-ahead log."""

CALM = 30.0
"""Seconds from the first message to an upkeep if few messages follow. An upkeep costs as much as
sending dozens of messages to a room, and people send one every few seconds."""

MANY = 100
"""With this many messages to share its cost, an upkeep is not put off."""

LOOK = 10.0
"""Seconds between checks that the files still exist, while people talk."""

NEVER = float("inf")

INDEXED = 20_000
"""Messages indexed in one upkeep. The limit matters because a stopping server waits for its
workers."""

DAY_MS = 24 * 60 * 60 * 1000

RETENTION = 600.0
"""Seconds between runs of the retention."""


class Archive(History):
    """A `History` with workers and retries. `announce` sends a notice to everybody."""

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
        """Called after the retention has deleted messages."""
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
        self._writing = 0  # running jobs of workers
        self._complaint = ""
        self._utc: Callable[[], float] = time.time
        self._doubting = False  # whether a warning about the clock was logged

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
            ):  # then the end of the worker calls us again
                self.commit()
                self._begin_to_keep_up(clock)
            elif self._failing:
                self.commit()
            else:
                self.keep()
        except StoreError as error:
            if self.sparing and not self._failing and isinstance(error, StoreLocked):
                self._look_at = clock  # perhaps only the check failed
                return  # our own worker has the lock; its end brings the next tick
            self._retry_at = clock + RETRY
            self._timers.wake_at(self._retry_at)
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
        """Let a write fail once, not once for each command that needs one, because each waits for a
        lock.

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

    # Jobs for workers

    def begin_upkeep(self, clock: float, now: Callable[[], float]) -> None:
        """Start the timers. `now` gives UTC seconds."""
        self._utc = now
        self.taken_keeper.begin_to_look(clock, now)
        self._keep_up_at(clock + UPKEEP)  # the last process may have left work
        if self._settings.keep_days or self._settings.keep_messages:
            self._retain_at(clock + UPKEEP, now)

    def _plan_upkeep(self, clock: float) -> None:
        """Messages are waiting: plan an upkeep for later, or for soon if there are many."""
        before = self._new
        self._new += self.pending
        if not before:
            self._keep_up_at(clock + CALM)
        if before < MANY <= self._new:
            self._keep_up_at(max(clock, self._upkeep_began + UPKEEP))

    def _keep_up_at(self, when: float) -> None:
        """Wake the tick at that time; its commit starts the upkeep, or retries later."""
        if when < self._upkeep_at:
            self._upkeep_at = when
            self._timers.wake_at(when)

    def _begin_to_keep_up(self, clock: float) -> None:
        self._new, self._upkeep_at, self._upkeep_began = 0, NEVER, clock
        self._submit(self._keep_up, self._kept_up)

    def _submit(self, job: Callable[[], Result], done: Callable[[Future[Result]], None]) -> None:
        """Run a job that writes in a worker. Meanwhile the journal takes as much as it can, and
        nobody waits."""

        def finished(future: Future[Result]) -> None:
            self._writing -= 1
            self.sparing = self._writing > 0
            done(future)

        self._writing += 1
        self.sparing = True
        self._workers.submit(job, finished, background=True)

    def _keep_up(self) -> float:
        """One upkeep, in a worker. Returns the seconds until the next one."""
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
                    "The clock is %d days ahead of what the history has shown so far, and may be"
                    " wrong. Old messages are deleted slowly (a day's worth in an hour) until time"
                    " has confirmed the clock.",
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
        """Remove a message from the history now, and from the index soon."""
        with self._one_try():
            gone = self.take_out(room, msgid, redaction)
        self.taken_keeper.tidy_soon()

        def forgotten(future: Future[None]) -> None:
            _log_failure(future)
            self._keep_up_at(time.monotonic() + CALM)

        self._workers.submit(lambda: self._index.forget(*gone), forgotten)

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Search when it is this asker's turn, in a process that sees only the database."""
        try:
            number = self.number_of(below) if below else None
        except StoreError as error:
            self.searches.show(found(error))
            return
        self.searches.find(query, limit, asker, number, found)

    def _settle_for_search(self) -> Collection[str]:
        """Make all messages findable. Returns the rooms whose seals could not be written.

        While a worker has the lock, messages in the journal are found only by a later search.
        """
        # if it fails, the next tick's commit reports it
        with suppress(StoreError), self._one_try():
            self.commit()
        return self.sealing

    def seal(self, room: str, at: float) -> None:
        """See `History`. The running search may have read the room already, so it has to be told as
        well."""
        super().seal(room, at)
        self.searches.seal(room)

    def close(self) -> None:
        """Write what is pending and close the files. The workers have ended before."""
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
    elif error is not None:  # only this job fails
        log.error("Unhandled exception in the history's upkeep", exc_info=error)

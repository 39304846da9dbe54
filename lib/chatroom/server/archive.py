"""The store in the server's life: committed by the tick, kept up by workers, and survived when it
fails.

While the history cannot be written the chat goes on: everybody is told once, what is said waits in
bounded memory and is written as soon as it can be; past the bound new messages are refused.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chatroom.chat.log import Found
from chatroom.chat.settings import HistorySettings
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.store.database import StoreError
from chatroom.store.history import History
from chatroom.store.retention import MOST, Retention, checkpoint
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message
from chatroom.wire.query import Query
from chatroom.wire.reference import ALL_OF_IT, Gap, HistoryError

log = logging.getLogger("chatroom")

RETRY = 1.0
"""Seconds between attempts to write, while writing fails."""

LAST_PATIENCE = 2.0
"""Seconds that the last write at the end waits for a stranger's lock."""

UPKEEP = 2.0
"""Seconds between upkeeps: indexing, and moving the write-ahead log into the database."""

SETTLE = 0.1
"""Seconds until what is in the journal is moved into the database."""

INDEXED = 20_000
"""Messages indexed in one upkeep: a server that ends waits for its workers."""

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
        self._index = SearchIndex(directory)
        self._failing = False
        self._retry_at = 0.0
        self._look_at = 0.0
        self._settle_at = 0.0
        self._written = True  # perhaps: the last process may have left something to do
        self._complaint = ""

    def commit_tick(self, clock: float) -> None:
        """Write what the tick recorded; never raises."""
        if self._failing:
            if clock < self._retry_at:
                return
        elif not (self.pending or self._must_settle(clock)):
            return
        try:
            if self._failing or clock >= self._look_at:
                self._look_at = clock + UPKEEP
                self.check_file()
            if self._failing or self._must_settle(clock):
                self.commit()
            else:
                self._keep(clock)
        except StoreError as error:
            self._retry_at = clock + RETRY
            self._timers.at(self._retry_at, _wake)
            if not self._failing:
                self._failing = True
                log.error("%s. The chat goes on; trying again every second.", error)
                self._announce(
                    "The history cannot be written just now. What is said is kept in memory, and"
                    " would be lost if the server stopped."
                )
            return
        self._written = True
        if self._failing:
            self._failing = False
            log.warning("The history is written again; all that was said is in it.")
            self._announce("The history is written again; all that was said is in it.")

    def _must_settle(self, clock: float) -> bool:
        return bool(self.in_journal) and clock >= self._settle_at

    def _keep(self, clock: float) -> None:
        before = self.in_journal
        self.keep()
        if self.in_journal and not before:
            self._settle_at = clock + SETTLE
            self._timers.at(self._settle_at, _wake)

    @contextmanager
    def _one_try(self) -> Iterator[None]:
        """Let a write fail once, not once for each command that needs one: each waits for a lock.

        Raises StoreError.
        """
        if time.monotonic() < self._retry_at:
            raise StoreError("the history could not be written a moment ago")
        try:
            yield
        except StoreError:
            self._retry_at = time.monotonic() + RETRY
            raise

    # Work for others

    def begin_upkeep(self, clock: float, now: Callable[[], float]) -> None:
        """Start the timers. `now` gives UTC seconds."""
        self._upkeep_at(clock + UPKEEP)
        if self._settings.keep_days or self._settings.keep_messages:
            self._retain_at(clock + UPKEEP, now)

    def _upkeep_at(self, when: float) -> None:
        def upkeep() -> None:
            if self._written:
                self._written = False
                self._workers.submit(self._keep_up, self._kept_up)
            self._upkeep_at(when + UPKEEP)

        self._timers.at(when, upkeep)

    def _keep_up(self) -> bool:
        """Whether more is to be done."""
        indexed = self._index.update(INDEXED)
        checkpoint(self._directory)
        return indexed >= INDEXED

    def _kept_up(self, future: Future[bool]) -> None:
        error = future.exception()
        if error is not None or future.result():
            self._written = True
        if str(error) != self._complaint:
            _log_failure(future)
        self._complaint = str(error)

    def _retain_at(self, when: float, now: Callable[[], float]) -> None:
        rules = Retention(
            self._directory, self._index, self._settings.keep_days, self._settings.keep_messages
        )

        def done(future: Future[int]) -> None:
            _log_failure(future)
            more = future.exception() is None and future.result() >= MOST
            begin_at(time.monotonic() + (UPKEEP if more else RETENTION))

        def begin_at(when: float) -> None:
            self._timers.at(when, lambda: self._workers.submit(lambda: rules.run(now()), done))

        begin_at(when)

    def author(self, room: str, msgid: str) -> str | None:
        """As `History` says."""
        with self._one_try():
            return super().author(room, msgid)

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Out of the history now, and out of the index soon."""
        with self._one_try():
            gone = self.take_out(room, msgid, redaction)
        self._workers.submit(lambda: self._index.forget(*gone), _log_failure)

    def find(
        self, query: Query, limit: int, gaps: Mapping[str, Gap], below: str, found: Found
    ) -> None:
        """Search in a worker, which sees nothing but the database."""
        with suppress(StoreError), self._one_try():  # else the next tick's commit tells
            self.commit()
        forbidden = self.sealing.union(room for room, gap in gaps.items() if gap == ALL_OF_IT)
        partly = {room: gap for room, gap in gaps.items() if gap != ALL_OF_IT}
        try:
            number = self.number_of(below) if below else None
        except StoreError as error:
            found(error)
            return

        def done(future: Future[list[Message]]) -> None:
            error = future.exception()
            if error is None:
                found(future.result())
            else:
                _log_failure(future)
                found(HistoryError(str(error)))

        self._workers.submit(
            lambda: self._index.find(query, limit, forbidden=forbidden, gaps=partly, below=number),
            done,
        )

    def close(self) -> None:
        """Write what waits, and give the files back. The workers have ended."""
        try:
            self.wait_for_locks(LAST_PATIENCE)
            self.check_file()
            self.commit()
        except StoreError as error:
            if self.pending:
                log.error("%s. %d messages and changes of rooms are lost.", error, self.pending)
            else:
                log.warning("%s. The next start moves what was said last there.", error)
        self._index.close()
        super().close()


def _log_failure(future: Future[Any]) -> None:
    error = future.exception()
    if isinstance(error, HistoryError):
        log.warning("%s; trying again later.", error)
    elif error is not None:  # a bug of ours: it costs this job, not everybody
        log.error("A bug in the history's upkeep", exc_info=error)


def _wake() -> None:
    """Wake the tick; its commit does the rest."""

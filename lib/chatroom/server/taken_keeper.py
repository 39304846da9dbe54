"""Keeps the read positions of clients (`chat.state.taken`) in a file while the server runs.

New positions are appended in the tick that brings them, before the tick sends anything: one `write`
for all, without fsync. A worker rewrites the file when it has grown, when the history has deleted
messages, and now and then to drop old entries. A failure only causes a replay, and is logged once.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from chatroom.chat.state.taken import REMEMBERED_SECONDS, Entry, Taken
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.store.database import StoreError, StoreLocked
from chatroom.store.taken_file import Line, TakenFile

log = logging.getLogger("chatroom")

OUTDATED = 600.0
"""Seconds between searches for old entries."""


class TakenKeeper:
    """`suffix` is the suffix of the database in the directory."""

    def __init__(self, directory: Path, suffix: str, workers: Workers, timers: Timers) -> None:
        self._workers = workers
        self._timers = timers
        self._taken = Taken()
        self._late: list[Entry] = []  # arrived while a worker writes
        self._busy = False
        self._overdue = False  # the file should be rewritten
        self._complained = False
        self._file: TakenFile | None = None
        try:
            self._file = TakenFile(directory, suffix)
        except StoreError as error:
            self._complain(error)

    def remember(self, taken: Taken, now: float, highest: int) -> None:
        """Load the saved positions into `taken`, and keep it from now on. `highest` is the log's
        position."""
        self.keep(taken)
        if self._file is None:
            return
        try:
            taken.restore(map(_as_entry, self._file.read()), now, highest)
        except StoreError as error:
            self._complain(error)

    def keep(self, taken: Taken) -> None:
        """Keep `taken` from now on, which has the saved positions already: from another process."""
        self._taken = taken
        self._overdue = self._file is not None

    def append(self, news: Sequence[Entry]) -> None:
        """Append new positions."""
        if self._file is None or not news:
            return
        if self._busy:
            self._late += news
            return
        try:
            self._file.append(news)
        except StoreError as error:
            self._complain(error)
            return
        self._complained = False

    def tidy_soon(self) -> None:
        """The history has deleted messages: the next upkeep drops their entries here."""
        self._overdue = True

    def begin_to_look(self, clock: float, now: Callable[[], float]) -> None:
        """Look for old entries now and then, from the loop's time `clock` on. `now` returns UTC
        seconds."""

        def look() -> None:
            self._overdue = self._overdue or bool(self._taken)
            self.tidy(now())
            self.begin_to_look(clock + OUTDATED, now)

        self._timers.at(clock + OUTDATED, look)

    def tidy(self, now: float, swept: bool = True) -> None:
        """Rewrite the file if there is a reason to. `now` is UTC seconds; `swept`: the history has
        deleted its unused names."""
        file = self._file
        if file is None or self._busy or not (self._overdue or file.is_large):
            return
        self._busy, self._overdue = True, not swept
        lines = list(map(_as_line, self._taken.entries()))
        self._workers.submit(
            lambda: file.write_anew(lines, now - REMEMBERED_SECONDS), self._tidied, True
        )

    def _tidied(self, future: Future[list[Line]]) -> None:
        error = future.exception()
        if error is None:
            self._taken.forget(map(_as_entry, future.result()))
        elif isinstance(error, StoreError):
            self._overdue = True
            self._complain(error)
        else:  # only this job fails
            log.error("Unhandled exception while storing read positions", exc_info=error)
        self._go_on()

    def _go_on(self) -> None:
        """Continue with the file that exists now."""
        self._busy = False
        late, self._late = self._late, []
        try:
            if self._file is not None:
                self._file.reopen()
        except StoreError as error:
            self._file = None
            self._complain(error)
        self.append(late)

    def _complain(self, error: StoreError) -> None:
        if not self._complained:
            log.warning(
                "%s. After a restart, clients will see messages again that they have already read.",
                error,
            )
        self._complained = True

    def settle(self) -> None:
        """Have everything in the file, which another process is about to open. Raises
        StoreLocked."""
        if self._busy:
            raise StoreLocked("A worker writes the read positions")

    def abandon(self) -> None:
        """Leave the file to the process that uses it now."""
        if self._file is not None:
            self._file.abandon()

    def close(self) -> None:
        """Close the file. The workers have ended before."""
        if self._busy:
            self._go_on()
        if self._file is not None:
            self._file.close()


def _as_line(entry: Entry) -> Line:
    return Line(*entry)


def _as_entry(line: Line) -> Entry:
    return Entry(*line)

"""What clients have read (`chat.taken`), kept in its file while the server runs.

News are appended in the tick that brings them, before anybody is told anything of it: one `write`
for all, and no fsync. A worker writes the file anew when it has grown, when the history has
forgotten messages, and now and then for what is too old. Failures cost a replay, and are logged
once.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from chatroom.chat.taken import REMEMBERED_SECONDS, Entry, Taken
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.store.database import StoreError
from chatroom.store.taken_file import Line, TakenFile

log = logging.getLogger("chatroom")

OUTDATED = 600.0
"""Seconds between looks for what is too old."""


class TakenKeeper:
    """`suffix` is that of the database in the directory."""

    def __init__(self, directory: Path, suffix: str, workers: Workers, timers: Timers) -> None:
        self._workers = workers
        self._timers = timers
        self._taken = Taken()
        self._late: list[Entry] = []  # noted while a worker writes
        self._busy = False
        self._overdue = False  # to be written anew
        self._complained = False
        self._file: TakenFile | None = None
        try:
            self._file = TakenFile(directory, suffix)
        except StoreError as error:
            self._complain(error)

    def remember(self, taken: Taken, now: float, highest: int) -> None:
        """Take in what was kept, and go on with `taken`. `highest` is the log's position."""
        self._taken = taken
        if self._file is None:
            return
        try:
            taken.restore(map(_as_entry, self._file.read()), now, highest)
        except StoreError as error:
            self._complain(error)
        self._overdue = True

    def keep(self, news: Sequence[Entry]) -> None:
        """Write what is new."""
        if self._file is None or not news:
            return
        if self._busy:
            self._late += news
            return
        try:
            self._file.append(map(_as_line, news))
        except StoreError as error:
            self._complain(error)
            return
        self._complained = False

    def tidy_soon(self) -> None:
        """The history has forgotten something: the next upkeep drops what is kept of it here."""
        self._overdue = True

    def begin_to_look(self, clock: float, now: Callable[[], float]) -> None:
        """Look for what is too old now and then, from the loop's time `clock` on. `now` gives UTC
        seconds."""

        def look() -> None:
            self._overdue = self._overdue or bool(self._taken)
            self.tidy(now())
            self.begin_to_look(clock + OUTDATED, now)

        self._timers.at(clock + OUTDATED, look)

    def tidy(self, now: float, swept: bool = True) -> None:
        """Have the file written anew where there is a reason to. `now` is UTC seconds; `swept`: the
        names of which nothing is left are deleted from the history."""
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
        else:  # a bug of ours: it costs this job, not everybody
            log.error("Unhandled exception while storing read positions", exc_info=error)
        self._go_on()

    def _go_on(self) -> None:
        """With the file that is there now."""
        self._busy = False
        late, self._late = self._late, []
        try:
            if self._file is not None:
                self._file.reopen()
        except StoreError as error:
            self._file = None
            self._complain(error)
        self.keep(late)

    def _complain(self, error: StoreError) -> None:
        if not self._complained:
            log.warning(
                "%s. After a restart, clients will see messages again that they have already read.",
                error,
            )
        self._complained = True

    def close(self) -> None:
        """Give the file back. The workers have ended."""
        if self._busy:
            self._go_on()
        if self._file is not None:
            self._file.close()


def _as_line(entry: Entry) -> Line:
    return Line(*entry)


def _as_entry(line: Line) -> Entry:
    return Entry(*line)

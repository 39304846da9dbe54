"""Plans the upkeep of the history, and runs it in a worker.

An upkeep moves the journal into the database (the tick does that before the worker begins), erases
what removed accounts said, indexes new messages, deletes unused names, and empties the write-ahead
log. It costs as much as sending
dozens of messages to a room, so it is put off until there are MANY messages to share its cost, or
for CALM seconds.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.store.checkpoint import Checkpointer
from chatroom.store.erasure import Erasure, Gone
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import Sweep
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

UPKEEP = 2.0
"""Seconds between upkeeps while MANY messages arrive in between."""

CALM = 30.0
"""Seconds from the first message to an upkeep if few messages follow: people send one every few
seconds."""

MANY = 100
"""With this many messages to share its cost, an upkeep is not put off."""

NEVER = float("inf")

INDEXED = 20_000
"""Messages indexed in one upkeep. The limit matters because a stopping server waits for its
workers."""


class _Result(NamedTuple):
    """The seconds until the next upkeep, and the latest messages that were erased."""

    pause: float
    gone: list[Gone]


class BackgroundWrites:
    """Runs jobs that write to the database, one after the other, in the background worker.

    While there is one, the history is `sparing`: the journal takes as much as it can, and the loop
    does not wait for the lock.
    """

    def __init__(self, history: History, workers: Workers) -> None:
        self._history = history
        self._workers = workers
        self._unfinished = 0
        self._held: list[Callable[[], None]] | None = None  # jobs; None: none are held back

    def hold(self) -> None:
        """Begin no further job until `release`."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """Begin the jobs that were held back."""
        held, self._held = self._held or [], None
        for begin in held:
            begin()

    def submit(self, job: Callable[[], Result], done: Callable[[Future[Result]], None]) -> None:
        """Run `job` in the worker; then call `done` with its future in the loop's thread."""

        def finished(future: Future[Result]) -> None:
            self.note(begins=False)
            done(future)

        def begin() -> None:
            self.note(begins=True)
            self._workers.submit(job, finished, background=True)

        if self._held is None:
            begin()
        else:
            self._held.append(begin)

    def note(self, *, begins: bool) -> None:
        """A job that writes begins, or has ended, in whichever worker."""
        self._unfinished += 1 if begins else -1
        self._history.sparing = self._unfinished > 0


class Upkeep:
    """The upkeep of one data directory. Times are seconds of the loop's clock (`time.monotonic`).

    `kept_up` is called in the loop's thread after each upkeep that succeeded, with whether no
    unused name is left in the history, and with the latest messages that it erased.
    """

    def __init__(
        self,
        directory: Path,
        index: SearchIndex,
        erasure: Erasure,
        writes: BackgroundWrites,
        timers: Timers,
        kept_up: Callable[[bool, list[Gone]], None],
    ) -> None:
        self._index = index
        self._erasure = erasure
        self._sweep = Sweep(directory, index)
        self._checkpointer = Checkpointer(directory)
        self._writes = writes
        self._timers = timers
        self._upkeep_done = kept_up
        self.due_at = NEVER
        """When the tick has to commit everything and then call `begin`."""
        self.new = 0
        """Messages since the last upkeep began; the tick counts them. When there are `enough`, it
        calls `note`: twice between two upkeeps, not in each tick."""
        self.enough: float = 1
        self._began_at = 0.0
        self._complaint = ""

    def note(self, clock: float) -> None:
        """Plan an upkeep for later, because there are new messages, or for soon if there are
        many."""
        if self.enough == 1:
            self.enough = MANY
            self.plan(clock + CALM)
        if self.new >= MANY:
            self.enough = NEVER
            self.plan(max(clock, self._began_at + UPKEEP))

    def plan(self, when: float) -> None:
        """Have an upkeep at that time, unless one is planned earlier."""
        if when < self.due_at:
            self.due_at = when
            self._timers.wake_at(when)

    def begin(self, clock: float) -> None:
        """Start the upkeep that is due. Everything recorded is in the database now."""
        self.new, self.enough = 0, 1
        self.due_at, self._began_at = NEVER, clock
        self._writes.submit(self._run, self._done)

    def _run(self) -> _Result:
        """One upkeep, in the worker."""
        gone, all_gone = self._erasure.run()
        indexed = self._index.update(INDEXED)
        swept = self._sweep.run()
        emptied = self._checkpointer.run()
        if indexed >= INDEXED or not all_gone:
            return _Result(UPKEEP, gone)
        return _Result(NEVER if swept and emptied else CALM, gone)

    def _done(self, future: Future[_Result]) -> None:
        error = future.exception()
        self.plan(time.monotonic() + (future.result().pause if error is None else UPKEEP))
        if str(error) != self._complaint:
            log_failure(future)
        self._complaint = str(error)
        if error is None:
            pause, gone = future.result()
            self._upkeep_done(pause == NEVER, gone)

    def close(self) -> None:
        """Close the files. The workers have ended before."""
        self._sweep.close()
        self._checkpointer.close()


def log_failure(future: Future[Any]) -> None:
    """Log the error of a worker's job, if it had one; an unexpected one with its traceback."""
    error = future.exception()
    if isinstance(error, HistoryError):
        log.warning("%s; will retry later.", error)
    elif error is not None:  # only this job fails
        log.error("Unhandled exception in the history's upkeep", exc_info=error)

"""Writes the history in the loop's thread: each tick's messages, and what a command needs at once.

While writing fails, the chat continues: everybody is told once, new messages wait in bounded memory
(`history.backlog`), and the commit is retried every RETRY seconds. It does not count as a failure
if one of our own workers has the database's lock. Then the journal takes the messages; if it
cannot, because there is none with `durability = "power"`, the output of the tick is held back until
they are on disk, for at most HELD seconds.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from chatroom.net.timers import Timers
from chatroom.server.monitoring.timings import Timings
from chatroom.server.upkeep import Upkeep
from chatroom.store.database import StoreError, StoreLocked
from chatroom.store.history import History

log = logging.getLogger("chatroom")

RETRY = 1.0
"""Seconds between attempts to write, while writing fails."""

HELD = 1.0
"""Seconds for which output waits for a lock. A worker's step takes milliseconds, so a lock that
lasts longer is treated like any other failure: it is announced, and the chat continues."""

HELD_RETRY = 0.005
"""Seconds between attempts to write, while output is held back."""

SPARING_PATIENCE = 0.003
"""Seconds that a redaction or a search waits for a worker's lock; most of a worker's steps take no
longer. A redaction that still has no lock is refused, because it is announced only when it is on
disk."""

SPARING_RETRY = 0.1
"""Seconds until another redaction or search may wait again."""

LAST_PATIENCE = 2.0
"""Seconds that the last write, at the end, waits for another process's lock."""

LOOK = 10.0
"""Seconds between checks that the files still exist, while people talk."""


class TickCommit:
    """All writes of the loop to one `History`. `announce` sends a notice to everybody."""

    def __init__(
        self, history: History, upkeep: Upkeep, timers: Timers, announce: Callable[[str], None]
    ) -> None:
        self._history = history
        self._upkeep = upkeep
        self._timers = timers
        self._announce = announce
        self.failing = False  # nothing could be written at the last attempt
        self.timings = Timings()
        """Of the commits that succeeded."""
        self._retry_at = 0.0
        self._was_locked = False  # the last failure of `one_try` was a lock of our own
        self._look_at = 0.0
        self._held_until: float | None = None  # None: no output is held back

    def run(self, clock: float) -> bool:
        """Write what the tick recorded, or retry what could not be written. `clock` is the loop's
        time.

        Returns False if the output of this tick has to wait, because it contains messages that a
        later tick will write. Never raises.
        """
        pending = self._history.pending
        if self.failing:
            if clock < self._retry_at:
                return True
        elif not pending and clock < self._upkeep.due_at and not self._history.can_move:
            self._held_until = None  # a command has written what was held back
            return True
        begun = time.monotonic()
        try:
            self._write(clock, pending)
        except StoreError as error:
            return self._failed(clock, error)
        self.timings.note(time.monotonic() - begun)
        self._held_until = None
        if self.failing:
            self.failing = False
            log.warning("The history can be written again, and no message is missing from it.")
            self._announce("The history can be written again, and no message is missing from it.")
        return True

    def _write(self, clock: float, pending: int) -> None:
        """Raises StoreError."""
        history, upkeep = self._history, self._upkeep
        if self.failing or clock >= self._look_at:
            self._look_at = clock + LOOK
            history.check_file()
        upkeep.new += pending
        if upkeep.new >= upkeep.enough:
            upkeep.note(clock)
        if clock >= upkeep.due_at and not history.sparing:  # the end of the worker calls us again
            history.commit()
            upkeep.begin(clock)
        elif self._held_until is not None:
            with history.patience(0):  # the next attempt is soon
                history.commit()
        elif self.failing:
            history.commit()
        else:
            history.make_durable()
            if history.can_move:  # changes of rooms, from their file into the database
                self._timers.wake_at(clock)

    def _failed(self, clock: float, error: StoreError) -> bool:
        """Decide what follows from an error. Returns whether the output may be sent."""
        if self._history.sparing and not self.failing and isinstance(error, StoreLocked):
            self._look_at = clock  # perhaps only the check failed
            if not self._history.pending:
                return True
            if self._held_until is None:
                self._held_until = clock + HELD
            if clock < self._held_until:
                self._timers.wake_at(clock + HELD_RETRY)
                return False
        self._held_until = None
        self._retry_at = clock + RETRY
        self._timers.wake_at(self._retry_at)
        if not self.failing:
            self.failing = True
            log.error("%s. The chat continues; retrying every second.", error)
            self._announce(
                "The history cannot be written right now. New messages are kept in memory"
                " and would be lost if the server stopped."
            )
        return True

    @contextmanager
    def one_try(self) -> Iterator[None]:
        """Run a block that writes for a command. If it fails, the next ones fail at once for a
        while, because each would wait for the lock.

        Raises StoreError; StoreLocked if only a worker of ours has the lock.
        """
        if time.monotonic() < self._retry_at:
            kind = StoreLocked if self._was_locked else StoreError
            raise kind("the history could not be written a moment ago")
        sparing = self._history.sparing
        try:
            with self._history.patience(SPARING_PATIENCE) if sparing else nullcontext():
                yield
        except StoreError as error:
            own = sparing and isinstance(error, StoreLocked)
            self._retry_at = time.monotonic() + (SPARING_RETRY if own else RETRY)
            self._was_locked = own
            raise

    def last(self) -> None:
        """Write what is pending when the server ends. The workers have ended before.

        Never raises; an error is logged, with what is lost by it.
        """
        history = self._history
        try:
            history.wait_for_locks(LAST_PATIENCE)
            history.check_file()
            history.commit()
        except StoreError as error:
            if history.pending:
                log.error("%s. %d messages and room changes are lost.", error, history.pending)
            else:
                log.warning(
                    "%s. The next start moves the latest messages into the database.", error
                )

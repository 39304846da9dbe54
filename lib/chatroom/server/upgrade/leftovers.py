"""What an old process still has to bring to its end after an upgrade, and the loop that does so.

Relay           passes on the bytes of a TLS connection (`relay`)
LastDownload    sends the rest of a file (`last_download`)
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers

log = logging.getLogger("chatroom")

LOOKS = 1.0
"""Seconds between looks at those whose client does not read. Nothing else happens to them, so the
loop does not tell when they are given up."""

LINGER = 3.0
"""Seconds that a client has to close its side, after we have closed ours. The new process waits
shorter than this for its side of a relay."""


class Leftover(Protocol):
    """A connection that the new process does not have, or not alone.

    `deadline` is the `time.monotonic` at which it ends in any case; None while it has none.
    """

    deadline: float | None

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Those that nothing else uses."""
        ...

    @property
    def backlog(self) -> int:
        """The bytes that wait in this process."""
        ...

    def begin(self, touched: "Callable[[Leftover], None]") -> None:
        """Start. `touched` is called when something has happened, and `advance` is needed after the
        flush."""
        ...

    def advance(self, now: float) -> bool:
        """Do what is possible, after a flush. Returns False when it is over, and everything is
        closed."""
        ...

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for a client to read. Then call `look` now and then."""
        ...

    def look(self, now: float) -> None:
        """Find out whether it has to be given up; sets the deadline then."""
        ...

    def stop(self) -> None:
        """The newest process has ended, and with it the server: do not wait for slow readers."""
        ...

    def release(self) -> None:
        """Close everything now."""
        ...


def ignore(_leftover: Leftover) -> None:
    """It has not begun."""


class Leftovers:
    """All of them; `tick` is the loop's turn. `to_flush` is the list of their connections, and
    `workers` read files for those that need that."""

    def __init__(
        self,
        loop: Loop,
        to_flush: list[Connection],
        leftovers: Iterable[Leftover],
        workers: Workers | None = None,
    ) -> None:
        self._loop = loop
        self._to_flush = to_flush
        self._touched: dict[Leftover, None] = {}
        self._ending: dict[Leftover, None] = {}
        self._stuck: dict[Leftover, None] = {}
        self._look_at = 0.0
        self._workers = workers
        self._all = dict.fromkeys(leftovers)
        self._of: dict[object, Leftover] = {}
        for leftover in self._all:
            leftover.begin(self._touch)
            self._of |= dict.fromkeys(leftover.connections, leftover)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def backlog(self) -> int:
        """The bytes that wait in this process."""
        return sum(each.backlog for each in self._all)

    def _touch(self, leftover: Leftover) -> None:
        self._touched[leftover] = None

    def _drop(self, leftover: Leftover) -> None:
        self._all.pop(leftover, None)
        self._ending.pop(leftover, None)
        self._stuck.pop(leftover, None)
        for connection in leftover.connections:
            self._of.pop(connection, None)

    def tick(self, patience: float | None) -> None:
        """Wait for at most `patience` seconds, and pass on what there is."""
        for call, mask in self._loop.select(self._patience(patience)):
            self._guarded(call, mask)
        if self._workers is not None:
            self._workers.collect(self._guarded)
        to_flush, self._to_flush[:] = self._to_flush[:], []
        for connection in to_flush:
            self._guarded(connection.flush)
        touched, self._touched = self._touched, {}
        now = time.monotonic()
        if self._stuck and now >= self._look_at:
            self._look_at = now + LOOKS
            for leftover in self._stuck:
                leftover.look(now)
                touched[leftover] = None
        for leftover in {**touched, **self._ending}:
            if leftover in self._all:
                self._guarded(self._advance, leftover, now)

    def _patience(self, patience: float | None) -> float | None:
        if self._to_flush or self._touched or (self._workers and self._workers.finished):
            return 0.0
        if not (self._ending or self._stuck):
            return patience
        now = time.monotonic()
        waits = [max(0.0, (each.deadline or now) - now) for each in self._ending]
        if self._stuck:
            waits.append(max(0.0, self._look_at - now))
        return min(waits if patience is None else [*waits, patience])

    def _advance(self, leftover: Leftover, now: float) -> None:
        if not leftover.advance(now):
            self._drop(leftover)
            return
        if leftover.deadline is not None:
            self._ending[leftover] = None
        if leftover.is_stuck:
            self._stuck[leftover] = None
        else:
            self._stuck.pop(leftover, None)

    def _guarded(self, call: Callable[..., object], *arguments: object) -> None:
        """An unexpected exception ends only the connection that it concerns."""
        try:
            call(*arguments)
        except Exception:
            log.exception("Unhandled exception in what an upgrade has left behind")
            suspects = (getattr(call, "__self__", None), *arguments)
            for leftover in {self._of.get(each, each) for each in suspects}:
                if leftover in self._all:
                    self._drop(leftover)
                    leftover.release()

    def stop(self) -> None:
        """The server has ended."""
        for leftover in list(self._all):
            self._guarded(leftover.stop)

    def close(self) -> None:
        """Nothing is left."""
        if self._workers is not None:
            self._workers.close()

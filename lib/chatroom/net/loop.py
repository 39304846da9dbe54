"""Waiting for many things at once: descriptors, timers, signals and finished jobs.

Registrations stay from one turn to the next: rebuilding them each turn costs milliseconds at some
thousand idle connections, keeping them half a microsecond.
"""

import os
import selectors
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class HasFileno(Protocol):
    """A socket, a file, anything with a descriptor."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


Ready = Callable[[int], None]
"""What is called with a mask of READ and WRITE when a descriptor is ready."""


class Loop:
    """A selector with a wake-up descriptor for signals and other threads."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = os.pipe()
        self._signalled = False
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        self.watch(self._wake_out, READ, self._drain)

    def select(self, timeout: float | None) -> list[tuple[Ready, int]]:
        """Wait at most `timeout` seconds (None: for ever); whom to call now, with which mask."""
        return [(key.data, mask) for key, mask in self._selector.select(timeout)]

    def watch(self, fileobj: HasFileno | int, events: int, ready: Ready) -> None:
        """Call `ready` when one of `events` comes; `rewatch` and `unwatch` change that."""
        self._selector.register(fileobj, events, ready)

    def rewatch(self, fileobj: HasFileno | int, events: int, ready: Ready) -> None:
        """Watch for other `events` on something that is watched."""
        self._selector.modify(fileobj, events, ready)

    def unwatch(self, fileobj: HasFileno | int) -> None:
        """Stop watching; call it before the descriptor is closed."""
        self._selector.unregister(fileobj)

    def wake(self) -> None:
        """Make `select` return soon. May be called from any thread."""
        with suppress(BlockingIOError):  # a pipe that is full of wake-ups will wake
            os.write(self._wake_in, b"\0")

    def on_signals(self, numbers: Iterable[signal.Signals], handle: Callable[[int], None]) -> None:
        """Call `handle` with the number when one of these signals comes, and wake up for it.

        A hangup that the process was started to ignore (nohup) goes on being ignored.
        """
        for number in numbers:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            signal.signal(number, lambda caught, _frame: handle(caught))
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        self._signalled = True

    def close(self) -> None:
        """Give back the loop's own descriptors."""
        if self._signalled and signal.set_wakeup_fd(-1) not in (self._wake_in, -1):
            raise RuntimeError("something else already uses the wake-up descriptor")
        self._selector.close()
        os.close(self._wake_out)
        os.close(self._wake_in)

    def _drain(self, _mask: int) -> None:
        try:
            while os.read(self._wake_out, 4096):
                pass
        except BlockingIOError:
            pass  # drained

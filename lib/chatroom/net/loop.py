"""Waits for many things at once: descriptors, timers, signals and finished jobs.

Registrations stay from one turn to the next: rebuilding them each turn costs milliseconds with some
thousand idle connections, keeping them half a microsecond.

Descriptors are registered with `selectors`. Where its selector is an epoll, the loop waits with
that epoll itself: `selectors` makes a key and a tuple for each ready descriptor, which takes 2 µs,
and 10 when other programs have filled the caches since the last turn.
"""

import os
import select
import selectors
import signal
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class HasFileno(Protocol):
    """Anything with a descriptor, such as a socket or a file."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


Ready = Callable[[int], None]
"""A callback for a ready descriptor; it gets a mask of READ and WRITE."""


MOST_READY = 256
"""Descriptors that one `select` returns: reading and answering them takes some milliseconds, and
thousands may be ready at once."""


_HAS_EPOLL = selectors.DefaultSelector is getattr(selectors, "EpollSelector", None)

_MASKS = (
    {select.EPOLLIN: READ, select.EPOLLOUT: WRITE} if _HAS_EPOLL else {READ: READ, WRITE: WRITE}
)
"""What is reported for a descriptor -> its mask. Anything else is an error or the peer's end, which
counts as all that the descriptor is watched for."""


def _descriptor(ready: tuple[int, int]) -> int:
    return ready[0]


def _same_epoll(selector: selectors.BaseSelector) -> "select.epoll":
    """A second object for the selector's epoll, with a descriptor of its own to close."""
    assert isinstance(selector, selectors.EpollSelector)
    return select.epoll.fromfd(os.dup(selector.fileno()))


class Loop:
    """A selector with a wake-up descriptor for signals and other threads."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._epoll = _same_epoll(self._selector) if _HAS_EPOLL else None
        self._watched: dict[int, tuple[Ready, int]] = {}  # descriptor -> callback, events
        self._wake_out, self._wake_in = os.pipe()
        self._signalled = False
        self._last = -1  # the descriptor that was served last where there were too many
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        self.watch(self._wake_out, READ, self._drain)

    def select(self, timeout: float | None) -> list[tuple[Ready, int]]:
        """Wait at most `timeout` seconds (None: for ever). Returns the callbacks to call now, with
        their masks."""
        if self._epoll is not None:
            ready = self._epoll.poll(timeout)
        else:
            ready = [(key.fd, mask) for key, mask in self._selector.select(timeout)]
        if len(ready) > MOST_READY:
            ready = self._next_of(ready)
        calls = []
        for descriptor, reported in ready:
            call, events = self._watched[descriptor]
            calls.append((call, _MASKS.get(reported, READ | WRITE) & events))
        return calls

    def select_some(
        self, timeout: float, wanted: Callable[[Ready], bool]
    ) -> list[tuple[Ready, int]]:
        """Like `select`, but only for the descriptors whose callbacks are `wanted`. It looks at all
        of them each time, so call it rarely."""
        poll, masks = select.poll(), {READ: select.POLLIN, WRITE: select.POLLOUT}
        for descriptor, (call, events) in self._watched.items():
            if wanted(call):
                poll.register(descriptor, sum(masks[one] for one in masks if events & one))
        calls = []
        for descriptor, reported in poll.poll(timeout * 1000):
            call, events = self._watched[descriptor]
            known = {select.POLLIN: READ, select.POLLOUT: WRITE}
            calls.append((call, known.get(reported, READ | WRITE) & events))
        return calls

    def _next_of(self, ready: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Returns MOST_READY of them, beginning after those of the last call. The selector reports
        the others again next time."""
        ready.sort()
        begin = bisect_right(ready, self._last, key=_descriptor)
        some = (ready[begin:] + ready[:begin])[:MOST_READY]
        self._last = _descriptor(some[-1])
        return some

    def watch(self, fileobj: HasFileno | int, events: int, ready: Ready) -> None:
        """Call `ready` on each of `events`; `rewatch` and `unwatch` change that."""
        key = self._selector.register(fileobj, events)
        self._watched[key.fd] = ready, events

    def rewatch(self, fileobj: HasFileno | int, events: int, ready: Ready) -> None:
        """Change the `events` of a watched descriptor."""
        key = self._selector.modify(fileobj, events)
        self._watched[key.fd] = ready, events

    def unwatch(self, fileobj: HasFileno | int) -> None:
        """Stop watching; call it before the descriptor is closed."""
        key = self._selector.unregister(fileobj)
        del self._watched[key.fd]

    def wake(self) -> None:
        """Make `select` return soon. May be called from any thread."""
        with suppress(BlockingIOError):  # a pipe full of wake-ups wakes the loop anyway
            os.write(self._wake_in, b"\0")

    def on_signals(self, numbers: Iterable[signal.Signals], handle: Callable[[int], None]) -> None:
        """Call `handle` with the number of each of these signals, and wake the loop.

        If the process was started to ignore hangups (nohup), it continues to ignore them.
        """
        for number in numbers:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            signal.signal(number, lambda caught, _frame: handle(caught))
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        self._signalled = True

    def close(self) -> None:
        """Close the loop's own descriptors."""
        if self._signalled and signal.set_wakeup_fd(-1) not in (self._wake_in, -1):
            raise RuntimeError("something else already uses the wake-up descriptor")
        self._selector.close()
        if self._epoll is not None:
            self._epoll.close()
        os.close(self._wake_out)
        os.close(self._wake_in)

    def _drain(self, _mask: int) -> None:
        try:
            while os.read(self._wake_out, 4096):
                pass
        except BlockingIOError:
            pass  # drained

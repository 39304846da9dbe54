"""A queue of tries that derive keys from passwords, which a worker does one after the other.

Each takes a fifth of a second of the processor. So only few of each address wait, and few in all: a
flood of tries costs others little, and what nobody could wait for is refused at once.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

from chatroom.net.workers import Workers

Found = TypeVar("Found")


class Dropped(Exception):
    """A try was not made, because this process is about to hand over to another one."""


class _Try(NamedTuple, Generic[Found]):
    network: str
    job: Callable[[], Found]
    done: Callable[[Future[Found]], None]


class Tries(Generic[Found]):
    """The queue, for the loop's thread. At most `of_address` tries of one address wait, and
    `in_all` of everybody."""

    def __init__(self, workers: Workers, of_address: int, in_all: int) -> None:
        self._workers = workers
        self._of_address = of_address
        self._in_all = in_all
        self._queue: deque[_Try[Found]] = deque()
        self._working = False

    def add(
        self, network: str, job: Callable[[], Found], done: Callable[[Future[Found]], None]
    ) -> bool:
        """Have a worker run `job`, then call `done` with its future in the loop's thread. Returns
        False if too many wait already. `network` "" is nobody's address: such tries are bounded
        only in all."""
        own = sum(each.network == network for each in self._queue) if network else 0
        if own >= self._of_address or len(self._queue) >= self._in_all:
            return False
        self._queue.append(_Try(network, job, done))
        self._go_on()
        return True

    def drop(self) -> None:
        """End all tries that wait: their futures have `Dropped`."""
        while self._queue:
            future: Future[Found] = Future()
            future.set_exception(Dropped())
            self._queue.popleft().done(future)

    def _go_on(self) -> None:
        if self._working or not self._queue:
            return
        self._working = True
        request = self._queue.popleft()

        def done(future: Future[Found]) -> None:
            self._working = False
            self._go_on()
            request.done(future)

        self._workers.submit(request.job, done)

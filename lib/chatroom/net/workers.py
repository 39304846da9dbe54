"""A small pool of threads for what would block the loop; results come back in the loop's thread."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from chatroom.net.loop import Loop

Result = TypeVar("Result")


class Workers:
    """Jobs go out with `submit`; `collect`, once a tick, hands their results over.

    Jobs that somebody waits for have `threads`. Those in the background have one thread more, for
    themselves: however many and however long they are, nobody's job waits behind them.
    """

    def __init__(self, loop: Loop, threads: int) -> None:
        self.loop = loop
        self._background = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._finished: deque[Callable[[], None]] = deque()

    def submit(
        self,
        job: Callable[[], Result],
        done: Callable[[Future[Result]], None],
        background: bool = False,
    ) -> None:
        """Run `job` in a thread, then call `done` with its future in the loop's thread.

        `background` is for what nobody waits for, one such job after the other.
        """

        def finished(future: Future[Result]) -> None:
            if not future.cancelled():  # `close` drops it
                self._finished.append(lambda: done(future))
                self.loop.wake()

        pool = self._background if background else self._pool
        pool.submit(job).add_done_callback(finished)

    def collect(self, call: Callable[[Callable[[], None]], object] = lambda done: done()) -> None:
        """Hand over what has been finished since; `call` may catch what that raises."""
        for _ in range(len(self._finished)):
            call(self._finished.popleft())

    def close(self) -> None:
        """Wait for the jobs that run, and drop those that wait."""
        for pool in (self._pool, self._background):  # both drop before one is waited for
            pool.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown()
        self._background.shutdown()

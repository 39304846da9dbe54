"""A small pool of threads for work that would block the loop; results are handed over in the loop's
thread."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from chatroom.net.loop import Loop

Result = TypeVar("Result")


class Workers:
    """`submit` starts jobs; `collect`, once a tick, hands their results over.

    `threads` threads run the jobs that somebody waits for. Background jobs have one thread of their
    own: however many and however long they are, no other job waits behind them. `finished` are the
    jobs whose results nobody has got yet; `pending` is the number of those and of all others that
    are not handed over.
    """

    def __init__(self, loop: Loop, threads: int) -> None:
        self.loop = loop
        self._background = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self.finished: deque[Callable[[], None]] = deque()
        self.pending = 0

    def submit(
        self,
        job: Callable[[], Result],
        done: Callable[[Future[Result]], None],
        background: bool = False,
    ) -> None:
        """Run `job` in a thread, then call `done` with its future in the loop's thread.

        `background` is for jobs that nobody waits for; they run one after the other.
        """

        def hand_over(future: Future[Result]) -> None:
            self.pending -= 1
            done(future)

        def finished(future: Future[Result]) -> None:
            if not future.cancelled():  # cancelled by `close`
                self.finished.append(lambda: hand_over(future))
                self.loop.wake()

        self.pending += 1
        pool = self._background if background else self._pool
        pool.submit(job).add_done_callback(finished)

    def post(self, call: Callable[[], None]) -> None:
        """Make a call together with the results, in the next `collect` of the loop's thread."""
        self.finished.append(call)
        self.loop.wake()

    def collect(self, call: Callable[[Callable[[], None]], object] = lambda done: done()) -> None:
        """Hand over finished jobs; `call` may catch exceptions of their callbacks."""
        for _ in range(len(self.finished)):
            call(self.finished.popleft())

    def close(self) -> None:
        """Wait for running jobs, and drop queued ones."""
        # both pools drop their queues before either is waited for
        for pool in (self._pool, self._background):
            pool.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown()
        self._background.shutdown()

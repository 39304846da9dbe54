"""A small pool of threads for what would block the loop; results come back in the loop's thread."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from chatroom.net.loop import Loop

Result = TypeVar("Result")


class Workers:
    """Jobs go out with `submit`; `collect`, once a tick, hands their results over."""

    def __init__(self, loop: Loop, threads: int) -> None:
        self._loop = loop
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._finished: deque[Callable[[], None]] = deque()

    def submit(self, job: Callable[[], Result], done: Callable[[Future[Result]], None]) -> None:
        """Run `job` in a thread, then call `done` with its future in the loop's thread."""

        def finished(future: Future[Result]) -> None:
            if not future.cancelled():  # `close` drops it
                self._finished.append(lambda: done(future))
                self._loop.wake()

        self._pool.submit(job).add_done_callback(finished)

    def collect(self, call: Callable[[Callable[[], None]], object] = lambda done: done()) -> None:
        """Hand over what has been finished since; `call` may catch what that raises."""
        for _ in range(len(self._finished)):
            call(self._finished.popleft())

    def close(self) -> None:
        """Wait for the jobs that run, and drop those that wait."""
        self._pool.shutdown(cancel_futures=True)

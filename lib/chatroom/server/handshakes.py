"""TLS on the server's side: its certificate, and the queue of handshakes.

A handshake costs 0.3 to 0.5 ms. Worker threads would not help: they compete with the loop for
Python's lock, which made its slowest ticks longer than handshakes in the loop do. So a tick takes
only a bounded number of steps from the queue. The people who chat do not notice a crowd that
connects; the crowd waits in its order.
"""

import logging
from collections import deque
from collections.abc import Callable
from math import inf

from chatroom.net.tls_context import ServerContexts

log = logging.getLogger("chatroom")

STEPS = 6
"""The most steps in a tick. A handshake has two: the server's answer to the first message, with a
signature, and the check of the last one."""

SECONDS = 0.0015
"""No further step begins after so long."""

REMINDER = 600.0
"""Seconds between two warnings that there is no certificate."""

_NO_CERTIFICATE = (
    "%s tried to connect with TLS, but this server has no certificate (tls.certificate)."
    " This warning is not repeated for ten minutes."
)


class Handshakes:
    """The handshakes that wait for their next step: `waiting` has the steps, the oldest first.

    `contexts` is None without a certificate. `done` and `failed` are counted by the doors.
    """

    def __init__(self) -> None:
        self.contexts: ServerContexts | None = None
        self.waiting: deque[Callable[[], None]] = deque()
        self.done = self.failed = 0
        self._next_reminder = -inf

    def add(self, step: Callable[[], None]) -> None:
        """Call `step` once, when it is its turn."""
        self.waiting.append(step)

    def run(self, guarded: Callable[..., object], stopwatch: Callable[[], float]) -> None:
        """Do a tick's part of the steps."""
        queue = self.waiting
        until = stopwatch() + SECONDS
        for _ in range(min(STEPS, len(queue))):
            guarded(queue.popleft())
            if stopwatch() >= until:
                break

    def remind(self, host: str, clock: float) -> None:
        """Log that somebody at `host` wanted TLS although the server has none, at most once in
        REMINDER seconds."""
        if clock >= self._next_reminder:
            self._next_reminder = clock + REMINDER
            log.warning(_NO_CERTIFICATE, host)

"""What remains of an old process: its leftovers (`leftovers`), and the first one supervises.

Somebody waits for the first process: a shell, `make`, or a container, whose process 1 it is. So it
stays until the newest process has ended, passes signals on to it, and ends with its status. The
processes in between end with their relays.

    first process  <-- link -->  newest process      SERVING: which process is the newest
                                                     ENDED: with which status it ends

The link is the first one's channel to the second, which gives its end away with each upgrade. So
its end tells that the newest process has ended, however that came.
"""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from chatroom.net.loop import READ
from chatroom.net.streams import FAILED, FINE, SIGNALLED
from chatroom.server.server import Server
from chatroom.server.upgrade.channel import Channel, ChannelError
from chatroom.server.upgrade.leftovers import Leftovers
from chatroom.server.upgrade.protocol import ENDED, SERVING

log = logging.getLogger("chatroom")

LOOKS = 0.1
"""Seconds between looks whether the last processes have ended, at the end."""

LAST_SECONDS = 20.0
"""Seconds that they have: more than a relay needs for its last words."""


class Remainder:
    """The loop of a process that does not serve any more. The one that supervises has a `link` to
    the newest process, `pid`.

    `server` is what it was before. Its loop goes on; the rest is freed when nobody has to wait for
    that, which takes some 100 ms with a thousand people.
    """

    def __init__(
        self, server: Server, leftovers: Leftovers, link: Channel | None, pid: int
    ) -> None:
        self._server: Server | None = server
        self._loop = server.loop
        self._signals = server.signals  # those that came in the pause are not handled yet
        self._leftovers = leftovers
        self._link = link
        self._pid = pid
        self._status: int | None = None
        self._statuses: dict[int, int] = {}

    def run(self, signals: Iterable[signal.Signals]) -> int:
        """Run until nothing is left to do. Returns the exit status.

        A process that does not supervise ignores `signals`: the newest one stops the server, and
        its last words come through the relays.
        """
        self._loop.on_signals((*signals, signal.SIGCHLD), self._signals.append)
        status = self._run()
        self._leftovers.close()
        self._loop.close()
        return status

    def _run(self) -> int:
        while self._signals:  # they came in the pause
            self._handle(self._signals.pop(0), self._pid)
        if self._link is None:
            self._run_while(lambda: bool(self._leftovers))
            return FINE
        self._loop.watch(self._link, READ, lambda _mask: self._listen())
        self._listen()
        self._run_while(lambda: self._link is not None)
        end = time.monotonic() + LAST_SECONDS
        self._run_while(lambda: self._is_left() and time.monotonic() < end, LOOKS)
        return self._status_of_the_newest()

    def _free(self) -> None:
        """Free what the server had in memory, now that no relay is delayed by it."""
        self._server = None
        gc.unfreeze()
        gc.collect()

    def _run_while(self, holds: Callable[[], bool], patience: float | None = None) -> None:
        while holds():
            if self._server is not None and not self._leftovers:
                self._free()
            self._leftovers.tick(patience)
            while self._signals:
                self._handle(self._signals.pop(0), self._pid if self._link else 0)

    def _handle(self, number: int, newest: int) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif newest:
            with suppress(ProcessLookupError):
                os.kill(newest, number)

    def _listen(self) -> None:
        """Read what the newest process says."""
        assert self._link is not None
        try:
            while (message := self._link.poll()) is not None:
                if message.kind == SERVING:
                    self._pid = message.body["pid"]
                elif message.kind == ENDED:
                    self._status = message.body["status"]
        except ChannelError:
            self._loop.unwatch(self._link)
            self._link.close()
            self._link = None

    def _is_left(self) -> bool:
        return bool(self._leftovers) or not self._reap()

    def _reap(self) -> bool:
        """Take the statuses of children that have ended. Returns whether there are no others."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return False
                self._statuses[pid] = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            return True

    def _status_of_the_newest(self) -> int:
        if self._status is not None:
            return self._status
        status = self._statuses.get(self._pid, FAILED)
        log.error("Process %d has ended unexpectedly (status %d).", self._pid, status)
        return SIGNALLED - status if status < 0 else status or FAILED

"""A pipe by which all old processes notice that the newest one has ended, however that came.

Its writing end is handed over with each upgrade, so only the newest process has it; each process
keeps the reading end. An old process that still sends files needs that: no other process has these
connections, so nobody else would tell it.
"""

import os
from collections.abc import Callable

from chatroom.net.loop import READ, Loop


class Life:
    """The two ends of the pipe, as descriptors."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    def begin(cls) -> "Life":
        """That of the first process. Raises OSError."""
        return cls(*os.pipe())

    def hand_over(self, loop: Loop, over: Callable[[], None]) -> None:
        """Another process is the newest now; call `over` once it and all later ones have ended."""
        os.close(self.writer)

        def ended(_mask: int) -> None:
            loop.unwatch(self.reader)
            os.close(self.reader)
            over()

        loop.watch(self.reader, READ, ended)

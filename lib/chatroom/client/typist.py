"""Standard input in the loop: a terminal, a pipe or a file, read as lines."""

import os
import select
from collections import deque
from collections.abc import Callable

from chatroom.client.prompt import TypedLines
from chatroom.net.loop import READ, Loop

READ_BYTES = 65536
ENOUGH_LINES = 256
"""Lines that wait here before we stop reading, so that a large file stays where it is."""


class Typist:
    """Lines in `waiting` until they are taken; `ended` after the last one.

    `arrived` is called with each batch: on a terminal all lines that stand there, for the terminal
    has echoed all of them.
    """

    def __init__(self, loop: Loop, descriptor: int | None, arrived: Callable[[list[str]], None]):
        self.waiting: deque[str] = deque()
        self.ended = descriptor is None
        self._loop = loop
        self._descriptor = -1 if descriptor is None else descriptor
        self._arrived = arrived
        self._lines = TypedLines()
        self._watching = False
        self._pollable = True
        self.adjust()

    @property
    def unpolled(self) -> bool:
        """Whether there is something to read of which the loop does not tell: call `read`."""
        return not self._pollable and self._wanted

    @property
    def _wanted(self) -> bool:
        return not self.ended and len(self.waiting) < ENOUGH_LINES

    def adjust(self) -> None:
        """Watch standard input while there is place for more lines."""
        if self._wanted == self._watching or not self._pollable:
            return
        if self._watching:
            self._loop.unwatch(self._descriptor)
            self._watching = False
            return
        try:
            self._loop.watch(self._descriptor, READ, lambda _mask: self.read())
            self._watching = True
        except PermissionError:
            self._pollable = False  # epoll takes no files, nor /dev/null: they are always ready

    def peek(self) -> None:
        """Take in what has been typed by now, without waiting."""
        if self._watching and select.select([self._descriptor], [], [], 0)[0]:
            self.read()

    def read(self) -> None:
        """Take in what there is now."""
        batch: list[str] = []
        while self._wanted and len(batch) < ENOUGH_LINES:
            data = os.read(self._descriptor, READ_BYTES)
            self.ended = not data
            batch += self._lines.feed(data)
            if not (self._pollable and select.select([self._descriptor], [], [], 0)[0]):
                break
        if batch:
            self._arrived(batch)

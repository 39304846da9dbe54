"""Standard input in the loop: a terminal, a pipe or a file, read as lines."""

import codecs
import os
import select
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from chatroom.client.files.encoding import ESCAPING, UTF_16
from chatroom.client.ui.entries import Entry
from chatroom.net.loop import READ, Loop

LONGEST_TYPED = 65536
"""Characters of one line of input; a longer one is taken in several."""

READ_BYTES = 65536
ENOUGH_LINES = 256
"""Lines that wait here before we stop reading, so that a large file stays where it is."""


class Reading(Protocol):
    """What makes lines of the bytes that are read."""

    def feed(self, data: bytes) -> Sequence[Entry]:
        """The lines that are whole now; b"" is the end of input."""
        ...

    @property
    def behind(self) -> bool:
        """Whether there is more to do about what was fed: call `go_on` in the next turn."""
        ...

    def go_on(self) -> Sequence[Entry]:
        """Do some of that; what was entered by it."""
        ...


class TypedLines:
    """Bytes of standard input into lines, in bounded memory. `hidden` tells whether it is a secret
    that is typed now."""

    behind = False

    def __init__(self, hidden: Callable[[], bool] = lambda: False) -> None:
        self._hidden = hidden
        self._decoder = codecs.getincrementaldecoder("utf-8")(ESCAPING)
        self._partial = ""
        self._head = b""
        self._refused = False

    def feed(self, data: bytes) -> list[Entry]:
        """The lines that are whole now; b"" is the end of input, and what is left is a line too.

        Bytes that are no UTF-8, and NULs, are in them (files/encoding.py refuses such lines). Of
        UTF-16, with its mark or without, there is only the beginning.
        """
        if self._refused:
            return []
        if len(self._head) < len(UTF_16[0]):
            self._head = (self._head + data)[: len(UTF_16[0])]
            if self._head in UTF_16 or b"\0" in self._head:
                self._refused = True
                return [Entry((self._head.decode("utf-8", ESCAPING),))]
        text = self._partial + self._decoder.decode(data, final=not data)
        *lines, self._partial = text.split("\n")
        if not data or len(self._partial) > LONGEST_TYPED:
            lines.append(self._partial)
            self._partial = ""
            if not lines[-1]:
                lines.pop()
        clean = (line.removesuffix("\r").replace("\r", " ") for line in lines)
        return [Entry((line,), secret=self._hidden()) for line in clean]

    def go_on(self) -> Sequence[Entry]:
        """A line is taken at once."""
        return ()


class StdinReader:
    """Lines in `waiting` until they are taken; `ended` after the last one.

    `greedy`: whether to read on however many lines wait, since keys are not only lines. Before
    lines are added to those that wait, `arrived` is called.
    """

    def __init__(
        self,
        loop: Loop,
        descriptor: int | None,
        reading: Reading,
        greedy: bool = False,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        self.waiting: deque[Entry] = deque()
        self.ended = descriptor is None
        self._loop = loop
        self._descriptor = -1 if descriptor is None else descriptor
        self._reading = reading
        self._greedy = greedy
        self._arrived = arrived
        self._watching = False
        self._pollable = True
        self.adjust()

    @property
    def unpolled(self) -> bool:
        """Whether there is something to read of which the loop does not tell: call `read`."""
        return not self._pollable and self._wanted

    @property
    def _wanted(self) -> bool:
        return not self.ended and (self._greedy or len(self.waiting) < ENOUGH_LINES)

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
        if self._watching and self._readable():
            self.read()

    def read(self) -> None:
        """Take in what there is now."""
        enough = len(self.waiting) + ENOUGH_LINES
        while self._wanted and len(self.waiting) < enough:
            data = self._read()
            self.ended = not data
            self.add(self._reading.feed(data))
            if not (self._pollable and self._readable()):
                break

    @property
    def behind(self) -> bool:
        """Whether `go_on` has something to do."""
        return self._reading.behind

    def go_on(self) -> None:
        """Take in what was read and not dealt with yet, up to one line."""
        self.add(self._reading.go_on())

    def add(self, lines: Sequence[Entry]) -> None:
        """Have these lines wait with the others."""
        if lines:
            self._arrived()
            self.waiting += lines

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, READ_BYTES)
        except OSError:
            return b""  # a terminal that is gone, or a directory: there is nothing more to come

    def _readable(self) -> bool:
        return bool(select.select([self._descriptor], [], [], 0)[0])

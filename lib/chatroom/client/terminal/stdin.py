"""Reads standard input in the loop, as lines: a terminal, a pipe or a file."""

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
"""The most characters of one line of input; a longer one is split."""

READ_BYTES = 65536
ENOUGH_LINES = 256
"""The most lines that wait here, so that a large file is not read ahead."""


class Reading(Protocol):
    """Turns the bytes that are read into entries."""

    def feed(self, data: bytes) -> Sequence[Entry]:
        """Returns the entries that are complete; b"" is the end of input."""
        ...

    @property
    def behind(self) -> bool:
        """Whether there is more to do with the bytes: then call `go_on` in the next turn."""
        ...

    def go_on(self) -> Sequence[Entry]:
        """Continue with the bytes. Returns the entries that are complete."""
        ...


class TypedLines:
    """Turns the bytes of standard input into lines, in bounded memory. `hidden` says whether a
    secret is being typed."""

    behind = False

    def __init__(self, hidden: Callable[[], bool] = lambda: False) -> None:
        self._hidden = hidden
        self._decoder = codecs.getincrementaldecoder("utf-8")(ESCAPING)
        self._partial = ""
        self._head = b""
        self._refused = self._begun = False

    def feed(self, data: bytes) -> list[Entry]:
        """Returns the lines that are complete; b"" is the end of input, where the rest is a line
        too.

        Invalid UTF-8 and NULs stay in the lines (files/encoding.py refuses them). Of UTF-16, with
        or without its mark, only the beginning is returned.
        """
        if self._refused:
            return []
        if len(self._head) < len(UTF_16[0]):
            self._head = (self._head + data)[: len(UTF_16[0])]
            if self._head in UTF_16 or b"\0" in self._head:
                self._refused = True
                return [Entry((self._head.decode("utf-8", ESCAPING),))]
        text = self._partial + self._decoder.decode(data, final=not data)
        if text and not self._begun:  # a piped file may begin with a byte-order mark
            text, self._begun = text.removeprefix("\ufeff"), True
        *lines, self._partial = text.split("\n")
        if not data or len(self._partial) > LONGEST_TYPED:
            lines.append(self._partial)
            self._partial = ""
            if not lines[-1]:
                lines.pop()
        clean = (line.removesuffix("\r").replace("\r", " ") for line in lines)
        return [Entry((line,), secret=self._hidden()) for line in clean]

    def go_on(self) -> Sequence[Entry]:
        """There is never more to do."""
        return ()


class StdinReader:
    """Keeps entries in `waiting` until they are taken; `ended` is True after the last one.

    `greedy`: read on even if many lines wait, because some keys are not part of lines. `arrived` is
    called before entries are added to those that wait.
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
        """Whether there is input that the loop cannot report: then call `read`."""
        return not self._pollable and self._wanted

    @property
    def _wanted(self) -> bool:
        return not self.ended and (self._greedy or len(self.waiting) < ENOUGH_LINES)

    def adjust(self) -> None:
        """Watch standard input only while there is room for more lines."""
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
        """Read what has been typed so far, without waiting."""
        if self._watching and self._readable():
            self.read()

    def read(self) -> None:
        """Read what is available."""
        enough = len(self.waiting) + ENOUGH_LINES
        while self._wanted and len(self.waiting) < enough:
            data = self._read()
            self.ended = not data
            self.add(self._reading.feed(data))
            if not (self._pollable and self._readable()):
                break

    @property
    def behind(self) -> bool:
        """Whether to call `go_on`."""
        return self._reading.behind

    def go_on(self) -> None:
        """Process what was read, up to the end of one line."""
        self.add(self._reading.go_on())

    def add(self, lines: Sequence[Entry]) -> None:
        """Add entries to those that wait."""
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

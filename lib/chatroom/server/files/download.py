"""One file on its way from the disk to a reader: a worker reads a piece when the reader has taken
most of the one before."""

import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from chatroom.server.files.upload import Submit

PIECE = 131_072
"""Bytes that one job reads."""


class Download:
    """A part of an open file, as the body of an answer (`web.response.Source`).

    The descriptor is closed in the worker, because closing the last one of a large file that was
    removed may take long. A disk that fails ends the answer early, so the reader sees that the file
    is not complete.
    """

    def __init__(self, submit: Submit, descriptor: int, begin: int, size: int) -> None:
        self._submit = submit
        self._descriptor = descriptor
        self._position = begin
        self._end = begin + size
        self._piece = b""
        self._given = 0  # bytes of it that were read
        self._wake: Callable[[], None] = lambda: None
        self._busy = False
        self._closed = False
        self.size: int | None = size

    def start(self, wake: Callable[[], None]) -> None:
        """`wake` is called when there is something to read."""
        self._wake = wake
        self._fetch()

    def read(self, most: int) -> bytes | None:
        """The next piece; None if there is none yet, b"" at the end."""
        if self._piece:
            piece = self._piece[self._given : self._given + most]
            self._given += len(piece)
            if self._given >= len(self._piece):
                self._piece, self._given = b"", 0
                self._fetch()
            return piece
        return b"" if not self._busy else None

    def _fetch(self) -> None:
        count = min(PIECE, self._end - self._position)
        if self._busy or self._closed or count <= 0:
            return
        self._busy = True
        at = self._position
        self._submit(lambda: os.pread(self._descriptor, count, at), self._fetched)

    def _fetched(self, future: Future[bytes]) -> None:
        self._busy = False
        if self._closed:
            self._close_file()
            return
        if future.exception() is None:
            self._piece = future.result()
            self._position += len(self._piece)
        if not self._piece:  # shorter than it should be, or unreadable
            self._end = self._position
        self._wake()

    def close(self) -> None:
        """Nobody reads any more."""
        if not self._closed:
            self._closed = True
            self._piece = b""
            if not self._busy:
                self._close_file()

    def _close_file(self) -> None:
        descriptor = self._descriptor
        self._submit(lambda: os.close(descriptor), _ignore)


def _ignore(_future: Future[Any]) -> None:
    """Nobody waits for this."""

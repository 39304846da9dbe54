"""One file on its way from the disk to a reader.

What the system has in memory anyway is read at once, without ever waiting for a disk (Linux's
RWF_NOWAIT): two thirds of the cost of a piece would be the way to a worker and back, and workers
that are busy delay the loop. Only where the system says that it would have to wait, a worker reads,
and lets the system fetch more than that.

The system does not read ahead by itself. It would do so during such a read, as much as is
configured for the disk, and 8 MB (virtual disks may have that) kept the loop busy for 30 ms.
"""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from chatroom.server.files.upload import Submit

log = logging.getLogger("chatroom")

PIECE = 131_072
"""Bytes that one job reads."""

AHEAD = 1_048_576
"""Bytes that the system is asked to fetch meanwhile."""

_NOWAIT = getattr(os, "RWF_NOWAIT", None)


class Download:
    """A part of an open file, as the body of an answer (`web.response.Source`).

    The descriptor is closed in a worker, because closing the last one of a large file that was
    removed may take long. A disk that fails ends the answer early, so the reader sees that the file
    is not complete.
    """

    def __init__(self, submit: Submit, descriptor: int, begin: int, size: int) -> None:
        _advise(descriptor, 0, 0, "POSIX_FADV_RANDOM")
        self._submit = submit
        self._descriptor = descriptor
        self._position = begin
        self._end = begin + size
        self._piece = b""  # what a worker has read
        self._given = 0  # bytes of it that were taken
        self._wake: Callable[[], None] = lambda: None
        self._busy = False
        self._closed = False
        self.size: int | None = size

    def move_to(self, submit: Submit) -> None:
        """Go on with other workers. None may have a job for it."""
        self._submit = submit

    def start(self, wake: Callable[[], None]) -> None:
        """`wake` is called when there is something to read."""
        self._wake = wake

    def read(self, most: int) -> bytes | None:
        """The next piece; None if there is none yet, b"" at the end."""
        if self._piece:
            piece = self._piece[self._given : self._given + most]
            self._given += len(piece)
            if self._given >= len(self._piece):
                self._piece, self._given = b"", 0
            return piece
        count = self._end - self._position
        if self._busy:
            return None
        if count <= 0:
            return b""
        piece = _read_now(self._descriptor, min(most, count), self._position)
        self._position += len(piece)
        if piece:
            return piece
        self._fetch(min(PIECE, count))
        return None

    def _fetch(self, count: int) -> None:
        self._busy = True
        at = self._position
        self._submit(lambda: _read_slowly(self._descriptor, count, at), self._fetched)

    def _fetched(self, future: Future[bytes]) -> None:
        self._busy = False
        if self._closed:
            self._close_file()
            return
        if (error := future.exception()) is None:
            self._piece = future.result()
            self._position += len(self._piece)
        if not self._piece:
            log.warning("Cannot read a file to its end: %s", error or "it is too short")
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


def _read_now(descriptor: int, count: int, at: int) -> bytes:
    """What can be read without waiting; b"" if that is nothing, or not known."""
    if _NOWAIT is None:
        return b""
    buffer = bytearray(count)
    try:
        got = os.preadv(descriptor, [buffer], at, _NOWAIT)
    except (
        OSError
    ):  # EAGAIN; or a file system that cannot tell; or an error, which the worker meets
        return b""
    return bytes(memoryview(buffer)[:got])


def _read_slowly(descriptor: int, count: int, at: int) -> bytes:
    """In a worker."""
    _advise(descriptor, at + count, AHEAD, "POSIX_FADV_WILLNEED")
    return os.pread(descriptor, count, at)


def _advise(descriptor: int, at: int, size: int, advice: str) -> None:
    """Tell the system how the file will be read, if it takes such advice."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, at, size, getattr(os, advice))


def _ignore(_future: Future[Any]) -> None:
    """Nobody waits for this."""

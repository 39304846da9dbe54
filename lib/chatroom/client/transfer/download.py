"""A download that goes on where an earlier one was interrupted (RFC 9110 section 14)."""

import re
from collections.abc import Callable
from pathlib import Path

from chatroom.client.errors import TransferError
from chatroom.client.files.incoming import Destination, IncomingFile
from chatroom.client.transfer.http import Exchange
from chatroom.client.transfer.places import Place

OTHER = "The server sends another part of the file than the one that is missing."
CHANGED = "The file has changed since a part of it was saved. Try again."

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class Download:
    """The request, and the file that its answer becomes; `done` is called with where it is."""

    def __init__(
        self, url: str, place: Place, where: Destination, done: Callable[[Path], None]
    ) -> None:
        """Raises TransferError."""
        self._done = done
        self._is_whole = False  # from an earlier attempt
        self._file = IncomingFile(where, url)
        self.name = where.name
        self.moved = self.total = 0
        self._have = self._file.size
        headers = [("Accept-Encoding", "identity")]
        if self._have:  # If-Range: the whole file, if it is another one today (section 13.1.5)
            headers += [("Range", f"bytes={self._have}-"), ("If-Range", self._file.etag)]
        self.exchange = Exchange("GET", place.target, place.host, headers, self)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """The server begins to send. Raises TransferError."""
        if status == 416:
            self._has_all(headers)
            return
        length = headers.get("content-length", "")
        if not length.isdecimal() or status not in (200, 206):
            raise TransferError("The server does not say how large the file is.")
        begin = self._begin_of_part(headers, int(length)) if status == 206 else 0
        etag = headers.get("etag", "")
        if begin and etag and etag != self._file.etag:  # it does not know If-Range
            self._file.discard()
            raise TransferError(CHANGED)
        self.moved, self.total = begin, begin + int(length)
        self._file.begin(begin, self.total, etag)

    def _begin_of_part(self, headers: dict[str, str], length: int) -> int:
        part = _RANGE.fullmatch(headers.get("content-range", ""))
        if part is None:
            raise TransferError(OTHER)
        begin, last, total = map(int, part.groups())
        if begin != self._have or last != total - 1 or length != total - begin:
            raise TransferError(OTHER)
        return begin

    def _has_all(self, headers: dict[str, str]) -> None:
        """The server has nothing behind what is here: that is the whole file, or no part of it."""
        if headers.get("content-range") != f"bytes */{self._have}":
            self._file.discard()
            raise TransferError("What was saved before was not a part of this file. Try again.")
        self.moved = self.total = self._have
        self._is_whole = True

    def data(self, piece: bytes) -> None:
        """The next piece. Raises TransferError."""
        if not self._is_whole:  # else these are the words of the answer 416
            self._file.write(piece)
            self.moved += len(piece)

    def end(self) -> None:
        """The file is complete. Raises TransferError."""
        self._done(self._file.finish())

    def close(self) -> None:
        """It has ended in any way."""
        self._file.close()

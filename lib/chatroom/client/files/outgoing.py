"""The file that is uploaded, read piece by piece."""

import mimetypes
import os
import stat
from pathlib import Path

from chatroom.client.errors import TransferError
from chatroom.text.display import visible
from chatroom.text.file_names import safe_name

PIECE = 65_536
"""Bytes."""

UNKNOWN_TYPE = "application/octet-stream"


class OutgoingFile:
    """A regular file. `size` is what it has now, in bytes: it is promised to the server."""

    def __init__(self, path: str) -> None:
        """Open it; `~/` is the home directory. Raises TransferError."""
        self._shown = visible(path)
        try:
            whole = Path(path).expanduser()
            # without O_NONBLOCK, the client would wait for somebody who writes into a pipe
            self._descriptor = os.open(whole, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, RuntimeError, ValueError) as error:
            raise TransferError(f"Cannot read {self._shown}: {_reason(error)}.") from None
        about = os.fstat(self._descriptor)
        if not stat.S_ISREG(about.st_mode):
            os.close(self._descriptor)
            what = "a folder" if stat.S_ISDIR(about.st_mode) else "not a file"
            raise TransferError(f"{self._shown} is {what}.")
        self.size = self._left = about.st_size
        self.name = safe_name(whole.name)
        self.type = mimetypes.guess_type(self.name)[0] or UNKNOWN_TYPE

    def read(self) -> bytes:
        """The next piece; b"" at the end. Raises TransferError."""
        if not self._left:
            return b""
        try:
            piece = os.read(self._descriptor, min(PIECE, self._left))
        except OSError as error:
            raise TransferError(f"Cannot read {self._shown}: {_reason(error)}.") from None
        if not piece:
            raise TransferError(f"{self._shown} became shorter while it was sent.")
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close it. May be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()

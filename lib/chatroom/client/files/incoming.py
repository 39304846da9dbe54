"""The file that is saved. Until it is complete, it has another name beside its final place, so that
an interrupted download can go on, and nobody mistakes a part for the whole file.

Names come from strangers. A name is never a path, and never replaces what is there.
"""

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from chatroom.client.errors import TransferError
from chatroom.text.display import visible
from chatroom.text.file_names import safe_name, size_in_words

MOST_NAMES = 1000
"""How many names such as `report (7).pdf` are tried."""

_KEY_LENGTH = 12

LONGEST_TAG = 200
_STRONG_TAG = re.compile(r'"[!#-~]{1,190}"')
"""An entity tag that says that the bytes are the same (RFC 9110 section 8.8.3)."""


class Destination(NamedTuple):
    """The folder and the name that were chosen."""

    folder: Path
    name: str


def downloads_folder() -> str:
    """`~/Downloads` if there is one, otherwise the current directory."""
    try:
        folder = Path("~/Downloads").expanduser()
        return str(folder) if folder.is_dir() else "."
    except (OSError, RuntimeError):
        return "."


def destination(path: str, name: str) -> Destination:
    """Where to save a file that somebody else called `name`. `path` is what the person chose: a
    folder, or a name of their own; "" for `downloads_folder`. Raises TransferError."""
    try:
        chosen = Path(path or downloads_folder()).expanduser()
        if chosen.is_dir():
            return Destination(chosen, safe_name(name))
        folder = chosen.parent
        is_there = folder.is_dir() and not path.endswith("/")
    except (OSError, RuntimeError, ValueError) as error:
        raise TransferError(f"Cannot save to {visible(path)}: {_reason(error)}.") from None
    if not is_there:
        missing = path if path.endswith("/") else str(folder)
        raise TransferError(f"There is no folder {visible(missing)}.")
    return Destination(folder, chosen.name)


class IncomingFile:
    """`size` bytes of it are there already, from an earlier attempt with the same URL, of the
    contents that the server called `etag`: beside the part there is a file with that tag. A part
    without one is of no use, because other contents may have been put there since.

    Then `begin`, `write` for each piece, and `finish` or `close`.
    """

    def __init__(self, where: Destination, url: str) -> None:
        """Open the part. Raises TransferError."""
        self._where = where
        key = hashlib.sha256(url.encode(errors="replace")).hexdigest()[:_KEY_LENGTH]
        self._part = where.folder / f"{where.name}.{key}.part"
        self._tag = self._part.with_name(f"{self._part.name}.etag")
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        self._descriptor = -1
        try:
            self._descriptor = os.open(self._part, flags, 0o666)
            self.size = self._checked(os.fstat(self._descriptor))
        except (OSError, ValueError) as error:
            self.close()
            raise self._trouble(error) from None
        except TransferError:
            self.close()
            raise
        self.etag = self._read_tag() if self.size else ""
        if not self.etag:
            self.size = 0

    def _read_tag(self) -> str:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self._tag, flags), "rb") as file:
                about = os.fstat(file.fileno())
                is_own = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
                tag = file.read(LONGEST_TAG + 1).decode("ascii") if is_own else ""
        except (OSError, ValueError):
            return ""
        return tag if _STRONG_TAG.fullmatch(tag) else ""

    def _write_tag(self, tag: str) -> None:
        """Raises OSError."""
        self._tag.unlink(missing_ok=True)
        self.etag = tag if _STRONG_TAG.fullmatch(tag) else ""
        if self.etag:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self._tag, flags, 0o666), "w", encoding="ascii") as file:
                file.write(self.etag)

    def _checked(self, about: os.stat_result) -> int:
        """Somebody else may have put something there, in a folder of everybody."""
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid():
            raise TransferError(f"{visible(str(self._part))} is in the way.")
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransferError(f"{visible(self._where.name)} is being saved already.") from None
        return about.st_size

    def begin(self, at: int, total: int, etag: str = "") -> None:
        """The next piece is the one at byte `at` of `total`; `etag` is the header ETag. Raises
        TransferError."""
        try:
            disk = os.fstatvfs(self._descriptor)
            room = disk.f_bavail * disk.f_frsize + self.size - at
            if total - at > room:
                missing = size_in_words(total - at - room)
                raise TransferError(f"There is too little room on the disk: {missing} are missing.")
            os.ftruncate(self._descriptor, at)
            if not at or etag:  # after that, so that no other contents get this tag
                self._write_tag(etag)
            os.lseek(self._descriptor, at, os.SEEK_SET)
        except OSError as error:
            raise self._trouble(error) from None

    def write(self, piece: bytes) -> None:
        """Raises TransferError."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise self._trouble(error) from None

    def finish(self) -> Path:
        """It is complete: give it its name, or the next free one. Raises TransferError."""
        try:
            for name in islice(_names(self._where.name), MOST_NAMES):
                target = self._where.folder / name
                try:
                    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
                except FileExistsError:
                    continue
                self._part.replace(target)  # our own, which is empty
                self._tag.unlink(missing_ok=True)
                return target
        except OSError as error:
            raise self._trouble(error) from None
        finally:
            self.close()
        raise TransferError(f"There are too many files called {visible(self._where.name)}.")

    def discard(self) -> None:
        """The part is of no use."""
        self.close()
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the part for another time, unless nothing is in it. May be called twice."""
        if self._descriptor < 0:
            return
        is_empty = os.fstat(self._descriptor).st_size == 0
        os.close(self._descriptor)
        self._descriptor = -1
        if is_empty:
            self._part.unlink(missing_ok=True)
            self._tag.unlink(missing_ok=True)

    def _trouble(self, error: Exception) -> TransferError:
        where = visible(str(self._where.folder / self._where.name))
        return TransferError(f"Cannot save {where}: {_reason(error)}.")


def _names(name: str) -> Iterator[str]:
    """`report.pdf`, `report (1).pdf`, ..."""
    yield name
    path = Path(name)
    for number in count(1):
        yield f"{path.stem} ({number}){path.suffix}"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()

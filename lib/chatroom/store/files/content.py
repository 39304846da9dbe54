"""The contents of files on disk.

    files/3f/9a...   the content whose SHA-256 is 3f9a...; mode 0600, in directories of mode 0700
    files/new/...    what is being written

Two uploads of the same bytes have one content. It is never changed in place: whoever reads it keeps
what they have opened, even if it is removed meanwhile.
"""

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chatroom.store.database import (
    FILES_DIRECTORY,
    NO_LINKS,
    StoreError,
    as_store_error,
    store_error,
)

FILES = FILES_DIRECTORY
NEW = "new"

_HASH = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[0-9a-f]{2}")

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class NoSpace(StoreError):
    """The disk is full, or would have less free space than the operator wants to keep."""


class Contents:
    """The directory of contents in a data directory. For any thread; methods may raise
    StoreError."""

    def __init__(self, directory: Path, name: str = FILES) -> None:
        """Create the directory if it is missing. Raises StoreError."""
        self.path = directory / name
        with as_store_error(f"Cannot use {self.path}"):
            for place in (self.path, self.path / NEW):
                place.mkdir(mode=0o700, exist_ok=True)

    def where(self, digest: str) -> Path:
        """Where the content with that SHA-256 (in hexadecimal) is, or would be."""
        return self.path / digest[:2] / digest[2:]

    def begin(self, keep_free: int) -> "NewContent":
        """Begin to write a content. `keep_free`: bytes that stay free on the disk."""
        return NewContent(self.path / NEW / secrets.token_hex(16), keep_free)

    def place(self, new: "NewContent") -> str:
        """Put a content in its place, where it survives a power cut. Returns its SHA-256."""
        digest = new.seal()
        place = self.where(digest)
        with _Storing(f"Cannot store a file in {self.path}"):
            if not place.parent.is_dir():
                place.parent.mkdir(mode=0o700, exist_ok=True)
                sync_directory(self.path)
            new.path.replace(place)
            sync_directory(place.parent)
        return digest

    def open(self, digest: str) -> int:
        """A descriptor to read a content from."""
        with as_store_error("Cannot read a file"):
            return os.open(self.where(digest), os.O_RDONLY | os.O_CLOEXEC | NO_LINKS)

    def remove(self, digest: str) -> None:
        """Remove a content; it may be gone already."""
        with as_store_error("Cannot remove a file"), suppress(FileNotFoundError):
            self.where(digest).unlink()

    def remove_unfinished(self) -> int:
        """Remove what an earlier process has begun to write. Returns how many there were."""
        with as_store_error(f"Cannot tidy {self.path}"):
            left = list((self.path / NEW).iterdir())
            for each in left:
                each.unlink(missing_ok=True)
        return len(left)

    def digests(self) -> Iterator[str]:
        """The contents that there are. Files of other names are not ours."""
        with as_store_error(f"Cannot read {self.path}"):
            for folder in sorted(self.path.iterdir()):
                if _FOLDER.fullmatch(folder.name) and folder.is_dir():
                    for each in folder.iterdir():
                        if _HASH.fullmatch(folder.name + each.name):
                            yield folder.name + each.name


class NewContent:
    """A content that is being written, by one worker at a time. Methods may raise StoreError, or
    NoSpace; then only `discard` remains."""

    def __init__(self, path: Path, keep_free: int) -> None:
        self.path = path
        self.size = 0
        self._keep_free = keep_free
        self._hash = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with _Storing("Cannot store a file"):
            self._descriptor = os.open(path, flags, 0o600)

    def write(self, data: bytes) -> None:
        """Append some bytes."""
        with _Storing("Cannot store a file"):
            if self._keep_free:
                self._leave_free(len(data))
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._hash.update(data)
        self.size += len(data)

    def _leave_free(self, more: int) -> None:
        disk = os.fstatvfs(self._descriptor)
        if disk.f_bavail * disk.f_frsize - more < self._keep_free:
            raise NoSpace("There is not enough free space left on the server's disk")

    def seal(self) -> str:
        """Write everything to the disk, if that was not done. Returns the SHA-256."""
        if self._descriptor >= 0:
            with _Storing("Cannot store a file"):
                os.fsync(self._descriptor)
                self._close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove what was written, if it was not put in place. Never fails: what cannot be removed
        now is removed at the next start."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class _Storing:
    """Raises NoSpace for a full disk, and StoreError for other errors of the system."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            if error.errno in _FULL:
                raise NoSpace("The server's disk is full") from error
            raise store_error(self._what, error) from error


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

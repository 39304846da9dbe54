"""The contents of files that a backup and an export take along.

A backup FILE has the contents beside it, in the directory FILE.files, as the server keeps them: to
restore it, copy both back as history.db and files. Contents that an earlier backup has left there
are not copied again, and those that no file has any more are removed.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from chatroom.store.database import (
    NO_LINKS,
    StoreError,
    as_store_error,
    own_target,
    transaction,
)
from chatroom.store.files import index
from chatroom.store.files.content import FILES, NEW, Contents, sync_directory

Progress = Callable[[int, int], None]
"""Called with the number of files that are done, and of all."""


class Copied(NamedTuple):
    """Contents, and their bytes in all."""

    files: int
    bytes: int


def beside(target: Path) -> Path:
    """Where the contents of a backup are."""
    return target.with_name(f"{target.name}.{FILES}")


def copy_contents(
    rows: sqlite3.Connection, directory: Path, target: Path, progress: Progress
) -> Copied:
    """Copy the contents of a data directory that the copied database `rows` names.

    Files that were removed meanwhile lose their row there. Raises StoreError, or OSError; then the
    old backup is still whole.
    """
    digests = sorted(index.digests(rows))
    if not digests:
        return Copied(0, 0)
    copies, size = _folder(target), 0
    for number, digest in enumerate(digests, 1):
        source = directory / FILES / digest[:2] / digest[2:]
        try:
            size += _copy(source, copies / digest[:2] / digest[2:])
        except FileNotFoundError:
            with transaction(rows):
                rows.execute("DELETE FROM file WHERE digest = ?", (digest,))
        progress(number, len(digests))
    for folder in copies.iterdir():
        if folder.is_dir():
            sync_directory(folder)
    sync_directory(copies)
    return Copied(len(digests), size)


def remove_outdated(target: Path, digests: Iterable[str]) -> None:
    """Remove contents that the backup does not name any more. Raises StoreError."""
    place = beside(target)
    if not place.is_dir():
        return
    with as_store_error(f"Cannot tidy {place}"):
        contents, needed = Contents(target.parent, place.name), set(digests)
        contents.remove_unfinished()
        for digest in list(contents.digests()):
            if digest not in needed:
                contents.remove(digest)


def copy_named(
    rows: sqlite3.Connection, directory: Path, ids: Iterable[str], target: Path
) -> Copied:
    """Copy the files with these ids to target/ID/NAME. Raises StoreError."""
    count = size = 0
    with as_store_error(f"Cannot write into {target}"):
        own_target(target).mkdir(mode=0o700, exist_ok=True)
        for id in ids:
            file = index.find(rows, id)
            if file is None:
                continue
            source = directory / FILES / file.digest[:2] / file.digest[2:]
            try:
                size += _copy(source, target / id / file.name)
                count += 1
            except FileNotFoundError:
                continue  # removed meanwhile
    return Copied(count, size)


def _folder(target: Path) -> Path:
    place = own_target(beside(target))
    if place.exists() and not place.is_dir():
        raise StoreError(f"{place} is not a directory; the backup needs it for files")
    for each in (place, place / NEW):
        each.mkdir(mode=0o700, exist_ok=True)
    return place


def _copy(source: Path, target: Path) -> int:
    """Copy a file, unless the target has its size already. Returns the size. Raises OSError."""
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | NO_LINKS)
    with os.fdopen(descriptor, "rb") as reading:
        size = os.fstat(descriptor).st_size
        if target.is_file() and target.stat().st_size == size:
            return size
        target.parent.mkdir(mode=0o700, exist_ok=True)
        temporary = target.with_name(f".{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as writing:
                shutil.copyfileobj(reading, writing, 1 << 20)
                writing.flush()
                os.fsync(writing.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return size

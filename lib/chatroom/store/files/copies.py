"""The uploaded files that an export takes along."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from chatroom.store.database import NO_LINKS, as_store_error, own_target
from chatroom.store.files import index
from chatroom.store.files.content import FILES


class Copied(NamedTuple):
    """Contents, and their bytes in all."""

    files: int
    bytes: int


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

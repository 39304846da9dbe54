"""Copies the history into one file while the server runs (SQLite's online backup), and uploaded
files into a directory beside it.

The backup does not contain the search index; the server rebuilds it.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from chatroom.store.database import DATA_FILES, StoreError, as_store_error, own_target, transaction
from chatroom.store.export import open_for_reading
from chatroom.store.files import index
from chatroom.store.files.copies import Copied, copy_contents, remove_outdated
from chatroom.store.journal import Pending
from chatroom.store.rows import INSERT_MESSAGE, columns_of, read_suffix, room_id, sender_id
from chatroom.store.unmoved import read_journal, unmoved

PAGES = 1000
"""Pages copied between two reports of progress: 4 MB."""


class BackedUp(NamedTuple):
    """The number of messages in a backup, its size in bytes, and the files beside it."""

    messages: int
    bytes: int
    files: Copied


def back_up(
    directory: Path,
    target: Path,
    progress: Callable[[int, int], None],
    file_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> BackedUp:
    """Copy the history of `directory` into the file `target`, and check the copy.

    `progress` is called with the number of finished pages and of all pages, `file_progress` with
    that of files. Raises StoreError; then `target` is unchanged.
    """
    with closing(open_for_reading(directory)) as source, new_file(target, directory) as temporary:
        with as_store_error(f"Cannot back up into {target}"):
            there = read_journal(directory, read_suffix(source))
            # A read transaction keeps the state: without it, each write would restart the copy.
            source.execute("BEGIN")
            waiting = unmoved(directory, source, there)
            source.execute("SELECT 1 FROM message LIMIT 1").fetchone()
            with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
                source.backup(
                    copy,
                    pages=PAGES,
                    progress=lambda _status, left, pages: progress(pages - left, pages),
                )
                copy.execute("PRAGMA journal_mode = DELETE")  # the result is a single file
                _add(copy, waiting)
                files = copy_contents(copy, directory, target, file_progress)
                digests = index.digests(copy)
                (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
                (messages,) = copy.execute("SELECT count(*) FROM message").fetchone()
        if verdict != "ok":
            raise StoreError(f"The copy is damaged ({verdict}); {target} was not written")
        size = temporary.stat().st_size
    remove_outdated(target, digests)
    return BackedUp(messages, size, files)


def _add(copy: sqlite3.Connection, messages: Iterable[Pending]) -> None:
    """Add the messages of the journal. SQLite's errors pass through."""
    with transaction(copy):
        for number, at, room, message, told in messages:
            source, *columns = columns_of(room, message)
            place, author = room_id(copy, room), sender_id(copy, source)
            copy.execute(INSERT_MESSAGE, (number, place, at, author, *columns, told))


@contextmanager
def new_file(target: Path, directory: Path) -> Iterator[Path]:
    """A temporary file with mode 0600 that becomes `target` on success, and is deleted otherwise.

    Raises StoreError, also if `target` is one of the server's files in `directory`, or a symbolic
    link that another user made.
    """
    with as_store_error(f"Cannot write {target}"):
        target = own_target(target)
        if target.name in DATA_FILES and target.parent == directory.resolve():
            raise StoreError(f"{target} is the server's own file; choose another")
        if target.exists() and not target.is_file():
            raise StoreError(f"{target} is not a regular file; choose another")
        temporary = target.with_name(f".chatroom-{secrets.token_hex(4)}")
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        yield temporary
        with as_store_error(f"Cannot write {target}"):
            _sync(temporary)
            temporary.replace(target)
            _sync(target.parent)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Sync a file or directory, so that its contents survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

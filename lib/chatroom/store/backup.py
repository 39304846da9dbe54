"""Writes a backup of everything into one file while the server runs.

The history is copied by SQLite's online backup, which takes a moment's state of it; what is in the
journal and in the file of changes then goes into the copy. The accounts, tokens and read markers
are in the same database. The other files are small, or never change once they are written.
`backup_archive.py` describes the file that results; it is read again and compared before it gets
its name.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from chatroom import __version__
from chatroom.store.backup_archive import DATA_PARTS, Archive, ArchiveWriter, Parts, Progress
from chatroom.store.change_file import Change, parse_changes
from chatroom.store.database import (
    CHANGES_FILE,
    DATA_FILES,
    HISTORY_FILE,
    NO_LINKS,
    StoreError,
    as_store_error,
    own_target,
    transaction,
)
from chatroom.store.export import open_for_reading
from chatroom.store.files import index
from chatroom.store.files.content import FILES, sync_directory
from chatroom.store.files.copies import Copied
from chatroom.store.journal import Pending
from chatroom.store.rows import read_suffix
from chatroom.store.unmoved import contents_of, read_journal, unmoved
from chatroom.store.writer import Writer

PAGES = 1000
"""Pages copied between two reports of progress: 4 MB."""

ATTEMPTS = 50
"""How often the file of changes is read until it is the same before and after the moment of which
the database is copied. It changes a few times a second at most."""


def _nobody(_done: int, _all: int) -> None:
    """Progress is not reported."""


class BackedUp(NamedTuple):
    """The number of messages in a backup, its size in bytes, the files in it, and the digests of
    those whose contents were damaged before."""

    messages: int
    bytes: int
    files: Copied
    damaged: tuple[str, ...] = ()


def back_up(
    directory: Path,
    target: Path,
    others: Parts | None = None,
    copied: Progress = _nobody,
    checked: Progress = _nobody,
) -> BackedUp:
    """Write everything in the data directory `directory` to the file `target`, and check it.

    `others` are further files, by their names in the archive; `copied` and `checked` are told of
    the progress in bytes. Raises StoreError; then `target` is unchanged.
    """
    with (
        closing(open_for_reading(directory)) as source,
        new_file(target, directory) as temporary,
        _scratch(temporary) as copy,
        as_store_error(f"Cannot back up into {target}"),
    ):
        messages = _copy_history(directory, source, copy, copied)
        with temporary.open("wb") as file:
            archive = ArchiveWriter(file)
            archive.add_facts(__version__, messages)
            with _read_only(copy) as (reading, size):
                archive.add(HISTORY_FILE, reading, size)
            _add_small(archive, directory, others or {})
            with closing(sqlite3.connect(copy, isolation_level=None)) as rows:
                sizes = index.contents(rows)
            copy.unlink()  # a nearly full disk needs the room
            files, damaged = _add_contents(archive, directory, sizes, copied)
            archive.finish()
        with Archive(temporary) as written:
            written.verify(checked)
        size = temporary.stat().st_size
    return BackedUp(messages, size, files, damaged)


def _copy_history(directory: Path, source: sqlite3.Connection, copy: Path, told: Progress) -> int:
    """Copy the database, and add what is not in it yet. Returns the number of messages."""
    waiting, changes = _begin(directory, source)
    (size,) = source.execute("PRAGMA page_size").fetchone()
    with closing(sqlite3.connect(copy, isolation_level=None)) as to:
        source.backup(
            to,
            pages=PAGES,
            progress=lambda _status, left, pages: told((pages - left) * size, pages * size),
        )
        source.execute("ROLLBACK")  # a long read would keep the write-ahead log from restarting
        to.execute("PRAGMA journal_mode = DELETE")  # the result is a single file
        named = {(each.key, each.kind): (each.name, each.value) for each in changes}
        Writer(to).write(waiting, named)
        _drop_missing(directory, to)
        (verdict,) = to.execute("PRAGMA quick_check(1)").fetchone()
        (messages,) = to.execute("SELECT count(*) FROM message").fetchone()
    if verdict != "ok":
        raise StoreError(f"The history is damaged ({verdict}); there is no backup of it")
    return int(messages)


def _begin(directory: Path, source: sqlite3.Connection) -> tuple[list[Pending], list[Change]]:
    """Begin a read transaction: without it, each write would restart the copy. Returns what belongs
    to the same moment, and is not in the database yet.

    A message in the journal has a number, so it is easy to see whether the database has it. A
    change has none: its file has to be the same before and after, or the server has just moved it.
    """
    suffix, file = read_suffix(source), directory / CHANGES_FILE
    for _ in range(ATTEMPTS):
        there, before = read_journal(directory, suffix), contents_of(file)
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM message LIMIT 1").fetchone()
        if contents_of(file) == before:
            break
        source.execute("ROLLBACK")
    else:
        raise StoreError("The states of rooms change too fast for a backup; try it again")
    changes, _ = parse_changes(before, suffix, file)
    return unmoved(directory, source, there), changes


def _drop_missing(directory: Path, rows: sqlite3.Connection) -> None:
    """Leave out the rows of files that were removed while the database was copied."""
    for digest in index.digests(rows):
        if not os.path.lexists(_content(directory, digest)):
            with transaction(rows):
                rows.execute("DELETE FROM file WHERE digest = ?", (digest,))


def _content(directory: Path, digest: str) -> Path:
    return directory / FILES / digest[:2] / digest[2:]


def _add_small(archive: ArchiveWriter, directory: Path, others: Parts) -> None:
    """Add the other files of the data directory, if there are any, and those of elsewhere."""
    for name in DATA_PARTS:
        if name != HISTORY_FILE and os.path.lexists(directory / name):
            with _read_only(directory / name) as (reading, size):
                archive.add(name, reading, size)
    for name, path in others.items():
        with as_store_error(f"Cannot read {path}"):
            data = path.read_bytes()
        archive.add_bytes(name, data)


def _add_contents(
    archive: ArchiveWriter, directory: Path, sizes: Mapping[str, int], told: Progress
) -> tuple[Copied, tuple[str, ...]]:
    """Add the contents of these digests. Returns how many, and the digests of the damaged ones."""
    count = done = 0
    total = sum(sizes.values())
    damaged = []
    for digest in sizes:
        try:
            with _read_only(_content(directory, digest)) as (reading, size):
                found = archive.add(f"{FILES}/{digest[:2]}/{digest[2:]}", reading, size)
        except FileNotFoundError:
            continue  # removed in this very moment: a restored server does not have it either
        if found != digest:
            damaged.append(digest)
        count += 1
        done += size
        told(done, total)
    return Copied(count, done), tuple(damaged)


@contextmanager
def _read_only(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """A file of the data directory, and its size now: some of them grow. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS)
    with os.fdopen(descriptor, "rb") as file:
        yield file, os.fstat(descriptor).st_size


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A new empty file with mode 0600 beside another, deleted in the end."""
    path = beside.with_name(f"{beside.name}.db")
    try:  # SIGTERM may come right after the file is made
        _make(path)
        yield path
    finally:
        _remove(path)


@contextmanager
def new_file(target: Path, directory: Path) -> Iterator[Path]:
    """A temporary file with mode 0600 that becomes `target` on success, and is deleted otherwise.

    Raises StoreError, also if `target` is one of the server's files in `directory`, or a symbolic
    link that another user made.
    """
    what = f"Cannot write {target}"
    with as_store_error(what):
        target = own_target(target)
        if target.name in DATA_FILES and target.parent == directory.resolve():
            raise StoreError(f"{target} is the server's own file; choose another")
        if target.exists() and not target.is_file():
            raise StoreError(f"{target} is not a regular file; choose another")
        temporary = target.with_name(f".chatroom-{secrets.token_hex(4)}")
    try:
        with as_store_error(what):
            _make(temporary)
        yield temporary
        with as_store_error(what):
            _sync(temporary)
            temporary.replace(target)
            sync_directory(target.parent)
    finally:
        _remove(temporary)


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _remove(file: Path) -> None:
    """Remove a file, and what SQLite may have left beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Sync a file, so that its contents survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

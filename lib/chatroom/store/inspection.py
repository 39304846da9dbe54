"""Checks whether a server can start on a data directory, without writing anything there.

`inspect` follows the steps of a start, in order, and asks the system about what the start would
try: so each error has the sentence with which the start would fail. It also reads the whole
database, of which a start reads little.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from chatroom.store.change_file import parse_changes
from chatroom.store.database import (
    CHANGES_FILE,
    HISTORY_FILE,
    JOURNAL_FILE,
    LOCK_FILE,
    NO_LINKS,
    StoreError,
    as_store_error,
    check_is_ordinary,
    own_target,
    version_of,
)
from chatroom.store.ever import read_ever
from chatroom.store.migrations import MIGRATIONS
from chatroom.store.past import read_saved_rooms
from chatroom.store.rows import read_suffix
from chatroom.store.unmoved import left_behind

FEW_BYTES = 16 << 20
"""Less free space than this gets a warning: a start needs less, but soon there will be none."""


class Inspected(NamedTuple):
    """`faults` prevent a start or lose messages, `warnings` may do so soon; `server` is the process
    id of the server that uses the directory now, or ""."""

    faults: list[str]
    warnings: list[str]
    server: str


def inspect(directory: Path) -> Inspected:
    """Inspect a data directory, which need not exist yet."""
    server = ""
    faults: list[str] = []

    def look(at: Callable[[Path], None]) -> None:
        try:
            at(directory)
        except StoreError as error:
            if str(error) not in faults:
                faults.append(str(error))

    try:
        with as_store_error(f"Cannot use the data directory {directory}"):
            there = _look_at_place(directory)
            server = _look_at_lock(directory) if there else ""
    except StoreError as error:
        return Inspected([str(error)], [], "")
    if there:
        look(_look_at_journal)
        look(_look_at_changes)
        look(_look_at_database)
    return Inspected(faults, _space(directory), server)


def known_accounts(directory: Path) -> set[str]:
    """The folded names of the accounts, as far as the data directory can be read."""
    file = directory / HISTORY_FILE
    if not file.is_file():
        return set()
    try:
        with opened_without_trace(file) as connection, as_store_error(f"Cannot read {file}"):
            return {name for (name,) in connection.execute("SELECT folded FROM account")}
    except StoreError:
        return set()  # which `inspect` reports


def _look_at_place(directory: Path) -> bool:
    """Whether the directory exists. Raises OSError if it could not be created."""
    try:
        directory.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        nearest = _nearest(directory)
        if not nearest.is_dir():
            dangling = not nearest.exists()
            raise _failure(errno.EEXIST if dangling else errno.ENOTDIR) from None
        _ask_to_write(nearest)
        return False
    if not directory.is_dir():
        raise _failure(errno.EEXIST)
    return True


def _nearest(directory: Path) -> Path:
    """The nearest existing parent directory."""
    return next(each for each in directory.absolute().parents if os.path.lexists(each))


def _failure(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _ask_to_write(directory: Path) -> None:
    """Raises OSError if no file can be created there."""
    if not os.access(directory, os.W_OK | os.X_OK):
        readonly = os.statvfs(directory).f_flag & os.ST_RDONLY
        raise _failure(errno.EROFS if readonly else errno.EACCES)


def _ask_to_open(file: Path) -> int | None:
    """A descriptor of a file that a start opens, or None if the start would create it. Raises
    OSError."""
    try:
        return os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS)
    except FileNotFoundError:
        _ask_to_write(file.parent)
        return None


def _look_at_lock(directory: Path) -> str:
    """Returns the process id of the server that has it, or "". Raises OSError."""
    descriptor = _ask_to_open(directory / LOCK_FILE)
    if descriptor is None:
        return ""
    os.close(descriptor)
    return user_of(directory)


def user_of(directory: Path) -> str:
    """The process id of the server that has the lock, or "". Nothing needs to be writable. Raises
    OSError."""
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS
        lock = os.open(directory / LOCK_FILE, flags)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 32, 0).decode(errors="replace").strip() or "?"
    finally:
        os.close(lock)
    return ""


def _look_at_journal(directory: Path) -> None:
    left_behind(directory, opened_without_trace)
    file = directory / JOURNAL_FILE
    with as_store_error(f"Cannot open {file}"):
        descriptor = _ask_to_open(file)
        if descriptor is not None:
            os.close(descriptor)


def _look_at_changes(directory: Path) -> None:
    file, history = directory / CHANGES_FILE, directory / HISTORY_FILE
    if not os.path.lexists(file):
        return
    with as_store_error(f"Cannot open {file}"):
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS)
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        os.close(descriptor)
    suffix = ""
    if history.exists():
        with opened_without_trace(history) as connection, as_store_error(f"Cannot read {history}"):
            suffix = read_suffix(connection)
    parse_changes(data, suffix, file)


def _look_at_database(directory: Path) -> None:
    file = directory / HISTORY_FILE
    with as_store_error(f"Cannot open {file}"):
        if not os.path.lexists(file):
            _ask_to_write(directory)
            return
        own_target(file)
        if not all(os.path.lexists(each) for each in _beside(file)):
            try:
                _ask_to_write(directory)  # SQLite creates them there
            except OSError as error:
                raise StoreError(
                    f"Cannot open {file}: attempt to write a readonly database"
                ) from error
    with opened_without_trace(file) as connection:
        with as_store_error(f"Cannot update {file} to this version's format"):
            version = version_of(connection, file)
            if version:
                connection.execute("SELECT value FROM meta WHERE key = 'suffix'").fetchone()
            log, _ = _beside(file)
            used = (file, log) if log.exists() and log.stat().st_size else (file,)
            if not all(os.access(each, os.W_OK) for each in used):
                raise StoreError(
                    f"Cannot update {file} to this version's format:"
                    " attempt to write a readonly database"
                )
        if version == len(MIGRATIONS):  # an older version lacks tables that are read here
            with as_store_error(f"Cannot read {file}"):
                read_ever(connection)
            with as_store_error("Cannot read the history"):
                read_saved_rooms(connection)
        with as_store_error(f"Cannot read {file}"):
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        why = " ".join(verdict.split())
        raise StoreError(f"{file} is damaged ({why}); restore a backup")


@contextmanager
def opened_without_trace(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that leaves no trace. Raises StoreError.

    If there is a write-ahead log, SQLite needs its index beside it, and creates it if it is
    missing. Without a log nothing is needed, and `immutable` says so.
    """
    check_is_ordinary(file)
    log, index = _beside(file)
    logged, indexed = os.path.lexists(log), os.path.lexists(index)
    try:
        with as_store_error(f"Cannot open {file}"):
            connection = sqlite3.connect(uri_without_trace(file), uri=True, isolation_level=None)
        with closing(connection):
            with as_store_error(f"Cannot open {file}"):
                connection.execute("SELECT 1 FROM sqlite_master")
            yield connection
    finally:
        if logged and not indexed:
            index.unlink(missing_ok=True)


def uri_without_trace(file: Path) -> str:
    """The URI by which SQLite opens a database and leaves no trace."""
    log, _ = _beside(file)
    return f"{file.absolute().as_uri()}?mode=ro{'' if os.path.lexists(log) else '&immutable=1'}"


def _beside(file: Path) -> tuple[Path, Path]:
    """A database's write-ahead log, and the index of that."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def _space(directory: Path) -> list[str]:
    """A warning if little space is left; none if that is unknown."""
    try:
        place = directory if directory.is_dir() else _nearest(directory)
        found = os.statvfs(place)
    except OSError:
        return []
    left = found.f_bavail * found.f_frsize
    if left >= FEW_BYTES:
        return []
    return [f"only {left >> 10:,} KB of disk space are left for {directory}"]

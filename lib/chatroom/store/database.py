"""Opening a data directory: one server at a time, the right version, the wanted durability."""

import errno
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chatroom.store.migrations import MIGRATIONS
from chatroom.wire.reference import HistoryError

HISTORY_FILE = "history.db"
SEARCH_FILE = "search.db"
LOCK_FILE = "lock"

DURABILITIES = {"process": "NORMAL", "power": "FULL"}
"""history.durability -> SQLite's `synchronous`. In WAL mode NORMAL commits without an fsync: what
is written survives the process, since the system has it; FULL syncs in every commit."""

BUSY_MS = 50
"""How long a commit waits for a worker's small write (or a stranger's) before it is tried later."""


NO_LINKS = os.O_NOFOLLOW
"""A flag for the files that we make in the data directory: a symbolic link there was put by
somebody who wants us to write elsewhere."""


class StoreError(HistoryError):
    """The store cannot do what it should. `str()` says why, in one line, for an operator."""


def store_error(what: str, error: sqlite3.Error | OSError) -> StoreError:
    """SQLite's or the system's reason as a StoreError: `what` is what was tried."""
    if isinstance(error, OSError):
        if error.errno == errno.ELOOP:
            return StoreError(f"{what}: it is a symbolic link, which is not followed; remove it")
        return StoreError(f"{what}: {(error.strerror or str(error)).lower()}")
    return StoreError(f"{what}: {error}")


@contextmanager
def as_store_error(what: str) -> Iterator[None]:
    """Raise `store_error` for SQLite's and the system's errors. Not for the hot path: a generator
    costs more than the `try` in it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise store_error(what, error) from error


class DataDirectory:
    """A directory that this process alone uses until `close`."""

    def __init__(self, path: Path) -> None:
        """Make it, 0700, where it is missing, and lock it. Raises StoreError."""
        self.path = path
        with as_store_error(f"Cannot use the data directory {path}"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._take()
            except BaseException:
                os.close(self._lock)
                raise

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock, 32).decode(errors="replace").strip() or "?"
            raise StoreError(
                f"The data directory {self.path} is in use by another server (process {holder});"
                " stop it, or give this one another with --data"
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Let another server have it."""
        os.close(self._lock)


def connect(file: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from whichever thread has its turn.

    Raises StoreError. Transactions are begun and ended in so many words.
    """
    with as_store_error(f"Cannot open {file}"):
        if not readonly:
            _make(file)
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={'ro' if readonly else 'rw'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )
        if not readonly:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is gone
        connection.execute("SELECT 1 FROM sqlite_master")
    return connection


def connect_worker(file: Path) -> sqlite3.Connection:
    """A connection to the history for a worker, beside that of the loop. Raises StoreError.

    It makes no checkpoints by the way: see checkpoint.py.
    """
    connection = connect(file)
    with as_store_error(f"Cannot open {file}"):
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def _make(file: Path) -> None:
    """An empty file for its owner only, where there is none.

    One that exists is left alone: closing a second descriptor of it would drop all locks that
    SQLite holds on it for this process (SQLite, "How To Corrupt An SQLite Database File", 2.2),
    and the next stranger who closes the database would delete the log that we write to.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring the database up to today's version. Raises StoreError."""
    with as_store_error(f"Cannot bring {file} up to date"):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{file} is from a newer Chatroom (version {version} of its format, this one knows"
                f" {len(MIGRATIONS)}); update Chatroom, or give another directory with --data"
            )
        if not version and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise StoreError(f"{file} is not Chatroom's; give another directory with --data")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            with transaction(connection):
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(
            "INSERT OR IGNORE INTO meta VALUES ('suffix', ?)", (secrets.token_hex(3),)
        )
        if not version:  # nothing was deleted from it yet: see sweep.py
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('swept', 'done')")


def _statements(script: str) -> Iterator[str]:
    """The statements one by one: `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing. SQLite's errors pass through."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

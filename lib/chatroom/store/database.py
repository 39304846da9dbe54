"""Opening a data directory: one server at a time, the right version, the wanted durability."""

import errno
import fcntl
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chatroom.store.migrations import MIGRATIONS
from chatroom.wire.reference import HistoryError

HISTORY_FILE = "history.db"
SEARCH_FILE = "search.db"
JOURNAL_FILE = "history.journal"
TAKEN_FILE = "history.taken"
LOCK_FILE = "lock"

DATA_FILES = tuple(
    f"{name}{suffix}"
    for name in (HISTORY_FILE, SEARCH_FILE, LOCK_FILE, JOURNAL_FILE, TAKEN_FILE)
    for suffix in ("", "-wal", "-shm", "-journal")
)
"""Every file that the server keeps in its directory, at one time or another."""

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


class StoreLocked(StoreError):
    """Somebody else is writing to the database."""


def store_error(what: str, error: sqlite3.Error | OSError) -> StoreError:
    """SQLite's or the system's reason as a StoreError: `what` is what was tried."""
    if isinstance(error, OSError):
        if error.errno == errno.ELOOP:
            return StoreError(f"{what}: it is a symbolic link; remove it")
        return StoreError(f"{what}: {(error.strerror or str(error)).lower()}")
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreLocked(f"{what}: {error}")
    return StoreError(f"{what}: {error}")


@contextmanager
def as_store_error(what: str) -> Iterator[None]:
    """Raise `store_error` for SQLite's and the system's errors. Not for the hot path: a generator
    costs more than the `try` in it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise store_error(what, error) from error


def own_target(path: Path) -> Path:
    """Where a path leads that somebody named: behind symbolic links, but for somebody else's.

    In a directory that many write to, anybody can leave a link with a name that we are about to
    use. Raises StoreError for a link that is neither this user's nor root's, or that is root's in a
    sticky directory; and OSError.
    """
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            return path.parent.resolve() / path.name
        owner = path.lstat().st_uid
        crowded = path.parent.stat().st_mode & _STICKY == _STICKY
        if owner != os.geteuid() and (owner != 0 or crowded):
            raise StoreError(
                f"{path} is a symbolic link that another user created;"
                " remove it, or choose another file"
            )
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


_MOST_LINKS = 40
_STICKY = stat.S_ISVTX | stat.S_IWOTH

_GROUP_OR_OTHERS = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def exposed(directory: Path) -> list[str]:
    """A warning where others can read or write the directory, or what is kept in it; else none.

    They would only have to copy a file to read what was said in closed rooms.
    """
    try:
        if not directory.is_dir():
            return []
        files = [directory]
        if directory.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH):  # or nobody gets at them
            files += [directory / name for name in DATA_FILES]
        open_to_others = [
            file.name
            for file in files
            if os.path.lexists(file) and file.lstat().st_mode & _GROUP_OR_OTHERS
            if not file.is_symlink()
        ]
    except OSError:  # whoever uses the directory meets it, and says so
        return []
    if not open_to_others:
        return []
    what = "" if open_to_others[0] == directory.name else f"/{open_to_others[0]}"
    return [f"others can read or write {directory}{what}; run: chmod -R go= {directory}"]


class DataDirectory:
    """A directory that this process alone uses until `close`."""

    def __init__(self, path: Path) -> None:
        """Make it, 0700, where it is missing, and lock it. Raises StoreError."""
        self.path = path
        with as_store_error(f"Cannot use the data directory {path}"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | NO_LINKS
            self._lock = os.open(path / LOCK_FILE, flags, 0o600)
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
                " stop it, or choose another directory with --data"
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
            own_target(file)
            _make(file)
        check_is_ordinary(file)
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={'ro' if readonly else 'rw'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )
        _keep_temporary_files(connection, file.parent)
        if not readonly:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is gone
        connection.execute("SELECT 1 FROM sqlite_master")
    return connection


def check_is_ordinary(file: Path) -> None:
    """Raises StoreError for a pipe, on which SQLite would wait for ever, or a directory."""
    if file.exists() and not file.is_file():
        raise StoreError(f"Cannot open {file}: it is not a regular file")


_temporary: list[Path] = []


def _keep_temporary_files(connection: sqlite3.Connection, directory: Path) -> None:
    """Let SQLite put them into the data directory, which we know can be written to.

    An import and the index need them from some thousands of messages on; a service may have no /tmp
    that it can write to, and it may be small where it is memory. SQLite reads SQLITE_TMPDIR before
    Python comes to this, hence the pragma. It is for the whole process: the first directory counts.
    """
    if not _temporary and os.access(directory, os.W_OK):
        _temporary.append(directory)
        quoted = str(directory.absolute()).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


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
    with as_store_error(f"Cannot update {file} to this version's format"):
        version = version_of(connection, file)
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


def version_of(connection: sqlite3.Connection, file: Path) -> int:
    """The version of its format, 0 for an empty file. Raises StoreError for one that we cannot use.

    SQLite's errors pass through.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{file} is from a newer Chatroom (version {version} of its format, this one knows"
            f" {len(MIGRATIONS)}); update Chatroom, or choose another directory with --data"
        )
    if not version and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise StoreError(f"{file} is not a Chatroom database; choose another directory with --data")
    return version


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

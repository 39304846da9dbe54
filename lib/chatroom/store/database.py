"""Opens data directories and databases, with locks, versions and the requested durability."""

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
from chatroom.wire.reference import HistoryBusy, HistoryError

HISTORY_FILE = "history.db"
SEARCH_FILE = "search.db"
JOURNAL_FILE = "history.journal"
TAKEN_FILE = "history.taken"
LOCK_FILE = "lock"
CONTROL_FILE = "control"
AUDIT_FILE = "audit.log"
CHANGES_FILE = "history.changes"
FILES_DIRECTORY = "files"

DATA_FILES = tuple(
    f"{name}{suffix}"
    for name in (
        HISTORY_FILE,
        SEARCH_FILE,
        LOCK_FILE,
        JOURNAL_FILE,
        CHANGES_FILE,
        TAKEN_FILE,
        CONTROL_FILE,
        AUDIT_FILE,
    )
    for suffix in ("", "-wal", "-shm", "-journal")
)
"""Every file that the server may create in its directory."""

DURABILITIES = {"process": "NORMAL", "power": "FULL"}
"""history.durability -> SQLite's `synchronous`. In WAL mode, NORMAL commits without an fsync:
written data survives the process, because the kernel has it. FULL syncs in every commit."""

BUSY_MS = 50
"""Milliseconds that a commit waits for a small write of a worker, or of another process, before it
is retried later."""

WRITE_SECONDS = 10.0
"""Seconds for which a change waits for another writer, in a worker or in a tool."""

NO_LINKS = os.O_NOFOLLOW
"""A flag for files that the server creates in the data directory: a symbolic link there is an
attempt to redirect the server's writes."""


class StoreError(HistoryError):
    """The store has failed. `str()` gives the reason in one line, for an operator."""


class StoreLocked(StoreError, HistoryBusy):
    """Another connection is writing to the database."""


def store_error(what: str, error: sqlite3.Error | OSError) -> StoreError:
    """Convert an error of SQLite or the system to a StoreError; `what` is the failed action."""
    if isinstance(error, OSError):
        if error.errno == errno.ELOOP:
            return StoreError(f"{what}: it is a symbolic link; remove it")
        return StoreError(f"{what}: {(error.strerror or str(error)).lower()}")
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreLocked(f"{what}: {error}")
    return StoreError(f"{what}: {error}")


@contextmanager
def as_store_error(what: str) -> Iterator[None]:
    """Raise `store_error` for errors of SQLite and the system. Not for the hot path: a generator
    costs more than the `try` in it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise store_error(what, error) from error


def own_target(path: Path) -> Path:
    """Resolve a path that a user gave, but refuse links that another user made.

    In a shared directory anybody can create a link with a name that we are about to use. Raises
    StoreError for a link that belongs neither to this user nor to root, or that belongs to root in
    a sticky directory. Also raises OSError.
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
    """A list with a warning if others can read or write the directory, or a file in it; otherwise
    an empty list.

    Others would only have to copy a file to read what was said in closed rooms.
    """
    try:
        if not directory.is_dir():
            return []
        files = [directory]
        # otherwise nobody can reach the files
        if directory.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH):
            files += [directory / name for name in (*DATA_FILES, FILES_DIRECTORY)]
        open_to_others = [
            file.name
            for file in files
            if os.path.lexists(file) and file.lstat().st_mode & _GROUP_OR_OTHERS
            if not file.is_symlink()
        ]
    except OSError:  # the code that uses the directory reports it
        return []
    if not open_to_others:
        return []
    what = "" if open_to_others[0] == directory.name else f"/{open_to_others[0]}"
    return [f"others can read or write {directory}{what}; run: chmod -R go= {directory}"]


class DataDirectory:
    """A data directory, locked for this process until `close`."""

    def __init__(self, path: Path, lock: int | None = None) -> None:
        """Create the directory with mode 0700 if it is missing, and lock it. Raises StoreError.

        With `lock`, the `descriptor` of another process's DataDirectory, which is closed by us,
        both processes have the lock: it belongs to the open file (flock(2)).
        """
        self.path = path
        if lock is not None:
            self._lock = lock
            with as_store_error(f"Cannot use the data directory {path}"):
                if not os.path.samestat(os.fstat(lock), (path / LOCK_FILE).stat()):
                    raise StoreError(f"{path} is not the data directory of the running server")
            return
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
        self.claim()

    def claim(self) -> None:
        """Write into the lock file that this process uses the directory."""
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    @property
    def descriptor(self) -> int:
        """The descriptor of the locked file."""
        return self._lock

    def close(self) -> None:
        """Unlock the directory, unless another process has the same lock."""
        os.close(self._lock)


def connect(file: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode that any thread may use, one at a time.

    Raises StoreError. Transactions are begun and ended explicitly.
    """
    options = "mode=rw"
    if readonly:
        options = "mode=ro&immutable=1" if _cannot_change(file) else "mode=ro"
    with as_store_error(f"Cannot open {file}"):
        if not readonly:
            own_target(file)
            _make(file)
        check_is_ordinary(file)
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?{options}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )
        _keep_temporary_files(connection, file.parent)
        if not readonly:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")  # overwrites deleted data
        connection.execute("SELECT 1 FROM sqlite_master")
    return connection


def _cannot_change(file: Path) -> bool:
    """Whether it is a database on a disk that nobody can write, and all of it is in this file. Even
    for reading SQLite would otherwise create files beside it. The kernel makes a broken disk
    readonly, which is when somebody needs a copy."""
    with suppress(OSError):
        readonly = os.statvfs(file).f_flag & os.ST_RDONLY
        return bool(readonly) and not os.path.lexists(f"{file}-wal")
    return False


def check_is_ordinary(file: Path) -> None:
    """Raises StoreError for a directory, or for a pipe, which SQLite would wait for."""
    if file.exists() and not file.is_file():
        raise StoreError(f"Cannot open {file}: it is not a regular file")


_temporary: list[Path] = []


def _keep_temporary_files(connection: sqlite3.Connection, directory: Path) -> None:
    """Let SQLite put temporary files into the data directory, which is known to be writable.

    An import and the index need them from some thousands of messages on. A service may have no
    writable /tmp, and a /tmp in memory may be small. SQLite reads SQLITE_TMPDIR before Python gets
    here, so the pragma is needed. It applies to the whole process: the first directory counts.
    """
    if not _temporary and os.access(directory, os.W_OK):
        _temporary.append(directory)
        quoted = str(directory.absolute()).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


def connect_worker(file: Path) -> sqlite3.Connection:
    """Open a connection to the history for a worker, in addition to that of the loop. Raises
    StoreError.

    It makes no automatic checkpoints: see checkpoint.py.
    """
    connection = connect(file)
    with as_store_error(f"Cannot open {file}"):
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def open_for_worker(directory: Path, durability: str) -> sqlite3.Connection:
    """The database of a data directory for a store that workers write to, in this version's format.
    `durability` is a key of DURABILITIES. Raises StoreError."""
    file = directory / HISTORY_FILE
    connection = connect_worker(file)
    try:
        with as_store_error(f"Cannot read {file}"):
            connection.execute(f"PRAGMA busy_timeout = {round(WRITE_SECONDS * 1000)}")
            connection.execute(f"PRAGMA synchronous = {DURABILITIES[durability]}")
        migrate(connection, file)
    except StoreError:
        connection.close()
        raise
    return connection


def _make(file: Path) -> None:
    """Create an empty file, readable for its owner only, if there is none.

    An existing file is not opened: closing a second descriptor of it would drop all locks that
    SQLite holds on it for this process (SQLite, "How To Corrupt An SQLite Database File", 2.2), and
    the next process that closes the database would delete the log that we write to.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Migrate the database to the current version. Raises StoreError."""
    with as_store_error(f"Cannot update {file} to this version's format"):
        version = version_of(connection, file)
        if version < len(MIGRATIONS):  # all or nothing: another version may have to go on with it
            with transaction(connection):
                for script in MIGRATIONS[version:]:
                    for statement in _statements(script):
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute(
            "INSERT OR IGNORE INTO meta VALUES ('suffix', ?)", (secrets.token_hex(3),)
        )
        if not version:  # nothing has been deleted from it yet: see sweep.py
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('swept', 'done')")


def version_of(connection: sqlite3.Connection, file: Path) -> int:
    """The version of the database's format, 0 for an empty file. Raises StoreError for an unusable
    one.

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
    """Yields the statements one by one, because `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the block in a transaction. SQLite's errors pass through."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

"""Moves the write-ahead log into the database in such a way that only a worker waits for the disk.

The problem: in WAL mode with `synchronous = NORMAL`, SQLite commits without waiting for the disk,
with one exception: the commit that restarts the log, after all of the log was moved into the
database. That commit syncs the log's new header, because the header and the pages behind it must
reach the disk in this order (sqlite3WalFrames, `syncHeader`). Usually that is the next commit of
the loop, which then stood still for a millisecond, or for the seconds of a slow disk. With
`synchronous = OFF` nobody would wait. But after a loss of power the disk could hold the old header,
the first of the old pages, and new pages behind them. SQLite would take the old pages for committed
and write them over newer ones, so the database would be damaged, not only lack the latest messages.

The idea: the worker restarts the log itself, by a commit of its own, and keeps everybody else from
doing so before. SQLite does not restart the log while somebody reads a state that is in it
(walRestartLog needs all read locks but the first). So:

    guard:   BEGIN, and read a state that is in the log
    worker:  checkpoint: sync the log, write the pages, sync the database; without the guard's
             lock, the next commit would restart the log now
    worker:  BEGIN IMMEDIATE: nobody else can commit
    guard:   ROLLBACK
    worker:  write one page, COMMIT: this restarts the log, syncs its header and cuts the file

If the loop commits while the worker writes pages, the log contains more than was moved and cannot
be restarted. If the loop committed in every tick, the log would keep growing: to 216 MB when 6,640
rooms were made and left within 14 seconds. So the rest, which is small, is moved while nobody can
commit:

    worker:  BEGIN IMMEDIATE: nobody else can commit
    guard:   ROLLBACK, BEGIN, and read the last state, up to which a checkpoint may go
    mover:   checkpoint of the rest
    worker:  ROLLBACK, and BEGIN IMMEDIATE: a transaction that began before everything was moved
             reads from the log, and cannot restart it

Meanwhile the journal takes the loop's messages (`History.sparing`).

If another reader is still busy (a backup), the worker's commit only adds its page to the log. That
page is not in the database yet, so the next commit of the loop cannot restart the log either; the
next upkeep tries again. `synchronous` is NORMAL on all connections, so in whatever order all this
happens, neither SIGKILL nor a loss of power can damage the database. If the guard failed, the only
consequence would be that the loop waits for the disk once.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from chatroom.store.database import HISTORY_FILE, as_store_error, connect, connect_worker

PATIENCE_MS = 2000
"""Milliseconds that the worker waits for a commit of the loop or of a tool."""


_HEADER_BYTES, _SALT = 32, slice(16, 24)


class Checkpointer:
    """Makes checkpoints; for one worker at a time. The connections stay open, because opening them
    reads the schema."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / HISTORY_FILE
        self._log = directory / f"{HISTORY_FILE}-wal"
        self._open: tuple[sqlite3.Connection, sqlite3.Connection, sqlite3.Connection] | None = None

    def run(self) -> bool:
        """Move the log into the database, and restart the log.

        Returns False if a reader prevented the restart. Readers and writers continue meanwhile.
        Raises StoreError.
        """
        with as_store_error("Cannot checkpoint the history"):
            guard, worker, mover = self._connections()
            before = self._salt()
            try:
                _read(guard)
                _move(mover)
                worker.execute("BEGIN IMMEDIATE")
                if not _move(mover):
                    _end(guard)
                    _read(guard)
                    _move(mover)
                    _end(worker)
                    worker.execute("BEGIN IMMEDIATE")
                _end(guard)
                touch(worker)
            finally:
                _end(guard)
                _end(worker)
            return self._salt() != before

    def _salt(self) -> bytes:
        """The salt, which changes each time the log restarts (SQLite, "The WAL Header").

        Unlike the database, the log may be closed: SQLite holds no locks on it.
        """
        with self._log.open("rb") as file:
            return file.read(_HEADER_BYTES)[_SALT]

    def _connections(self) -> tuple[sqlite3.Connection, sqlite3.Connection, sqlite3.Connection]:
        if self._open is None:
            guard = connect(self._file, readonly=True)
            worker, mover = connect_worker(self._file), connect_worker(self._file)
            worker.execute("PRAGMA journal_size_limit = 0")  # so that the file shrinks again
            worker.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            self._open = guard, worker, mover
        return self._open

    def close(self) -> None:
        """Close the files."""
        for connection in self._open or ():
            connection.close()
        self._open = None


def _read(guard: sqlite3.Connection) -> None:
    """Begin to read the latest state."""
    guard.execute("BEGIN")
    guard.execute("SELECT 1 FROM meta LIMIT 1").fetchone()


def _move(mover: sqlite3.Connection) -> bool:
    """Write into the database what readers allow. Returns whether that was all of the log."""
    _, pages, moved = mover.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return bool(pages == moved)


def _end(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def checkpoint(directory: Path) -> bool:
    """Run a `Checkpointer` once."""
    with closing(Checkpointer(directory)) as checkpointer:
        return checkpointer.run()


def touch(connection: sqlite3.Connection) -> None:
    """Write one page, and commit the current transaction. SQLite's errors pass through."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

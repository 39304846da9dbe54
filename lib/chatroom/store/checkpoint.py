"""Moving the write-ahead log into the database, so that only a worker waits for the disk.

The problem: in WAL mode with `synchronous = NORMAL` SQLite commits without waiting for the disk,
but for one commit: the first that begins the log anew, after all of it was moved into the database.
That one syncs the log's new header, since the header and the pages behind it must not reach the
disk in another order (sqlite3WalFrames, `syncHeader`). Usually it is whoever writes next, which is
the loop: it stood still for a millisecond, or for the seconds of a slow disk. With `synchronous =
OFF` nobody would wait. But after a loss of power the disk could hold the old header, the first of
the old pages, and new ones behind them: SQLite would take the old ones for committed and put them
over newer pages. The database would be damaged, not only short of what was said last.

The idea: the worker begins the log anew itself, with a commit of its own, and keeps everybody else
from doing so before. SQLite does not begin the log anew while somebody reads a state that is in it
(walRestartLog asks for all read locks but the first). So:

    guard:   BEGIN, and read: a state that is in the log
    worker:  checkpoint: sync the log, write the pages, sync the database; all but the guard's lock
             would now let the next commit begin the log anew
    worker:  BEGIN IMMEDIATE: nobody else can commit
    guard:   ROLLBACK
    worker:  write one page, COMMIT: this begins the log anew, syncs its header and cuts the file

Where another reader is still at it (a backup), the worker's commit only adds its page to the log.
That page is not in the database yet, so that the next commit of the loop cannot begin the log anew
either; the next upkeep tries again. By whatever order of events it ends, `synchronous` is NORMAL on
all connections, so that neither SIGKILL nor a loss of power can damage the database: were the guard
to fail, the loop would wait for the disk once, and that is all.
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
        self._guard: sqlite3.Connection | None = None
        self._worker: sqlite3.Connection | None = None

    def run(self) -> bool:
        """Move the log into the database, and restart the log.

        Returns False if a reader prevented the restart. Readers and writers continue meanwhile.
        Raises StoreError.
        """
        with as_store_error("Cannot checkpoint the history"):
            guard, worker = self._connections()
            before = self._salt()
            guard.execute("BEGIN")
            try:
                guard.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
                worker.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                worker.execute("BEGIN IMMEDIATE")
            finally:
                guard.execute("ROLLBACK")
            touch(worker)
            return self._salt() != before

    def _salt(self) -> bytes:
        """The salt, which changes each time the log restarts (SQLite, "The WAL Header").

        Unlike the database, the log may be closed: SQLite holds no locks on it.
        """
        with self._log.open("rb") as file:
            return file.read(_HEADER_BYTES)[_SALT]

    def _connections(self) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        if self._guard is None or self._worker is None:
            self._guard = connect(self._file, readonly=True)
            self._worker = connect_worker(self._file)
            self._worker.execute("PRAGMA journal_size_limit = 0")  # so that the file shrinks again
            self._worker.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        return self._guard, self._worker

    def close(self) -> None:
        """Close the files."""
        for connection in (self._guard, self._worker):
            if connection is not None:
                connection.close()
        self._guard = self._worker = None


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

"""Removes what deleted messages leave behind: names of people and rooms, words in the index, free
pages.

The problem: the row of a sender contains a nickname and an address, and the row of a room its name.
Both would stay after their last message was deleted. To find the rows without messages, all
messages have to be looked at, and nobody can wait for that. The idea: a worker looks first, and
then deletes in small steps, each of which makes sure that no new message refers to the row. The
loop remembers the numbers of names, and forgets them when somebody else has written
(`Writer.begin`).

The key `swept` of the table `meta` tells whether there is something to do: code that deletes or
redacts messages removes the key.

SQLite's `secure_delete` overwrites deleted data. But if SQLite had moved a row to another page
before, a copy stays in the free space of the first page. So a small database is also rewritten as a
whole. That keeps everybody else from writing, so it is done rarely.
"""

import sqlite3
import time
from pathlib import Path

from chatroom.store.database import (
    HISTORY_FILE,
    as_store_error,
    connect_worker,
    transaction,
)
from chatroom.store.rows import EVENT, SAID
from chatroom.store.search import SearchIndex

STEP = 100
"""Names deleted in one transaction."""

PAUSE = 0.005
"""Seconds after each step, in which others can write."""

REST = 20
"""The pause until the next sweep, in multiples of the time that a sweep took: it may use a
twentieth of a core."""

SECONDS = 1.0
"""Seconds for the index in one run. The limit matters because a stopping server waits for its
workers."""

VACUUM_BYTES = 16 << 20
"""The largest database that is rewritten: this takes up to a fifth of a second, in which nobody
else can write."""

VACUUM_REST = 600.0
"""Seconds between two rewrites. The first one after a start is not delayed."""

UNSWEPT = "DELETE FROM meta WHERE key = 'swept'"
"""Every transaction that deletes or redacts runs this."""

_BEGIN, _DELETED, _DONE = "begun", "deleted", "done"
"""Values of the key: names are being deleted; only free space is left to be dealt with; nothing."""

_STATE = "SELECT value FROM meta WHERE key = 'swept'"

_SET = "INSERT OR REPLACE INTO meta VALUES ('swept', ?)"

_UNUSED_ROOM = f"""
state IS NULL
AND NOT EXISTS (SELECT 1 FROM message INDEXED BY message_said WHERE room = room.id AND {SAID})
AND NOT EXISTS (SELECT 1 FROM message INDEXED BY message_event WHERE room = room.id AND {EVENT})
"""
"""Neither permanent with something to remember, nor with messages, which its seal would hide."""


class Sweep:
    """Deletes unused names; for one worker at a time. Call `run` as often as you like.

    The connection stays open: to open it for the question whether there is something to do took a
    quarter of each upkeep.
    """

    def __init__(self, directory: Path, index: SearchIndex) -> None:
        self._file = directory / HISTORY_FILE
        self._index = index
        self._open: sqlite3.Connection | None = None
        self._not_before = 0.0
        self._vacuum_at = 0.0

    def run(self) -> bool:
        """Sweep. Returns False if something is left for later. Raises StoreError."""
        with as_store_error("Cannot delete unused names"):
            if self._open is None:
                self._open = connect_worker(self._file)
            connection = self._open
            state = connection.execute(_STATE).fetchone()
            swept = state in ((_DELETED,), (_DONE,)) and not self._index.untidy
            if swept and state == (_DONE,):
                return True
            begin = time.monotonic()
            if not swept and begin < self._not_before:
                return False
            try:
                return (swept or self._delete(connection)) and self._write_anew(connection)
            finally:
                if not swept:
                    end = time.monotonic()
                    self._not_before = end + REST * (end - begin)

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _delete(self, connection: sqlite3.Connection) -> bool:
        """Delete names and free space. Returns False if something is left for later."""
        with transaction(connection):
            connection.execute(_SET, (_BEGIN,))
        if not self._delete_names(connection) or not self._index.sweep(SECONDS):
            return False
        with transaction(connection):
            (rooms,) = connection.execute(
                f"SELECT count(*) FROM room WHERE {_UNUSED_ROOM}"
            ).fetchone()
            return rooms == 0 and _move_on(connection, _BEGIN, _DELETED)

    def _write_anew(self, connection: sqlite3.Connection) -> bool:
        """Rewrite a small database without free space. Returns False if it is too early for
        that."""
        now = time.monotonic()
        if now < self._vacuum_at:
            return False
        self._vacuum_at = now + VACUUM_REST
        self._index.write_anew()
        if self._file.stat().st_size <= VACUUM_BYTES:
            connection.execute("VACUUM")
        with transaction(connection):
            return _move_on(connection, _DELETED, _DONE)

    def _delete_names(self, connection: sqlite3.Connection) -> bool:
        """False where something was deleted or redacted meanwhile."""
        (upto,) = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
        used = {row[0] for row in connection.execute("SELECT DISTINCT sender FROM message")}
        senders = connection.execute("SELECT id FROM sender WHERE source <> ''").fetchall()
        unused = [number for (number,) in senders if number not in used]
        for begin in range(0, len(unused) + 1, STEP):
            with transaction(connection):
                if connection.execute(_STATE).fetchone() != (_BEGIN,):
                    return False
                newer = connection.execute("SELECT sender FROM message WHERE id > ?", (upto,))
                used = {row[0] for row in newer}
                for number in unused[begin : begin + STEP]:
                    if number not in used:
                        _delete_sender(connection, number)
                connection.execute(
                    "DELETE FROM room WHERE id IN"
                    f" (SELECT id FROM room WHERE {_UNUSED_ROOM} LIMIT {STEP})"
                )
            time.sleep(PAUSE)
        return True


def _move_on(connection: sqlite3.Connection, state: str, following: str) -> bool:
    """False where something was deleted or redacted meanwhile."""
    if connection.execute(_STATE).fetchone() != (state,):
        return False
    connection.execute(_SET, (following,))
    return True


def _delete_sender(connection: sqlite3.Connection, number: int) -> None:
    """The row with the highest number stays, without a name, so that no number is given twice: the
    index knows senders by it."""
    (highest,) = connection.execute("SELECT max(id) FROM sender").fetchone()
    if number != highest:
        connection.execute("DELETE FROM sender WHERE id = ?", (number,))
        return
    connection.execute("DELETE FROM sender WHERE source = ''")
    connection.execute("UPDATE sender SET source = '', account = '' WHERE id = ?", (number,))

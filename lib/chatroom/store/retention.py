"""Forgetting: what is older than so many days, or more than so many messages in a room.

It runs in a worker, on a connection of its own, in steps so small that the loop's commit, which has
to wait for each, hardly notices.
"""

import sqlite3
from pathlib import Path

from chatroom.store.database import (
    HISTORY_FILE,
    as_store_error,
    connect,
    transaction,
)
from chatroom.store.search import SearchIndex

STEP = 100
"""Messages deleted in one transaction: about a millisecond."""

_DAY_MS = 24 * 60 * 60 * 1000

_OLDEST = """
SELECT message.id, room, source, text FROM message JOIN sender ON sender.id = message.sender
"""


_REMEMBER_HIGHEST = """
INSERT INTO meta VALUES ('highest', ?)
ON CONFLICT (key) DO UPDATE SET value = max(value + 0, excluded.value + 0)
"""
"""So that a message's number is not given twice, even when the newest are deleted."""


class Retention:
    """One data directory's rules; 0 means that there is no such rule."""

    def __init__(
        self, directory: Path, index: SearchIndex, keep_days: int, keep_messages: int
    ) -> None:
        self._file = directory / HISTORY_FILE
        self._index = index
        self._keep_days = keep_days
        self._keep_messages = keep_messages

    def run(self, now: float) -> int:
        """Delete all that the rules do not keep at `now` (UTC seconds); how many messages.

        Raises StoreError; what was deleted before stays deleted, the rest is for next time.
        """
        deleted = 0
        connection = connect(self._file)
        try:
            with as_store_error("Cannot delete old messages"):
                if self._keep_days:
                    oldest = round(now * 1000) - self._keep_days * _DAY_MS
                    deleted += self._delete(connection, "at < ?", (oldest,))
                if self._keep_messages:
                    for (room,) in connection.execute("SELECT id FROM room").fetchall():
                        deleted += self._shorten(connection, room)
        finally:
            connection.close()
        return deleted

    def _shorten(self, connection: sqlite3.Connection, room: int) -> int:
        first_kept = connection.execute(
            "SELECT at, id FROM message WHERE room = ? ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?",
            (room, self._keep_messages - 1),
        ).fetchone()
        if first_kept is None:
            return 0
        return self._delete(
            connection, "room = ? AND (at, message.id) < (?, ?)", (room, *first_kept)
        )

    def _delete(
        self, connection: sqlite3.Connection, condition: str, values: tuple[int, ...]
    ) -> int:
        deleted = 0
        while rows := self._delete_step(connection, condition, values):
            deleted += len(rows)
            for number, room, source, text in rows:
                self._index.forget(number, room, source, text)
        return deleted

    def _delete_step(
        self, connection: sqlite3.Connection, condition: str, values: tuple[int, ...]
    ) -> list[tuple[int, int, str, str]]:
        with transaction(connection):
            rows = connection.execute(
                f"{_OLDEST} WHERE {condition} LIMIT {STEP}", values
            ).fetchall()
            numbers = [(row[0],) for row in rows]
            connection.executemany("DELETE FROM message WHERE id = ?", numbers)
            connection.executemany("DELETE FROM foreign_msgid WHERE message = ?", numbers)
            if rows:
                highest = max(row[0] for row in rows)
                connection.execute(_REMEMBER_HIGHEST, (str(highest),))
        return rows


def checkpoint(directory: Path) -> None:
    """Move what is in the write-ahead log into the database; readers and writers go on meanwhile.

    Raises StoreError.
    """
    connection = connect(directory / HISTORY_FILE)
    try:
        with as_store_error("Cannot checkpoint the history"):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()

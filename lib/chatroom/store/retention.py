"""Forgetting: what is older than so many days, or more than so many messages in a room.

It runs in a worker, on a connection of its own, in steps so small that the loop's commit, which has
to wait for each, hardly notices; and a bounded number of them, since a server that ends waits for
its workers.
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
from chatroom.store.rows import BRANCHES, SAID
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import UNSWEPT
from chatroom.wire.reference import LAST_ID, Point, just_before

STEP = 100
"""Messages deleted in one transaction: about a millisecond."""

PAUSE = 0.005
"""Seconds after each step, in which others can write. SQLite has no queue for who waits."""

MOST = 10_000
"""Messages deleted in one run: about a second."""

_DAY_MS = 24 * 60 * 60 * 1000

_OLDEST = tuple(
    f"""
SELECT message.id, room, source, text FROM message {index} JOIN sender ON sender.id = message.sender
WHERE room = ? AND {kind} AND (at, message.id) < (?, ?) ORDER BY at, message.id LIMIT ?
"""
    for index, kind in BRANCHES
)
"""By the indexes: whoever looks through all messages here keeps the loop waiting."""

_NTH_NEWEST = f"""
SELECT at, id FROM message INDEXED BY message_said WHERE room = ? AND {SAID}
ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?
"""
"""Joins and leaves do not count: nobody shall push talk out by coming and going."""

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
        """Delete what the rules do not keep at `now` (UTC seconds); how many messages.

        From MOST on there may be more. Raises StoreError; what was deleted stays deleted.
        """
        oldest = round(now * 1000) - self._keep_days * _DAY_MS if self._keep_days else -LAST_ID
        connection = connect_worker(self._file)
        try:
            with as_store_error("Cannot delete old messages"):
                rooms = connection.execute("SELECT id FROM room").fetchall()
                deleted = 0
                for (room,) in rooms:
                    deleted += self._shorten(connection, room, oldest, MOST - deleted)
                return deleted
        finally:
            connection.close()

    def _shorten(self, connection: sqlite3.Connection, room: int, oldest: int, most: int) -> int:
        deleted = 0
        first_kept = self._first_kept(connection, room, oldest)
        while deleted < most and (rows := _delete_step(connection, room, first_kept)):
            deleted += len(rows)
            for row in rows:
                self._index.forget(*row)
            time.sleep(PAUSE)
        return deleted

    def _first_kept(self, connection: sqlite3.Connection, room: int, oldest: int) -> Point:
        """All of the room's messages before this point can go."""
        by_age = just_before(oldest)
        if not self._keep_messages:
            return by_age
        row = connection.execute(_NTH_NEWEST, (room, self._keep_messages - 1)).fetchone()
        return max(by_age, Point(*row)) if row else by_age


def _delete_step(
    connection: sqlite3.Connection, room: int, before: Point
) -> list[tuple[int, int, str, str]]:
    """Delete the room's oldest; what the index knows them by."""
    with transaction(connection):
        rows: list[tuple[int, int, str, str]] = []
        for oldest in _OLDEST:
            rows = rows or connection.execute(oldest, (room, *before, STEP)).fetchall()
        numbers = [(row[0],) for row in rows]
        connection.executemany("DELETE FROM message WHERE id = ?", numbers)
        connection.executemany("DELETE FROM foreign_msgid WHERE message = ?", numbers)
        if rows:
            highest = max(row[0] for row in rows)
            connection.execute(_REMEMBER_HIGHEST, (str(highest),))
            connection.execute(UNSWEPT)
    return rows

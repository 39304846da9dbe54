"""What a history has ever assigned: its highest number and its latest place."""

import sqlite3
from typing import NamedTuple

from chatroom.store.rows import (
    BRANCHES,
)

_LATEST_EVER = "SELECT max(sealed) FROM room UNION ALL " + " UNION ALL ".join(
    f"SELECT max((SELECT max(at) FROM message {index} WHERE room = room.id AND {condition}))"
    " FROM room"
    for index, condition in BRANCHES
)

_EVER_TOLD = "SELECT 1 FROM message INDEXED BY message_told WHERE told IS NOT NULL LIMIT 1"


class Ever(NamedTuple):
    """The highest number and the latest place (UTC milliseconds) that a history has ever assigned,
    and whether its clock was ever set back."""

    highest: int
    latest: int
    told: bool


def read_ever(connection: sqlite3.Connection) -> Ever:
    """Read these from the database. SQLite's errors pass through."""
    (highest,) = connection.execute("SELECT max(id) FROM message").fetchone()
    latest = max((row[0] or 0 for row in connection.execute(_LATEST_EVER)), default=0)
    told = connection.execute(_EVER_TOLD).fetchone() is not None
    # Retention may have deleted the newest; their numbers are not assigned again.
    row = connection.execute("SELECT value FROM meta WHERE key = 'highest'").fetchone()
    return Ever(max(highest or 0, int(row[0]) if row else 0), latest, told)

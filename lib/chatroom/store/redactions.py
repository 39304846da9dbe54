"""The latest redactions, in the order in which they were made: the rows of the table `redaction`.

In a room's history a redaction takes the place of its message, where somebody who has read on
beyond that place does not come by again. Those who follow a room read these rows beside it. Who
made it, and why, is only in the history, where it is erased with the account.
"""

import json
import sqlite3

from chatroom.store.rows import NUMBER_OF
from chatroom.wire.reference import Point, Redaction

KEPT = 10_000
"""Rows that are kept, of all rooms."""

NOBODY = "*"
"""The source of a redaction that the history does not have any more."""


def add(connection: sqlite3.Connection, message: int, msgid: str, when: Point) -> None:
    """Add the redaction of the message with that number, which is still there; `when` is not before
    any message that was recorded. Part of the caller's transaction."""
    last = connection.execute(
        "INSERT INTO redaction (room, message, msgid, place, at, after)"
        " SELECT room, id, ?, at, ?, ? FROM message WHERE id = ?",
        (msgid, *when, message),
    ).lastrowid
    connection.execute("DELETE FROM redaction WHERE number <= ?", ((last or 0) - KEPT,))


def after(connection: sqlite3.Connection, room: str, number: int, most: int) -> list[Redaction]:
    """The next redactions of a room, whose folded name is given. SQLite's errors pass through."""
    rows = connection.execute(
        "SELECT number, msgid, source, more, place, redaction.at FROM redaction"
        " LEFT JOIN message ON message.id = redaction.message AND command = ?"
        " LEFT JOIN sender ON sender.id = sender"
        " WHERE redaction.room = (SELECT id FROM room WHERE folded = ?) AND number > ?"
        " ORDER BY number LIMIT ?",
        (NUMBER_OF["REDACT"], room, number, most),
    )
    return [
        Redaction(number, msgid, source or NOBODY, _reason(more), place, at)
        for number, msgid, source, more, place, at in rows
    ]


def _reason(more: str | None) -> str:
    """The reason in the columns of a REDACT <room> <msgid> [<reason>]."""
    params: list[str] = json.loads(more)["params"] if more else []
    return params[2] if len(params) > 2 else ""


def latest(connection: sqlite3.Connection, room: str, until: Point) -> int:
    """The number of the last redaction in a room up to a point of its history; 0 if there is none.
    SQLite's errors pass through."""
    row = connection.execute(
        "SELECT number FROM redaction WHERE room = (SELECT id FROM room WHERE folded = ?)"
        " AND (at, after) <= (?, ?) ORDER BY at DESC, after DESC, number DESC LIMIT 1",
        (room, *until),
    ).fetchone()
    return int(row[0]) if row else 0

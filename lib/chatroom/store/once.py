"""What requests with an Idempotency-Key have said: the rows of the table `said_once`.

A message that was said for such a request has the tag `wire.once.ONCE`, in the journal too. The
transaction that moves it into the database adds a row here, so no crash comes between the message
and what is known of its request. A key is found for a day, the latest KEYS rows at most.
"""

import sqlite3
from collections.abc import Iterable

from chatroom.store.journal import Pending
from chatroom.wire.once import ONCE, Once, SaidOnce, read_once
from chatroom.wire.reference import msgid_of

KEYS = 10_000
"""Rows that are kept."""

DAY = 86_400_000
"""Milliseconds for which a key is known."""


def add(connection: sqlite3.Connection, messages: Iterable[Pending]) -> None:
    """Add rows for messages with the tag ONCE. Part of the caller's transaction."""
    for number, at, _, message, told in messages:
        once = read_once(message.tags[ONCE])
        if once is None:
            continue
        last = connection.execute(
            "INSERT INTO said_once (key, request, part, message, at) VALUES (?, ?, ?, ?, ?)",
            (once.key, once.request, once.part, number, at if told is None else told),
        ).lastrowid
        connection.execute("DELETE FROM said_once WHERE number <= ?", ((last or 0) - KEYS,))


def find(connection: sqlite3.Connection, key: str, now: int, suffix: str) -> list[SaidOnce]:
    """The messages of a key that are not older than a day at `now` (UTC milliseconds). `suffix` is
    that of the database's msgids. SQLite's errors pass through."""
    rows = connection.execute(
        "SELECT request, part, message, at FROM said_once WHERE key = ? AND at > ? ORDER BY number",
        (key, now - DAY),
    )
    return [
        SaidOnce(Once(key, request, part), msgid_of(number, suffix), at)
        for request, part, number, at in rows
    ]


def left(messages: Iterable[Pending], suffix: str) -> dict[str, list[SaidOnce]]:
    """The messages with a key that the last process left in the journal, by key."""
    found: dict[str, list[SaidOnce]] = {}
    for number, at, _, message, told in messages:
        if once := read_once(message.tags.get(ONCE, "")):
            said = SaidOnce(once, msgid_of(number, suffix), at if told is None else told)
            found.setdefault(once.key, []).append(said)
    return found

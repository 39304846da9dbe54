"""Searches the index: turns a query into one SELECT, on read-only connections.

Results are read from the history, so redacted or deleted messages are not found, whatever the index
contains. `search.py` builds the index.
"""

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any

from chatroom.store.database import (
    HISTORY_FILE,
    SEARCH_FILE,
    as_store_error,
    connect,
)
from chatroom.store.rows import COMMANDS, MESSAGE_COLUMNS, SHOWN, read_suffix
from chatroom.store.search import author_word, place_word
from chatroom.text.search_query import Query
from chatroom.wire.names import fold
from chatroom.wire.private import patterns
from chatroom.wire.words import as_words

Row = tuple[Any, ...]
"""MESSAGE_COLUMNS, for `rows.as_message`."""

STEPS = 3_000_000
"""Steps of SQLite's virtual machine after which a search gives up: some 100,000 rows that do not
match, about half a second."""

_LOOK_AFTER = 100_000
"""Steps between two checks of their number."""

MEMORY = 100 << 20
"""Bytes that SQLite may allocate. A beginning of three letters takes 30 MB if 15 million words
begin so; everything else takes a few."""

_SAID = tuple(COMMANDS.index(command) for command in ("PRIVMSG", "NOTICE"))


_OF_ROOMS = "room.folded >= '#' AND room.folded < '$'"
"""Neither messages to a room's operators only nor private conversations."""


class TooDear(Exception):
    """The search would examine too many rows, or take too much memory."""


class Finder:
    """Searches one data directory. It never writes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._connection: sqlite3.Connection | None = None
        self._files: tuple[object, ...] = ()

    def find(
        self,
        query: Query,
        limit: int,
        *,
        forbidden: Collection[str] = (),
        below: int | None = None,
        account: int = 0,
    ) -> tuple[list[Row], str]:
        """Returns at most `limit` messages, the newest first, and the database's suffix. It
        searches rooms, and the private conversations of `account` (its number) if that is not 0.

        `below` is a message's number. Rooms in `forbidden` (folded names) and messages older than a
        room's seal are left out. Raises StoreError, TooDear.
        """
        with as_store_error("Cannot search"):
            connection = self._open()
            statement, values = _statement(connection, query, forbidden, below, account)
            looks = iter(range(STEPS // _LOOK_AFTER))
            connection.set_progress_handler(
                lambda: next(looks, None) is None, min(STEPS, _LOOK_AFTER)
            )
            try:
                rows = connection.execute(statement, (*values, limit)).fetchall()
            except MemoryError:
                raise TooDear from None
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                raise TooDear from None
            finally:
                connection.set_progress_handler(None, 0)
            return rows, read_suffix(connection, "history.meta")

    def _open(self) -> sqlite3.Connection:
        """The connection; a new one if the index was rebuilt as another file."""
        files = tuple(_identity(self._directory / name) for name in (SEARCH_FILE, HISTORY_FILE))
        if self._connection is None or files != self._files:
            self.close()
            self._connection = self._connect()
            self._files = files
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._directory / SEARCH_FILE, readonly=True)
        history = self._directory / HISTORY_FILE
        connection.execute("ATTACH ? AS history", (f"{history.absolute().as_uri()}?mode=ro",))
        connection.execute(f"PRAGMA hard_heap_limit = {MEMORY}")
        return connection

    def close(self) -> None:
        """Close the files."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino


def _statement(
    connection: sqlite3.Connection,
    query: Query,
    forbidden: Collection[str],
    below: int | None,
    account: int,
) -> tuple[str, list[object]]:
    """The SELECT without its last value, the limit.

    It goes through the numbers downwards and stops when it has enough rows. The joins are CROSS, so
    that SQLite does not start with a table that would have to be sorted.
    """
    expression = _expression(connection, query)
    source, number = ("words CROSS JOIN", "words.rowid") if expression else ("", "message.id")
    conditions = [
        f"message.id = {number}",
        f"command IN ({', '.join(map(str, _SAID))})",
        _OF_ROOMS if not account else f"({_OF_ROOMS} OR room.folded GLOB ? OR room.folded GLOB ?)",
        "at >= room.sealed",
    ]
    values: list[object] = list(patterns(account)) if account else []
    if forbidden:
        conditions.append(f"room.folded NOT IN ({', '.join('?' * len(forbidden))})")
        values += forbidden
    first, last = _stretch(connection, query)
    for condition, value in (
        ("words MATCH ?", expression or None),
        ("room.folded = ?", fold(query.room) if query.room else None),
        (f"{SHOWN} >= ?", query.after),
        (f"{SHOWN} < ?", query.before),
        (f"{number} >= ?", first),
        (f"{number} <= ?", last),
        (f"{number} < ?", below),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return (
        f"SELECT {MESSAGE_COLUMNS} FROM {source} history.message AS message"
        " CROSS JOIN history.room AS room ON room.id = message.room"
        " CROSS JOIN history.sender AS sender ON sender.id = message.sender"
        f" WHERE {' AND '.join(conditions)} ORDER BY {number} DESC LIMIT ?"
    ), values


def _stretch(connection: sqlite3.Connection, query: Query) -> tuple[int | None, int | None]:
    """The first and the last number within a query's dates."""
    if query.after is None and query.before is None:
        return None, None
    first, last = connection.execute(
        "SELECT min(first), max(last) FROM span"
        " WHERE latest >= ifnull(?, latest) AND earliest < ifnull(?, earliest + 1)",
        (query.after, query.before),
    ).fetchone()
    return (first, last) if first is not None else (0, -1)


def _expression(connection: sqlite3.Connection, query: Query) -> str:
    """The query as an FTS5 expression (SQLite, "Full-text Query Syntax")."""
    parts = [f"said : {_phrase(term)}" for term in query.terms]
    if query.author:
        parts.append(f'author : "{author_word(query.author)}"')
    if query.room:
        found = connection.execute(
            "SELECT id FROM history.room WHERE folded = ?", (fold(query.room),)
        ).fetchone()
        parts.append(f'place : "{place_word(found[0] if found else 0)}"')
    return " AND ".join(parts)


def _phrase(term: str) -> str:
    begins = term.endswith("*") and len(term) > 1
    words = as_words(term.rstrip("*")).replace('"', '""')
    return f'"{words}"{" *" if begins else ""}'

"""Searches the index: turns a query into one SELECT, on read-only connections.

Results are read from the history, so redacted or deleted messages are not found, whatever the index
contains. `search.py` builds the index.

The problem: the index knows messages by their numbers, and results come in the order of time. The
two orders are the same until something older is imported, which gets later numbers. So the numbers
are searched in *runs*, within which both orders agree (`_runs`): one run for a history without
imports. Each run gives its best rows, and the best of all are the result; a run that can have
nothing better than what was found is left out.
"""

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from chatroom.store.database import (
    HISTORY_FILE,
    SEARCH_FILE,
    as_store_error,
    connect,
)
from chatroom.store.rows import COMMANDS, MESSAGE_COLUMNS, SHOWN, place_of, read_suffix
from chatroom.store.search import author_word, place_word
from chatroom.text.search_query import Query
from chatroom.wire.names import fold
from chatroom.wire.private import patterns
from chatroom.wire.reference import Point
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
        """Returns at most `limit` messages, the newest first (or the oldest, if the query says so),
        and the database's suffix. It searches rooms, and the private conversations of `account`
        (its number) if that is not 0.

        `below` is the number of a message: only what comes behind it in that order is found. Rooms
        in `forbidden` (folded names) and messages older than a room's seal are left out. Raises
        StoreError, TooDear.
        """
        with as_store_error("Cannot search"):
            connection = self._open()
            edge = None if below is None else _point_of(connection, below)
            statement, values = _statement(connection, query, forbidden, edge, account)
            looks = iter(range(STEPS // _LOOK_AFTER))
            connection.set_progress_handler(
                lambda: next(looks, None) is None, min(STEPS, _LOOK_AFTER)
            )
            try:
                rows = _best(connection, query, statement, values, edge, limit)
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


class _Run(NamedTuple):
    """Consecutive numbers whose messages are in the order of time, and their earliest and latest
    places."""

    first: int
    last: int
    low: int
    high: int


def _best(
    connection: sqlite3.Connection,
    query: Query,
    statement: str,
    values: list[object],
    edge: Point | None,
    limit: int,
) -> list[Row]:
    """The first `limit` rows of all runs together."""
    newest = not query.oldest_first
    runs = _runs(connection, query, edge)
    runs.sort(key=lambda run: run.high if newest else -run.low, reverse=True)
    best: list[Row] = []
    for run in runs:
        if len(best) == limit and (best[-1][1] > run.high if newest else best[-1][1] < run.low):
            break
        best += connection.execute(statement, (*values, run.first, run.last, limit))
        if len(runs) > 1:
            best = sorted(best, key=place_of, reverse=newest)[:limit]
    return best


def _runs(connection: sqlite3.Connection, query: Query, edge: Point | None) -> list[_Run]:
    """The runs that may have results: within the query's dates, and behind the edge."""
    runs: list[_Run] = []
    run: _Run | None = None
    before = 0  # the place of the last message before
    for first, last, low, high in connection.execute(
        "SELECT first, last, low, high FROM span"
        " WHERE latest >= ifnull(?, latest) AND earliest < ifnull(?, earliest + 1)"
        " ORDER BY first",
        (query.after, query.before),
    ):
        if run is not None and low < before:
            runs.append(run)
            run = None
        before = high
        if edge is None or (high >= edge.at if query.oldest_first else low <= edge.at):
            run = _Run(run.first, last, run.low, high) if run else _Run(first, last, low, high)
    if run is not None:
        runs.append(run)
    return [_behind(one, edge, query.oldest_first) for one in runs]


def _behind(run: _Run, edge: Point | None, oldest_first: bool) -> _Run:
    """The part of a run behind the edge, if that is in it: so a further page need not go through
    the ones before it."""
    if edge is None or not run.first <= edge.number <= run.last:
        return run
    if oldest_first:
        return run._replace(first=edge.number + 1)
    return run._replace(last=edge.number - 1)


def _point_of(connection: sqlite3.Connection, number: int) -> Point:
    """The point of a message, or of the one before it, if retention has deleted it."""
    row = connection.execute(
        "SELECT at FROM history.message WHERE id <= ? ORDER BY id DESC LIMIT 1", (number,)
    ).fetchone()
    return Point(row[0] if row else 0, number)


def _statement(
    connection: sqlite3.Connection,
    query: Query,
    forbidden: Collection[str],
    edge: Point | None,
    account: int,
) -> tuple[str, list[object]]:
    """The SELECT without its last values: the first and the last number of a run, and the limit.

    It goes through the numbers in the order of the results, and stops when it has enough rows. The
    joins are CROSS, so that SQLite does not start with a table that would have to be sorted.
    """
    expression = _expression(connection, query)
    source, number = ("words CROSS JOIN", "words.rowid") if expression else ("", "message.id")
    sign, direction = (">", "ASC") if query.oldest_first else ("<", "DESC")
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
    for condition, value in (
        ("words MATCH ?", expression or None),
        ("room.folded = ?", fold(query.room) if query.room else None),
        (f"{SHOWN} >= ?", query.after),
        (f"{SHOWN} < ?", query.before),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if edge is not None:
        conditions.append(f"(at, message.id) {sign} (?, ?)")
        values += edge
    conditions += [f"{number} >= ?", f"{number} <= ?"]
    return (
        f"SELECT {MESSAGE_COLUMNS} FROM {source} history.message AS message"
        " CROSS JOIN history.room AS room ON room.id = message.room"
        " CROSS JOIN history.sender AS sender ON sender.id = message.sender"
        f" WHERE {' AND '.join(conditions)} ORDER BY {number} {direction} LIMIT ?"
    ), values


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

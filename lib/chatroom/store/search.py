"""Finding what was said: an FTS5 index in a file of its own, which can be made anew at any time.

A file of its own has a lock of its own: indexing in a worker never keeps the loop's commit
waiting. The index holds no text (content=''), only words and where they stand; what is found is
read from the history, so what was redacted or deleted there is not found, whatever the index says.

Scripts that write without spaces (Chinese, Japanese, Thai, ...) are indexed by the character, and a
word of theirs is searched as a phrase of characters. docs/performance.md has this measured against
the trigram tokenizer.
"""

import re
import sqlite3
import threading
import unicodedata
import zlib
from collections.abc import Collection, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from chatroom.store.database import (
    HISTORY_FILE,
    SEARCH_FILE,
    StoreError,
    as_store_error,
    connect,
    transaction,
)
from chatroom.store.rows import COMMANDS, MESSAGE_COLUMNS, as_message, read_suffix
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.query import Query
from chatroom.wire.reference import LAST_ID, Gap

INDEX_VERSION = 7
"""When the index is made differently, this rises, and old indexes are made anew."""

AT_ONCE = 5000
"""Messages that a search indexes first, so that it finds what has just been said; when more are
behind, after an import perhaps, it does not wait for them."""

BATCH = 20_000
"""Messages indexed in one transaction, where so many wait: FTS5 merges what each has written."""

AUTOMERGE = 8
"""Segments of one size that FTS5 waits for before it merges them; with its own 4, indexing is a
quarter more work."""

STRETCH = 1000
"""Numbers in one row of the table `span`."""

_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(
    said, place, author, content='', columnsize=0, prefix='1 2',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M* So'"
)
"""

_SPAN = """
CREATE TABLE span (first INTEGER PRIMARY KEY, last INTEGER, earliest INTEGER, latest INTEGER)
"""
"""What is indexed, in stretches of numbers, each with its times: where a date lies, roughly."""

_AUTHOR = "CREATE TABLE author (sender INTEGER PRIMARY KEY, word TEXT NOT NULL)"
"""The word for each of the history's senders, which would take longer to make than to look up."""

_IS_INDEXED = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
"""FTS5 takes its index for damaged when more is taken out of it than was put in."""

_IS_AHEAD = """
SELECT upto > max(coalesce((SELECT max(id) FROM history.message), 0),
                  coalesce((SELECT value + 0 FROM history.meta WHERE key = 'highest'), 0))
FROM progress
"""
"""The history may have come back from a backup."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew's points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670"  # Arabic's vowels, and what stretches its words
    "\ufe0e\ufe0f]"  # as text, as a picture
)
"""What may be typed or not. FTS5's own `remove_diacritics` knows Latin letters only."""

_SAID = tuple(COMMANDS.index(command) for command in ("PRIVMSG", "NOTICE"))

_NEXT = """
SELECT count(*), max(id)
FROM (SELECT id FROM history.message WHERE id > ? ORDER BY id LIMIT ?)
"""

_TIMES = f"""
SELECT min(id), max(id), min(at), max(at) FROM history.message
WHERE id > ? AND id <= ? GROUP BY id / {STRETCH} ORDER BY id
"""

_NAME_AUTHORS = """
INSERT INTO author (sender, word) SELECT id, author(source) FROM history.sender
WHERE id > (SELECT coalesce(max(sender), 0) FROM author)
"""

_INDEX = f"""
INSERT INTO words (rowid, said, place, author)
SELECT id, CASE WHEN length(text) = length(CAST(text AS BLOB)) THEN text ELSE spaced(text) END,
    'r' || room, word
FROM history.message JOIN author USING (sender)
WHERE id > ? AND id <= ? AND command IN {_SAID}
"""
"""One statement, so that the loop is not asked for Python's lock with each message. What is ASCII,
of as many bytes as characters, needs none of Python: `spaced` would say the same."""

_STEPS, _TIME_LIMIT = 100_000, 30
"""After so many times so many steps of SQLite's machine (half a second of work, about) a search
gives up: others wait for it."""


def spaced(text: str) -> str:
    """The text as it is indexed and searched: each character of an unspaced script is a word.

    Without accents, and with letters of every width and form as the usual ones.
    """
    if text.isascii():
        return text
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _UNSPACED.sub(r" \1 ", unicodedata.normalize("NFC", bare))


class SearchIndex:
    """The index of one data directory, for workers. Every method may raise StoreError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except StoreError as error:
                if getattr(error.__cause__, "sqlite_errorcode", None) not in _DAMAGED:
                    raise
                for end in ("", "-wal", "-shm"):
                    (self._directory / f"{SEARCH_FILE}{end}").unlink(missing_ok=True)
                self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        file = self._directory / SEARCH_FILE
        connection = connect(file)
        with as_store_error(f"Cannot open {file}"):
            connection.execute("PRAGMA synchronous = OFF")  # it can be made anew
            history = self._directory / HISTORY_FILE
            connection.execute("ATTACH ? AS history", (f"{history.absolute().as_uri()}?mode=ro",))
            connection.create_function("spaced", 1, spaced, deterministic=True)
            connection.create_function("author", 1, _author, deterministic=True)
            if not _fits(connection):
                _make_anew(connection)
        return connection

    def update(self, most: int = LAST_ID) -> int:
        """Index what has been committed since the last time; how many messages that were.

        From `most` on there may be more.
        """
        done = 0
        with self._lock, as_store_error("Cannot index the history"):
            connection = self._open()
            while done < most and (batch := _index_batch(connection, min(BATCH, most - done))):
                done += batch
        return done

    def forget(self, number: int, room: int, source: str, text: str) -> None:
        """Take a message that is redacted or deleted out of the index."""
        with self._lock, as_store_error("Cannot index the history"):
            connection = self._open()
            if connection.execute(_IS_INDEXED, (f'place : "{_place(room)}"', number)).fetchone():
                connection.execute(
                    "INSERT INTO words (words, rowid, said, place, author)"
                    " VALUES ('delete', ?, ?, ?, ?)",
                    (number, spaced(text), _place(room), _author(source)),
                )

    def find(
        self,
        query: Query,
        limit: int,
        *,
        forbidden: Collection[str] = (),
        gaps: Mapping[str, Gap] = MappingProxyType({}),
        below: int | None = None,
    ) -> list[Message]:
        """At most `limit` messages said in rooms, the newest first; `below` is a message's number.

        Nothing from rooms in `forbidden` (folded names), nothing that falls into its room's gap,
        and nothing older than a room's seal.
        """
        self.update(AT_ONCE)
        with self._lock, as_store_error("Cannot search"):
            connection = self._open()
            statement, values = _statement(connection, query, forbidden, gaps, below)
            budget = iter(range(_TIME_LIMIT))
            connection.set_progress_handler(lambda: next(budget, None) is None, _STEPS)
            try:
                rows = connection.execute(statement, (*values, limit)).fetchall()
            finally:
                connection.set_progress_handler(None, 0)
            suffix = read_suffix(connection, "history.meta")
        return [as_message(row, suffix) for row in rows]

    def close(self) -> None:
        """Give the files back."""
        if self._connection is not None:
            self._connection.close()


def _fits(connection: sqlite3.Connection) -> bool:
    """Whether the index was made this way, from this history, and not from a later state of it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if (version, mark) != (INDEX_VERSION, _mark(connection)):
        return False
    (ahead,) = connection.execute(_IS_AHEAD).fetchone()
    return not ahead


def _mark(connection: sqlite3.Connection) -> int:
    return zlib.crc32(read_suffix(connection, "history.meta").encode()) >> 1


def _make_anew(connection: sqlite3.Connection) -> None:
    mark = _mark(connection)
    with transaction(connection):
        connection.execute("DROP TABLE IF EXISTS words")
        connection.execute("DROP TABLE IF EXISTS progress")
        connection.execute("DROP TABLE IF EXISTS span")
        connection.execute("DROP TABLE IF EXISTS author")
        connection.execute(_WORDS)
        connection.execute("INSERT INTO words (words, rank) VALUES ('automerge', ?)", (AUTOMERGE,))
        connection.execute(_SPAN)
        connection.execute(_AUTHOR)
        connection.execute("CREATE TABLE progress (upto INTEGER NOT NULL)")
        connection.execute("INSERT INTO progress VALUES (0)")
        connection.execute(f"PRAGMA user_version = {INDEX_VERSION}")
        connection.execute(f"PRAGMA application_id = {mark}")


def _index_batch(connection: sqlite3.Connection, most: int) -> int:
    """Index the next messages; how many numbers were dealt with."""
    with transaction(connection):
        (upto,) = connection.execute("SELECT upto FROM progress").fetchone()
        count, last = connection.execute(_NEXT, (upto, most)).fetchone()
        if not count:
            return 0
        connection.execute(_NAME_AUTHORS)
        connection.execute(_INDEX, (upto, last))
        connection.execute("UPDATE progress SET upto = ?", (last,))
        for stretch in connection.execute(_TIMES, (upto, last)).fetchall():
            _extend_span(connection, *stretch)
    return int(count)


def _extend_span(
    connection: sqlite3.Connection, first: int, last: int, earliest: int, latest: int
) -> None:
    """Add these numbers to the last stretch, or begin another when that is long enough."""
    longer = connection.execute(
        "UPDATE span SET last = ?, earliest = min(earliest, ?), latest = max(latest, ?)"
        " WHERE first = (SELECT max(first) FROM span) AND last - first < ?",
        (last, earliest, latest, STRETCH),
    )
    if not longer.rowcount:
        connection.execute("INSERT INTO span VALUES (?, ?, ?, ?)", (first, last, earliest, latest))


def _place(room: int) -> str:
    return f"r{room}"


def _author(source: str) -> str:
    """A nickname as one word, whatever is in it."""
    return "n" + fold(source.partition("!")[0]).encode().hex()


def _statement(
    connection: sqlite3.Connection,
    query: Query,
    forbidden: Collection[str],
    gaps: Mapping[str, Gap],
    below: int | None,
) -> tuple[str, list[object]]:
    """The SELECT without its last value, the limit.

    It goes through the numbers downwards and stops when it has enough: the joins are CROSS, so
    that SQLite does not begin with a table that would have to be sorted.
    """
    expression = _expression(connection, query)
    source, number = ("words CROSS JOIN", "words.rowid") if expression else ("", "message.id")
    conditions = [
        f"message.id = {number}",
        f"command IN ({', '.join(map(str, _SAID))})",
        "room.folded >= '#' AND room.folded < '$'",  # no talk among a room's operators only
        "at >= room.sealed",
    ]
    values: list[object] = []
    if forbidden:
        conditions.append(f"room.folded NOT IN ({', '.join('?' * len(forbidden))})")
        values += forbidden
    if gaps:
        conditions.append(
            f"NOT EXISTS (SELECT 1 FROM (VALUES {', '.join(['(?, ?, ?)'] * len(gaps))})"
            " WHERE column1 = room.folded AND at >= column2 AND at < column3)"
        )
        values += chain.from_iterable((room, *gap) for room, gap in gaps.items())
    first, last = _stretch(connection, query)
    for condition, value in (
        ("words MATCH ?", expression or None),
        ("room.folded = ?", fold(query.room) if query.room else None),
        ("at >= ?", query.after),
        ("at < ?", query.before),
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
    """The first and the last number that a query's dates leave to look at."""
    if query.after is None and query.before is None:
        return None, None
    first, last = connection.execute(
        "SELECT min(first), max(last) FROM span"
        " WHERE latest >= ifnull(?, latest) AND earliest < ifnull(?, earliest + 1)",
        (query.after, query.before),
    ).fetchone()
    return (first, last) if first is not None else (0, -1)


def _expression(connection: sqlite3.Connection, query: Query) -> str:
    """The query in FTS5's language (SQLite, "Full-text Query Syntax")."""
    parts = [f"said : {_phrase(term)}" for term in query.terms]
    if query.author:
        parts.append(f'author : "{_author(query.author)}"')
    if query.room:
        found = connection.execute(
            "SELECT id FROM history.room WHERE folded = ?", (fold(query.room),)
        ).fetchone()
        parts.append(f'place : "{_place(found[0] if found else 0)}"')
    return " AND ".join(parts)


def _phrase(term: str) -> str:
    begins = term.endswith("*") and len(term) > 1
    words = spaced(term.rstrip("*")).replace('"', '""')
    return f'"{words}"{" *" if begins else ""}'

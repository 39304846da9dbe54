"""Finding what was said: an FTS5 index in a file of its own, which can be made anew at any time.

A file of its own has a lock of its own: indexing in a worker never keeps the loop's commit waiting.
The index holds no text (content=''), only words and where they stand. What is found is read from
the history, so what was redacted or deleted there is not found, whatever the index says. This
module makes the index, in the server's workers, which are the only ones that write to it;
`finder.py` reads it, in a process that can be ended.

`wire/words.py` defines what a word is: scripts that write without spaces (Chinese, Japanese, Thai,
...) are indexed by the character, and a word of theirs is searched as a phrase of characters.
docs/performance.md has this measured against the trigram tokenizer.
"""

import sqlite3
import threading
import time
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatroom.store.database import (
    HISTORY_FILE,
    SEARCH_FILE,
    StoreError,
    as_store_error,
    connect,
    transaction,
)
from chatroom.store.rows import COMMANDS, SHOWN, read_suffix
from chatroom.wire.names import fold
from chatroom.wire.reference import LAST_ID
from chatroom.wire.words import as_words

INDEX_VERSION = 9
"""When the index is made differently, this rises, and old indexes are made anew."""

AT_ONCE = 5000
"""Messages that a search has indexed at a time before it begins, so that it finds what has just
been said; after an import, or an update of Chatroom that makes the index anew, they are many."""

BATCH = 2000
"""Messages indexed in one transaction, where so many wait: 50 ms at most, for which a search that
comes meanwhile may have to wait. More would be no faster."""

AUTOMERGE = 8
"""Segments of one size that FTS5 waits for before it merges them; with its own 4, indexing is a
quarter more work."""

STRETCH = 1000
"""Numbers in one row of the table `span`."""

_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(
    said, place, author, content='', columnsize=0, prefix='1 2',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
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

MERGED_PAGES = 500
"""Pages of the index that are merged while others wait: some milliseconds."""

VACUUM_BYTES = 16 << 20
"""An index that is written anew after a sweep. What SQLite frees it overwrites in any case."""

LOG_BYTES = 4 << 20
"""The index's write-ahead log is no longer than SQLite's checkpoints let it grow, 1000 pages, when
the long search that has kept it from beginning anew is over."""

_FORGET_AUTHORS = """
DELETE FROM author WHERE sender NOT IN (SELECT id FROM history.sender WHERE source <> '')
"""

_FORGET_SPANS = """
DELETE FROM span
WHERE NOT EXISTS (SELECT 1 FROM history.message WHERE id BETWEEN span.first AND span.last)
"""

_IS_AHEAD = """
SELECT upto > max(coalesce((SELECT max(id) FROM history.message), 0),
                  coalesce((SELECT value + 0 FROM history.meta WHERE key = 'highest'), 0))
FROM progress
"""
"""The history may have come back from a backup."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SAID = tuple(COMMANDS.index(command) for command in ("PRIVMSG", "NOTICE"))

_NEXT = """
SELECT count(*), max(id), coalesce(group_concat(text, ''), '')
FROM (SELECT id, text FROM history.message WHERE id > ? ORDER BY id LIMIT ?)
"""
"""All texts at once: to look for codes in each by itself would make indexing a tenth slower."""

_TIMES = f"""
SELECT min(id), max(id), min({SHOWN}), max({SHOWN}) FROM history.message
WHERE id > ? AND id <= ? GROUP BY id / {STRETCH} ORDER BY id
"""

_NAME_AUTHORS = """
INSERT INTO author (sender, word) SELECT id, author(source) FROM history.sender
WHERE id > (SELECT coalesce(max(sender), 0) FROM author)
"""

_CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
"""What IRC's formatting begins with (wire/formatting)."""

_INDEX = f"""
INSERT INTO words (rowid, said, place, author)
SELECT id, CASE
        WHEN ? AND length(text) = length(CAST(text AS BLOB)) THEN text
        ELSE as_words(text)
    END,
    'r' || room, word
FROM history.message JOIN author USING (sender)
WHERE id > ? AND id <= ? AND command IN {_SAID}
"""
"""One statement, so that the loop is not asked for Python's lock with each message. Text of ASCII,
which has as many bytes as characters, needs none of Python where the batch has no formatting: it is
its own `as_words`."""


class _FairLock:
    """A lock that is given in turn: who takes it again and again lets others come in between.

    `threading.Lock` is usually taken again by the thread that has just released it. Here whoever
    waits for the lock holds the door to it, so that nobody passes.
    """

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the lock until the block ends."""
        with self._door:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()


class SearchIndex:
    """The index of one data directory, for workers. Every method may raise StoreError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = _FairLock()
        self._connection: sqlite3.Connection | None = None
        self.untidy = False
        """Whether words were taken out since the last `sweep`."""

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except StoreError as error:
                if getattr(error.__cause__, "sqlite_errorcode", None) not in _DAMAGED:
                    raise
                self._connection = self._connect_anew()
            if not _fits(self._connection):
                self._connection.close()
                self._connection = None
                self._connection = self._connect_anew()
        return self._connection

    def _connect_anew(self) -> sqlite3.Connection:
        """Begin an empty index in a new file: to take all words out of a large one takes long."""
        for end in ("", "-wal", "-shm"):
            (self._directory / f"{SEARCH_FILE}{end}").unlink(missing_ok=True)
        connection = self._connect()
        _make(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        file = self._directory / SEARCH_FILE
        connection = connect(file)
        with as_store_error(f"Cannot open {file}"):
            connection.execute("PRAGMA synchronous = OFF")  # it can be made anew
            connection.execute(f"PRAGMA main.journal_size_limit = {LOG_BYTES}")
            history = self._directory / HISTORY_FILE
            connection.execute("ATTACH ? AS history", (f"{history.absolute().as_uri()}?mode=ro",))
            connection.create_function("as_words", 1, as_words, deterministic=True)
            connection.create_function("author", 1, author_word, deterministic=True)
        return connection

    def update(self, most: int = LAST_ID) -> int:
        """Index what has been committed since the last time; how many messages that were.

        From `most` on there may be more.
        """
        done, batch = 0, 1
        while batch and done < most:
            with self._lock.turn(), as_store_error("Cannot index the history"):
                batch = _index_batch(self._open(), min(BATCH, most - done))
                done += batch
        return done

    def forget(self, number: int, room: int, source: str, text: str) -> None:
        """Take a message that is redacted or deleted out of the index."""
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            place = place_word(room)
            if connection.execute(_IS_INDEXED, (f'place : "{place}"', number)).fetchone():
                connection.execute(
                    "INSERT INTO words (words, rowid, said, place, author)"
                    " VALUES ('delete', ?, ?, ?, ?)",
                    (number, as_words(text), place, author_word(source)),
                )
                self.untidy = True

    def sweep(self, seconds: float) -> bool:
        """Rid the files of the words that were taken out, and of senders who are gone.

        FTS5 only marks what is taken out, until it merges the segments: so it merges all, some
        pages at a time, in between which others may search. False where that would take more than
        so many seconds, and the next call goes on. Raises StoreError.
        """
        deadline = time.monotonic() + seconds
        self.untidy = False
        pages = -MERGED_PAGES  # the first call chooses all segments (SQLite, "The 'merge' Command")
        while self._merge(pages):
            pages = MERGED_PAGES
            if time.monotonic() > deadline:
                return False
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            connection.execute(_FORGET_AUTHORS)
            connection.execute(_FORGET_SPANS)
            connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()
        return True

    def write_anew(self) -> None:
        """Leave no free space in a small index, in which there may be copies of what is gone."""
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            if (self._directory / SEARCH_FILE).stat().st_size <= VACUUM_BYTES:
                connection.execute("VACUUM main")
                connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()

    def _merge(self, pages: int) -> bool:
        """Whether there was something to merge."""
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            before = connection.total_changes
            connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
            return connection.total_changes - before > 1

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
    """Of the history, and of the Unicode by which `as_words` tells a symbol from a letter: what is
    taken out of the index has to be what was put in."""
    suffix = read_suffix(connection, "history.meta")
    return zlib.crc32(f"{suffix} {unicodedata.unidata_version}".encode()) >> 1


def _make(connection: sqlite3.Connection) -> None:
    mark = _mark(connection)
    with transaction(connection):
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
        count, last, texts = connection.execute(_NEXT, (upto, most)).fetchone()
        if not count:
            return 0
        connection.execute(_NAME_AUTHORS)
        plain = not any(code in texts for code in _CODES)
        connection.execute(_INDEX, (plain, upto, last))
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


def place_word(room: int) -> str:
    """A room's number as one word."""
    return f"r{room}"


def author_word(source: str) -> str:
    """A nickname as one word, whatever is in it."""
    return "n" + fold(source.partition("!")[0]).encode().hex()

"""Builds the search index: FTS5 in a separate file, which can be rebuilt at any time.

A separate file has a separate lock, so indexing in a worker never delays the loop's commit. The
index has no texts (content=''), only words and their positions. A search reads the messages from
the history, so it never returns a redacted or deleted message, whatever the index contains. This
module builds the index in the server's workers, the only ones that write to it; `finder.py` reads
it, in a process that can be killed.

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

INDEX_VERSION = 10
"""Increase this when the index is built differently: indexes of other versions are rebuilt."""

AT_ONCE = 5000
"""Before a search begins, new messages are indexed so that it finds them, this many at a time.
After an import, or an update that rebuilds the index, there are many."""

BATCH = 2000
"""Messages indexed in one transaction, at most: 50 ms, for which a search may have to wait. Larger
transactions are no faster."""

AUTOMERGE = 8
"""FTS5 merges this many segments of one size. With its default of 4, indexing is a quarter more
work."""

STRETCH = 1000
"""Numbers in one row of the table `span`."""

_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(
    said, place, author, content='', columnsize=0, prefix='1 2',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
)
"""

_SPAN = """
CREATE TABLE span (
    first INTEGER PRIMARY KEY, last INTEGER, earliest INTEGER, latest INTEGER,
    low INTEGER, high INTEGER
)
"""
"""Stretches of indexed numbers with the earliest and latest times that are shown: roughly where a
date lies. `low` and `high` are the places of the first and the last message: within a stretch they
do not decrease, but an import may follow messages that are newer than its own."""

_AUTHOR = "CREATE TABLE author (sender INTEGER PRIMARY KEY, word TEXT NOT NULL)"
"""The index word of each sender, because looking it up is faster than making it."""

_IS_INDEXED = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
"""FTS5 reports a damaged index if an entry is removed that was never added, so this comes first."""

MERGED_PAGES = 500
"""Pages of the index that are merged in one turn of the lock: some milliseconds."""

VACUUM_BYTES = 16 << 20
"""The largest index that is rewritten after a sweep. SQLite overwrites what it frees anyway."""

LOG_BYTES = 4 << 20
"""To this size the index's write-ahead log shrinks after a long search, which keeps it from
restarting, has ended. It is what SQLite's own checkpoints let it grow to: 1000 pages."""

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
"""Whether the index knows later messages than the history, which may be a restored backup."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

SAID = tuple(COMMANDS.index(command) for command in ("PRIVMSG", "NOTICE"))

_NEXT = """
SELECT count(*), max(id), coalesce(group_concat(text, ''), '')
FROM (SELECT id, text FROM history.message WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)
"""
"""All texts as one: looking for formatting in each by itself makes indexing a tenth slower."""

_TIMES = f"""
SELECT min(id), max(id), min({SHOWN}), max({SHOWN}), min(at), max(at) FROM history.message
WHERE id > ? AND id <= ? GROUP BY id / {STRETCH} ORDER BY id
"""

_NAME_AUTHORS = """
INSERT INTO author (sender, word) SELECT id, author(source) FROM history.sender
WHERE id > (SELECT coalesce(max(sender), 0) FROM author)
"""

_CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
"""The characters that begin IRC's formatting (wire/formatting.py)."""

_INDEX = f"""
INSERT INTO words (rowid, said, place, author)
SELECT id, CASE
        WHEN ? AND length(text) = length(CAST(text AS BLOB)) THEN text
        ELSE as_words(text)
    END,
    'r' || room, word
FROM history.message JOIN author USING (sender)
WHERE id > ? AND id <= ? AND command IN {SAID}
"""
"""One statement, so that this thread does not compete with the loop for Python's lock at each
message. ASCII text, which has as many bytes as characters, is its own `as_words` if the batch has
no formatting, and needs no call of Python at all."""


class _FairLock:
    """A lock that a thread cannot take again while another one waits for it.

    `threading.Lock` usually goes to the thread that has just released it. Here a thread first takes
    a second lock, the door, and keeps it until it has the first one, so that nobody overtakes it.
    """

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock until the block ends."""
        with self._door:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()


class SearchIndex:
    """The index of one data directory, for any number of workers.

    The methods raise StoreError if the index cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        """Opens nothing yet: the first use opens this data directory's index, or creates one."""
        self._directory = directory
        self._lock = _FairLock()
        self._connection: sqlite3.Connection | None = None
        self.untidy = False
        """Whether words were removed since the last `sweep`."""

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
        """Start an empty index in a new file, because emptying a large one takes long."""
        for end in ("", "-wal", "-shm"):
            (self._directory / f"{SEARCH_FILE}{end}").unlink(missing_ok=True)
        connection = self._connect()
        _make(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        file = self._directory / SEARCH_FILE
        connection = connect(file)
        with as_store_error(f"Cannot open {file}"):
            connection.execute("PRAGMA synchronous = OFF")  # it can be rebuilt
            connection.execute(f"PRAGMA main.journal_size_limit = {LOG_BYTES}")
            history = self._directory / HISTORY_FILE
            _attach(connection, f"{history.absolute().as_uri()}?mode=ro")
        return connection

    def update(self, most: int = LAST_ID) -> int:
        """Index the messages that were committed since the last call, at most `most` of them.

        Returns their number; if it is `most`, there may be more. Raises StoreError; the messages
        indexed so far stay indexed.
        """
        done, batch = 0, 1
        while batch and done < most:
            with self._lock.turn(), as_store_error("Cannot index the history"):
                batch = _index_batch(self._open(), min(BATCH, most - done))
                done += batch
        return done

    def forget(self, number: int, room: int, source: str, text: str) -> None:
        """Remove a redacted or deleted message from the index, if it is there.

        The arguments are the message's number, its room's number, its source (nick!user@host) and
        the text that it had. Raises StoreError.
        """
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
        """Delete removed words, and senders who are gone, from the files.

        FTS5 only marks removed words until it merges their segments. So this merges all segments,
        some pages at a time, and others can search in between. Returns False if it took more than
        `seconds`; the next call continues. Raises StoreError.
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
        """Rewrite a small index without free space, which may contain copies of deleted words.

        Raises StoreError.
        """
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            if (self._directory / SEARCH_FILE).stat().st_size <= VACUUM_BYTES:
                connection.execute("VACUUM main")
                connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()

    def _merge(self, pages: int) -> bool:
        """Merge this many pages. Returns False if there was nothing to merge."""
        with self._lock.turn(), as_store_error("Cannot index the history"):
            connection = self._open()
            before = connection.total_changes
            connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
            return connection.total_changes - before > 1

    def close(self) -> None:
        """Close the files."""
        if self._connection is not None:
            self._connection.close()


def _fits(connection: sqlite3.Connection) -> bool:
    """Whether the index has this version and is of this history, and not of a later state of it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if (version, mark) != (INDEX_VERSION, _mark(connection)):
        return False
    (ahead,) = connection.execute(_IS_AHEAD).fetchone()
    return not ahead


def _mark(connection: sqlite3.Connection) -> int:
    """A number for this history and this version of Unicode, which decides what `as_words` takes
    for a symbol: what is removed from the index has to be what was added."""
    suffix = read_suffix(connection, "history.meta")
    return zlib.crc32(f"{suffix} {unicodedata.unidata_version}".encode()) >> 1


def build_anew(file: Path, history: str, upto: int) -> sqlite3.Connection:
    """An index of the messages up to that number, in a new file, to compare another one with.
    `history` is the URI of the database. Raises StoreError."""
    with as_store_error(f"Cannot build an index in {file}"):
        connection = sqlite3.connect(file, uri=True, isolation_level=None)
        connection.execute("PRAGMA journal_mode = OFF")
        _attach(connection, history)
        _make(connection)
        while _index_batch(connection, BATCH, upto):
            pass
    return connection


def fits_history(connection: sqlite3.Connection, history: str) -> bool:
    """Whether an index would be used for this history, or built anew. `history` is the URI of the
    database. SQLite's errors pass through."""
    connection.execute("ATTACH ? AS history", (history,))
    return _fits(connection)


def _attach(connection: sqlite3.Connection, history: str) -> None:
    connection.execute("ATTACH ? AS history", (history,))
    connection.create_function("as_words", 1, as_words, deterministic=True)
    connection.create_function("author", 1, author_word, deterministic=True)


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


def _index_batch(connection: sqlite3.Connection, most: int, last: int = LAST_ID) -> int:
    """Index the next messages up to number `last`, at most `most`. Returns their number."""
    with transaction(connection):
        (upto,) = connection.execute("SELECT upto FROM progress").fetchone()
        count, last, texts = connection.execute(_NEXT, (upto, last, most)).fetchone()
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
    connection: sqlite3.Connection,
    first: int,
    last: int,
    earliest: int,
    latest: int,
    low: int,
    high: int,
) -> None:
    """Add these numbers to the last stretch, or begin another one if that is long enough, or
    newer."""
    longer = connection.execute(
        "UPDATE span SET last = ?, earliest = min(earliest, ?), latest = max(latest, ?), high = ?"
        " WHERE first = (SELECT max(first) FROM span) AND last - first < ? AND high <= ?",
        (last, earliest, latest, high, STRETCH, low),
    )
    if not longer.rowcount:
        connection.execute(
            "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?)",
            (first, last, earliest, latest, low, high),
        )


def place_word(room: int) -> str:
    """A room's number as one word of the index."""
    return f"r{room}"


def author_word(source: str) -> str:
    """The nickname of a source (nick!user@host) as one word of the index, whatever is in it."""
    return "n" + fold(source.partition("!")[0]).encode().hex()

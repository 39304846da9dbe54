"""Whether the search index agrees with the history.

The index has no texts, so it is compared in two ways: it knows the same messages of each room; and
an index that is built anew, in a temporary file, has the same words as often. Words of messages
that are gone do no harm, because a search reads the messages from the history.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

from chatroom.store.checking.findings import Data, Finding
from chatroom.store.database import HISTORY_FILE, SEARCH_FILE, as_store_error
from chatroom.store.inspection import opened_without_trace, uri_without_trace
from chatroom.store.search import SAID, build_anew, fits_history, place_word

_REMEDY = (
    f"stop the server and delete {SEARCH_FILE} and what begins with its name; it is built anew"
)


def check_index(data: Data) -> Iterator[Finding]:
    """All checks of the index."""
    file, history = data.directory / SEARCH_FILE, data.directory / HISTORY_FILE
    if not file.exists():
        yield data.note(SEARCH_FILE, "is missing; the server builds it")
        return
    assert data.rows is not None
    try:
        with opened_without_trace(file) as index:
            if not fits_history(index, uri_without_trace(history)):
                yield data.note(SEARCH_FILE, "is of another version or history; it is built anew")
                return
            index.execute("BEGIN")
            yield from _compared(data, index)
    except sqlite3.Error as error:
        yield data.finding(SEARCH_FILE, f"is damaged ({error})", _REMEDY)


def _compared(data: Data, index: sqlite3.Connection) -> Iterator[Finding]:
    pragma = "quick_check(1)" if data.quick else "integrity_check(1)"
    (verdict,) = index.execute(f"PRAGMA main.{pragma}").fetchone()
    if verdict != "ok":
        yield data.finding(SEARCH_FILE, f"is damaged ({' '.join(verdict.split())})", _REMEDY)
        return
    (upto,) = index.execute("SELECT upto FROM main.progress").fetchone()
    missing, extra = _differences(data, index, upto)
    if missing:
        what = f"{missing:,} messages are not in it, so a search does not find them"
        yield data.finding(SEARCH_FILE, what, _REMEDY)
    if extra and not data.server:
        yield data.note(SEARCH_FILE, f"has words of {extra:,} messages that are gone")
    if missing or extra or data.quick:
        return
    if data.server:
        yield data.note(SEARCH_FILE, "its words were not compared, because a server writes to it")
    elif not _has_same_words(data.directory / HISTORY_FILE, index, upto):
        what = f"has other words than the messages, so it or {HISTORY_FILE} is damaged"
        yield data.finding(SEARCH_FILE, what, f"if the messages are as in your backup, {_REMEDY}")


def _differences(data: Data, index: sqlite3.Connection, upto: int) -> tuple[int, int]:
    """How many messages are missing in the index, and how many it has that there are not."""
    assert data.rows is not None
    missing = extra = 0
    for (room,) in data.rows.execute("SELECT id FROM room ORDER BY id").fetchall():
        query = (
            f"SELECT id FROM message WHERE room = ? AND id <= ? AND command IN {SAID} ORDER BY id"
        )
        there = (number for (number,) in data.rows.execute(query, (room, upto)))
        query = "SELECT rowid FROM main.words WHERE words MATCH ? ORDER BY rowid"
        known = index.execute(query, (f'place : "{place_word(room)}"',))
        more, less = _compare(there, (number for (number,) in known))
        missing, extra = missing + more, extra + less
    return missing, extra


def _compare(ours: Iterator[int], theirs: Iterator[int]) -> tuple[int, int]:
    """How many of two ascending series are only in the first, and only in the second."""
    only_ours = only_theirs = 0
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one < other):
            only_ours += 1
            one = next(ours, None)
        elif one is None or other < one:
            only_theirs += 1
            other = next(theirs, None)
        else:
            one, other = next(ours, None), next(theirs, None)
    return only_ours, only_theirs


_WORDS = "SELECT term, doc, cnt FROM temp.vocabulary"


def _has_same_words(history: Path, index: sqlite3.Connection, upto: int) -> bool:
    """Whether an index that is built anew has the same words, in as many messages and as often."""
    with tempfile.TemporaryDirectory(prefix="chatroom-check-") as directory:
        file = Path(directory) / SEARCH_FILE
        with closing(build_anew(file, uri_without_trace(history), upto)) as fresh:
            for each in (index, fresh):
                each.execute(
                    "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row')"
                )
            with as_store_error(f"Cannot read {SEARCH_FILE}"):
                pairs = zip_longest(fresh.execute(_WORDS), index.execute(_WORDS))
                return all(one == other for one, other in pairs)

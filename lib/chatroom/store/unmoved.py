"""Reads the messages that are in the journal but not in the database yet.

The server moves them after a while; if it dies before, the next start does. Nobody has to wait for
that: a tool reads the journal first and the database afterwards, so it finds messages that are
moved in between in the database, and the others here.
"""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from chatroom.store.change_file import parse_changes
from chatroom.store.database import (
    CHANGES_FILE,
    HISTORY_FILE,
    JOURNAL_FILE,
    NO_LINKS,
    StoreError,
    as_store_error,
    connect,
)
from chatroom.store.journal import JournalContents, Pending, damage, read_lines
from chatroom.store.rows import NUMBER_OF, columns_of, read_suffix
from chatroom.wire.names import fold

_ATTEMPTS = 5
"""Readings of a journal that changes meanwhile: half of one state and half of the next is no
damage. It changes a few times a second at most."""

_KNOWN = """
SELECT at, {told}, room.folded, source, command, text, more FROM message
LEFT JOIN room ON room.id = message.room LEFT JOIN sender ON sender.id = message.sender
WHERE message.id = ?
"""

NOTHING = JournalContents([], 0)


def read_journal(directory: Path, suffix: str) -> JournalContents:
    """Read the journal of a data directory, even while its server writes to it.

    `suffix` is that of the database beside it. Raises StoreError if a line is damaged or belongs to
    another database.
    """
    file = directory / JOURNAL_FILE
    before = None
    for _ in range(_ATTEMPTS):
        with as_store_error(f"Cannot read {file}"):
            data = contents_of(file)
        try:
            return read_lines(data, suffix, file)
        except StoreError:
            if data == before:
                raise
            before = data
    return read_lines(data, suffix, file)


def contents_of(file: Path) -> bytes:
    """The bytes of a regular file, b"" if there is none. Raises StoreError for another kind of
    file, and errors of the system."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as there:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # opening a pipe would block
            raise StoreError(f"Cannot read {file}: it is not a regular file")
        return there.read()


def unmoved(
    directory: Path, connection: sqlite3.Connection, found: JournalContents
) -> list[Pending]:
    """The journal's messages that this database does not contain, in order.

    Raises StoreError if the database has a different message with the same number, and SQLite's
    errors.
    """
    columns = connection.execute("SELECT name FROM pragma_table_info('message')").fetchall()
    known = _KNOWN.format(told="told" if ("told",) in columns else "NULL")  # not yet up to date
    missing = []
    for place, pending in found.messages:
        number, at, room, message, told = pending
        row = connection.execute(known, (number,)).fetchone()
        if row is None:
            missing.append(pending)
        elif not _is_same(row, (at, told, fold(room), *columns_of(room, message))):
            what = f"has the same number as another message in {HISTORY_FILE}"
            raise damage(directory / JOURNAL_FILE, place, what)
    return missing


def _is_same(row: tuple[object, ...], expected: tuple[object, ...]) -> bool:
    """Whether the row is the message, or the redaction that has replaced it."""
    return row == expected or (row[:3] == expected[:3] and row[4] == NUMBER_OF["REDACT"])


def _for_reading(file: Path) -> AbstractContextManager[sqlite3.Connection]:
    return closing(connect(file, readonly=True))


def left_behind(
    directory: Path,
    opened: Callable[[Path], AbstractContextManager[sqlite3.Connection]] = _for_reading,
) -> tuple[list[Pending], int]:
    """The messages that the last server did not move, and the size of the journal's whole lines.

    Writes nothing, even if the journal is damaged (StoreError).
    """
    if not os.path.lexists(directory / JOURNAL_FILE):
        return [], 0
    file = directory / HISTORY_FILE
    if not file.exists():
        return [], read_journal(directory, "").size
    with (
        opened(file) as connection,
        as_store_error(f"Cannot read {file}"),
    ):
        begun = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        found = read_journal(directory, read_suffix(connection) if begun else "")
        return unmoved(directory, connection, found), found.size


def check_changes(
    directory: Path,
    opened: Callable[[Path], AbstractContextManager[sqlite3.Connection]] = _for_reading,
) -> None:
    """Raise StoreError if this version cannot use the file of changes. Writes nothing."""
    file, history = directory / CHANGES_FILE, directory / HISTORY_FILE
    with as_store_error(f"Cannot read {file}"):
        data = contents_of(file)
    if not data or not history.exists():
        return
    with opened(history) as connection, as_store_error(f"Cannot read {history}"):
        begun = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        suffix = read_suffix(connection) if begun else ""
    parse_changes(data, suffix, file)

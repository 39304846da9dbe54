"""The table of all checks, and what carries them out."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from chatroom.store.checking.database import (
    check_names,
    check_owners,
    check_pages,
    check_rows,
    check_version,
    is_current,
)
from chatroom.store.checking.files import (
    check_audit,
    check_change_file,
    check_contents,
    check_journal,
    check_place,
    check_taken,
)
from chatroom.store.checking.findings import RESTORE, Data, Finding
from chatroom.store.checking.index import check_index
from chatroom.store.database import HISTORY_FILE, LOCK_FILE, StoreError, as_store_error
from chatroom.store.inspection import opened_without_trace, user_of

Check = Callable[[Data], Iterator[Finding]]

FILES: tuple[tuple[str, Check], ...] = (
    ("the directory", check_place),
    ("the journal", check_journal),
    ("the file of changes", check_change_file),
    ("the read positions", check_taken),
    ("the audit log", check_audit),
)
"""Checks that need no database."""

DATABASE: tuple[tuple[str, Check], ...] = (
    ("the database", check_pages),
    ("its version", check_version),
)

TABLES: tuple[tuple[str, Check], ...] = (
    ("its rows", check_rows),
    ("its names", check_names),
    ("the owners of rooms", check_owners),
    ("the uploaded files", check_contents),
    ("the search index", check_index),
)
"""Checks of the tables of this version."""

Told = Callable[[str], None]
"""Called with what is checked next."""


def check_data(data: Data, told: Told) -> Iterator[Finding]:
    """Everything that is found, check by check. Never raises for what is wrong with the data."""
    with as_store_error(f"Cannot read {data.directory}"):
        if not data.directory.is_dir():
            raise StoreError(f"There is no data directory {data.directory}")
        list(data.directory.iterdir())
    yield from _find_server(data)
    for name, check in FILES:
        yield from _carried_out(data, name, check, told)
    file = data.directory / HISTORY_FILE
    if not file.exists():
        yield data.finding(HISTORY_FILE, "is missing", "restore a backup, if there was one")
        return
    yield from _database(data, file, told)


def _find_server(data: Data) -> Iterator[Finding]:
    try:
        data.server = user_of(data.directory)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "remove it while no server uses the directory"
        yield data.finding(LOCK_FILE, f"cannot be opened ({reason})", remedy)


def _database(data: Data, file: Path, told: Told) -> Iterator[Finding]:
    try:
        with opened_without_trace(file) as data.rows:
            data.rows.execute("BEGIN")
            for name, check in DATABASE:
                yield from _carried_out(data, name, check, told)
            if is_current(data):
                for name, check in TABLES:
                    yield from _carried_out(data, name, check, told)
    except (StoreError, sqlite3.Error) as error:
        yield Finding(str(file), f"cannot be read ({error})", RESTORE)


def _carried_out(data: Data, name: str, check: Check, told: Told) -> Iterator[Finding]:
    told(name)
    try:
        yield from check(data)
    except (StoreError, sqlite3.Error, OSError) as error:
        yield Finding(str(data.directory), f"{name} cannot be checked: {error}", RESTORE)

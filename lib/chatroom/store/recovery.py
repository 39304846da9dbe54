"""The journal, for tools: what a dead server left there, and what a running one will move."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chatroom.store.database import DataDirectory, StoreError, as_store_error
from chatroom.store.history import History
from chatroom.store.journal import JOURNAL_FILE, read_lines
from chatroom.store.rows import has_message, read_suffix

JOURNAL_PATIENCE = 5.0
"""Seconds that a tool waits for a server to move its journal into the database."""

_LOOK = 0.02
"""Seconds between two looks whether it has."""


def await_journal(directory: Path, connection: sqlite3.Connection) -> int:
    """Wait until what is in the journal now is in the database: a server moves it there very soon.

    Where no server runs, it is done here. How many messages are missing still: a server that
    cannot write is not waited for for ever.
    """
    file = directory / JOURNAL_FILE
    deadline = time.monotonic() + JOURNAL_PATIENCE
    with as_store_error(f"Cannot read {file}"):
        waiting = read_lines(file.read_bytes(), read_suffix(connection)) if file.exists() else []
        numbers = [number for number, *_ in waiting]
        while numbers := [number for number in numbers if not has_message(connection, number)]:
            if _recovered(directory):
                return 0
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
    return len(numbers)


def _recovered(directory: Path) -> bool:
    """False where a server has the directory."""
    try:
        with closing(DataDirectory(directory)):
            return not recover(directory)
    except StoreError:
        return False


def recover(directory: Path) -> int:
    """Move what a dead server left in its journal; how much could not be. Raises StoreError.

    The directory must be this process's alone.
    """
    with closing(History(directory, "process")) as history:
        return history.in_journal

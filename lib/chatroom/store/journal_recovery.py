"""Moves the journal of a dead server into the database, for tools that write."""

from contextlib import closing
from pathlib import Path

from chatroom.store.history import History


def recover(directory: Path) -> int:
    """Move the journal of a dead server. Returns the number of messages that could not be moved.
    Raises StoreError.

    This process must have locked the directory.
    """
    with closing(History(directory, "process")) as history:
        return history.in_journal

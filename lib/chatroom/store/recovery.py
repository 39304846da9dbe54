"""Moving what a dead server has left in its journal, for tools that write."""

from contextlib import closing
from pathlib import Path

from chatroom.store.history import History


def recover(directory: Path) -> int:
    """Move what a dead server left in its journal; how much could not be. Raises StoreError.

    The directory must be this process's alone.
    """
    with closing(History(directory, "process")) as history:
        return history.in_journal

"""What the tests of the store say, and how they read it back."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from chatroom.store.backup_archive import Archive
from chatroom.store.database import HISTORY_FILE
from chatroom.store.finder import Finder
from chatroom.store.history import History
from chatroom.store.restore import restore
from chatroom.store.retention import Retention
from chatroom.store.rows import COMMANDS, as_message
from chatroom.store.search import SearchIndex
from chatroom.text.search_query import Query, parse_query
from chatroom.wire.message import Message

NOW = 1_800_000_000.0
ALICE, BOB = "alice!al@192.0.2.1", "bob!bob@192.0.2.2"


def said(text: str, room: str = "#general", source: str = ALICE) -> Message:
    """A message to a room."""
    return Message("PRIVMSG", (room, text), source)


def say(
    history: History, *texts: str, room: str = "#general", source: str = ALICE, at: float = NOW
) -> list[str]:
    """Record these and commit them; their msgids."""
    stamped = [history.record(room, said(text, room, source), at) for text in texts]
    history.commit()
    return [message.tags["msgid"] for message in stamped]


def texts(history: History, room: str = "#general", limit: int = 1000, **bounds: Any) -> list[str]:
    """The last parameters of what the room's history has, oldest first."""
    return [message.params[-1] for message in history.select(room, limit, COMMANDS, **bounds)]


def restored(backup: Path, directory: Path) -> Path:
    """The data directory that a backup becomes."""
    with Archive(backup) as archive:
        restore(archive, directory, force=False, progress=lambda _done, _all: None)
    return directory


class Searched(SearchIndex):
    """An index with what looks into it, in one process."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._finder = Finder(directory)

    def find(self, query: Query, limit: int, **bounds: Any) -> list[Message]:
        """The messages found, after the index has been brought up to date."""
        self.update()
        rows, suffix = self._finder.find(query, limit, **bounds)
        return [as_message(row, suffix) for row in rows]

    def close(self) -> None:
        self._finder.close()
        super().close()


def found(index: Any, query: str, limit: int = 100, **bounds: Any) -> list[str]:
    """The texts that this search finds, newest first."""
    messages = index.find(parse_query(query), limit, **bounds)
    return [message.params[-1] for message in messages]


def keeping(directory: Path, index: SearchIndex, days: int, messages: int) -> Retention:
    """Rules of a server that believes the machine's clock."""
    return Retention(directory, index, days, messages, boot="", confirmed=lambda _now: True)


def ask(directory: Path, statement: str, *values: object, name: str = HISTORY_FILE) -> list[Any]:
    """The rows that SQL finds in the database, on a connection of its own."""
    with closing(sqlite3.connect(directory / name, isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


_STRANGER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("done", flush=True)
sys.stdin.read()
connection.close()
"""


@contextlib.contextmanager
def stranger(directory: Path, *statements: str, name: str = HISTORY_FILE) -> Iterator[None]:
    """Another process that has carried out this SQL, and goes when the block ends."""
    command = [sys.executable, "-c", _STRANGER, str(directory / name), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        yield
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0

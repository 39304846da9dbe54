"""Erases what the people behind removed accounts said and did: their messages, in rooms and in
private conversations, and the joins, leaves, topics and the like that the history has of them.

The transaction that removes an account also marks its number in the table `meta`. A worker, or a
tool while no server runs, then deletes the rows, the newest first, in small steps and a bounded
number in each run; `meta` has how far it came, so that a server that is started again goes on. The
upkeep (`sweep.py`) removes the traces of deleted rows from the files, as after each deletion.

The loop has to move its journal into the database first, after the last message of the account.
"""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chatroom.store import redactions
from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import HISTORY_FILE, as_store_error, connect_worker, transaction
from chatroom.store.files.content import FILES
from chatroom.store.files.store import FileStore
from chatroom.store.journal_recovery import recover
from chatroom.store.retention import REMEMBER_HIGHEST
from chatroom.store.rows import COMMANDS, REDACTABLE, account_in, read_suffix
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import UNSWEPT, Sweep
from chatroom.wire.private import BY, is_private
from chatroom.wire.reference import LAST_ID, Point, msgid_of

STEP = 100
"""Messages deleted in one transaction: about a millisecond."""

SCANNED = 2000
"""Messages looked at in one query."""

PAUSE = 0.005
"""Seconds after each step, in which others can write."""

SECONDS = 1.0
"""Seconds for one run. The limit matters because a stopping server waits for its workers."""

SHOWN = 20
"""The latest messages of each log that are told to clients, which may still show them. All of them
could be a hundred thousand lines for everybody in the room, and our terminal client prints each."""

_SWEEPS = 100
"""A tool tries to sweep this many times; the next server sweeps the rest."""

_KEY = "erase "

_MARKED = f"SELECT substr(key, {len(_KEY) + 1}), value FROM meta WHERE key GLOB '{_KEY}*'"

_MARK = "INSERT OR REPLACE INTO meta VALUES (?, ?)"

_LOWEST = """
SELECT min(id) FROM (SELECT id FROM message WHERE id < ? ORDER BY id DESC LIMIT ?)
"""

_ROWS = """
SELECT message.id, room, room.name, source, text, command, more FROM message
JOIN room ON room.id = message.room JOIN sender ON sender.id = message.sender
WHERE message.id < ? AND message.id >= ? AND more LIKE ? ORDER BY message.id DESC
"""


class Gone(NamedTuple):
    """A message that was erased, for people who may still see it: the number of its author's
    account, the log (a room's name, or that of a conversation), its source, its msgid."""

    account: int
    log: str
    source: str
    msgid: str


class _Row(NamedTuple):
    number: int
    room: int
    log: str
    source: str
    text: str
    command: int
    more: str


def mark(connection: sqlite3.Connection, account: int) -> None:
    """Have everything of that account erased. Part of the caller's transaction."""
    connection.execute(_MARK, (f"{_KEY}{account}", str(LAST_ID)))


def is_marked(connection: sqlite3.Connection, account: int) -> bool:
    """Whether that is going on. SQLite's errors pass through."""
    row = connection.execute("SELECT 1 FROM meta WHERE key = ?", (f"{_KEY}{account}",)).fetchone()
    return row is not None


def marked(directory: Path) -> set[int]:
    """The numbers of the accounts of which there is something to erase. Raises StoreError."""
    with (
        as_store_error("Cannot read what to erase"),
        closing(connect_worker(directory / HISTORY_FILE)) as connection,
    ):
        return {int(number) for number, _ in connection.execute(_MARKED)}


class Erasure:
    """The accounts to erase in one data directory; for one worker at a time."""

    def __init__(self, directory: Path, index: SearchIndex, accounts: Iterable[int]) -> None:
        self._file = directory / HISTORY_FILE
        self._index = index
        self._told: Counter[str] = Counter()
        self.accounts = frozenset(accounts)
        """The numbers of removed accounts, of which nothing new is recorded any more. The loop's
        thread sets this; a run looks at it once."""
        self.erased = 0
        """Messages and events that were erased so far."""

    def run(self, seconds: float = SECONDS) -> tuple[list[Gone], bool]:
        """Erase for this many seconds. Returns the latest messages of each log that this run
        erased, and whether nothing is left to erase. Raises StoreError; what was erased stays
        erased."""
        accounts, gone = self.accounts, list[Gone]()
        if not accounts:
            return gone, True
        deadline = time.monotonic() + seconds
        with (
            as_store_error("Cannot erase messages"),
            closing(connect_worker(self._file)) as connection,
        ):
            suffix = read_suffix(connection)
            for number, value in connection.execute(_MARKED).fetchall():
                below = int(value)
                while int(number) in accounts and below:
                    below = self._erase_some(connection, int(number), below, suffix, gone)
                    if below and time.monotonic() > deadline:
                        return gone, False
        return gone, True

    def _erase_some(
        self,
        connection: sqlite3.Connection,
        account: int,
        below: int,
        suffix: str,
        gone: list[Gone],
    ) -> int:
        """Erase what the next SCANNED messages below that number have of an account. Returns the
        number below which to go on; 0 if there are no more."""
        (lowest,) = connection.execute(_LOWEST, (below, SCANNED)).fetchone()
        pattern = f'%"{BY}": "{account}"%'  # in a text, JSON would escape the quotes
        found = connection.execute(_ROWS, (below, lowest or 0, pattern)) if lowest else ()
        rows = [row for row in map(_Row._make, found) if account_in(row.more) == account]
        for begin in range(0, len(rows), STEP):
            some = rows[begin : begin + STEP]
            told = {row.number: self._tell(row, suffix) for row in some if self._is_told(row)}
            _delete(connection, some, told)
            for row in some:
                self._index.forget(row.number, row.room, row.source, row.text)
                self.erased += 1
                if row.number in told:
                    gone.append(Gone(account, row.log, row.source, told[row.number]))
            time.sleep(PAUSE)
        with transaction(connection):
            if lowest:
                connection.execute(_MARK, (f"{_KEY}{account}", str(lowest)))
            else:
                connection.execute("DELETE FROM meta WHERE key = ?", (f"{_KEY}{account}",))
        return lowest or 0

    def _is_told(self, row: _Row) -> bool:
        return COMMANDS[row.command] in REDACTABLE and self._told[row.log] < SHOWN

    def _tell(self, row: _Row, suffix: str) -> str:
        """Count a message that people are told of. Returns its msgid."""
        self._told[row.log] += 1
        return json.loads(row.more).get("msgid") or msgid_of(row.number, suffix)


def erase_now(directory: Path) -> int:
    """Erase all that is marked, for a tool: this process has locked the directory. Returns the
    number of messages and events. Raises StoreError."""
    recover(directory)
    with closing(SearchIndex(directory)) as index:
        erasure = Erasure(directory, index, marked(directory))
        while not erasure.run()[1]:
            pass
        with closing(Sweep(directory, index)) as sweep:
            for _ in range(_SWEEPS):
                if sweep.run():
                    break
                time.sleep(PAUSE)
    if (directory / FILES).is_dir():
        with closing(FileStore(directory)) as files:
            files.sweep()
    checkpoint(directory)
    return erasure.erased


def _delete(connection: sqlite3.Connection, rows: list[_Row], told: Mapping[int, str]) -> None:
    """Delete messages. `told` are the msgids of those that people may still see, by number."""
    numbers = [(row.number,) for row in rows]
    when = Point(round(time.time() * 1000), LAST_ID)
    with transaction(connection):
        for row in rows:
            if row.number in told and not is_private(row.log):
                redactions.add(connection, row.number, told[row.number], when)
        connection.executemany("DELETE FROM message WHERE id = ?", numbers)
        connection.executemany("DELETE FROM foreign_msgid WHERE message = ?", numbers)
        connection.execute(REMEMBER_HIGHEST, (str(max(numbers)[0]),))
        connection.execute(UNSWEPT)

"""Imports exported messages into a history: all of them, each once, or none.

Every line is checked and put into a temporary table. Only if all are valid does one transaction add
the messages that the history does not contain. A message is identified by its msgid: a msgid of
this history (by its suffix) stands for the message of that number; any other message gets a new
number, in the order of time, and keeps its msgid beside it.

A redaction replaces its message, and has a msgid of its own. So it is identified by both: whichever
of the two exports is imported first, the message stays redacted.

This process must have locked the data directory, because a running server assigns numbers itself.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from chatroom.store.database import (
    HISTORY_FILE,
    JOURNAL_FILE,
    SEARCH_FILE,
    StoreError,
    as_store_error,
    connect,
    migrate,
    transaction,
)
from chatroom.store.journal_recovery import recover
from chatroom.store.jsonl import LONGEST_LINE, BadLine, Entry, read_entry
from chatroom.store.rows import (
    INSERT_MESSAGE,
    NUMBER_OF,
    REDACTABLE,
    read_suffix,
    sender_id,
)
from chatroom.store.sweep import UNSWEPT
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.private import OWN_TAGS
from chatroom.wire.reference import parse_time

MOST_FAULTS = 100
"""Errors that are kept to be shown; the others are only counted."""

BATCH = 1000

SKIPPED = 10_000_000
"""Numbers that are skipped, as at each start of a server: the last server may have used them for
lost messages."""

_OWN_NUMBER = re.compile(r"[1-9a-z][0-9a-z]{0,10}")
"""In base 36, as in the history's msgids; no server lives long enough for more digits."""

_NOT_TAKEN = frozenset({"time", "msgid"}) | OWN_TAGS
"""Tags of a message that are not taken in: numbers of accounts mean others here."""

_INCOMING = """
CREATE TEMP TABLE incoming (
    line INTEGER PRIMARY KEY,
    msgid TEXT NOT NULL UNIQUE,
    number INTEGER,                    -- of a message that this history gave
    target TEXT,                       -- of a redaction: the message in whose place it stands
    folded TEXT NOT NULL, room TEXT NOT NULL,
    at INTEGER NOT NULL,
    source TEXT NOT NULL, account TEXT NOT NULL,
    command INTEGER NOT NULL, text TEXT NOT NULL, more TEXT,
    told INTEGER,
    sealed INTEGER NOT NULL
)
"""

_TARGETS = "CREATE INDEX temp.incoming_target ON incoming (target) WHERE target IS NOT NULL"

_STAGE = "INSERT INTO incoming VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_REDACT = NUMBER_OF["REDACT"]

_DIFFERS = f"""
(message.at, ifnull(message.told, -1)) != (incoming.at, ifnull(incoming.told, -1))
AND {_REDACT} NOT IN (message.command, incoming.command)
"""

_CONFLICTS = f"""
SELECT line FROM incoming JOIN message ON message.id = incoming.number WHERE {_DIFFERS}
UNION
SELECT line FROM incoming JOIN foreign_msgid USING (msgid)
    JOIN message ON message.id = foreign_msgid.message WHERE {_DIFFERS}
ORDER BY line
"""

_DROP_REDACTED = """
DELETE FROM incoming WHERE msgid IN (SELECT target FROM incoming WHERE target IS NOT NULL)
OR number IS NOT NULL AND line > (
    SELECT min(line) FROM incoming AS other
    WHERE other.target = incoming.target AND other.number = incoming.number
)
"""
"""Lines that another line redacts, and second redactions of one of our messages."""

_REDACTIONS = f"""
SELECT message.id, incoming.msgid, incoming.source, incoming.more FROM incoming
LEFT JOIN foreign_msgid ON foreign_msgid.msgid = incoming.target
JOIN message ON message.id = ifnull(incoming.number, foreign_msgid.message)
JOIN room ON room.id = message.room
WHERE target IS NOT NULL AND room.folded = incoming.folded
AND message.command IN ({", ".join(str(NUMBER_OF[each]) for each in REDACTABLE)})
"""
"""The redactions whose messages the history still has."""

_REPLACE = "UPDATE message SET command = ?, sender = ?, text = '', more = ? WHERE id = ?"

_ALIAS = "INSERT OR IGNORE INTO foreign_msgid VALUES (?, ?)"

_DROP_KNOWN = """
DELETE FROM incoming
WHERE number IN (SELECT id FROM message) OR msgid IN (SELECT msgid FROM foreign_msgid)
OR target IN (SELECT msgid FROM foreign_msgid)
"""

_NAMES = """
INSERT OR IGNORE INTO room (folded, name) SELECT folded, room FROM incoming ORDER BY at, line;
INSERT OR IGNORE INTO sender (source, account) SELECT DISTINCT source, account FROM incoming;
UPDATE room SET sealed = max(sealed, coalesce(
    (SELECT max(at) + 1 FROM incoming WHERE sealed AND incoming.folded = room.folded), 0
));
"""

_ARRIVALS = """
SELECT number, room.id, at, sender.id, command, text, more, told, msgid, target FROM incoming
JOIN room USING (folded)
JOIN sender ON sender.source = incoming.source AND sender.account = incoming.account
ORDER BY at, line
"""

_HIGHEST = """
SELECT max(
    coalesce((SELECT max(id) FROM message), 0),
    coalesce((SELECT value + 0 FROM meta WHERE key = 'highest'), 0),
    coalesce((SELECT max(number) FROM incoming), 0)
)
"""


class ImportResult(NamedTuple):
    """The number of new messages, and of messages that the history already had."""

    added: int
    known: int


class BadLines(Exception):
    """Nothing was imported: `faults` are the first errors, as (line number, expected value)."""

    def __init__(self, faults: list[tuple[int, str]], count: int) -> None:
        super().__init__(f"{count} faults")
        self.faults = faults
        self.count = count


Progress = Callable[[int], None]
"""Called with the number of lines read, or messages written, so far."""


class Intake:
    """One import into a data directory that this process has locked. Raises StoreError.

    `check` first, then `write`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        if recover(directory):
            raise StoreError(f"Cannot write what is in {JOURNAL_FILE} into {HISTORY_FILE}")
        file = directory / HISTORY_FILE
        self._connection = connect(file)
        migrate(self._connection, file)
        with as_store_error(f"Cannot read {file}"):
            self._suffix = read_suffix(self._connection)
            self._connection.execute(_INCOMING)
            self._connection.execute(_TARGETS)
        self._faults: list[tuple[int, str]] = []
        self._fault_count = 0
        self._repeated = 0

    def check_entries(self, entries: Iterable[Entry], progress: Progress) -> int:
        """Take entries that are valid. Of several with the same msgid, the first counts. Returns
        their number."""
        number = 0
        with as_store_error("Cannot check the import"), transaction(self._connection):
            for number, entry in enumerate(entries, 1):
                try:
                    self._connection.execute(_STAGE, self._row(number, entry))
                except sqlite3.IntegrityError:
                    self._repeated += 1
                if number % BATCH == 0:
                    progress(number)
        return number

    def check(self, lines: BinaryIO, progress: Progress) -> int:
        """Read and check everything. Returns the number of lines. Raises BadLines if there is any
        error."""
        number = 0
        with as_store_error("Cannot check the import"), transaction(self._connection):
            for number, line in numbered_lines(lines):
                self._check_line(number, line)
                if number % BATCH == 0:
                    progress(number)
            for (line_number,) in self._connection.execute(_CONFLICTS):
                self._fault(
                    line_number,
                    "msgid: the history already has a different message with this msgid",
                )
        if self._fault_count:
            raise BadLines(sorted(self._faults, key=itemgetter(0)), self._fault_count)
        return number

    def _check_line(self, number: int, line: bytes) -> None:
        try:
            row = self._row(number, read_entry(line))
        except BadLine as bad:
            for fault in bad.args:
                self._fault(number, fault)
            return
        try:
            self._connection.execute(_STAGE, row)
        except sqlite3.IntegrityError:
            self._check_repetition(number, row)

    def _check_repetition(self, number: int, row: tuple[Any, ...]) -> None:
        first, *before = self._connection.execute(
            "SELECT * FROM incoming WHERE msgid = ?", (row[1],)
        ).fetchone()
        if before == list(row[1:]):
            self._repeated += 1
        else:
            self._fault(number, f"msgid: another message, on line {first}, already has this msgid")

    def _row(self, line: int, entry: Entry) -> tuple[Any, ...]:
        command, params, source, tags = entry.message
        msgid, time = tags["msgid"], parse_time(tags["time"])
        at, told = (time, None) if entry.placed is None else (entry.placed, time)
        number = self._own_number(msgid)
        target = _target(entry.message)
        folded = fold(entry.room)
        plain = len(params) == 2 and fold(params[0]) == folded and command != "REDACT"
        more: dict[str, Any] = {} if plain else {"params": params}
        kept = {key: value for key, value in tags.items() if key not in _NOT_TAKEN}
        if kept:
            more["tags"] = kept
        if number is None:
            more["msgid"] = msgid
        if number is None and target is not None:
            number = self._number_if_own(target)
        return (
            *(line, msgid, number, target, folded, entry.room, at, source, entry.account),
            NUMBER_OF[command],
            params[1] if plain else "",
            json.dumps(more, ensure_ascii=False) if more else None,
            told,
            int(entry.sealed),
        )

    def _own_number(self, msgid: str) -> int | None:
        """The number of a msgid of this history; None for a msgid of another one. Raises BadLine
        for an impossible one."""
        number = self._number_if_own(msgid)
        if number is None and msgid.rpartition("-")[2] == self._suffix:
            raise BadLine("msgid: expected an msgid of this history or of another one")
        return number

    def _number_if_own(self, msgid: str) -> int | None:
        digits, _, suffix = msgid.rpartition("-")
        return int(digits, 36) if suffix == self._suffix and _OWN_NUMBER.fullmatch(digits) else None

    def _fault(self, number: int, fault: str) -> None:
        self._fault_count += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append((number, fault))

    def write(self, progress: Progress) -> ImportResult:
        """Add the messages that the history does not contain."""
        connection = self._connection
        with as_store_error("Cannot write the history"), transaction(connection):
            known = self._repeated + connection.execute(_DROP_REDACTED).rowcount
            redacted = self._redact()
            known += connection.execute(_DROP_KNOWN).rowcount - redacted
            for statement in _NAMES.split(";"):
                connection.execute(statement)
            (old,) = connection.execute(
                "SELECT count(*) FROM incoming WHERE number IS NOT NULL"
            ).fetchone()
            if old or redacted:
                self._drop_index()
            added = self._write_messages(progress)
        return ImportResult(redacted + added, known)

    def _redact(self) -> int:
        """Replace messages that the history still has by their redactions. Returns their number."""
        connection = self._connection
        redactions = connection.execute(_REDACTIONS).fetchall()
        for number, msgid, source, more in redactions:
            sender = sender_id(connection, source)
            connection.execute(_REPLACE, (_REDACT, sender, more, number))
            connection.execute(_ALIAS, (msgid, number))
        if redactions:
            connection.execute(UNSWEPT)
        return len(redactions)

    def _write_messages(self, progress: Progress) -> int:
        connection = self._connection
        highest = connection.execute(_HIGHEST).fetchone()[0] + SKIPPED
        added = 0
        for number, *columns, msgid, target in connection.execute(_ARRIVALS):
            if number is None:
                number = highest = highest + 1
            for each in (msgid, target):
                if each is not None and self._number_if_own(each) is None:
                    connection.execute(_ALIAS, (each, number))
            connection.execute(INSERT_MESSAGE, (number, *columns))
            added += 1
            if added % BATCH == 0:
                progress(added)
        return added

    def _drop_index(self) -> None:
        """Delete the search index, which grows by number: if old numbers return, it has to be
        rebuilt."""
        for suffix in ("", "-wal", "-shm"):
            (self._directory / f"{SEARCH_FILE}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Close the files."""
        self._connection.close()


def _target(message: Message) -> str | None:
    """The msgid of the message that a redaction replaced, if the redaction has its own msgid."""
    target = message.param(1) if message.command == "REDACT" else ""
    return target if target not in ("", message.tags["msgid"]) else None


def numbered_lines(lines: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank; of a line that is too long, only as much as shows that."""
    for number, line in enumerate(_bounded(lines), 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if text.strip():
            yield number, text


def _bounded(lines: BinaryIO) -> Iterable[bytes]:
    while line := lines.readline(LONGEST_LINE + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = lines.readline(LONGEST_LINE)
        yield line

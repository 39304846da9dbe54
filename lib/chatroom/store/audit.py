"""`audit.log`: what operators of the server did, for ever. Lines of JSON are appended, and nothing
else is ever written: everybody who may read the directory can read it while the server runs.

A tick's lines are on disk before anybody sees what they are about, as a tick's messages are:
`history.durability` says whether that survives a power cut.
"""

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatroom.store.database import AUDIT_FILE, NO_LINKS, StoreError, as_store_error

log = logging.getLogger("chatroom")

TAIL = 65_536
"""Bytes from the end of the file that are read for the last entries: a hundred at least."""


class AuditFile:
    """The file of one data directory."""

    def __init__(self, directory: Path, durability: str) -> None:
        """Raises StoreError."""
        self._path = directory / AUDIT_FILE
        with as_store_error(f"Cannot open {self._path}"):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | NO_LINKS
            self._file = os.open(self._path, flags, 0o600)
            size = os.fstat(self._file).st_size
            is_torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        self._syncs = durability == "power"
        self._unsynced = False
        self._new = bytearray()  # what the next commit has to write: mostly nothing
        if is_torn:  # by a crash, or a full disk: the next entry begins a line of its own
            self._new += b"\n"
        self._failing = False
        self.due = is_torn
        """Whether there is something to commit. Each tick asks, and mostly there is nothing."""

    def note(self, at: float, who: str, name: str, what: str) -> None:
        """Note what somebody did: their `nick!user@host`, by which account or name they are an
        operator, and the command. `at` is in UTC seconds."""
        entry = {"at": at, "who": who, "operator": name, "what": what}
        self._new += json.dumps(entry, ensure_ascii=False).encode(errors="replace") + b"\n"
        self.due = True

    def commit(self) -> None:
        """Make all that was noted durable. Entries that cannot be written wait; the log says so."""
        if not self.due:
            return
        try:
            with as_store_error(f"Cannot write {self._path}"):
                while self._new:  # a disk that is nearly full takes a part
                    del self._new[: os.write(self._file, self._new)]
                    self._unsynced = self._syncs
                if self._unsynced:
                    os.fsync(self._file)
                    self._unsynced = False
        except StoreError as error:
            if not self._failing:
                log.error("%s; what operators do waits in memory", error)
            self._failing = True
            return
        self.due = self._failing = False

    def recent(self, count: int) -> list[str]:
        """The last entries in words, the oldest first; only those that are on disk."""
        try:
            size = os.fstat(self._file).st_size
            return _in_words(os.pread(self._file, TAIL, max(0, size - TAIL)), size > TAIL, count)
        except OSError as error:
            log.error("Cannot read %s: %s", self._path, error)
            return []

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_audit(directory: Path, count: int = 0) -> Iterator[str]:
    """All entries in words, or the last `count`. Raises StoreError."""
    path = directory / AUDIT_FILE
    with as_store_error(f"Cannot read {path}"):
        data = path.read_bytes() if path.exists() else b""
    yield from _in_words(data, False, count or len(data))


def _in_words(data: bytes, is_cut: bool, count: int) -> list[str]:
    lines = data.split(b"\n")[is_cut:-1]
    return [words for line in lines[-count:] if (words := _entry(line))]


def _entry(line: bytes) -> str:
    try:
        entry: dict[str, Any] = json.loads(line)
        moment = f"{datetime.fromtimestamp(entry['at'], UTC):%Y-%m-%d %H:%M:%S}"
        return f"{moment} {entry['who']} ({entry['operator']}): {entry['what']}"
    except (ValueError, KeyError, TypeError, OverflowError):
        return ""  # torn by a power cut

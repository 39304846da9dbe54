"""What the figures are read from, when somebody asks."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from chatroom.chat.state.world import World
from chatroom.net.connection import Connection, Traffic
from chatroom.net.tls_certificate import Certificate
from chatroom.net.workers import Workers
from chatroom.server.accepting import Accepting
from chatroom.server.admission import Arrivals
from chatroom.server.doors.door import Door
from chatroom.server.files.keeper import FileKeeper
from chatroom.server.handshakes import Handshakes
from chatroom.server.history_service import HistoryService
from chatroom.server.monitoring.counters import Counters
from chatroom.server.monitoring.timings import Timings
from chatroom.store.database import CHANGES_FILE, HISTORY_FILE, JOURNAL_FILE, SEARCH_FILE

DOORS = {
    "IRC": "irc",
    "IRC over WebSocket": "websocket",
    "plain text": "plain",
    "HTTP": "http",
    "": "undecided",
}
"""What a door speaks -> the name of the door here. "undecided": nobody knows yet what it will be,
or TLS is still shaking hands."""

_PARTS = {"messages": HISTORY_FILE, "search": SEARCH_FILE, "journal": JOURNAL_FILE,
          "changes": CHANGES_FILE}  # fmt: skip

_protocol = attrgetter("protocol")
_backlog = attrgetter("backlog")


@dataclass(frozen=True, slots=True)
class Sources:
    """The parts of the server that have the figures; nothing here changes them.

    `history` and `files` return None if there are none; `certificate` likewise. `paced` returns how
    often a session was slowed down. `begun` is when the server began, in UTC seconds.
    """

    world: World
    doors: Mapping[Connection, Door]
    counters: Counters
    traffic: Traffic
    ticks: Timings
    workers: Workers
    handshakes: Handshakes
    arrivals: Arrivals
    accepting: Accepting
    paced: Callable[[], int]
    history: Callable[[], HistoryService | None]
    files: Callable[[], FileKeeper | None]
    certificate: Callable[[], Certificate | None]
    stopping: Callable[[], bool]
    directory: Callable[[], Path]
    begun: float

    def connections(self) -> dict[str, int]:
        """The number of connections by door."""
        found = Counter(map(_protocol, self.doors.values()))
        return {name: found[protocol] for protocol, name in DOORS.items()}

    def came(self) -> dict[str, int]:
        """How many connections have come to each door since the start."""
        found = self.counters.protocols
        return {name: found[protocol] for protocol, name in DOORS.items() if protocol}

    @property
    def sessions(self) -> int:
        """Connections that are in the chat."""
        return len(self.doors) - self.world.unregistered

    @property
    def unsent(self) -> int:
        """Bytes that the readers' sockets have not taken yet."""
        return sum(map(_backlog, self.doors))

    def jobs(self) -> dict[str, int]:
        """Jobs that wait for a worker thread, or run in one, by the pool of threads."""
        files = self.files()
        return {"general": self.workers.pending, "files": 0 if files is None else files.unfinished}

    def history_bytes(self) -> dict[str, int]:
        """The bytes on disk of each part of the history, with its write-ahead log; nothing without
        a history."""
        if self.history() is None:
            return {}
        directory = self.directory()
        return {
            part: sum(_size(directory / f"{name}{suffix}") for suffix in ("", "-wal"))
            for part, name in _PARTS.items()
        }

    def free_bytes(self) -> int | None:
        """The bytes that are free on the disk of the data directory."""
        with suppress(OSError):
            return shutil.disk_usage(self.directory()).free if self.history() else None
        return None

    def why_not_ready(self) -> str:
        """Why no more people should be sent here, in a sentence without a full stop; "" if they
        can come."""
        history = self.history()
        if self.stopping():
            return "The server is stopping"
        if not self.accepting.is_accepting:
            return "No connections are accepted for now"
        if history is not None and history.is_failing:
            return "The history cannot be written right now"
        return ""


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0

"""The server's log: lines on stderr (`log_formats.py` has how they look).

Text from strangers is always escaped: callers pass names through `text.display.visible`, and
messages are never logged.

A pipe that nobody reads, or a terminal stopped with Ctrl-S, blocks writers. Non-blocking mode does
not help: it belongs to the open file, which other processes share. So a thread writes, and the loop
only queues lines. When more than `MOST_BYTES` are queued, new lines are dropped and counted, and
the count is logged when somebody reads again.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from chatroom.net.streams import ERRORS, wait_for_room
from chatroom.server.log_formats import PREFIX, LogFormat, is_journal

MOST_BYTES = 1 << 20
"""Some ten thousand lines: more than the loop logs before the thread gets its turn."""

ONE_WRITE = 4096
"""Bytes. A pipe takes this many atomically (POSIX, PIPE_BUF), so that lines of other processes do
not get in between."""

END_SECONDS = 1.0
"""Seconds that the end of the process waits for its last lines to be written."""

_LOGGER = "chatroom"
_UNREAD = "because nobody read the log"


class _Entry(NamedTuple):
    """Bytes to write, and the number of log lines that are lost if they are not written."""

    data: bytes
    lines: int = 1


class LogWriter:
    """Writes lines to a descriptor in a thread of its own, which ends with the process."""

    def __init__(
        self,
        descriptor: int,
        most_bytes: int = MOST_BYTES,
        as_line: Callable[[str], str] = lambda words: f"{PREFIX}{words}",
    ) -> None:
        """`as_line` formats what the writer itself has to say."""
        self._as_line = as_line
        self._descriptor = descriptor
        self._most_bytes = most_bytes
        self._waiting: deque[_Entry] = deque()
        self._bytes = 0  # queued, or being written
        self._lost = 0
        self._why = _UNREAD
        self._failing = False
        self._mid_line = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def put(self, line: str) -> None:
        """Queue a line, or count it as lost. Never waits for the descriptor."""
        entry = _Entry(f"{line}\n".encode("utf-8", "backslashreplace"))
        with self._changed:
            if self._bytes + len(entry.data) > self._most_bytes:
                self._lost += 1
                return
            self._report_lost()
            self._queue(entry)
            self._changed.notify_all()

    def drain(self, seconds: float = END_SECONDS) -> None:
        """Wait until everything is written, for at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._bytes or self._reportable), seconds)

    @property
    def _reportable(self) -> bool:
        """Whether to report lost lines now. If writing failed, the next line tries again."""
        return bool(self._lost) and not self._failing

    def _queue(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._bytes += len(entry.data)

    def _report_lost(self) -> None:
        if self._lost:
            lines = "1 log line was" if self._lost == 1 else f"{self._lost} log lines were"
            line = self._as_line(f"{lines} lost {self._why}")
            self._queue(_Entry(f"{line}\n".encode(), self._lost))
            self._lost, self._why = 0, _UNREAD

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._reportable)
                if not self._waiting:
                    self._report_lost()
                entries = self._take()
            failure, lost = self._write(entries)
            with self._changed:
                self._bytes -= sum(len(entry.data) for entry in entries)
                self._failing = bool(failure)
                if failure:
                    self._lost += lost
                    self._why = f"because they could not be written: {failure}"
                self._changed.notify_all()

    def _take(self) -> list[_Entry]:
        """As many entries as fit into one write, at least one. The caller holds the lock."""
        entries = [self._waiting.popleft()]
        size = len(entries[0].data)
        while self._waiting and size + len(self._waiting[0].data) <= ONE_WRITE:
            entries.append(self._waiting.popleft())
            size += len(entries[-1].data)
        return entries

    def _write(self, entries: list[_Entry]) -> tuple[str, int]:
        """Write entries. Returns the error, or "", and the number of lines lost by it."""
        left = b"".join(entry.data for entry in entries)
        if self._mid_line:  # a failed write left half a line
            left = b"\n" + left
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
                self._mid_line = False
            except BlockingIOError:  # another process made the open file non-blocking
                wait_for_room(self._descriptor)
            except OSError as error:
                return (error.strerror or str(error)).lower(), self._count_lost(entries, len(left))
        return "", 0

    def _count_lost(self, entries: list[_Entry], unwritten: int) -> int:
        lost = 0
        for entry in reversed(entries):
            if unwritten <= 0:
                break
            lost += entry.lines
            self._mid_line = self._mid_line or unwritten < len(entry.data)
            unwritten -= len(entry.data)
        return lost


class _Handler(logging.Handler):
    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.writer = LogWriter(descriptor, as_line=self._as_line)

    def _as_line(self, words: str) -> str:
        return self.format(logging.LogRecord(_LOGGER, logging.WARNING, "", 0, words, None, None))

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record over to the thread."""
        self.writer.put(self.format(record))


def start_logging(verbose: bool, kind: str) -> LogWriter:
    """Log to standard error, as `set_up_logging` says. Before the process ends, call `drain`."""
    handler = _Handler(ERRORS)
    logger = logging.getLogger(_LOGGER)
    logger.handlers[:] = [handler]
    logger.propagate = False
    logging.raiseExceptions = False  # a failing log must not stop the server
    # No log line uses these, and finding them out costs more than writing the line (Python's
    # Logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    set_up_logging(verbose, kind)
    return handler.writer


def set_up_logging(verbose: bool, kind: str) -> None:
    """`verbose` adds detail; `kind` is TEXT or JSON."""
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    for handler in logger.handlers:
        if isinstance(handler, _Handler):
            handler.setFormatter(LogFormat(kind, is_journal(ERRORS, os.environ)))

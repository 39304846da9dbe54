"""How a line of the log looks: text for people, or JSON for programs; and in systemd's journal.

The journal takes standard error as lines, and reads a priority from `<4>` at the beginning of each
(sd-daemon(3)). It knows by itself which program writes, and when.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

TEXT, JSON = "text", "json"

PREFIX = "[SERVER] "

_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class LogFormat(logging.Formatter):
    """Formats records. `in_journal`: the lines go to systemd's journal."""

    def __init__(self, kind: str, in_journal: bool) -> None:
        super().__init__()
        self._lines = _FORMATS[kind]
        self._in_journal = in_journal

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; as text, there are more lines with a traceback."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        text = self._lines(record, trace, "" if self._in_journal else PREFIX)
        if not self._in_journal:
            return text
        priority = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(f"{priority}{line}" for line in text.split("\n"))


def _as_text(record: logging.LogRecord, trace: str, prefix: str) -> str:
    return f"{prefix}{record.getMessage()}" + (f"\n{trace}" if trace else "")


def _as_json(record: logging.LogRecord, trace: str, _prefix: str) -> str:
    """`template` and `values` say what happened, and who or where, for programs that do not read
    sentences. A whole sentence that comes from elsewhere has neither."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    said: dict[str, Any] = {
        "time": f"{at}.{int(record.created * 1000) % 1000:03}Z",
        "level": record.levelname.lower(),
        "message": record.getMessage(),
    }
    if record.args and record.msg != "%s":
        values = [record.args] if isinstance(record.args, Mapping) else record.args
        said |= {"template": record.msg, "values": [_plain(value) for value in values]}
    if trace:
        said["exception"] = trace
    return json.dumps(said, ensure_ascii=False)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


_FORMATS: Mapping[str, Callable[[logging.LogRecord, str, str], str]] = {
    TEXT: _as_text,
    JSON: _as_json,
}


def is_journal(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Whether the descriptor leads to systemd's journal: JOURNAL_STREAM has its device and inode
    (systemd.exec(5)). A child of a service inherits the variable, even if its output goes
    elsewhere."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"

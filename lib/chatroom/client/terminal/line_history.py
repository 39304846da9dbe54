"""The lines that were typed, kept from one run to the next for the up arrow.

The file is for its owner's eyes only. Several clients may append to it at once; lines typed in one
client are available in another one after its next start. Secrets never come here: see
`files/privacy.py`.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatroom.text.display import visible

MOST_LINES = 2000
"""Lines that are remembered. The file is cut back to them when it has twice as many."""

LONGEST = 4096
"""Characters of a line that is remembered."""


class LineHistory:
    """The file at `path`. Whatever the system refuses is raised as OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[str]:
        """The remembered lines, the oldest first."""
        if not self._path.exists():
            return []
        with self._open(os.O_RDWR) as descriptor:
            lines, count = self._read(descriptor)
            if count > 2 * MOST_LINES:
                _rewrite(descriptor, lines)
        return list(lines)

    def append(self, line: str) -> None:
        """Remember one more."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._open(os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
            os.write(descriptor, f"{line}\n".encode("utf-8", "replace"))

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        """The file, which nobody else changes meanwhile."""
        descriptor = os.open(self._path, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> tuple[deque[str], int]:
        lines: deque[str] = deque(maxlen=MOST_LINES)
        count = 0
        with os.fdopen(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
            for raw in file:
                line = raw.rstrip("\n")
                count += 1
                if visible(line) == line:
                    lines.append(line)
        return lines, count


def _rewrite(descriptor: int, lines: deque[str]) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)

"""What every reader is given: options, a place for faults and counts, and the local time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from chatroom.store.foreign.tree import LONGEST_LINE, Tree

MOST_FAULTS = 100
"""Faults that are kept to be shown; the others are only counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LATEST = 32_503_680_000_000
"""The year 3000, which times have to be before."""


class Fault(NamedTuple):
    """What is wrong in a file; line 0: in the file as a whole; "" as the file: in all of them."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        if not self.file:
            return self.what
        where = f"{self.file} line {self.line}" if self.line else self.file
        return f"{where}: {self.what}"


@dataclass
class Reading:
    """One import. `zone` is that of times without one. `room`, if it is given, is the room of all
    messages of a log. `private`: private channels are read, too."""

    zone: tzinfo = UTC
    room: str = ""
    private: bool = False
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """What is not imported, in words -> how often."""
    file: str = ""
    """The file that is being read, and the number of its current line."""
    line: int = 0

    def fault(self, what: str) -> None:
        """Note a fault of the current line."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, self.line, what))

    def skip(self, what: str, count: int = 1) -> None:
        """Count something that is left out on purpose."""
        self.skipped[what] += count

    def begin(self, file: str) -> None:
        """What follows is in this file."""
        self.file, self.line = file, 0

    def texts(self, tree: Tree, file: str, longest: int = LONGEST_LINE) -> Iterator[str]:
        """The lines of a file as texts without their ends, blank ones left out. A line of more than
        `longest` bytes is a fault.

        What is not UTF-8 is Windows-1252, in which people wrote before (as IRC clients assume).
        """
        self.begin(file)
        is_long = False
        for line in tree.lines(file):
            if is_long:  # its rest
                is_long = not line.endswith(b"\n")
                continue
            self.line += 1
            is_long = len(line) == LONGEST_LINE and not line.endswith(b"\n")
            if is_long or len(line) > longest:
                self.fault(f"expected a line of at most {longest:,} bytes")
                continue
            if self.line == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if text := decoded(line).rstrip("\r\n"):
                yield text


def decoded(data: bytes) -> str:
    """The text of a line, without NUL."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\0", "")


class LocalClock:
    """Converts the times of a log, which has no zone in them.

    In the hour that comes twice when the clocks are set back, a time that seems to go back is that
    of the second hour.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last = 0

    def at(self, local: datetime) -> int:
        """UTC milliseconds. Raises ValueError for an impossible time."""
        at = milliseconds(local.replace(tzinfo=self._zone))
        if at < self._last:
            later = milliseconds(local.replace(tzinfo=self._zone, fold=1))
            at = later if later >= self._last else at
        self._last = at
        return at


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds of a time with a zone. Raises ValueError outside of 1970 to 2999."""
    try:
        at = (moment - _EPOCH) // _MILLISECOND
    except OverflowError:
        at = -1
    if not 0 <= at < LATEST:
        raise ValueError("a time between 1970 and 2999")
    return at

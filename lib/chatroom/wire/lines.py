"""Splits bytes into lines, in bounded memory and linear time.

CR, LF, CR LF and telnet's CR NUL each end a line (RFC 854). The bytes before the last line end are
examined once: a megabyte without a line end costs as little as a megabyte with many.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chatroom.wire.message import LineTooLong

_LINE_ENDS = (b"\n", b"\r")

MANY = 256
"""If more lines than this arrive at once, blank lines are left out."""

BLANK = 1024
"""Bytes that each blank line counts in `LineBuffer.dropped`: it takes eight bytes of memory."""


class LineDropped(LineTooLong):
    """A line was too long: `head` is its beginning, and `size` its bytes without the line end."""

    def __init__(self, head: bytes, size: int) -> None:
        super().__init__("Input line was too long")
        self.head = head
        self.size = size


_NONE: list[bytes | LineDropped] = []  # shared by all buffers without a waiting line; never changed


class LineBuffer:
    """Cuts a byte stream into lines of at most `limit` bytes.

    `feed` received bytes, then call `take` until it returns None. A longer line is dropped as it
    arrives, and `take` raises LineDropped in its place, once.
    """

    __slots__ = ("_after_cr", "_lines", "_lost", "_partial", "dropped", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lines: list[bytes | LineDropped] = _NONE  # the next line is the last element
        self._partial: bytes = b""
        self._after_cr = False
        self._lost = 0  # bytes of the line that is arriving
        self.dropped = 0  # bytes

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        if self._after_cr and data[:1] in (b"\n", b"\0"):
            data = data[1:]
            self._after_cr = False
        if not data:
            return
        self._after_cr = data.endswith(b"\r")
        if b"\0" in data:  # `splitlines` does not know CR NUL
            data = data.replace(b"\r\n", b"\n").replace(b"\r\0", b"\n").replace(b"\r", b"\n")
        lines = data.splitlines()
        if len(lines) > MANY:
            count = len(lines)
            # The first piece may end a line that began before, the last piece may begin one.
            lines = [lines[0], *[line for line in lines[1:-1] if line], lines[-1]]
            self.dropped += (count - len(lines)) * BLANK
        rest = b"" if data.endswith(_LINE_ENDS) else lines.pop()
        if lines:
            lines[0] = self._partial + lines[0]
            self._partial = b""
            limit = self.limit
            taken: list[bytes | LineDropped] = lines[::-1]  # type: ignore[assignment]  # our own
            if len(data) + len(lines[0]) > limit and len(max(lines, key=len)) > limit:
                lost = [self._lost] + [0] * len(lines)  # only the first line began before
                self._lost = 0
                taken = [self._checked(*pair) for pair in zip(lines, lost, strict=False)][::-1]
            self._lines = taken + self._lines if self._lines else taken
        # One byte over the limit is enough to know later that the line is too long.
        if rest and len(self._partial) <= self.limit:
            whole = self._partial + rest
            self._partial = whole[: self.limit + 1]
            self._lost = len(whole) - len(self._partial)
        else:
            self._lost += len(rest)
            self.dropped += len(rest)

    def _checked(self, line: bytes, lost: int) -> bytes | LineDropped:
        size = len(line) + lost
        return line if size <= self.limit else LineDropped(line[: self.limit], size)

    def take(self) -> bytes | None:
        """The next complete line without its line end, or None.

        Raises LineDropped in place of a line that was longer than `limit` bytes.
        """
        if not self._lines:
            return None
        line = self._lines.pop()
        if not self._lines:
            self._lines = _NONE
        if isinstance(line, LineDropped):
            raise line
        return line

    @property
    def waiting(self) -> bool:
        """Whether `take` would return or raise something."""
        return bool(self._lines)

    def snapshot(self) -> dict[str, Any]:
        """What came and was not taken, as plain values."""
        values = {
            "partial": str(self._partial, "latin-1"),
            "lines": plain_lines(self._lines),
            "after_cr": self._after_cr,
            "lost": self._lost,
            "dropped": self.dropped,
        }
        return {name: value for name, value in values.items() if value}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Go on as a buffer of which `snapshot` has returned these values. It must be new."""
        self._partial = values.get("partial", "").encode("latin-1")
        self._lines = lines_from_plain(values.get("lines", ())) or _NONE
        self._after_cr = values.get("after_cr", False)
        self._lost = values.get("lost", 0)
        self.dropped = values.get("dropped", 0)


def plain_lines(lines: Iterable[bytes | LineDropped]) -> list[str | list[Any]]:
    """Lines as plain values; one that was too long is a list of its beginning and its size."""
    return [
        [str(line.head, "latin-1"), line.size]
        if isinstance(line, LineDropped)
        else str(line, "latin-1")
        for line in lines
    ]


def lines_from_plain(values: Iterable[Any]) -> list[bytes | LineDropped]:
    """The lines of which `plain_lines` has returned these values."""
    return [
        value.encode("latin-1")
        if isinstance(value, str)
        else LineDropped(value[0].encode("latin-1"), value[1])
        for value in values
    ]

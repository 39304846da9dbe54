"""What operators' tools say: a line of progress on a terminal, and results on standard output."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatroom.net.streams import cannot_write, forget_output
from chatroom.store.database import StoreError, store_error

STANDARD = Path("-")
"""Standard input, or standard output."""


class Progress:
    """A progress line, overwritten in place: `Exporting: 43%, 430,000 of 1,000,000 messages,
    210,000/s`."""

    INTERVAL = 0.1
    """Seconds between two updates."""

    def __init__(
        self,
        verb: str,
        unit: str,
        total: int = 0,
        shown: bool = True,
        after: "Progress | None" = None,
    ) -> None:
        """`after` is the progress of the step before, which ends when this one begins."""
        self._after = after
        self._verb, self._unit, self._total = verb, unit, total
        self._shown = shown and sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = self._began + self.INTERVAL
        self._done = self._width = 0

    def __call__(self, done: int, total: int = 0) -> None:
        """Report progress: `done` of `total`; without `total`, the one given before."""
        if self._after:
            self._after.end()
            self._after = None
            self._began = time.monotonic()
        self._done, self._total = done, total or self._total
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + self.INTERVAL
            self._draw("")

    def end(self, done: int | None = None) -> None:
        """Show the final line, with `done` or else the last number reported."""
        self._done = self._done if done is None else done
        if self._shown:
            self._draw("\n")

    def _draw(self, end: str) -> None:
        done = self._done
        rate = done / max(time.monotonic() - self._began, 0.001)
        share = f"{done * 100 // self._total}%, " if self._total else ""
        total = f" of {self._total:,}" if self._total else ""
        text = f"{self._verb}: {share}{done:,}{total} {self._unit}, {rate:,.0f}/s"
        print(f"\r{text:<{self._width}}", end=end, file=sys.stderr, flush=True)
        self._width = len(text)


@contextmanager
def writing(path: Path | None) -> Iterator[None]:
    """Say of an error that this file, or standard output, cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if path is None or path == STANDARD:
            forget_output()  # the rest of its buffer would fail again at exit
            raise StoreError(cannot_write(error)) from error
        raise store_error(f"Cannot write {path}", error) from error


def print_lines(*lines: str) -> None:
    """Print to standard output, in UTF-8 whatever the locale. Raises StoreError."""
    with writing(None):
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode(errors="replace"))
        sys.stdout.flush()


def report(work: str, *result: str) -> None:
    """Print the result. If that fails, the error says that the work itself is complete."""
    try:
        print_lines(*result)
    except StoreError as error:
        raise StoreError(f"{error}. The {work} is complete: {' '.join(result)}") from error

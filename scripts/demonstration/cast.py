"""Recordings of terminals: asciicast v2 (docs.asciinema.org/manual/asciicast/v2).

A line of JSON for the header, then one for each piece of output: [seconds, "o", text]. A recording
holds what the program wrote and nothing of the machine on which it ran.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MILLISECONDS = 3
"""Digits behind the point of a second."""


class Cast(NamedTuple):
    """What was written, and when; `outputs` are (seconds since the beginning, text)."""

    columns: int
    rows: int
    title: str
    outputs: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(text for _, text in self.outputs)


class Recorder:
    """Watches a terminal."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._outputs: list[tuple[float, str]] = []

    def write(self, text: str) -> None:
        """Take in what came."""
        self._outputs.append((round(time.monotonic() - self._begun, MILLISECONDS), text))

    def flush(self) -> None:
        """Everything has been taken in."""

    def cast(self, columns: int, rows: int, title: str) -> Cast:
        """What came until now."""
        return Cast(columns, rows, title, tuple(self._outputs))


def save(cast: Cast, file: Path) -> None:
    """Write it."""
    file.write_text("".join(f"{line}\n" for line in _lines(cast)), encoding="utf-8")


def _lines(cast: Cast) -> Iterator[str]:
    header = {
        "version": 2,
        "width": cast.columns,
        "height": cast.rows,
        "title": cast.title,
        "env": {"TERM": "xterm-256color"},
    }
    yield json.dumps(header, ensure_ascii=False)
    for seconds, text in cast.outputs:
        yield json.dumps([seconds, "o", text], ensure_ascii=False)

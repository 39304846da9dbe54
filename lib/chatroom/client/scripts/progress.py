"""A progress bar on standard error, for a person who waits at a terminal."""

import sys

from chatroom.text.display import visible

BAR = 20


class ProgressBar:
    """`shown` with percents, then `end`. If standard error is not a terminal, it shows nothing."""

    def __init__(self, name: str) -> None:
        self._name = visible(name)
        self._percent = -1
        self._wanted = sys.stderr is not None and sys.stderr.isatty()

    def shown(self, percent: int) -> None:
        """Draw it, if it has changed."""
        if not self._wanted or percent == self._percent:
            return
        self._percent = percent
        full = percent * BAR // 100
        bar = f"[{'#' * full}{'.' * (BAR - full)}]"
        print(f"\r\x1b[K{self._name} {bar} {percent}%", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Erase it."""
        if self._percent >= 0:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

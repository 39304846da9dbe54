"""What Tab may complete. Sans I/O; the keys are `terminal/completion.py`'s affair."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Completion(NamedTuple):
    """`candidates` for what stands between character `start` and the cursor, the best first.

    Each is the whole text that shall stand there, with the space or colon that follows it.
    """

    start: int
    candidates: Sequence[str]


class Completer(Protocol):
    """Who knows what can be meant."""

    def complete(self, text: str, cursor: int) -> Completion:
        """Candidates for the word that ends at character `cursor` of `text`; perhaps none."""
        ...

"""What Tab may complete. Sans I/O; the keys are `terminal/completion.py`'s affair."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chatroom.client.commands.table import COMMANDS


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


class CommandCompleter:
    """Slash commands, at the beginning of the line."""

    def complete(self, text: str, cursor: int) -> Completion:
        """The commands that begin like this."""
        begun = text[:cursor].lower()
        names = [f"/{name} " for name in COMMANDS if f"/{name}".startswith(begun)]
        return Completion(0, names if begun.startswith("/") else [])

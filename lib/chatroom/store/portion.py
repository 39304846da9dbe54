"""Limits how much of a history one request gets: messages as requested, and uncounted events."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from chatroom.wire.client_tags import is_reaction
from chatroom.wire.message import Message
from chatroom.wire.reference import KEPT, MOST_REDACTIONS, REACTION, REDACTION

MOST_REACTIONS = 100
"""Reactions for one request. Beyond the limit only reactions are left out, so that nobody can hide
messages behind a thousand of them."""

_Entry = TypeVar("_Entry", bound=tuple[object, Message])


class Portion:
    """The remaining budget of a request for that many `messages` of these commands."""

    def __init__(self, messages: int, commands: Collection[str]) -> None:
        self.messages = messages
        self._commands = set(commands) - {KEPT}
        self._takes_kept = KEPT in commands
        self._redactions = MOST_REDACTIONS
        self._reactions = MOST_REACTIONS

    @property
    def full(self) -> bool:
        """Whether the budget is used up."""
        return self.messages <= 0 or self._redactions <= 0

    @property
    def wanted(self) -> Collection[str]:
        """The commands that the budget still allows."""
        takes_tags = self._reactions > 0 or self._takes_kept
        return self._commands if takes_tags else self._commands - {REACTION}

    def take(self, found: Iterable[_Entry]) -> list[_Entry]:
        """The entries that fit the budget. `found` begins with the most important ones."""
        taken = []
        for entry in found:
            if self.full:
                break
            message = entry[1]
            command = message.command
            if command == REACTION and not is_reaction(message.tags):
                if not self._takes_kept:
                    continue
                self.messages -= 1
            elif command == REACTION:
                if self._reactions <= 0:
                    continue
                self._reactions -= 1
            elif command == REDACTION:
                self._redactions -= 1
            else:
                self.messages -= 1
            taken.append(entry)
        return taken

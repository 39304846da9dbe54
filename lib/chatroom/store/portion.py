"""How much of a history one question gets: messages as asked for, and what is not counted."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from chatroom.wire.message import Message
from chatroom.wire.reference import REACTION, REDACTION

MOST_REDACTIONS = 500
"""Redactions in what was asked for at once: whoever asks for one message gets no million lines."""

MOST_REACTIONS = 100
"""The same for reactions. Past that only they are left out, so that nobody can hide what was said
behind a thousand of them."""

_Entry = TypeVar("_Entry", bound=tuple[object, Message])


class Portion:
    """What may still be taken for a question that asks for `messages`."""

    def __init__(self, messages: int) -> None:
        self.messages = messages
        self._redactions = MOST_REDACTIONS
        self._reactions = MOST_REACTIONS

    @property
    def full(self) -> bool:
        """Whether nothing more is to be read."""
        return self.messages <= 0 or self._redactions <= 0

    def wanted(self, commands: Collection[str]) -> Collection[str]:
        """Those of the commands that are still worth reading."""
        return commands if self._reactions > 0 else set(commands) - {REACTION}

    def take(self, found: Iterable[_Entry]) -> list[_Entry]:
        """As many as there is place for. `found` begins with what is wanted most."""
        taken = []
        for entry in found:
            if self.full:
                break
            command = entry[1].command
            if command == REACTION:
                if self._reactions <= 0:
                    continue
                self._reactions -= 1
            elif command == REDACTION:
                self._redactions -= 1
            else:
                self.messages -= 1
            taken.append(entry)
        return taken

"""Private messages that wait for absent people.

The messages themselves are in the logs of their conversations. This is what it takes to find them:
for each account, in which conversations something waits, since which message, and how many. It is
part of the world's state, and kept over a restart with the rooms' states, under a name of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatroom.wire.private import state_of


@dataclass(slots=True)
class Waiting:
    """The messages that wait for one account: log -> msgid of the first message, and their number.

    `upto` is the number of the last message that was counted, or told: a start that finds later
    ones in the journal counts them again.
    """

    logs: dict[str, tuple[str, int]] = field(default_factory=dict)
    upto: int = 0

    @property
    def count(self) -> int:
        """All messages that wait."""
        return sum(count for _, count in self.logs.values())

    def plain(self) -> dict[str, Any]:
        """These messages as values that JSON can hold."""
        return {"logs": {log: list(one) for log, one in self.logs.items()}, "upto": self.upto}


def waiting_from(plain: Mapping[str, Any]) -> Waiting:
    """Returns what `Waiting.plain` turned into these values."""
    logs = {log: (msgid, count) for log, (msgid, count) in plain["logs"].items()}
    return Waiting(logs, plain["upto"])


class WaitingMessages:
    """The messages that wait for each account, by its number."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[int, Waiting] = {}

    def for_account(self, account: int) -> Waiting:
        """The messages that wait for that account."""
        return self._of.get(account) or Waiting()

    def snapshot(self) -> list[list[Any]]:
        """Everything as plain values."""
        return [[account, one.plain()] for account, one in self._of.items()]

    def saved(self, account: int) -> tuple[str, Mapping[str, Any]]:
        """The name and the value under which the log keeps it."""
        one = self._of.get(account)
        return state_of(account), one.plain() if one else {}

    # Changes

    def restore(self, values: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Take over the values of a snapshot."""
        self._of = {account: waiting_from(plain) for account, plain in values}

    def wait(self, account: int, log: str, msgid: str, number: int) -> None:
        """Add a waiting message, with the log's `number`."""
        one = self._of.setdefault(account, Waiting())
        first, count = one.logs.get(log, (msgid, 0))
        one.logs[log] = (first, count + 1)
        one.upto = max(one.upto, number)

    def told(self, account: int, upto: int) -> None:
        """Forget what waited, because it was told; `upto` is the log's position."""
        self._of[account] = Waiting({}, upto)

    def forget(self, account: int) -> None:
        """Forget what waited for an account, because it was removed."""
        self._of.pop(account, None)

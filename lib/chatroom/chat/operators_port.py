"""The keeper of the operators' passwords, as the chat needs it: it knows the hashes in the
configuration, which the chat never sees.

As with the keeper of accounts, the answer comes in a later call, in the loop's thread.
"""

from typing import Protocol

from chatroom.chat.accounts_port import Answer, Answered, Verdict


class OperatorsPort(Protocol):
    """The server's `OperatorKeeper` implements it."""

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Check a password for OPER, in a time that does not tell whether there is such a name.
        `host` is the address of the connection that asks: tries are counted for it, too."""
        ...


class NoOperators:
    """Nobody has a password for OPER."""

    def verify(self, _name: str, _password: str, _host: str, answered: Answered) -> None:
        answered(Answer(Verdict.WRONG))


class AuditPort(Protocol):
    """The record of what operators of the server did, kept for ever: the store's `AuditFile`."""

    def note(self, at: float, who: str, name: str, what: str) -> None:
        """Note what somebody did: their `nick!user@host`, by which account or name they are an
        operator, and the command. `at` is in UTC seconds."""
        ...

    def recent(self, count: int) -> list[str]:
        """The last entries in words, the oldest first."""
        ...


class NoAudit:
    """Without a data directory nothing is kept, except in the server's log."""

    def note(self, at: float, who: str, name: str, what: str) -> None:
        """Forgotten."""

    def recent(self, _count: int) -> list[str]:
        return []

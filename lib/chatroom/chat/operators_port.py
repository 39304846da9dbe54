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

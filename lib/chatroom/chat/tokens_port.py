"""The keeper of tokens, as the chat needs it: it makes tokens, and finds out what one is good for.

The server's `TokenKeeper` implements it; `NoTokens` is for servers without accounts. What has to be
written is answered later, as by the keeper of accounts (`accounts_port`), when it is on disk.
"""

from typing import Protocol

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.wire.tokens import Token


class TokensPort(Protocol):
    """Accounts are named by their numbers."""

    def check(self, secret: str, host: str, answered: Answered) -> None:
        """Find out what a token is good for: DONE with it, or WRONG. It is used by `host`."""
        ...

    def numbered(self, number: int, host: str) -> Token | None:
        """The token with that number, if it is still good; `host` uses it."""
        ...

    def of_account(self, account: int) -> list[Token] | None:
        """The tokens of an account; None if they cannot be read."""
        ...

    def create(self, token: Token, answered: Answered) -> None:
        """Make a token like this one: DONE with its secret, TAKEN, TOO_MANY or FAILED."""
        ...

    def revoke(self, account: int, name: str, answered: Answered) -> None:
        """Revoke the token of that name: DONE with it, or WRONG if there is none."""
        ...

    def ticket(self, account: int) -> str:
        """A token that is good for five minutes, and once, to log in over HTTP. "" if there is no
        account."""
        ...

    def forget_tickets(self, account: int) -> None:
        """Nobody may log in any more by the tickets of that account."""
        ...


class NoTokens:
    """There are no tokens."""

    def check(self, _secret: str, _host: str, answered: Answered) -> None:
        answered(Answer(Verdict.WRONG))

    def numbered(self, _number: int, _host: str) -> Token | None:
        return None

    def of_account(self, _account: int) -> list[Token] | None:
        return []

    def create(self, _token: Token, answered: Answered) -> None:
        answered(Answer(Verdict.FAILED))

    def revoke(self, _account: int, _name: str, answered: Answered) -> None:
        answered(Answer(Verdict.WRONG))

    def ticket(self, _account: int) -> str:
        return ""

    def forget_tickets(self, _account: int) -> None:
        """There are none."""

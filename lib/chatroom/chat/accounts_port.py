"""The keeper of accounts, as the chat needs it: it knows the passwords, which the chat never does.

The server's `AccountKeeper` implements it with the store's `AccountStore` and a worker;
`NoAccounts` is for servers without accounts. Requests that take long are answered later, by a call
in the loop's thread: to the chat these answers are input, like lines, and come in an order.
Whatever the keeper says has been done is on disk by then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from chatroom.wire.scram import ClientFirst, ServerExchange
from chatroom.wire.tokens import Token


class Verdict(Enum):
    """The result of a request to the keeper."""

    DONE = "done"  # the password is right; the account is made; the password is changed
    WRONG = "wrong"  # the password; whether there is such an account is not said
    TOO_OFTEN = "too often"  # too many wrong passwords, registrations, or requests at once
    TAKEN = "taken"  # somebody else was faster
    UNFIT = "unfit"  # a password that nobody can have
    TOO_MANY = "too many"  # certificates of the account, or tokens
    FAILED = "failed"  # the disk


@dataclass(frozen=True, slots=True)
class Answer:
    """`wait`: seconds until another try makes sense. `text`: why a password is unfit. `number`:
    that of the account that was made. `token`: what somebody logged in by, or what was made or
    revoked. `secret`: the token itself, which nobody can be told again."""

    verdict: Verdict
    wait: float = 0.0
    text: str = ""
    number: int = 0
    token: Token | None = None
    secret: str = field(default="", repr=False)


Answered = Callable[[Answer], None]


class AccountsPort(Protocol):
    """`host` is the address of the connection that asks: tries are counted for it, too."""

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Check a password, in a time that does not tell whether there is such an account."""
        ...

    def refuses_now(self, name: str, host: str) -> float:
        """Seconds for which tries on that account from that address are refused unseen."""
        ...

    def exchange(self, first: ClientFirst) -> ServerExchange | None:
        """Begin a login by SCRAM, also for a name without an account; None if the disk fails."""
        ...

    def is_current(self, name: str, exchange: ServerExchange) -> bool:
        """Whether the account still has the password that it had when the login began."""
        ...

    def count_failure(self, name: str, host: str) -> float:
        """Count a wrong proof. Returns the seconds that the connection has to wait."""
        ...

    def count_success(self, name: str, host: str) -> None:
        """A proof was right: the account may be used from that address from now on, however often
        strangers try theirs."""
        ...

    def owner_of(self, fingerprint: str) -> str | None:
        """The account to which the certificate of a client belongs."""
        ...

    def certificates(self, name: str) -> list[str] | None:
        """The fingerprints of the certificates that log in to an account; None if the disk
        fails."""
        ...

    def add_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        """Let a certificate log in to an account. TAKEN: it is another account's."""
        ...

    def remove_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        """Stop it from logging in. WRONG: it is none of this account's."""
        ...

    def register(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Make an account."""
        ...

    def set_password(self, name: str, password: str, answered: Answered, spared: int = 0) -> None:
        """Give an account another password, and log its browsers out, except the one with the token
        `spared`."""
        ...

    def set_always_on(self, name: str, on: bool | None, answered: Answered) -> None:
        """Set whether an account's user stays without a connection; None: as the configuration
        says."""
        ...


class NoAccounts:
    """There are no accounts: all is refused."""

    def verify(self, _name: str, _password: str, _host: str, answered: Answered) -> None:
        answered(Answer(Verdict.WRONG))

    def refuses_now(self, _name: str, _host: str) -> float:
        return 0.0

    def exchange(self, _first: ClientFirst) -> ServerExchange | None:
        return None

    def is_current(self, _name: str, _exchange: ServerExchange) -> bool:
        return False

    def count_failure(self, _name: str, _host: str) -> float:
        return 0.0

    def count_success(self, _name: str, _host: str) -> None:
        """Nothing can succeed."""

    def owner_of(self, _fingerprint: str) -> str | None:
        return None

    def certificates(self, _name: str) -> list[str] | None:
        return None

    def add_certificate(self, _name: str, _fingerprint: str, answered: Answered) -> None:
        answered(Answer(Verdict.FAILED))

    def remove_certificate(self, _name: str, _fingerprint: str, answered: Answered) -> None:
        answered(Answer(Verdict.FAILED))

    def register(self, _name: str, _password: str, _host: str, answered: Answered) -> None:
        answered(Answer(Verdict.FAILED))

    def set_password(self, _name: str, _password: str, answered: Answered, spared: int = 0) -> None:
        answered(Answer(Verdict.FAILED))

    def set_always_on(self, _name: str, _on: bool | None, answered: Answered) -> None:
        answered(Answer(Verdict.FAILED))

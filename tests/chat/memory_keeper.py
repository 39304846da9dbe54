"""A keeper of accounts in memory, whose answers wait until they are delivered."""

from collections.abc import Callable

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.wire.names import fold
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import ClientFirst, Keys, ServerExchange, decoy, derive

NONCE = "3rfcNHYJY1ZVvWVs7j"


class MemoryKeeper:
    """All that the chat asks of a keeper. `refusal` is given instead of an answer, once."""

    def __init__(self) -> None:
        self.keys: dict[str, Keys] = {}
        self.registered = 0
        self.always_on: dict[str, bool | None] = {}
        self.owners: dict[str, str] = {}  # fingerprint -> account
        self.waiting: list[Callable[[], None]] = []
        self.refusal: Answer | None = None
        self.refused_seconds = 0.0
        self.failures: list[str] = []
        self.successes: list[str] = []

    def deliver(self) -> None:
        """Give all answers that wait."""
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()

    def _later(
        self, answered: Answered, verdict: Verdict, wait: float = 0.0, number: int = 0
    ) -> None:
        answer, self.refusal = self.refusal or Answer(verdict, wait, number=number), None
        self.waiting.append(lambda: answered(answer))

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        keys = self.keys.get(fold(name))
        right = keys is not None and keys.accept(prepared(password))
        if right:
            self._later(answered, Verdict.DONE)
        else:
            self._later(answered, Verdict.WRONG, wait=self.count_failure(name, host))

    def refuses_now(self, _name: str, _host: str) -> float:
        return self.refused_seconds

    def exchange(self, first: ClientFirst) -> ServerExchange | None:
        name = fold(first.account)
        return ServerExchange(first, self.keys.get(name) or decoy(b"x", name, 1), NONCE)

    def is_current(self, name: str, exchange: ServerExchange) -> bool:
        return self.keys.get(fold(name)) == exchange.keys

    def count_failure(self, name: str, _host: str) -> float:
        self.failures.append(name)
        return 0.0

    def count_success(self, name: str, _host: str) -> None:
        self.successes.append(name)

    def owner_of(self, fingerprint: str) -> str | None:
        return self.owners.get(fingerprint)

    def certificates(self, name: str) -> list[str] | None:
        return [one for one, account in self.owners.items() if fold(account) == fold(name)]

    def add_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        taken = fold(self.owners.setdefault(fingerprint, name)) != fold(name)
        self._later(answered, Verdict.TAKEN if taken else Verdict.DONE)

    def remove_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        own = fold(self.owners.get(fingerprint, "")) == fold(name)
        if own:
            del self.owners[fingerprint]
        self._later(answered, Verdict.DONE if own else Verdict.WRONG)

    def register(self, name: str, password: str, _host: str, answered: Answered) -> None:
        if fold(name) in self.keys:
            self._later(answered, Verdict.TAKEN)
            return
        if self.refusal is None:
            self.keys[fold(name)] = derive(prepared(password), b"salt", 1)
        self.registered += 1
        self._later(answered, Verdict.DONE, number=self.registered)

    def set_password(self, name: str, password: str, answered: Answered, spared: int = 0) -> None:
        self.keys[fold(name)] = derive(prepared(password), b"salt", 1)
        self._later(answered, Verdict.DONE)

    def set_always_on(self, name: str, on: bool | None, answered: Answered) -> None:
        self.always_on[fold(name)] = on
        self._later(answered, Verdict.DONE)

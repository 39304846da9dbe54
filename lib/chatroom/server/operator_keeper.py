"""Checks passwords for OPER against the hashes in the configuration.

As with accounts (`account_keeper`): a worker derives the keys, guessing is slowed for each name and
for each address, and a name without a password takes as long as any other.
"""

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.limits import Limits
from chatroom.chat.settings import OperatorSettings
from chatroom.net.addresses import network_of
from chatroom.net.workers import Workers
from chatroom.server.account_keeper import BUSY, answer_of, check
from chatroom.server.guard import Guard
from chatroom.server.tries import Tries
from chatroom.wire.names import fold
from chatroom.wire.scram import ROUNDS, SALT_BYTES, Keys, decoy, keys_from_text

WAITING_OF_ADDRESS = 2
WAITING = 50
"""The most tries that wait for the worker, from one address and in all; it does one after the
other."""


class OperatorKeeper:
    """The hashes of the configuration (`OperatorsPort`), for the loop's thread.

    `count_for_address` counts a wrong password for an address and returns the seconds that it has
    to wait. `clock` is never set back. `settings` and `limits` are asked each time, because they
    may change.
    """

    def __init__(
        self,
        workers: Workers,
        clock: Callable[[], float],
        settings: Callable[[], OperatorSettings],
        limits: Callable[[], Limits],
        count_for_address: Callable[[str], float],
    ) -> None:
        self._workers = workers
        self._settings = settings
        self._count_for_address = count_for_address
        self._guard = Guard(clock, limits)
        self._secret = secrets.token_bytes(SALT_BYTES)
        self._tries: Tries[Answer] = Tries(workers, WAITING_OF_ADDRESS, WAITING)

    def snapshot(self) -> dict[str, Any]:
        """The counts of wrong passwords, as plain values."""
        return {"guard": self._guard.snapshot()}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over the counts of another process."""
        self._guard.restore(values["guard"])

    def drop_tries(self) -> None:
        """End the tries that wait for the worker."""
        self._tries.drop()

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Check a password."""
        network = network_of(host)
        wait = self._guard.wait(name, network)
        if wait:
            self._refuse(answered, wait)
            return
        keys = self._keys(name)

        def done(future: Future[Answer]) -> None:
            answer = answer_of(future)
            wait = self._guard.wait(name, network)  # others may have tried while this one waited
            if wait:
                answer = Answer(Verdict.TOO_OFTEN, wait)
            elif answer.verdict is Verdict.DONE and self._keys(name) != keys:
                answer = Answer(Verdict.WRONG)  # the password was changed meanwhile
            elif answer.verdict is Verdict.DONE:
                self._guard.succeed(name, network)
            elif answer.verdict is Verdict.WRONG:
                self._guard.fail(name)
                answer = Answer(Verdict.WRONG, self._count_for_address(host))
            answered(answer)

        if not self._tries.add(network, lambda: check(keys, password), done):
            self._refuse(answered, BUSY)

    def _refuse(self, answered: Answered, wait: float) -> None:
        answer = Answer(Verdict.TOO_OFTEN, wait)
        self._workers.post(lambda: answered(answer))

    def _keys(self, name: str) -> Keys:
        passwords = self._settings().passwords.items()
        hashes = {fold(one): keys_from_text(text) for one, text in passwords}
        rounds = max((keys.rounds for keys in hashes.values()), default=ROUNDS)
        return hashes.get(fold(name)) or decoy(self._secret, fold(name), rounds)

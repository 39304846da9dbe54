"""Checks passwords for OPER against the hashes in the configuration.

As with accounts (`account_keeper`): a worker derives the keys, guessing is slowed for each name and
for each address, and a name without a password takes as long as any other.
"""

import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.settings import OperatorSettings
from chatroom.net.addresses import network_of
from chatroom.net.workers import Workers
from chatroom.server.account_keeper import BUSY, Guard, answer_of, check
from chatroom.wire.names import fold
from chatroom.wire.scram import ROUNDS, SALT_BYTES, Keys, decoy, keys_from_text

WAITING_OF_ADDRESS = 2
WAITING = 50
"""Tries that wait for the worker, which does one after the other: of one address, and in all."""


class _Try(NamedTuple):
    network: str
    job: Callable[[], Answer]
    done: Callable[[Future[Answer]], None]


class OperatorKeeper:
    """The hashes of the configuration (`OperatorsPort`), for the loop's thread.

    `count_for_address` counts a wrong password for an address and returns the seconds that it has
    to wait. `clock` is never set back. `settings` are asked each time, because they may change.
    """

    def __init__(
        self,
        workers: Workers,
        clock: Callable[[], float],
        settings: Callable[[], OperatorSettings],
        count_for_address: Callable[[str], float],
    ) -> None:
        self._workers = workers
        self._settings = settings
        self._count_for_address = count_for_address
        self._guard = Guard(clock)
        self._secret = secrets.token_bytes(SALT_BYTES)
        self._queue: deque[_Try] = deque()
        self._working = False

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Check a password."""
        network = network_of(host)
        wait = self._guard.wait(name, network)
        own = sum(each.network == network for each in self._queue)
        if wait or own >= WAITING_OF_ADDRESS or len(self._queue) >= WAITING:
            answer = Answer(Verdict.TOO_OFTEN, wait or BUSY)
            self._workers.post(lambda: answered(answer))
            return
        keys = self._keys(name)

        def done(future: Future[Answer]) -> None:
            answer = answer_of(future)
            if answer.verdict is Verdict.DONE:
                self._guard.succeed(name, network)
            elif answer.verdict is Verdict.WRONG:
                self._guard.fail(name)
                answer = Answer(Verdict.WRONG, self._count_for_address(host))
            answered(answer)

        self._queue.append(_Try(network, lambda: check(keys, password), done))
        self._go_on()

    def _go_on(self) -> None:
        if self._working or not self._queue:
            return
        self._working = True
        request = self._queue.popleft()

        def done(future: Future[Answer]) -> None:
            self._working = False
            self._go_on()
            request.done(future)

        self._workers.submit(request.job, done)

    def _keys(self, name: str) -> Keys:
        hashes = {fold(one): text for one, text in self._settings().passwords.items()}
        text = hashes.get(fold(name))
        return keys_from_text(text) if text else decoy(self._secret, fold(name), ROUNDS)

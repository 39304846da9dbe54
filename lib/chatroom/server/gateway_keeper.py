"""Checks the passwords of WEBIRC gateways against the hashes in `proxies.webirc`.

A gateway that comes back after a restart brings hundreds of people at once, all with the same
password. So a password is derived once, in a worker, and everybody who gave the same one waits for
that; a right one is remembered as an HMAC under a key of this process, with the hash that it fits.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.net.addresses import is_in
from chatroom.net.workers import Workers
from chatroom.server.account_keeper import answer_of, check
from chatroom.server.tries import Tries
from chatroom.wire.scram import keys_from_text

WAITING_OF_GATEWAY = 2
WAITING = 20
"""Passwords that wait to be derived: different ones of one address, and in all."""

REMEMBERED = 100
"""Right passwords that are remembered; where there are more, some are derived again."""

Told = Callable[[Verdict], None]


class GatewayKeeper:
    """The gateways of the configuration, for the loop's thread. `webirc` is asked each time,
    because it may change: address or network -> hash."""

    def __init__(self, workers: Workers, webirc: Callable[[], Mapping[str, str]]) -> None:
        self._workers = workers
        self._webirc = webirc
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._waiting: dict[bytes, list[Told]] = {}
        self._tries: Tries[Answer] = Tries(workers, WAITING_OF_GATEWAY, WAITING)

    def is_listed(self, host: str) -> bool:
        """Whether somebody at that address may be a gateway."""
        return any(is_in(host, (network,)) for network in self._webirc())

    def drop_tries(self) -> None:
        """End the tries that wait for the worker."""
        self._tries.drop()

    def verify(self, host: str, password: str, told: Told) -> None:
        """Check a gateway's password. `told` is called later: DONE, WRONG, or TOO_OFTEN where too
        many different ones wait already."""
        text = self._hash_of(host)
        proof = hmac.digest(self._key, f"{text}\0{password}".encode(errors="replace"), "sha256")
        if not text or proof in self._right:
            verdict = Verdict.DONE if text else Verdict.WRONG
            self._workers.post(lambda: told(verdict))
        elif proof in self._waiting:
            self._waiting[proof].append(told)
        else:
            self._derive(host, text, password, proof, told)

    def _derive(self, host: str, text: str, password: str, proof: bytes, told: Told) -> None:
        keys = keys_from_text(text)

        def done(future: Future[Answer]) -> None:
            verdict = answer_of(future).verdict
            if verdict is Verdict.DONE:
                self._remember(proof)
            for each in self._waiting.pop(proof):
                each(verdict)

        self._waiting[proof] = [told]
        if not self._tries.add(host, lambda: check(keys, password), done):
            del self._waiting[proof]
            self._workers.post(lambda: told(Verdict.TOO_OFTEN))

    def _remember(self, proof: bytes) -> None:
        if len(self._right) >= REMEMBERED:
            del self._right[next(iter(self._right))]
        self._right[proof] = None

    def _hash_of(self, host: str) -> str:
        """The hash for the smallest listed network that has this address; "" if none has."""
        found = [each for each in self._webirc().items() if is_in(host, (each[0],))]
        return max(found, key=lambda each: _prefix(each[0]), default=("", ""))[1]


def _prefix(network: str) -> int:
    return int(network.rpartition("/")[2]) if "/" in network else 0

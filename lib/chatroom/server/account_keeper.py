"""Keeps the accounts: checks passwords, makes accounts, changes them.

    chat  ->  verify, register, ...  ->  a queue  ->  one worker  ->  an answer, in a later tick

Deriving keys takes a fifth of a second of the processor, so a worker does it: one request after the
other, and only a few from each address, so that a flood of tries costs others little. A correct
password is remembered as an HMAC under a key of this process, so that it costs nothing when its
owner comes back. The worker also writes, so an answer is on disk when it is given.

Guessing is slowed for each address (`Admission`) and for each name (`Guard`), whether it has an
account or not. The second does not apply to addresses from which the account was used recently,
because strangers could keep its owner out otherwise.
"""

import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.limits import Limits
from chatroom.chat.settings import AccountSettings
from chatroom.net.addresses import is_local, network_of
from chatroom.net.workers import Workers
from chatroom.server.guard import HOUR, Guard, keep
from chatroom.server.tries import Dropped, Tries
from chatroom.store.accounts import (
    ALWAYS_ON,
    AccountExists,
    AccountStore,
    CertificateTaken,
    NoAccount,
    StoredAccount,
    TooManyCertificates,
)
from chatroom.store.database import StoreError
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.names import fold
from chatroom.wire.sasl import UnfitPassword, encoded, prepared
from chatroom.wire.scram import (
    NONCE_BYTES,
    SALT_BYTES,
    ClientFirst,
    Keys,
    ServerExchange,
    decoy,
    decoy_rounds,
    derive,
)

log = logging.getLogger("chatroom")

WAITING_OF_ADDRESS = 4
WAITING = 200
"""Requests that wait for the worker: of one address, and in all. 200 take half a minute."""

BUSY = 5.0
"""Seconds after which a request makes sense again that found the queue full."""


class AccountKeeper:
    """The accounts of one data directory, for the loop's thread (`AccountsPort`).

    `count_for_address` counts a wrong password for an address and returns the seconds that it has
    to wait. `settings` and `limits` are asked each time, because they may change. `note_writer` is
    told whenever a worker is about to write (true), and when it has (false).
    """

    def __init__(
        self,
        directory: Path,
        durability: str,
        workers: Workers,
        clock: Callable[[], float],
        now: Callable[[], float],
        settings: Callable[[], AccountSettings],
        limits: Callable[[], Limits],
        count_for_address: Callable[[str], float],
        note_writer: Callable[[bool], None] = lambda _begins: None,
    ) -> None:
        """Open the accounts. Raises StoreError."""
        self._reader = AccountStore(directory, durability)
        self._writer = AccountStore(directory, durability)  # of the worker
        self._secret = self._reader.secret()
        self._rounds = self._reader.rounds()  # set anew by the worker
        self._workers = workers
        self._now = now
        self._settings = settings
        self._limits = limits
        self._count_for_address = count_for_address
        self._note_writer = note_writer
        self._guard = Guard(clock, limits)
        self._memory_key = secrets.token_bytes(32)
        self._memory: OrderedDict[str, bytes] = OrderedDict()  # folded name -> HMAC
        self._registering: set[str] = set()  # what names look like for which keys are derived
        self._tries: Tries[Answer] = Tries(workers, WAITING_OF_ADDRESS, WAITING)

    def all(self) -> list[StoredAccount]:
        """All accounts. Raises StoreError."""
        return self._reader.all()

    def find(self, name: str) -> StoredAccount | None:
        """The account of that name. Raises StoreError."""
        return self._reader.find(name)

    def is_erased(self, number: int) -> bool:
        """Whether what a removed account said is being erased. Raises StoreError."""
        return self._reader.is_erased(number)

    def snapshot(self) -> dict[str, Any]:
        """What is known only to this process, as plain values, when no request waits. Passwords
        that were right are checked anew in another process."""
        return {"guard": self._guard.snapshot()}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what another process knew."""
        self._guard.restore(values["guard"])

    def drop_tries(self) -> None:
        """End the requests that wait for the worker: their people may try again."""
        self._tries.drop()

    # Tries

    def refuses_now(self, name: str, host: str) -> float:
        """Seconds for which tries on that name from that address are refused without a check."""
        return self._guard.wait(name, network_of(host))

    def count_failure(self, name: str, host: str) -> float:
        """Count a wrong proof. Returns the seconds that the connection has to wait."""
        self._guard.fail(name)
        return self._count_for_address(host)

    def count_success(self, name: str, host: str) -> None:
        """Count a correct proof."""
        self._guard.succeed(name, network_of(host))

    def verify(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Check a password. Names without an account take as long as the others."""
        wait = self.refuses_now(name, host)
        if wait:
            self._answer(answered, Answer(Verdict.TOO_OFTEN, wait))
            return
        keys = self._keys(name)
        if keys is None:
            self._answer(answered, Answer(Verdict.FAILED))
            return
        proof = self._proof(name, password, keys)
        if hmac.compare_digest(self._memory.get(fold(name), b""), proof):
            self.count_success(name, host)
            self._answer(answered, Answer(Verdict.DONE))
            return

        def checked(answer: Answer) -> None:
            wait = self.refuses_now(name, host)  # others may have failed while this one waited
            if wait:
                answer = Answer(Verdict.TOO_OFTEN, wait)
            elif answer.verdict is Verdict.DONE and self._keys(name) != keys:
                answer = Answer(Verdict.WRONG)  # the password was changed meanwhile
            elif answer.verdict is Verdict.DONE:
                keep(self._memory, fold(name), bytes)
                self._memory[fold(name)] = proof
                self.count_success(name, host)
            elif answer.verdict is Verdict.WRONG:
                answer = Answer(Verdict.WRONG, self.count_failure(name, host))
            answered(answer)

        self._submit(host, lambda: check(keys, password), checked)

    def _keys(self, name: str) -> Keys | None:
        """The keys of that account, or a decoy's; None if they cannot be read."""
        try:
            keys = self._reader.keys(name)
        except StoreError as error:
            log.error("%s", error)
            return None
        if keys is not None:
            return keys
        rounds = decoy_rounds(self._secret, fold(name), self._rounds, self._settings().rounds)
        return decoy(self._secret, fold(name), rounds)

    def _proof(self, name: str, password: str, keys: Keys) -> bytes:
        """The HMAC of a correct password; useless once the password has changed."""
        text = password.encode(errors="surrogatepass")
        secret = b"\0".join((fold(name).encode(), keys.stored.hex().encode(), text))
        return hmac.digest(self._memory_key, secret, "sha256")

    def exchange(self, first: ClientFirst) -> ServerExchange | None:
        """Begin a login by SCRAM."""
        keys = self._keys(first.account)
        nonce = encoded(secrets.token_bytes(NONCE_BYTES))
        return None if keys is None else ServerExchange(first, keys, nonce)

    def is_current(self, name: str, exchange: ServerExchange) -> bool:
        """Whether the account still has the password that it had when the login began."""
        return self._keys(name) == exchange.keys

    def owner_of(self, fingerprint: str) -> str | None:
        """The account to which a certificate belongs."""
        try:
            return self._reader.owner_of(fingerprint) if fingerprint else None
        except StoreError as error:
            log.error("%s", error)
            return None

    # Changes

    def register(self, name: str, password: str, host: str, answered: Answered) -> None:
        """Make an account, unless an account whose name looks the same is being made."""
        shape = skeleton(name)
        if shape in self._registering:
            self._answer(answered, Answer(Verdict.TAKEN))
            return
        most = self._limits().accounts_per_address
        if most and not is_local(host) and not self._guard.may_register(network_of(host), most):
            self._answer(answered, Answer(Verdict.TOO_OFTEN, HOUR))
            return
        at = self._now()

        def add() -> Answer:
            account = self._writer.add(name, self._derive(password), at)
            self._rounds = self._writer.rounds()
            return Answer(Verdict.DONE, number=account.number)

        def added(answer: Answer) -> None:
            self._registering.discard(shape)
            if answer.verdict is Verdict.FAILED:  # a full disk must not count against them
                self._guard.not_registered(network_of(host))
            if answer.verdict is Verdict.DONE:
                self.count_success(name, host)
                log.info("An account was registered from %s", host)
            answered(answer)

        self._registering.add(shape)
        self._submit(host, add, added, writes=True)

    def set_password(self, name: str, password: str, answered: Answered, spared: int = 0) -> None:
        """Give an account another password; the browser with the token `spared` stays logged in."""

        def change() -> Answer:
            self._writer.set_keys(name, self._derive(password), spared)
            self._rounds = self._writer.rounds()
            return Answer(Verdict.DONE)

        self._submit("", change, answered, writes=True)

    def set_always_on(self, name: str, on: bool | None, answered: Answered) -> None:
        """Set whether an account's user stays without a connection."""

        def change() -> Answer:
            self._writer.set_flag(name, ALWAYS_ON, on)
            return Answer(Verdict.DONE)

        self._submit("", change, answered, writes=True)

    def certificates(self, name: str) -> list[str] | None:
        """The fingerprints of an account's certificates; None if they cannot be read."""
        try:
            return self._reader.certificates(name)
        except StoreError as error:
            log.error("%s", error)
            return None

    def add_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        """Let a certificate log in to an account."""
        at, most = self._now(), self._limits().certificates

        def add() -> Answer:
            self._writer.add_certificate(name, fingerprint, at, most)
            return Answer(Verdict.DONE)

        self._submit("", add, answered, writes=True)

    def remove_certificate(self, name: str, fingerprint: str, answered: Answered) -> None:
        """Stop it from logging in."""

        def remove() -> Answer:
            removed = self._writer.remove_certificate(name, fingerprint)
            return Answer(Verdict.DONE if removed else Verdict.WRONG)

        self._submit("", remove, answered, writes=True)

    def _derive(self, password: str) -> Keys:
        """In the worker. Raises UnfitPassword."""
        salt = secrets.token_bytes(SALT_BYTES)
        return derive(prepared(password), salt, self._settings().rounds)

    # The worker

    def _submit(
        self, host: str, job: Callable[[], Answer], answered: Answered, *, writes: bool = False
    ) -> None:
        network = network_of(host) if host else ""

        def done(future: Future[Answer]) -> None:
            if writes:
                self._note_writer(False)
            answered(answer_of(future))

        if self._tries.add(network, job, done):
            if writes:
                self._note_writer(True)
        else:
            self._answer(answered, Answer(Verdict.TOO_OFTEN, BUSY))

    def _answer(self, answered: Answered, answer: Answer) -> None:
        """Answer later, because the caller is not ready for an answer yet."""
        self._workers.post(lambda: answered(answer))

    @property
    def cloak_key(self) -> bytes:
        """The key of the addresses' cloaks (`wire.cloaks`), the same after a restart."""
        return hashlib.sha256(b"cloaks" + self._secret).digest()

    def close(self) -> None:
        """Close the database. The workers have ended before."""
        self._reader.close()
        self._writer.close()


def check(keys: Keys, password: str) -> Answer:
    """Whether the password is correct. Takes a fifth of a second, so a worker calls it."""
    try:
        right = keys.accept(prepared(password))
    except UnfitPassword:
        right = False
    return Answer(Verdict.DONE if right else Verdict.WRONG)


def answer_of(future: Future[Answer]) -> Answer:
    """The answer for a worker's result, or for its failure."""
    try:
        return future.result()
    except Dropped:
        return Answer(Verdict.TOO_OFTEN, BUSY)
    except (AccountExists, CertificateTaken):
        return Answer(Verdict.TAKEN)
    except TooManyCertificates:
        return Answer(Verdict.TOO_MANY)
    except NoAccount:
        return Answer(Verdict.WRONG)
    except UnfitPassword as error:
        return Answer(Verdict.UNFIT, text=str(error))
    except StoreError as error:
        log.error("%s", error)
        return Answer(Verdict.FAILED)

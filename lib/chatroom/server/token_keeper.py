"""Keeps the tokens: makes them, finds them, notes when they are used, revokes them.

Finding one is a look into an index, which the loop does itself. A worker writes, so what is
answered is on disk. Tickets, which live for five minutes and are good once, are only in memory.
"""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.net.workers import Workers
from chatroom.store.database import StoreError
from chatroom.store.tokens import TokenExists, TokenStore, TooManyTokens
from chatroom.wire.tokens import DEVICE, TOKEN_BYTES, Token, digest, looks_like_token, token_of

log = logging.getLogger("chatroom")

USE_SECONDS = 600.0
"""The last use of a token is noted at most so often."""

DEVICE_SECONDS = 90 * 86_400
"""A browser that was not used for so long is logged out."""

TICKET_SECONDS = 300.0
"""How long a ticket is good (draft/authtoken: at most five minutes)."""

TICKETS = 1000
"""Tickets at once; beyond that the oldest is forgotten."""

WAITING = 100
"""Changes that may wait for a worker."""

BUSY = 5.0
"""Seconds after which a change makes sense again that found too many waiting."""


class TokenKeeper:
    """The tokens of one data directory, for the loop's thread (`TokensPort`).

    `clock` is never set back; `now` returns UTC seconds. `note_writer` is told whenever a worker is
    about to write (true), and when it has (false).
    """

    def __init__(
        self,
        directory: Path,
        durability: str,
        workers: Workers,
        clock: Callable[[], float],
        now: Callable[[], float],
        note_writer: Callable[[bool], None] = lambda _begins: None,
    ) -> None:
        """Open the tokens. Raises StoreError."""
        self._reader = TokenStore(directory, durability)
        self._directory, self._durability = directory, durability
        self._workers = workers
        self._clock = clock
        self._now = now
        self._note_writer = note_writer
        self._tickets: OrderedDict[bytes, tuple[int, float]] = OrderedDict()
        self._noted: OrderedDict[int, float] = OrderedDict()  # number -> when a use was noted
        self._waiting = 0
        self._logged_out: dict[int, int] = {}  # account -> how often its browsers were logged out

    def close(self) -> None:
        """Close the database. The workers have ended before."""
        self._reader.close()

    def snapshot(self) -> dict[str, Any]:
        """The tickets, and when uses were noted, as plain values."""
        tickets = [[key.hex(), *ticket] for key, ticket in self._tickets.items()]
        return {"tickets": tickets, "noted": list(map(list, self._noted.items()))}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what another process knew."""
        tickets = values["tickets"]
        self._tickets = OrderedDict((bytes.fromhex(key), (one, at)) for key, one, at in tickets)
        self._noted = OrderedDict((number, at) for number, at in values["noted"])

    # Finding

    def find(self, secret: str, host: str) -> Token | None:
        """What a token is good for; None if it is not. `host` uses it; "" only looks."""
        if not looks_like_token(secret):
            return None
        return self._look(lambda: self._reader.find(secret), host)

    def numbered(self, number: int, host: str) -> Token | None:
        """The token with that number, if it is still good; `host` uses it."""
        return self._look(lambda: self._reader.numbered(number), host) if number else None

    def _look(self, look: Callable[[], Token | None], host: str) -> Token | None:
        try:
            token = look()
        except StoreError as error:
            log.error("%s", error)
            return None
        if token is None or self._has_expired(token):
            return None
        if host:
            self._note_use(token, host)
        return token

    def _has_expired(self, token: Token) -> bool:
        return token.kind == DEVICE and self._now() - token.used > DEVICE_SECONDS

    def _note_use(self, token: Token, host: str) -> None:
        """Note it in a worker, unless that was done a moment ago."""
        at, noted = self._now(), self._noted.get(token.number)
        if noted is not None and abs(self._clock() - noted) < USE_SECONDS:
            return
        if token.used and abs(at - token.used) < USE_SECONDS and token.host == host:
            return
        if self._waiting >= WAITING:
            return
        self._noted[token.number] = self._clock()
        while len(self._noted) > TICKETS:
            self._noted.popitem(last=False)

        def note(store: TokenStore) -> Answer:
            store.note_use(token.number, at, host)
            return Answer(Verdict.DONE)

        self._submit(note, lambda _answer: None)

    def check(self, secret: str, host: str, answered: Answered) -> None:
        """Find out what a token is good for; the answer comes later."""
        token = self.find(secret, host)
        answer = Answer(Verdict.WRONG if token is None else Verdict.DONE, token=token)
        self._workers.post(lambda: answered(answer))

    def of_account(self, account: int) -> list[Token] | None:
        """The tokens of an account; None if they cannot be read."""
        try:
            found = self._reader.of_account(account) if account else []
        except StoreError as error:
            log.error("%s", error)
            return None
        return [token for token in found if not self._has_expired(token)]

    # Changes

    def create(self, token: Token, answered: Answered) -> None:
        """Make a token like this one."""
        secret = token_of(secrets.token_bytes(TOKEN_BYTES))
        new = replace(token, created=self._now(), used=self._now() if token.kind == DEVICE else 0.0)

        before = self._logged_out.get(token.account)

        def add(store: TokenStore) -> Answer:
            return Answer(Verdict.DONE, token=store.add(secret, new), secret=secret)

        def added(answer: Answer) -> None:
            if answer.token is None or before == self._logged_out.get(token.account):
                answered(answer)
            else:  # the password was changed meanwhile; nobody has been told the token
                self.revoke(token.account, answer.token.name, lambda _gone: None)
                answered(Answer(Verdict.WRONG))

        self._submit(add, added if token.kind == DEVICE else answered)

    def revoke(self, account: int, name: str, answered: Answered) -> None:
        """Revoke the account's token of that name."""

        def remove(store: TokenStore) -> Answer:
            gone = store.remove(account, name)
            return Answer(Verdict.WRONG if gone is None else Verdict.DONE, token=gone)

        self._submit(remove, answered)

    def _submit(self, change: Callable[[TokenStore], Answer], answered: Answered) -> None:
        if self._waiting >= WAITING:
            self._workers.post(lambda: answered(Answer(Verdict.TOO_OFTEN, BUSY)))
            return
        self._waiting += 1
        self._note_writer(True)

        def job() -> Answer:
            store = TokenStore(self._directory, self._durability)
            try:
                return change(store)
            finally:
                store.close()

        def done(future: Future[Answer]) -> None:
            self._waiting -= 1
            self._note_writer(False)
            answered(_answer_of(future))

        self._workers.submit(job, done)

    # Tickets

    def ticket(self, account: int) -> str:
        """A ticket for that account."""
        if not account:
            return ""
        secret = token_of(secrets.token_bytes(TOKEN_BYTES))
        self._tickets[digest(secret)] = (account, self._clock() + TICKET_SECONDS)
        while len(self._tickets) > TICKETS:
            self._tickets.popitem(last=False)
        return secret

    def redeem(self, secret: str) -> int:
        """The number of the account for which a ticket was made; it is used up by that. 0 if it is
        not good."""
        account, until = self._tickets.pop(digest(secret), (0, 0.0))
        return account if self._clock() < until else 0

    def forget_tickets(self, account: int) -> None:
        """Nobody may log in by the tickets of that account any more."""
        self._logged_out[account] = self._logged_out.get(account, 0) + 1
        for key in [key for key, (owner, _) in self._tickets.items() if owner == account]:
            del self._tickets[key]


def _answer_of(future: Future[Answer]) -> Answer:
    try:
        return future.result()
    except TokenExists:
        return Answer(Verdict.TAKEN)
    except TooManyTokens:
        return Answer(Verdict.TOO_MANY)
    except StoreError as error:
        log.error("%s", error)
        return Answer(Verdict.FAILED)

"""Logging in to an account while a connection begins: SASL with SCRAM-SHA-256, sans I/O.

The server never learns the password, so the login is safe in the clear too, and the server has to
prove that it knows the account.
"""

import secrets
from collections.abc import Iterator

from chatroom.client.credentials import Credentials
from chatroom.wire.message import Message
from chatroom.wire.sasl import ABORT, EMPTY, Chunks, SaslError, UnfitPassword, chunked, prepared
from chatroom.wire.scram import MECHANISM, NONCE_BYTES, ClientExchange

CAPABILITY = "sasl"

ENDS = frozenset({"902", "903", "904", "905", "906", "907"})
"""The numerics with which a login ends."""

IMPOSTOR = "The server does not know your account's password; it may be another server."


class Login:
    """One login. `receive` returns the parameters of the AUTHENTICATE lines to send.

    `impostor`: the server could not prove that it knows the account.
    """

    def __init__(self, credentials: Credentials) -> None:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        self._exchange = ClientExchange(credentials.account, prepared(credentials.password), nonce)
        self._chunks = Chunks()
        self._steps = 0
        self.impostor = False

    @staticmethod
    def is_possible(mechanisms: str) -> bool:
        """Whether the server has the mechanism; older ones do not list them."""
        return not mechanisms or MECHANISM in mechanisms.split(",")

    def begin(self) -> str:
        """The first parameter."""
        return MECHANISM

    def receive(self, message: Message) -> Iterator[str]:
        """Process an AUTHENTICATE of the server."""
        try:
            data = self._chunks.add(message.param(0))
            if data is not None:
                self._steps += 1
                yield from self._answer(data)
        except SaslError:
            yield ABORT

    def _answer(self, data: bytes) -> Iterator[str]:
        if self._steps == 1:
            yield from chunked(self._exchange.first)
        elif self._steps == 2:
            yield from chunked(self._exchange.answer(data))
        elif self._exchange.accepts(data):
            yield EMPTY
        else:
            self.impostor = True
            yield ABORT


def login_with(credentials: Credentials | None) -> Login | None:
    """A login, or None without credentials, or with a password that nobody can have."""
    try:
        return Login(credentials) if credentials is not None else None
    except UnfitPassword:
        return None

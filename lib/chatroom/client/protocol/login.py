"""Logging in to an account by SASL, while a connection begins or later, sans I/O.

With SCRAM-SHA-256 the server never learns the password, so the login is safe in the clear too, and
the server has to prove that it knows the account. PLAIN, which tells it the password, is only for
servers without SCRAM, and only where nobody else can read it.
"""

import secrets
from collections.abc import Iterator
from typing import Protocol

from chatroom.client.credentials import Credentials
from chatroom.wire.message import Message
from chatroom.wire.sasl import ABORT, EMPTY, Chunks, SaslError, UnfitPassword, chunked, prepared
from chatroom.wire.scram import MECHANISM, NONCE_BYTES, ClientExchange

CAPABILITY = "sasl"

ENDS = frozenset({"902", "903", "904", "905", "906", "907"})
"""The numerics with which a login ends."""

IMPOSTOR = "The server does not know your account's password; it may be another server."


PLAIN, EXTERNAL = "PLAIN", "EXTERNAL"


class Login(Protocol):
    """One login. `receive` returns the parameters of the AUTHENTICATE lines to send.

    `mechanism` is the parameter of the first one. `impostor`: the server could not prove that it
    knows the account.
    """

    mechanism: str
    impostor: bool

    def receive(self, message: Message) -> Iterator[str]:
        """Process an AUTHENTICATE of the server."""
        ...


class ScramLogin:
    """A login by SCRAM-SHA-256."""

    mechanism = MECHANISM

    def __init__(self, credentials: Credentials) -> None:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        self._exchange = ClientExchange(credentials.account, prepared(credentials.password), nonce)
        self._chunks = Chunks()
        self._steps = 0
        self.impostor = False

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


class PlainLogin:
    """A login by PLAIN (RFC 4616)."""

    mechanism = PLAIN
    impostor = False

    def __init__(self, credentials: Credentials) -> None:
        prepared(credentials.password)  # SCRAM and PLAIN refuse the same passwords
        self._data = f"\0{credentials.account}\0{credentials.password}".encode()

    def receive(self, message: Message) -> Iterator[str]:
        """Process an AUTHENTICATE of the server."""
        yield from chunked(self._data) if message.param(0) == EMPTY else (ABORT,)


class ExternalLogin:
    """A login by EXTERNAL (RFC 4422): the server knows the certificate of this connection."""

    mechanism = EXTERNAL
    impostor = False

    def __init__(self, account: str) -> None:
        self._data = account.encode()

    def receive(self, message: Message) -> Iterator[str]:
        """Process an AUTHENTICATE of the server."""
        yield from chunked(self._data) if message.param(0) == EMPTY else (ABORT,)


def has_mechanism(name: str, mechanisms: str) -> bool:
    """Whether the server has the mechanism; older ones do not list them."""
    return not mechanisms or name in mechanisms.split(",")


def is_possible(mechanisms: str, secure: bool) -> bool:
    """Whether there is a mechanism that shows the password to nobody on the way."""
    wanted = (MECHANISM, PLAIN) if secure else (MECHANISM,)
    return any(has_mechanism(name, mechanisms) for name in wanted)


def login_with(credentials: Credentials, mechanisms: str, secure: bool) -> Login | None:
    """A login by the best of the server's mechanisms; None if there is none that is safe.

    `secure`: nobody on the way can read the connection. Raises UnfitPassword.
    """
    if not is_possible(mechanisms, secure):
        return None
    scram = has_mechanism(MECHANISM, mechanisms)
    return ScramLogin(credentials) if scram else PlainLogin(credentials)


def first_login(credentials: Credentials | None) -> Login | None:
    """The login with which a connection begins, before the server's mechanisms are known; None
    without credentials, or with a password that nobody can have."""
    if credentials is not None and not credentials.password:
        return ExternalLogin(credentials.account)
    try:
        return ScramLogin(credentials) if credentials is not None else None
    except UnfitPassword:
        return None

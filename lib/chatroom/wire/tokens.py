"""Tokens: long random texts by which programs and browsers use an account without its password.

A token is stored as its SHA-256 only. A slow derivation, as for passwords, would add nothing: it
makes guessing expensive, and nobody guesses 256 random bits however fast the hash is.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from chatroom.wire.names import fold

PREFIX = "chatroom_"
"""Every token begins with it, so that programs which look for leaked secrets can find it, and so
that the server can tell a token from a password."""

TOKEN_BYTES = 32
_FORM = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

API, DEVICE, HOOK = "api", "device", "hook"
"""Kinds: for programs; of a browser that stays logged in; for programs that only post to one room,
by an address."""

READ, WRITE, BOTH = "read", "write", ""
"""Scopes."""

SCOPES = {READ: "read only", WRITE: "write only", BOTH: "read and write"}
"""A scope, and its name for people."""


def token_of(secret: bytes) -> str:
    """The token with these TOKEN_BYTES random bytes."""
    return PREFIX + urlsafe_b64encode(secret).decode().rstrip("=")


def looks_like_token(text: str) -> bool:
    """Whether a text can only be a token; a password of that form would not be accepted."""
    return len(text) == len(PREFIX) + 43 and _FORM.fullmatch(text) is not None


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def is_token_name(text: str) -> bool:
    """Whether a token may have this name, which is typed in commands."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the account with the number `account`, as its owner may see it.

    `rooms`: the folded names of the rooms for which it is good; () for all that the account can do.
    `created` and `used` are UTC seconds; `used` is 0 for one that was never used, and accurate to
    ten minutes. `host`: the address that used it last. `agent`: of a browser, what it calls itself;
    of a hook, the template of its messages.
    """

    number: int
    account: int
    kind: str
    name: str
    rooms: tuple[str, ...] = ()
    scope: str = BOTH
    created: float = 0.0
    used: float = 0.0
    host: str = ""
    agent: str = ""

    @property
    def reads(self) -> bool:
        """Whether it is good for reading."""
        return self.scope != WRITE

    @property
    def writes(self) -> bool:
        """Whether it is good for everything but reading."""
        return self.scope != READ

    @property
    def is_limited(self) -> bool:
        """Whether it stands for less than its account's owner: all but browsers' tokens do, which
        were made by logging in."""
        return self.kind != DEVICE

    @property
    def is_confined(self) -> bool:
        """Whether somebody who logs in by it hears less than the account's other connections."""
        return self.is_limited and (bool(self.rooms) or self.scope != BOTH)

    def covers(self, target: str) -> bool:
        """Whether it is good for that room, by its name on the wire, or for that person."""
        return not self.rooms or fold(target) in self.rooms

    def snapshot(self) -> list[Any]:
        """The token as plain values."""
        return [self.number, self.account, self.kind, self.name, list(self.rooms), self.scope,
                self.created, self.used, self.host, self.agent]  # fmt: skip

    def covers_all(self, targets: Collection[str]) -> bool:
        """Whether it is good for all of these rooms and people."""
        return not self.rooms or all(map(self.covers, targets))


def restored_token(values: Sequence[Any]) -> Token:
    """The token of which `Token.snapshot` has returned these values."""
    number, account, kind, name, rooms, *more = values
    return Token(number, account, kind, name, tuple(rooms), *more)

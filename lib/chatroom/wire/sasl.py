"""SASL as IRC carries it (IRCv3 sasl-3.1 and sasl-3.2), sans-I/O.

    AUTHENTICATE PLAIN          client: the mechanism
    AUTHENTICATE +              server: an empty challenge
    AUTHENTICATE <base64>       either: a message in chunks of 400 bytes
    AUTHENTICATE *              client: abort

`Chunks` puts a message together, `chunked` takes one apart. `plain_response` and
`external_response` read the only message of their mechanisms; SCRAM is in `scram.py`.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import NamedTuple

from chatroom.wire.precis import Disallowed, opaque_string

CHUNK = 400
"""Bytes of Base64 in one AUTHENTICATE. A shorter one is the last of its message."""

MOST_CHUNKS = 5
"""Chunks of one message: 1,500 bytes of data. The longest name three times and the longest password
are less than half of it."""

EMPTY = "+"
ABORT = "*"

LONGEST_PASSWORD = 300
"""Bytes (draft/account-registration, "Server considerations": it has to fit into a message to a
service, too)."""

SHORTEST_PASSWORD = 8
"""Characters (NIST SP 800-63B, 5.1.1.2)."""


class SaslError(Exception):
    """The peer's message breaks the rules of SASL or of its mechanism. `str()` gives the reason,
    and nothing of what the message contains."""


class SaslTooLong(SaslError):
    """A chunk, or a message, is too long: 905."""


class Chunks:
    """Puts the message of a peer together from the parameters of its AUTHENTICATE lines."""

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: list[str] = []

    def add(self, chunk: str) -> bytes | None:
        """Add one parameter. Returns the message if this was its last chunk, else None.

        Raises SaslTooLong, and SaslError if the message is not Base64.
        """
        if len(chunk) > CHUNK or len(self._chunks) >= MOST_CHUNKS:
            raise SaslTooLong("the message is too long")
        if chunk != EMPTY:
            self._chunks.append(chunk)
            if len(chunk) == CHUNK:
                return None
        text, self._chunks = "".join(self._chunks), []
        return decoded(text)

    def snapshot(self) -> list[str]:
        """The chunks so far."""
        return list(self._chunks)

    def restore(self, chunks: Iterable[str]) -> None:
        """Go on behind these chunks."""
        self._chunks = list(chunks)


def decoded(text: str) -> bytes:
    """Decode Base64, strictly. Raises SaslError."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise SaslError("the message is not Base64") from None


def encoded(data: bytes) -> str:
    """Base64 as text."""
    return base64.b64encode(data).decode("ascii")


def chunked(data: bytes) -> list[str]:
    """The parameters of the AUTHENTICATE lines that carry a message."""
    text = encoded(data)
    chunks = [text[begin : begin + CHUNK] for begin in range(0, len(text), CHUNK)]
    if not chunks or len(chunks[-1]) == CHUNK:
        chunks.append(EMPTY)
    return chunks


class Credentials(NamedTuple):
    """The account that somebody claims to have, and the proof. `acting_as` is the account that they
    want to use; "" means their own."""

    acting_as: str
    account: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(...)"  # never in a log or a traceback


def plain_response(message: bytes) -> Credentials:
    """Read the message of PLAIN (RFC 4616): `[authzid] NUL authcid NUL password`.

    Raises SaslError.
    """
    parts = message.split(b"\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise SaslError("the message needs an account and a password")
    try:
        acting_as, account, password = (part.decode() for part in parts)
    except UnicodeDecodeError:
        raise SaslError("the message is not UTF-8") from None
    return Credentials(acting_as, account, password)


def external_response(message: bytes) -> str:
    """Read the message of EXTERNAL (RFC 4422, Appendix A): the account, or "" for whichever the
    certificate belongs to. Raises SaslError."""
    try:
        account = message.decode()
    except UnicodeDecodeError:
        raise SaslError("the message is not UTF-8") from None
    if "\0" in account:
        raise SaslError("the message contains a NUL")
    return account


class UnfitPassword(Exception):
    """A password that nobody can have. `str()` gives the reason, and nothing of the password."""


def prepared(password: str) -> bytes:
    """The bytes of a password from which keys are derived: those of the same password, however it
    was typed (RFC 8265 section 4, OpaqueString). Raises UnfitPassword.

    RFC 5802 names the older SASLprep, which has none of the characters that came after Unicode 3.2.
    Most clients prepare nothing at all, and OpaqueString changes the least of what people type.
    """
    if len(password.encode(errors="replace")) > LONGEST_PASSWORD:
        raise UnfitPassword(f"it is longer than {LONGEST_PASSWORD} bytes")
    try:
        return opaque_string(password).encode()
    except Disallowed:
        why = "it contains characters that no password can have" if password else "it is empty"
        raise UnfitPassword(why) from None

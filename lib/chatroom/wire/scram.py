"""SCRAM-SHA-256 (RFC 5802, RFC 7677), sans-I/O: a login that does not tell the password.

    client  n,,n=alice,r=NONCE                 `ClientFirst`
    server  r=NONCE+ITS,s=SALT,i=ROUNDS        `ServerExchange.challenge`
    client  c=biws,r=NONCE+ITS,p=PROOF         `ServerExchange.finish` checks it
    server  v=SIGNATURE                        and proves that the server knew the keys

The server keeps `Keys`, from which nobody can log in, and which verify a password as well. There is
no channel binding: TLS 1.3 has none that Python could offer.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from chatroom.wire.sasl import SaslError, decoded, encoded

MECHANISM = "SCRAM-SHA-256"

ROUNDS = 600_000
"""Of PBKDF2 with SHA-256 (OWASP's figure of 2023)."""

SALT_BYTES = 16
NONCE_BYTES = 18
"""Bytes of randomness in our nonce; as Base64, 24 characters."""

_KEY_BYTES = 32
_NONCE = re.compile(r"[!-+\--~]{1,256}")
"""Printable ASCII without the comma (RFC 5802 section 7)."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys that the server stores instead of a password (RFC 5802 section 3)."""

    salt: bytes
    rounds: int
    stored: bytes
    server: bytes

    @property
    def text(self) -> str:
        """The keys as one word, without commas: `SCRAM-SHA-256$600000:SALT$STORED:SERVER`."""
        salt, stored, server = map(encoded, (self.salt, self.stored, self.server))
        return f"{MECHANISM}${self.rounds}:{salt}${stored}:{server}"

    def accept(self, password: bytes) -> bool:
        """Whether they were derived from this `prepared` password. It takes as long as `derive`."""
        return hmac.compare_digest(derive(password, self.salt, self.rounds).stored, self.stored)


def keys_from_text(text: str) -> Keys:
    """The keys of which this is the `text`. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("not a password's hash")
    rounds, salt, stored, server = found.groups()
    try:
        parts = [decoded(part) for part in (salt, stored, server)]
    except SaslError:
        raise ValueError("not a password's hash") from None
    if len(parts[1]) != _KEY_BYTES or len(parts[2]) != _KEY_BYTES:
        raise ValueError("not a password's hash")
    return Keys(parts[0], int(rounds), parts[1], parts[2])


_BASE64 = "([A-Za-z0-9+/]{4,64}={0,2})"
_TEXT = re.compile(rf"{MECHANISM}\$([1-9][0-9]{{0,6}}):{_BASE64}\${_BASE64}:{_BASE64}")


def derive(password: bytes, salt: bytes, rounds: int) -> Keys:
    """Derive the keys of a `prepared` password: a fifth of a second of the processor for ROUNDS."""
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, rounds)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    return Keys(salt, rounds, stored, _hmac(salted, b"Server Key"))


def decoy(secret: bytes, name: str, rounds: int) -> Keys:
    """Keys that match no password, for a name without an account: always the same keys, so that the
    challenge does not reveal that the account does not exist. `name` is folded."""
    salt, stored, server = (
        _hmac(secret, f"{part} of {name}".encode()) for part in ("salt", "key", "server key")
    )
    return Keys(salt[:SALT_BYTES], rounds, stored, server)


def decoy_rounds(secret: bytes, name: str, accounts: Mapping[int, int], today: int) -> int:
    """The rounds of a decoy, which must not tell it from an account.

    `accounts` says how many accounts have which rounds; new passwords get `today`'s. Of the names
    without an account, the same share has each figure. Where the share of an old one shrinks
    because people change their passwords, some names change to the new one as well, and never back.
    """
    place = int.from_bytes(_hmac(secret, f"rounds of {name}".encode())[:8]) / 2**64
    place *= sum(accounts.values())
    for rounds in sorted(accounts, key=lambda each: (each == today, each)):
        place -= accounts[rounds]
        if place < 0:
            return rounds
    return today


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """The client's first message: who wants to log in, as whom ("" for themselves), its nonce, and
    the two parts of the message that are signed later."""

    account: str
    acting_as: str
    nonce: str
    header: str
    bare: str


def client_first(message: bytes) -> ClientFirst:
    """Read the client's first message (RFC 5802 section 7). Raises SaslError.

    `y` says that the client could have bound the channel and saw no offer of ours, which is true.
    """
    flag, *rest = _text(message).split(",", 2)
    if flag.startswith("p="):
        raise SaslError("channel binding is not supported")
    if flag not in ("n", "y") or len(rest) != 2:
        raise SaslError("the message is not SCRAM")
    acting_as, bare = rest
    if acting_as and not acting_as.startswith("a="):
        raise SaslError("the message is not SCRAM")
    fields = bare.split(",")
    if len(fields) < 2 or not (fields[0].startswith("n=") and fields[1].startswith("r=")):
        raise SaslError("the message is not SCRAM, or needs an unknown extension")
    account, nonce = _name(fields[0][2:]), fields[1][2:]
    if not account or not _NONCE.fullmatch(nonce):
        raise SaslError("the message needs an account and a nonce")
    return ClientFirst(account, _name(acting_as[2:]), nonce, f"{flag},{acting_as},", bare)


def _text(message: bytes) -> str:
    try:
        text = message.decode()
    except UnicodeDecodeError:
        raise SaslError("the message is not UTF-8") from None
    if "\0" in text:
        raise SaslError("the message contains a NUL")
    return text


def _name(text: str) -> str:
    """A name without its escapes. Raises SaslError for an `=` that escapes nothing."""
    name = text.replace("=2C", ",").replace("=3D", "\0")
    if "=" in name:
        raise SaslError("the name is not escaped as SCRAM requires")
    return name.replace("\0", "=")


class ServerExchange:
    """The server's side of one login. `nonce` is fresh and random."""

    __slots__ = ("_challenge", "_first", "_keys", "_nonce")

    def __init__(self, first: ClientFirst, keys: Keys, nonce: str) -> None:
        self._first = first
        self._keys = keys
        self._nonce = first.nonce + nonce
        self._challenge = f"r={self._nonce},s={encoded(keys.salt)},i={keys.rounds}"

    @property
    def keys(self) -> Keys:
        """The keys that the client has to know."""
        return self._keys

    @property
    def challenge(self) -> bytes:
        """The server's first message."""
        return self._challenge.encode()

    def snapshot(self) -> dict[str, Any]:
        """The exchange as plain values, which are as secret as the keys."""
        nonce = self._nonce.removeprefix(self._first.nonce)
        return {"first": list(astuple(self._first)), "keys": self._keys.text, "nonce": nonce}

    def finish(self, message: bytes) -> bytes | None:
        """Check the client's last message. Returns the server's, or None for a wrong password.

        Raises SaslError for a message that no client sends.
        """
        unsigned, comma, proof = _text(message).rpartition(",p=")
        fields = unsigned.split(",")
        if not comma or len(fields) < 2 or fields[0] != f"c={encoded(self._first.header.encode())}":
            raise SaslError("the message is not the second one of this login")
        if not hmac.compare_digest(fields[1].encode(), f"r={self._nonce}".encode()):
            raise SaslError("the message is not the second one of this login")
        signed = f"{self._first.bare},{self._challenge},{unsigned}".encode()
        proven = decoded(proof)
        if len(proven) != _KEY_BYTES:
            raise SaslError("the proof has the wrong length")
        key = _xor(proven, _hmac(self._keys.stored, signed))
        if not hmac.compare_digest(hashlib.sha256(key).digest(), self._keys.stored):
            return None
        return f"v={encoded(_hmac(self._keys.server, signed))}".encode()


def restored_exchange(values: Mapping[str, Any]) -> ServerExchange:
    """The exchange of which `snapshot` has returned these values."""
    first = ClientFirst(*values["first"])
    return ServerExchange(first, keys_from_text(values["keys"]), values["nonce"])


MOST_ROUNDS = 2_000_000
"""Rounds that a client carries out for a server, which might ask for centuries of them."""


class ClientExchange:
    """The client's side of one login. `nonce` is fresh and random, `password` is `prepared`."""

    __slots__ = ("_bare", "_nonce", "_password", "_signature")

    def __init__(self, account: str, password: bytes, nonce: str) -> None:
        name = account.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={nonce}"
        self._nonce = nonce
        self._password = password
        self._signature = b""

    @property
    def first(self) -> bytes:
        """The client's first message."""
        return f"n,,{self._bare}".encode()

    def answer(self, challenge: bytes) -> bytes:
        """The client's last message. It takes a fifth of a second for ROUNDS. Raises SaslError."""
        text = _text(challenge)
        fields = text.split(",")
        if [field[:2] for field in fields[:3]] != ["r=", "s=", "i="]:
            raise SaslError("the server's message is not SCRAM")
        nonce, salt, rounds = (field[2:] for field in fields[:3])
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise SaslError("the server's message is of another login")
        number = int(rounds) if rounds.isascii() and rounds.isdigit() and len(rounds) < 9 else 0
        if not 0 < number <= MOST_ROUNDS:
            raise SaslError("the server asks for too much work")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, decoded(salt), number)
        key = _hmac(salted, b"Client Key")
        unsigned = f"c=biws,r={nonce}"
        signed = f"{self._bare},{text},{unsigned}".encode()
        proof = _xor(key, _hmac(hashlib.sha256(key).digest(), signed))
        self._signature = _hmac(_hmac(salted, b"Server Key"), signed)
        return f"{unsigned},p={encoded(proof)}".encode()

    def accepts(self, message: bytes) -> bool:
        """Whether the server's last message proves that it knows the account's keys."""
        expected = f"v={encoded(self._signature)}".encode()
        return bool(self._signature) and hmac.compare_digest(message, expected)

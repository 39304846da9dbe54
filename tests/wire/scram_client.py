"""A client of SCRAM-SHA-256, written from RFC 5802 alone: it shares no code with ours."""

import base64
import hashlib
import hmac
from typing import NamedTuple


class Answer(NamedTuple):
    """The client's last message, and what the server's last one has to be."""

    message: bytes
    verifier: bytes


def first(account: str, nonce: str, header: str = "n,,") -> bytes:
    escaped = account.replace("=", "=3D").replace(",", "=2C")
    return f"{header}n={escaped},r={nonce}".encode()


def answer(first_message: bytes, challenge: bytes, password: bytes) -> Answer:
    """What a client says to the server's challenge."""
    header_parts = first_message.split(b",")[:2]
    header = b",".join(header_parts) + b","
    bare = first_message[len(header) :]
    fields = dict(field.split(b"=", 1) for field in challenge.split(b","))
    salt, rounds = base64.b64decode(fields[b"s"]), int(fields[b"i"])
    salted = _hi(password, salt, rounds)
    client_key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    unsigned = b"c=" + base64.b64encode(header) + b",r=" + fields[b"r"]
    signed = b",".join([bare, challenge, unsigned])
    stored = hashlib.new("sha256", client_key).digest()
    signature = hmac.new(stored, signed, hashlib.sha256).digest()
    number = int.from_bytes(client_key, "big") ^ int.from_bytes(signature, "big")
    proof = base64.b64encode(number.to_bytes(32, "big"))
    server_key = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    verifier = base64.b64encode(hmac.new(server_key, signed, hashlib.sha256).digest())
    return Answer(unsigned + b",p=" + proof, b"v=" + verifier)


def _hi(password: bytes, salt: bytes, rounds: int) -> bytes:
    """RFC 5802 section 2.2, word for word."""
    last = hmac.new(password, salt + b"\0\0\0\1", hashlib.sha256).digest()
    result = int.from_bytes(last, "big")
    for _ in range(rounds - 1):
        last = hmac.new(password, last, hashlib.sha256).digest()
        result ^= int.from_bytes(last, "big")
    return result.to_bytes(32, "big")

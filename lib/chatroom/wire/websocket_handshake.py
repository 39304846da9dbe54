"""The opening handshake of a WebSocket, sans I/O (RFC 6455 section 4.2, IRCv3 websocket).

Whether the page may connect at all (Host, Origin) is not decided here.
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import NamedTuple

from chatroom.wire.websocket import BINARY, TEXT

SUBPROTOCOLS = {"text.ircv3.net": TEXT, "binary.ircv3.net": BINARY}
"""Subprotocol -> the kind of messages that both sides send."""

VERSION = "13"
_KEY_BYTES = 16
_TO_UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}  # RFC 9110 section 7.8
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class NoWebSocket(Exception):
    """The request does not open a WebSocket that we could speak. `str()` says why, for people.

    `status` and `headers` are those of the response.
    """

    def __init__(self, status: int, why: str, **headers: str) -> None:
        super().__init__(why)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Handshake(NamedTuple):
    """What was agreed on. `headers` are those of the response, whose status is 101.

    `subprotocol` is "" if the client asked for none that we know. Then we send text messages, and
    accept both kinds, for clients that are older than the specification.
    """

    subprotocol: str
    headers: dict[str, str]

    @property
    def opcode(self) -> int:
        """The kind of messages that we send: TEXT or BINARY."""
        return SUBPROTOCOLS.get(self.subprotocol, TEXT)

    @property
    def accepted(self) -> tuple[int, ...]:
        """The kinds of messages that the client may send."""
        return (self.opcode,) if self.subprotocol else (TEXT, BINARY)


def shake_hands(upgrade: str, headers: Mapping[str, str]) -> Handshake:
    """Answer a GET request. Raises NoWebSocket.

    `upgrade` is the protocol that the request offers by its headers Connection and Upgrade.
    `headers` have names in lower case; values of one that occurs twice are joined by a comma. No
    extension is accepted: compressed frames would differ from member to member.
    """
    if upgrade != "websocket":
        raise NoWebSocket(426, "This address is for WebSockets", **_TO_UPGRADE)
    if headers.get("sec-websocket-version", "").strip() != VERSION:
        why = f"Only version {VERSION} of the WebSocket protocol is spoken here"
        raise NoWebSocket(426, why, **_TO_UPGRADE, Sec_WebSocket_Version=VERSION)
    key = headers.get("sec-websocket-key", "").strip()
    if not _is_key(key):
        raise NoWebSocket(400, "The header Sec-WebSocket-Key is missing or invalid")
    wanted = headers.get("sec-websocket-protocol", "")
    offered = (word.strip() for word in wanted.split(","))
    chosen = next((word for word in offered if word in SUBPROTOCOLS), "")
    proof = b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    answer = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": proof.decode(),
    }
    if chosen:
        answer["Sec-WebSocket-Protocol"] = chosen
    return Handshake(chosen, answer)


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False

"""TLS, spoilt on its way to the server: nothing gets in that the client did not send.

Somebody in between can end the connection, and no more. Whatever comes, the answer is short.
"""

import struct
from random import Random

from chatroom.net.tls import TlsError, TlsLayer
from fuzzing.inputs import pieces, showing, spoilt
from tls_ends import ends

SAID = b"NICK al\r\nUSER al 0 * :al\r\n"
MOST_ANSWERED = 16_384
"""Bytes of an answer to a handshake: a certificate and some alerts."""

FLIGHTS = 3
"""Of the client: two for the handshake, and then it speaks."""

WORDS = (b"\x16\x03\x01", b"\x17\x03\x03", b"\x15\x03\x03\x00\x02\x02\x28", b"\x14\x03\x03\0\1\1",
         b"\xff\xff", b"\0\0", b"\x18\x03\x03\x00\x03\x01\x40\x00")  # fmt: skip


def once(random: Random) -> None:
    """A handshake, and a few lines in it, of which one flight is spoilt; or records of anything."""
    if random.random() < 0.3:
        data = _records(random)
        with showing(data):
            assert _heard(TlsServer(ends()[1], random), data) == b""
        return
    client, server = ends()
    there = TlsServer(server, random)
    spoil_at = random.randrange(FLIGHTS + 1)
    client.feed(b"")
    heard = b""
    for flight in range(FLIGHTS):
        if client.established and flight:
            client.write(SAID)
        sent = client.take()
        with showing((flight, sent)):
            heard += _heard(there, spoilt(random, sent, WORDS) if flight == spoil_at else sent)
            assert SAID.startswith(heard) or heard == SAID * (len(heard) // len(SAID))
        if there.failed or not _answered(client, there):
            return
    assert heard or spoil_at < FLIGHTS


def _records(random: Random) -> bytes:
    """Records whose headers are mostly right."""
    parts = []
    for _ in range(random.randrange(1, 6)):
        body = random.randbytes(random.choice((0, 1, 40, 300)))
        size = random.choice((len(body), len(body), 0, 16_384, 16_641, 65_535))
        kind = random.choice((20, 21, 22, 22, 22, 23, 24, random.randrange(256)))
        version = random.choice((0x0301, 0x0303, 0x0304, 0x0200))
        parts.append(struct.pack("!BHH", kind, version, size) + body)
    return b"".join(parts)


class TlsServer:
    """The server's end. `failed`: it has had enough."""

    def __init__(self, layer: TlsLayer, random: Random) -> None:
        self.layer = layer
        self.random = random
        self.failed = False


def _heard(there: TlsServer, data: bytes) -> bytes:
    """The plaintext of what arrives, in pieces."""
    heard = b""
    for piece in pieces(there.random, data):
        try:
            heard += there.layer.feed(piece)
        except TlsError as error:
            assert str(error)
            there.failed = True
            return heard + error.plaintext
    return heard


def _answered(client: TlsLayer, there: TlsServer) -> bool:
    """Give the server's answer to the client; whether it goes on."""
    answer = there.layer.take()
    assert len(answer) <= MOST_ANSWERED
    try:
        client.feed(answer)
    except TlsError:
        return False
    return True

"""The header of the PROXY protocol, spoilt: it is read alike however it is cut, or refused."""

import struct
from ipaddress import ip_address
from random import Random

from chatroom.net.proxy_header import LONGEST, BadHeader, NoAddress, Passed, read_header
from fuzzing.inputs import showing, spoilt

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
BODIES = (bytes(12), bytes(range(36)), bytes(216), b"", bytes(12) + b"\4\0\3abc")
WORDS = (b"PROXY ", b" TCP4 ", b" TCP6 ", b"UNKNOWN", b"\r\n", b"::1", b"::ffff:1.2.3.4", b"%eth0",
         b"\xd9\xb1.2.3.4", b"999", SIGNATURE)  # fmt: skip


def once(random: Random) -> None:
    """A header, good or spoilt, with more behind it."""
    head = random.choice((_version_1, _version_2))(random)
    data = (spoilt(random, head, WORDS) if random.random() < 0.8 else head) + b"NICK al\r\n"
    with showing(data):
        whole = _read(data)
        if isinstance(whole, Passed):
            assert data.endswith(whole.rest)
            assert len(data) - len(whole.rest) <= LONGEST
            assert not whole.host or ip_address(whole.host)
            assert not whole.host.startswith(":")
        _read_in_pieces(data, whole)


def _version_1(random: Random) -> bytes:
    family, one = random.choice((("TCP4", "192.0.2.7"), ("TCP6", "2001:db8::7"), ("UNKNOWN", "")))
    return f"PROXY {family} {one} {one} {random.randrange(70_000)} 8080\r\n".encode()


def _version_2(random: Random) -> bytes:
    body = random.choice(BODIES)
    command = random.choice((0x20, 0x21, 0x21, random.randrange(256)))
    family = random.choice((0x11, 0x21, 0x31, 0, random.randrange(256)))
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def _read(data: bytes) -> Passed | str | None:
    try:
        return read_header(data)
    except (BadHeader, NoAddress) as error:
        return type(error).__name__


def _read_in_pieces(data: bytes, whole: Passed | str | None) -> None:
    """The first answer that is given stays the same, whatever follows."""
    for end in range(len(data) + 1):
        found = _read(data[:end])
        if isinstance(found, Passed):
            assert isinstance(whole, Passed)
            assert (found.host, found.rest) == (whole.host, data[end - len(found.rest) : end])
            return
        if found is not None:
            assert found == whole
            return
    assert whole is None

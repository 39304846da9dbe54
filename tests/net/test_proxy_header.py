"""The PROXY protocol, versions 1 and 2: whole, in pieces, and broken."""

import struct

import pytest

from chatroom.net.proxy_header import BadHeader, NoAddress, Passed, read_header

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IPV4 = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + struct.pack("!HH", 50000, 8080)
IPV6 = bytes.fromhex("20010db8" + "0" * 23 + "7") + bytes(16) + struct.pack("!HH", 50000, 8080)
MAPPED = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 7]) + bytes(20)


def version_2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


HEADERS = [
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 8080\r\n", "192.0.2.7"),
    (b"PROXY TCP6 2001:DB8::7 2001:db8::1 50000 8080\r\n", "2001:db8::7"),
    (b"PROXY TCP6 ::1 ::1 50000 8080\r\n", "0::1"),
    (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 50000 8080\r\n", "192.0.2.7"),
    (version_2(0x21, 0x11, IPV4), "192.0.2.7"),
    (version_2(0x21, 0x11, IPV4 + b"\x04\0\3abc"), "192.0.2.7"),  # with more said behind
    (version_2(0x21, 0x21, IPV6), "2001:db8::7"),
    (version_2(0x21, 0x21, MAPPED), "192.0.2.7"),
    (version_2(0x20, 0x11, IPV4), ""),  # the proxy itself asks whether we are there
]


@pytest.mark.parametrize(("header", "host"), HEADERS)
def test_whole_and_in_pieces(header: bytes, host: str) -> None:
    assert read_header(header + b"NICK al\r\n") == Passed(host, b"NICK al\r\n")
    for end in range(1, len(header)):
        assert read_header(header[:end]) is None


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 ffff::1 1 2\r\n",
        version_2(0x21, 0x00, b""),
        version_2(0x21, 0x12, IPV4),  # UDP
        version_2(0x21, 0x31, bytes(216)),  # a unix socket
    ],
)
def test_somebody_without_an_address(header: bytes) -> None:
    """Is not the proxy itself, for which no limits count."""
    assert read_header(header[:-1]) is None
    with pytest.raises(NoAddress):
        read_header(header + b"NICK al\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"NICK al\r\n",
        b"\x16\x03\x01",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 50000\r\n",
        b"PROXY TCP4 192.0.2.777 198.51.100.1 50000 8080\r\n",
        b"PROXY UDP4 192.0.2.7 198.51.100.1 50000 8080\r\n",
        b"PROXY TCP4 \xff 198.51.100.1 50000 8080\r\n",
        b"PROXY " + b"x" * 102,
        version_2(0x31, 0x11, IPV4),
        version_2(0x22, 0x11, IPV4),
        version_2(0x21, 0x11, IPV4[:11]),
        version_2(0x21, 0x11, bytes(1009)),
    ],
)
def test_what_is_no_header(data: bytes) -> None:
    with pytest.raises(BadHeader):
        read_header(data)


def test_the_longest_header_in_pieces() -> None:
    """Its LF may come by itself, behind 106 bytes."""
    header = b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n"
    assert len(header) == 107
    assert read_header(header[:-1]) is None
    with pytest.raises(NoAddress):
        read_header(header)
    for end in (-2, -1):
        with pytest.raises(BadHeader):
            read_header(header[:end] + b"ff")

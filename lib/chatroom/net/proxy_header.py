"""The header with which a proxy says whose connection it passes on (PROXY protocol, versions 1 and
2), sans-I/O: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

import struct
from typing import NamedTuple

from chatroom.net.addresses import written_host

LONGEST = 1024
"""Bytes. Version 1 has at most 107; version 2 may say more than the address."""

_LONGEST_V1 = 107
_V1 = b"PROXY "
_V2 = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = 16
_LOCAL, _PROXY = 0x20, 0x21
_SIZES = {0x11: 4, 0x21: 16}
"""Version 2: TCP over IPv4 and IPv6, and the bytes of an address."""


class BadHeader(Exception):
    """This is no header, or a broken one."""


class NoAddress(Exception):
    """The proxy passes somebody on, and does not say from which address; or it only looks whether
    the server is there, as HAProxy does with version 1. `rest` are the bytes after the header."""

    def __init__(self, rest: bytes) -> None:
        super().__init__()
        self.rest = rest


class Passed(NamedTuple):
    """Whose connection it is, as `peer_host` has it; "" if the proxy speaks for itself. `rest` are
    the bytes after the header."""

    host: str
    rest: bytes


def read_header(data: bytes) -> Passed | None:
    """Read the header at the beginning of a connection; None if more has to come. Raises
    BadHeader and NoAddress."""
    if data[: len(_V2)] == _V2[: len(data)]:
        return _version_2(data)
    if data[: len(_V1)] == _V1[: len(data)]:
        return _version_1(data)
    raise BadHeader


def _version_1(data: bytes) -> Passed | None:
    """`PROXY TCP4 192.0.2.7 198.51.100.1 50000 8080`, CR LF."""
    line, end, rest = data.partition(b"\r\n")
    if (len(line) + 2 if end else len(data) + 1) > _LONGEST_V1:  # the LF may be all that is missing
        raise BadHeader
    if not end:
        return None
    words = line.split(b" ")
    if words[1:2] == [b"UNKNOWN"]:
        raise NoAddress(rest)
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        raise BadHeader
    return Passed(_host(words[2].decode("ascii", "replace")), rest)


def _version_2(data: bytes) -> Passed | None:
    if len(data) < _FIXED:
        return None
    command, family, size = struct.unpack("!BBH", data[len(_V2) : _FIXED])
    if command not in (_LOCAL, _PROXY) or _FIXED + size > LONGEST:
        raise BadHeader
    if len(data) < _FIXED + size:
        return None
    body, rest = data[_FIXED : _FIXED + size], data[_FIXED + size :]
    if command == _LOCAL:
        return Passed("", rest)
    length = _SIZES.get(family, 0)
    if not length:
        raise NoAddress(rest)
    if size < 2 * length + 4:
        raise BadHeader
    return Passed(_host(body[:length]), rest)


def _host(address: str | bytes) -> str:
    try:
        return written_host(address)
    except ValueError:
        raise BadHeader from None

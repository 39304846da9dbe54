"""What the records of a service say (DNS-SD, RFC 6763). Sans I/O.

_irc._tcp.local                PTR   Chatroom on alpha._irc._tcp.local     who offers IRC?
Chatroom on alpha._irc...      SRV   alpha.local, port 8080                where?
Chatroom on alpha._irc...      TXT   fp=..., network=...                   what more is there?
alpha.local                    A     192.0.2.7                             which address?
"""

import ipaddress
import struct
from collections.abc import Iterable
from typing import NamedTuple

from chatroom.wire.mdns.packet import AAAA, A, BadPacket, Name, read_name, written

IRC, IRCS, HTTP = "_irc._tcp", "_ircs._tcp", "_http._tcp"
"""The types of our services, as they are registered with IANA."""

LOCAL = b"local"
ALL_TYPES: Name = (b"_services", b"_dns-sd", b"_udp", LOCAL)
"""A query for this asks which types of services exist (RFC 6763 section 9)."""

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST_LABEL = 63
_LONGEST_TXT_VALUE = 255


class OwnService(NamedTuple):
    """A service that this machine offers. `txt`: more about it, as keys and values."""

    type: str
    port: int
    txt: tuple[tuple[str, str], ...] = ()


def type_name(kind: str) -> Name:
    """`_irc._tcp` as a name."""
    return (*(part.encode() for part in kind.split(".")), LOCAL)


def label(text: str, end: str = "") -> bytes:
    """`text` and `end` as one label: text is cut where it would be too long, but not `end`, and not
    within a character."""
    room = _LONGEST_LABEL - len(end.encode())
    return text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").encode() + end.encode()


def srv_data(port: int, host: Name) -> bytes:
    """The data of an SRV record (RFC 2782); priority and weight are 0."""
    return struct.pack("!3H", 0, 0, port) + written(host)


def read_srv(data: bytes) -> tuple[int, Name]:
    """The port and the host of an SRV record. Raises BadPacket."""
    if len(data) < 7:
        raise BadPacket("an SRV record without a host")
    return int.from_bytes(data[4:6], "big"), read_name(data[6:])


def txt_data(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The data of a TXT record: `key=value` each, in order (RFC 6763 section 6). There is at least
    one string, even if it is empty."""
    strings = [f"{key}={value}".encode()[:_LONGEST_TXT_VALUE] for key, value in pairs]
    return b"".join(bytes((len(each),)) + each for each in strings or [b""])


def read_txt(data: bytes) -> dict[str, str]:
    """The keys and values of a TXT record; what is no such pair is ignored. The first value of a
    key counts (RFC 6763 section 6.4)."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        length = data[at]
        key, _, value = data[at + 1 : at + 1 + length].partition(b"=")
        if key:
            found.setdefault(
                key.decode("ascii", "replace").lower(), value.decode("utf-8", "replace")
            )
        at += length + 1
    return found


def address_type(ip: Ip) -> int:
    """The type of the record that contains this address."""
    return A if ip.version == 4 else AAAA


def read_address(kind: int, data: bytes) -> Ip:
    """The address in an A or AAAA record. Raises BadPacket."""
    if len(data) != (4 if kind == A else 16):
        raise BadPacket("an address of the wrong size")
    return ipaddress.ip_address(data)

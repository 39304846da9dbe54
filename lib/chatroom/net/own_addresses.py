"""The addresses of this machine, as far as the system says without asking a name server."""

import fcntl
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SIOCGIFADDR = 0x8915  # of linux/sockios.h: the IPv4 address of an interface (netdevice(7))
_ADDRESS_IN_IFREQ = slice(20, 24)
_IPV6_OF_LINUX = Path("/proc/net/if_inet6")

_ELSEWHERE = (
    (socket.AF_INET, "192.0.2.1"),  # addresses for documentation (RFC 5737, RFC 3849)
    (socket.AF_INET6, "2001:db8::1"),
)


def own_addresses() -> list[str]:
    """Each address once, loopback first. Link-local IPv6 addresses are left out: they mean nothing
    without an interface."""
    found = dict.fromkeys(("127.0.0.1", "::1"))
    for address in (*_from_which_we_speak(), *_of_interfaces()):
        if not ipaddress.ip_address(address).is_link_local:
            found[address] = None
    return list(found)


def _from_which_we_speak() -> Iterator[str]:
    """The source addresses of packets to other networks. None is sent: this is UDP."""
    for family, elsewhere in _ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((elsewhere, 9))
            yield str(sock.getsockname()[0])


def _of_interfaces() -> Iterator[str]:
    if sys.platform != "linux":
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            with suppress(OSError):  # an interface without IPv4
                answer = fcntl.ioctl(sock.fileno(), _SIOCGIFADDR, request)
                yield socket.inet_ntoa(answer[_ADDRESS_IN_IFREQ])
    with suppress(OSError):  # no IPv6
        for line in _IPV6_OF_LINUX.read_text(encoding="ascii").splitlines():
            yield str(ipaddress.IPv6Address(bytes.fromhex(line[:32])))

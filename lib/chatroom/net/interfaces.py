"""The network interfaces of this machine, with their addresses and networks.

Linux tells them by netlink (rtnetlink(7)): that gives all addresses with the sizes of their
networks, and needs neither other programs nor /sys, which containers may lack. Elsewhere there is
one interface, the system's choice, with the addresses from which we speak.
"""

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from chatroom.net.own_addresses import own_addresses

Network = ipaddress.IPv4Interface | ipaddress.IPv6Interface

_GET_LINKS, _GET_ADDRESSES = 18, 22  # RTM_GETLINK, RTM_GETADDR
_NEW_LINK, _NEW_ADDRESS, _DONE, _ERROR = 16, 20, 3, 2
_ASK_FOR_ALL = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_HEAD = struct.Struct("=IHHII")  # length, type, flags, number, process
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_LINK = struct.Struct("=BxHiII")  # family, device's type, index, flags, change (ifinfomsg)
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix, flags, scope, index (ifaddrmsg)
_NAME, _MASTER = 3, 10  # attributes of a link: IFLA_IFNAME, IFLA_MASTER
_PEER, _LOCAL = 1, 2  # attributes of an address: IFA_ADDRESS, IFA_LOCAL
_UP, _LOOPBACK, _POINT_TO_POINT, _RUNNING, _MULTICAST = 0x1, 0x8, 0x10, 0x40, 0x1000
_TENTATIVE = 0x40  # IPv6 still asks whether another machine has the address (RFC 4862)
_FAMILIES = {int(socket.AF_INET), int(socket.AF_INET6)}
_SECONDS = 1.0


class Interface(NamedTuple):
    """An interface to a network with other machines. `number` is its index; 0: the system's
    choice."""

    number: int
    name: str
    networks: tuple[Network, ...]

    @property
    def families(self) -> set[int]:
        """The address families that it speaks."""
        return {socket.AF_INET if each.version == 4 else socket.AF_INET6 for each in self.networks}


def lan_interfaces() -> list[Interface]:
    """The interfaces that are up, have an address, and reach many machines at once (multicast): not
    loopback, not tunnels, and no parts of a bridge or bond, which has the address itself."""
    if sys.platform != "linux":
        return _without_netlink()
    try:
        return list(_by_netlink())
    except OSError:  # a sandbox without netlink
        return _without_netlink()


def _without_netlink() -> list[Interface]:
    networks = tuple(
        ipaddress.ip_interface(f"{each}/{64 if ':' in each else 24}")
        for each in own_addresses()
        if not ipaddress.ip_address(each).is_loopback
    )
    return [Interface(0, "", networks)] if networks else []


def _by_netlink() -> Iterator[Interface]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_SECONDS)
        names = {
            index: name for data in _ask(sock, _GET_LINKS) for index, name in _usable_link(data)
        }
        networks: dict[int, list[Network]] = {}
        for data in _ask(sock, _GET_ADDRESSES):
            for index, network in _address(data):
                networks.setdefault(index, []).append(network)
    for index, name in names.items():
        if index in networks:
            yield Interface(index, name, tuple(networks[index]))


def _ask(sock: socket.socket, question: int) -> Iterator[bytes]:
    """The bodies of the answers. Raises OSError."""
    body = bytes(_LINK.size)
    sock.send(_HEAD.pack(_HEAD.size + len(body), question, _ASK_FOR_ALL, 0, 0) + body)
    while True:
        data = sock.recv(1 << 16)
        at = 0
        while at + _HEAD.size <= len(data):
            length, kind, *_ = _HEAD.unpack_from(data, at)
            if kind in (_DONE, _ERROR) or length < _HEAD.size:
                return
            if kind in (_NEW_LINK, _NEW_ADDRESS):
                yield data[at + _HEAD.size : at + length]
            at += length + 3 & ~3
        if not data:
            return


def _attributes(data: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += length + 3 & ~3
    return found


def _usable_link(data: bytes) -> Iterator[tuple[int, str]]:
    _, _, index, flags, _ = _LINK.unpack_from(data)
    attributes = _attributes(data, _LINK.size)
    wanted = _UP | _RUNNING | _MULTICAST
    unwanted = _LOOPBACK | _POINT_TO_POINT
    if flags & wanted == wanted and not flags & unwanted and _MASTER not in attributes:
        yield index, attributes.get(_NAME, b"").rstrip(b"\0").decode("utf-8", "replace")


def _address(data: bytes) -> Iterator[tuple[int, Network]]:
    family, prefix, flags, _, index = _ADDRESS.unpack_from(data)
    if family in _FAMILIES and not flags & _TENTATIVE:
        attributes = _attributes(data, _ADDRESS.size)
        packed = attributes.get(_LOCAL) or attributes.get(_PEER, b"")
        with suppress(ValueError):
            yield index, ipaddress.ip_interface((packed, prefix))

"""The sockets of multicast DNS: a socket for each interface and address family, in the group.

Other programs on this machine (avahi, systemd-resolved, browsers) use the same port, so the sockets
share it. Each one is bound to the group's address: so it gets what is sent to the group, as the
others do, and never takes a packet that is meant for one of the others alone.
"""

import socket
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from chatroom.net.interfaces import Interface
from chatroom.net.loop import READ, Loop

PORT = 5353
GROUPS = {socket.AF_INET: "224.0.0.251", socket.AF_INET6: "ff02::fb"}
"""The groups of multicast DNS (RFC 6762 section 3). Routers do not pass on what is sent to them."""

MOST_INTERFACES = 16
"""A machine with hundreds of containers has hundreds of interfaces."""

PACKETS_PER_TURN = 2
"""Packets that are read from a socket in a turn of the loop. The worst take almost 1 ms each."""

_LONGEST = 9000
_HOPS = 255  # RFC 6762 section 11
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29  # ip(7), ipv6(7); Python has no names for them

Received = Callable[[int, str, int, bytes], None]
"""Called with the number of the interface, the sender's host and port, and the packet."""


class _Channel(NamedTuple):
    """A socket. `asks`: it has a port of its own, so that answers to it come to it alone."""

    sock: socket.socket
    family: int
    asks: bool


class Multicast:
    """All sockets, in the loop. Nothing here raises: without a network there are no sockets."""

    def __init__(self, loop: Loop, received: Received, asks: bool = False) -> None:
        """`asks`: send each question from a second socket, too. Its answers come even if another
        program keeps the port for itself, or if a server has just answered somebody else and may
        not repeat that to all."""
        self._loop = loop
        self._received = received
        self._asks = asks
        self._open: dict[Interface, list[_Channel]] = {}
        self._paused = False
        self.trouble = ""
        """Why the last interface could not be used; "" if all can."""

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces with at least one socket."""
        return [each for each, channels in self._open.items() if channels]

    def follow(self, interfaces: Iterable[Interface]) -> bool:
        """Use these interfaces, and no others. Returns whether other ones are used than before.
        Those that could not be used are tried again."""
        wanted, before = list(interfaces)[:MOST_INTERFACES], self.interfaces
        self.trouble = ""
        for gone in self._open.keys() - wanted:
            self._close(self._open.pop(gone))
        for each in wanted:
            self._open[each] = self._open.get(each) or self._join(each)
        return self.interfaces != before

    def _join(self, interface: Interface) -> list[_Channel]:
        channels = []
        for family in sorted(interface.families):
            for asks in (False, True) if self._asks else (False,):
                try:
                    sock = _open_socket(interface, family, PORT if not asks else 0)
                except OSError as error:
                    self.trouble = f"{interface.name}: {(error.strerror or str(error)).lower()}"
                    continue
                channels.append(_Channel(sock, family, asks))
                if not self._paused:
                    self._watch(interface, sock)
        return channels

    def pause(self) -> None:
        """Read nothing for a while. The system drops what does not fit into its buffers."""
        for channels in self._open.values() if not self._paused else ():
            for channel in channels:
                self._loop.unwatch(channel.sock)
        self._paused = True

    def resume(self) -> None:
        """Read again."""
        for interface, channels in self._open.items() if self._paused else ():
            for channel in channels:
                self._watch(interface, channel.sock)
        self._paused = False

    def _watch(self, interface: Interface, sock: socket.socket) -> None:
        def ready(_mask: int) -> None:
            for _ in range(PACKETS_PER_TURN):
                try:
                    data, (host, port, *_) = sock.recvfrom(_LONGEST)
                except OSError:  # no more, or an error that belongs to a packet sent before
                    return
                self._received(interface.number, host, port, data)
                if self._paused or sock.fileno() < 0:
                    return

        self._loop.watch(sock, READ, ready)

    def send(self, number: int, data: bytes, to: tuple[str, int] | None = None) -> None:
        """Send a packet to the group, in all families of the interface, or to one machine. What
        cannot be sent is lost, as packets are."""
        for interface, channels in self._open.items():
            for channel in channels if interface.number == number else ():
                where = _destination(interface, channel, to)
                if where is not None:
                    with suppress(OSError):
                        channel.sock.sendto(data, where)

    def close(self) -> None:
        """Close all sockets. Closing twice is allowed."""
        for channels in self._open.values():
            self._close(channels)
        self._open = {}

    def _close(self, channels: Iterable[_Channel]) -> None:
        for channel in channels:
            if not self._paused:
                self._loop.unwatch(channel.sock)
            channel.sock.close()


def _destination(
    interface: Interface, channel: _Channel, to: tuple[str, int] | None
) -> tuple[str, int] | tuple[str, int, int, int] | None:
    if to is None:
        host, port = GROUPS[socket.AddressFamily(channel.family)], PORT
    else:
        host, port = to[0].partition("%")[0], to[1]
        if (":" in host) != (channel.family == socket.AF_INET6):
            return None
    return (host, port) if channel.family == socket.AF_INET else (host, port, 0, interface.number)


def _open_socket(interface: Interface, family: int, port: int) -> socket.socket:
    """A socket in the group on this interface. With port 0 it only asks, and is in no group.
    Raises OSError."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET:
            _prepare_4(sock, interface)
        else:
            _prepare_6(sock, interface)
        if port:
            _share_port(sock)
            _bind_to_group(sock, family, interface, port)
            _join_group(sock, family, interface)
    except OSError:
        sock.close()
        raise
    return sock


def _prepare_4(sock: socket.socket, interface: Interface) -> None:
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    if interface.number:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _request_4(interface))
    if sys.platform == "linux":  # or the socket would hear what comes on other interfaces, too
        sock.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)


def _prepare_6(sock: socket.socket, interface: Interface) -> None:
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOPS)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.number)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)


def _share_port(sock: socket.socket) -> None:
    """Several programs may use the port if all of them set the same one of these options; we set
    both, because nobody knows which one the others have set."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _bind_to_group(sock: socket.socket, family: int, interface: Interface, port: int) -> None:
    """Only Linux can send from a socket that is bound to a group."""
    group = GROUPS[socket.AddressFamily(family)] if sys.platform == "linux" else ""
    sock.bind((group, port) if family == socket.AF_INET else (group, port, 0, interface.number))


def _join_group(sock: socket.socket, family: int, interface: Interface) -> None:
    group = socket.inet_pton(family, GROUPS[socket.AddressFamily(family)])
    if family == socket.AF_INET:
        request = group + _request_4(interface)[4:]
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:
        request = group + struct.pack("@I", interface.number)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def _request_4(interface: Interface) -> bytes:
    """Names an interface to the system: a group, an address and an index (ip(7), ip_mreqn)."""
    if sys.platform == "linux":
        return struct.pack("=4s4si", bytes(4), bytes(4), interface.number)
    return bytes(4) + next(each.ip.packed for each in interface.networks if each.version == 4)

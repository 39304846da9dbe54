"""Finds servers that announce themselves on the local network (mDNS, DNS-SD).

Without a network, or behind a firewall, nothing is found; that is no error. What is found was
announced by anybody: a name to show, an address to try, and a fingerprint to compare.
"""

import math
import re
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chatroom.net.addresses import Address
from chatroom.net.interfaces import Interface, lan_interfaces
from chatroom.net.loop import Loop
from chatroom.net.multicast import Multicast
from chatroom.net.timers import Timer, Timers
from chatroom.text.display import visible
from chatroom.wire.mdns.browser import Browser, Service
from chatroom.wire.mdns.services import IRC, IRCS, Ip

LONGEST_NAME = 40
"""Characters of a name that are shown."""

_FINGERPRINT = re.compile("[0-9a-f]{64}")


class FoundServer(NamedTuple):
    """A server that is announced. `fingerprint`: that of its certificate, as the announcement says;
    "" if it does not. `in_clear`: it says that there is no TLS."""

    name: str
    address: Address
    fingerprint: str = ""
    in_clear: bool = False


class Discovery:
    """Call `begin`, and `end` when it is no longer needed. In between `found` is called with all
    servers whenever there is news."""

    def __init__(
        self, loop: Loop, timers: Timers, found: Callable[[list[FoundServer]], None]
    ) -> None:
        self._timers = timers
        self._found = found
        self._browser = Browser((IRC, IRCS))
        self._multicast = Multicast(loop, self._received, asks=True)
        self._timer: Timer | None = None
        self._last: list[FoundServer] = []

    def begin(self) -> None:
        """Ask all networks of this machine, and again after pauses."""
        self._browser.begin(time.monotonic())
        self._turn()

    def end(self) -> None:
        """Ask no more. Calling it twice is allowed."""
        if self._timer:
            self._timer.cancel()
        self._multicast.close()

    def _turn(self) -> None:
        question = self._browser.turn(time.monotonic())
        if question:
            self._multicast.follow(lan_interfaces())  # a laptop may just have found its Wi-Fi
            for interface in self._multicast.interfaces:
                self._multicast.send(interface.number, question)
        self._schedule()

    def _schedule(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._browser.due < math.inf:
            self._timer = self._timers.at(self._browser.due, self._turn)

    def _received(self, number: int, _host: str, _port: int, data: bytes) -> None:
        if not self._browser.received(number, data, time.monotonic()):
            return
        self._schedule()
        now = found_servers(self._browser.found, self._multicast.interfaces)
        if now != self._last:
            self._last = now
            self._found(now)


def found_servers(
    services: Iterable[Service], interfaces: Iterable[Interface]
) -> list[FoundServer]:
    """The servers behind these services, one for each address: the same port may speak both IRC and
    TLS. Services without an address in their own network are left out: a server here has one, and
    nobody else's address should be called "found on this network"."""
    links = {each.number: each for each in interfaces}
    found: dict[Address, FoundServer] = {}
    for service in services:
        host = _nearest(service.addresses, links.get(service.link))
        if not host:
            continue
        address = Address(host, service.port)
        name = cleaned(service.instance) or host  # it may consist of spaces
        fingerprint = service.txt.get("fp", "").lower()
        before = found.get(address)
        if service.type == IRCS:
            known = fingerprint if _FINGERPRINT.fullmatch(fingerprint) else ""
            found[address] = FoundServer(name, address, known)
        elif before is None:
            in_clear = service.txt.get("tls") == "no"
            found[address] = FoundServer(name, address, "", in_clear)
    return list(found.values())


def _nearest(addresses: Iterable[Ip], interface: Interface | None) -> str:
    """The address to connect to: one in a network of the interface, IPv4 first. A link-local IPv6
    address needs the name of the interface, and comes last. "" if there is none."""
    if interface is None:
        return ""
    near = [
        each
        for each in addresses
        if any(each in network.network for network in interface.networks)
        and not (each.is_loopback or each.is_multicast or each.is_unspecified)
    ]
    near.sort(key=lambda each: (each.version, each.is_link_local))
    if not near:
        return ""
    is_scoped = near[0].version == 6 and near[0].is_link_local
    return f"{near[0]}%{interface.name}" if is_scoped else str(near[0])


def cleaned(name: str) -> str:
    """A name that a terminal may be shown, on one line and not too long."""
    text = " ".join(visible(name).split())
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def fingerprint_note(announced: str, shown: str) -> str:
    """What the announcement says about the certificate that a server has shown, for the person who
    decides about it; "" if it says nothing.

    It is never more than a hint: anyone who can imitate the server can announce a fingerprint.
    """
    if not announced:
        return ""
    if announced == shown:
        return (
            "The server announces the same fingerprint on this network. That proves nothing by"
            " itself: anyone who imitates a server can announce a fingerprint, too."
        )
    return (
        "Beware: the server announces a different fingerprint on this network. Somebody may be"
        " imitating it."
    )

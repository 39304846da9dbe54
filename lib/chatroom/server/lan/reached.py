"""At which addresses other machines reach a server that listens in these places."""

import ipaddress
from collections.abc import Iterable, Sequence

from chatroom.net.addresses import Address, is_loopback
from chatroom.net.interfaces import Network

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_EVERY = ("0.0.0.0", "::")


def outside_places(places: Iterable[Address]) -> list[Address]:
    """Those of the places that are open to other machines. `0.0.0.0` and `::` are."""
    return [
        place
        for place in places
        if not place.path and (place.host in _EVERY or not is_loopback(place))
    ]


def reached(networks: Iterable[Network], places: Sequence[Address]) -> tuple[Ip, ...]:
    """Those of an interface's own addresses at which the server listens."""
    hosts = {place.host.partition("%")[0] for place in places}
    return tuple(
        each.ip for each in networks if _EVERY[each.version == 6] in hosts or str(each.ip) in hosts
    )

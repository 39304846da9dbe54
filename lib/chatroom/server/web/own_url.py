"""The address under which a client that is connected here, or others, reach this server by HTTP."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator

from chatroom.net.addresses import Address, is_loopback
from chatroom.net.connection import Connection
from chatroom.net.own_addresses import own_addresses


def place_for_others(listening: Iterable[Address]) -> str:
    """`HOST:PORT` at which other machines reach a server that listens there, perhaps; "" if only
    this machine does."""
    return next(map(str, places_for_others(listening)), "")


def places_for_others(listening: Iterable[Address]) -> list[Address]:
    """All such places, the likeliest first. IPv4 is preferred: such addresses work in more
    networks."""
    return sorted(dict.fromkeys(_places(listening)), key=lambda place: ":" in place.host)


def _places(listening: Iterable[Address]) -> Iterator[Address]:
    for place in listening:
        ip = None if place.path else ipaddress.ip_address(place.host)
        if ip is None or ip.is_link_local:
            continue
        if ip.is_unspecified:
            every = (place._replace(host=own) for own in own_addresses())
            yield from (
                own
                for own in every
                if (":" in own.host) == (ip.version == 6) and not is_loopback(own)
            )
        elif not is_loopback(place):
            yield place


def own_url(
    url: str, connection: Connection, host: str, tls: bool, is_own_name: Callable[[str], bool]
) -> str:
    """The beginning of URLs that lead here; "" if that is not known.

    `url` is the configured one, or "". Without it, it is the address to which the client has
    connected, with the same port, which speaks HTTP too; `tls` decides the scheme. A client that
    has asked for a name over TLS, and it `is_own_name`, gets this name, because the certificate
    has it, and perhaps not the address. `host` is the client's address: if the connection is not
    from there, a proxy is in between, and only the configuration can tell where that is reached.
    """
    if url:
        return url
    own, port, peer, name = connection.way
    if not peer or peer != host:
        return ""
    if own.startswith("fe80:"):  # link-local: it would need the name of the client's interface
        return ""
    if name and is_own_name(name):
        own = name
    return f"http{'s' if tls else ''}://{Address(own, port)}"

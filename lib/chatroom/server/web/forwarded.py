"""Whose request it is where a proxy passes it on (`web.trusted_proxies`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from chatroom.chat.ports import CLEAR, Transport
from chatroom.net.addresses import is_in, is_local, written_host
from chatroom.server.web.exchange import BadRequest


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the address, how the bytes travel, and whether the URL begins with https."""

    host: str
    transport: Transport

    @property
    def https(self) -> bool:
        """Whether the client speaks TLS."""
        return bool(self.transport.tls)


MOST_PROXIES = 10
"""Proxies behind each other that are looked at."""

PROXIED = "https"
"""The version of TLS that a proxy speaks with the client: it does not say."""


def client_of(headers: Mapping[str, str], peer: Client, trusted: tuple[str, ...]) -> Client:
    """The client of a request that came from `peer`. Raises BadRequest.

    Only the addresses that trusted proxies have added are believed: of X-Forwarded-For, which each
    proxy lengthens at its end, the last one that is no such proxy's.
    """
    if not (trusted and is_in(peer.host, trusted)):
        return peer
    said = headers.get("x-forwarded-for", "")
    if not said:
        return peer
    host = peer.host
    for word in reversed(said.rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]):
        host = _address(word.strip())
        if not is_in(host, trusted):
            break
    if is_local(host) and not is_local(peer.host):
        host = peer.host  # what is local to the proxy is not local to us
    tls = headers.get("x-forwarded-proto", "").strip().lower() == "https"
    if not tls:
        here = is_local(host) and is_local(peer.host)
        return Client(host, peer.transport if here else CLEAR)
    # A proxy that talks to us in the clear over a network cannot make that way secret.
    return Client(host, Transport(peer.transport.secure, peer.transport.tls or PROXIED))


def _address(word: str) -> str:
    """An address of X-Forwarded-For; some proxies add the port."""
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        return written_host(word)
    except ValueError:
        raise BadRequest(
            400, "The proxy's X-Forwarded-For has something else than addresses."
        ) from None

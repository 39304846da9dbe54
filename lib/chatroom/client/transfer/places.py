"""Where a URL leads. The server names the URL for uploads (FILEHOST), and strangers name those of
files, so nothing in them is trusted: a password goes to the chat's own server only."""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from chatroom.client.errors import TransferError
from chatroom.net.addresses import HIGHEST_PORT, Address, is_loopback
from chatroom.text.display import visible

LONGEST_URL = 2000

_PORTS = {"http": 80, "https": 443}

_UNUSUAL = re.compile(r"[^!-~]")

IN_CLEAR = "others on the network could read it"


class Home(NamedTuple):
    """The server of the chat, as the person named it, and whether the chat uses TLS."""

    address: Address
    tls: bool


class Place(NamedTuple):
    """Where a request goes: the address to connect to, whether by TLS, and the target and the
    header Host of the request.

    `is_home`: it is the chat's own server, whose certificate is known already. `is_foreign`: it is
    another host than the chat's.
    """

    address: Address
    tls: bool
    host: str
    target: str
    is_home: bool = False
    is_foreign: bool = False

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return self.tls or is_loopback(self.address)


def place_of(url: str, home: Home | None = None) -> Place:
    """Where the URL leads, seen from a chat with the server `home`. Raises TransferError.

    An address (`192.0.2.7`) with the chat's own port is the chat's server under another name: a
    server tells each client the address that it was reached at, and a proxy or several interfaces
    make several of them. The request goes to where the chat goes, so that is safe.
    """
    scheme, host, port, netloc, target = _parts(url)
    there = Address(host, port)
    if home is None:
        return Place(there, scheme == "https", netloc, target)
    if _is_home(there, home.address):
        here = home.address
        tls = home.tls or (scheme == "https" and not is_loopback(here))
        return Place(here, tls, netloc, target, is_home=True)
    is_foreign = _folded(host) != _folded(home.address.host)
    place = Place(there, scheme == "https", netloc, target, is_foreign=is_foreign)
    if home.tls and not place.is_private:
        raise TransferError(f"{visible(url)} is in clear text: {IN_CLEAR}.")
    return place


def _is_home(there: Address, home: Address) -> bool:
    if home.path:  # a unix socket: the server knows only its public URL
        return True
    if there.port != home.port:
        return False
    return _folded(there.host) == _folded(home.host) or _is_address(there.host)


def _folded(host: str) -> str:
    host = host.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _is_address(host: str) -> bool:
    """Whether it is not a name, which a name server could point elsewhere."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _parts(url: str) -> tuple[str, str, int, str, str]:
    """Scheme, host, port, the header Host, and the target. Raises TransferError."""
    wrong = TransferError(f"This is not the address of a file: {visible(url[:LONGEST_URL])}")
    if len(url) > LONGEST_URL or not url.isprintable():
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or "@" in parts.netloc or _UNUSUAL.search(parts.netloc):
        raise wrong
    if port is not None and not 0 < port <= HIGHEST_PORT:
        raise wrong
    query = f"?{parts.query}" if parts.query else ""
    target = quote(f"{parts.path or '/'}{query}", safe="/%?=&:@!$'()*+,;~-._")
    return scheme, host, port or _PORTS[scheme], parts.netloc, target


def name_in(url: str) -> str:
    """The name of the file at the end of the URL, as somebody else chose it."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def is_own(url: str, home: Home, filehost: str) -> bool:
    """Whether the URL of a file is on the chat's own host, or where the server has uploads."""
    if filehost and url.startswith(f"{filehost}/"):
        return True
    try:
        return not place_of(url, home).is_foreign
    except TransferError:
        return False

"""The names under which this server answers browsers, and the pages that may use it.

A page of somebody else can let its own name point to an address in the LAN ("DNS rebinding"); then
the browser takes this server for a part of that page. But its requests carry the page's name, so a
server that answers only to its own names is safe. Addresses are no names: nobody can rebind them.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from functools import cache

from chatroom.chat.settings import Settings, WebSettings

_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_USUAL = {"http": "80", "https": "443"}


class Names:
    """The names of this server, as its configuration says at the moment."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        web: Callable[[], WebSettings],
        announced: Callable[[], str] = str,
    ) -> None:
        """`announced` returns the machine's name in the local network, or ""."""
        self._settings = settings
        self._web = web
        self._announced = announced

    def is_own(self, place: str) -> bool:
        """Whether a Host header (`chat.example.org:8080`) names this server."""
        host = host_in(place)
        return bool(host) and (_is_address(host) or host in self._own())

    def _own(self) -> set[str]:
        web = self._web()
        url = host_in(web.url.partition("://")[2])
        own = {"localhost", self._settings().name.lower(), self._announced().lower(), url}
        return own | {*web.hosts, *machine_names()}

    def is_own_page(self, origin: str, place: str) -> bool:
        """Whether a page of this origin (`https://chat.example.org`) may use what is at `place`,
        the Host header: it is ours, or listed."""
        origin = origin.lower()
        web = self._web()
        if origin in (web.url, *web.origins) and origin:
            return True
        scheme, _, rest = origin.partition("://")
        usual = _USUAL.get(scheme)
        return usual is not None and _full(rest, usual) == _full(place.lower(), usual)


def host_in(place: str) -> str:
    """The host in `HOST:PORT`, in lower case and without the root's dot; "" if it is none."""
    found = _PLACE.fullmatch(place)
    return found[1].lower().removesuffix(".") if found else ""


def _full(place: str, usual: str) -> tuple[str, str]:
    found = _PLACE.fullmatch(place)
    return (host_in(place), found[2] or usual) if found else ("", place)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@cache
def machine_names() -> frozenset[str]:
    """What this machine calls itself, also with `.local`, its name in the LAN (mDNS)."""
    name = socket.gethostname().lower()
    return frozenset({name, f"{name.partition('.')[0]}.local"})

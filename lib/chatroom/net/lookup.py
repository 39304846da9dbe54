"""Looks up the addresses of host names in bounded time.

`getaddrinfo` asks name servers. If none answers, it blocks for half a minute and cannot be
interrupted. So names are looked up in threads, all at once, and the caller waits for a bounded
time.
"""

import errno
import socket
import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

LOOK_UP_SECONDS = 5.0
"""A working name server answers within milliseconds; a resolver retries after 5 s."""

_LOOPBACK = (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))


class Place(NamedTuple):
    """An IP address, as text, and its family."""

    family: int
    host: str


Found = tuple[Place, ...] | OSError
"""The addresses of a host, or why they are not known."""


def look_up(hosts: Iterable[str], seconds: float = LOOK_UP_SECONDS) -> dict[str, Found]:
    """The addresses of each host, where "" means all of this machine; waits `seconds` for all
    together.

    Addresses and `localhost` (RFC 6761 section 6.3) need no name server.
    """
    found: dict[str, Found] = {}
    threads = []
    for host in set(hosts):
        known = _known(host)
        found[host] = known or TimeoutError(
            errno.ETIMEDOUT, f"looking up the name took longer than {seconds:g} seconds"
        )
        if known is None:
            thread = threading.Thread(target=_ask, args=(host, found), daemon=True)
            thread.start()
            threads.append(thread)
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(found)  # a copy: late threads must not change the result


def _known(host: str) -> tuple[Place, ...] | None:
    if host.lower() == "localhost":
        return tuple(Place(family, address) for address, family in _LOOPBACK)
    try:
        return _places(host, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None


def _ask(host: str, found: dict[str, Found]) -> None:
    try:
        found[host] = _places(host, 0)
    except OSError as error:
        found[host] = error
    except UnicodeError:  # the idna codec refuses "..", an empty label, or one beyond 63 bytes
        found[host] = OSError(errno.EINVAL, "this is not a valid host name")


def _places(host: str, flags: int) -> tuple[Place, ...]:
    infos = socket.getaddrinfo(
        host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | flags
    )
    return tuple(dict.fromkeys(Place(family, str(where[0])) for family, _, _, _, where in infos))

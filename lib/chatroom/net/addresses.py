"""Addresses to listen on and to connect to: `HOST:PORT`, `[v6]:PORT`, `:PORT`, `unix:PATH`."""

import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from chatroom.net.lookup import Found, look_up

HIGHEST_PORT = 65535

LONGEST_PATH = 107 if sys.platform == "linux" else 103
"""Bytes of a unix socket's path: `sun_path` has one more, for the NUL."""

_WELL_KNOWN = {"": ("0.0.0.0", "::"), "localhost": ("127.0.0.1", "::1")}
_NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})  # a machine without IPv6
_FOREIGN = _NO_SUCH_FAMILY | {errno.EINVAL, errno.ENODEV}  # the last two: an unknown interface


class AddressError(ValueError):
    """The text is not an address. `str()` describes the error and the expected form."""


class Address(NamedTuple):
    """A TCP host and port, or the path of a unix socket. `host` "" means all addresses."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse an address. Raises AddressError."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path:
            raise AddressError("unix: needs a path, as in unix:/run/chatroom.sock")
        return Address("", 0, checked_path(path))
    if "://" in text:  # Kubernetes sets variables with URLs for its services
        raise AddressError(
            f"'{text}' is a URL; expected HOST:PORT, such as {text.partition('://')[2] or ':8080'}"
        )
    host, colon, port = text.rpartition(":")
    if not colon:
        raise AddressError(
            f"'{text}' has no port; expected HOST:PORT, [v6]:PORT, :PORT or unix:PATH"
        )
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise AddressError(f"'{text}': put an IPv6 address in brackets, as in [::1]:8080")
    return Address(checked_host(host), parse_port(port))


def checked_path(path: str) -> str:
    """Check a unix socket's path. Raises AddressError if the system cannot use it (unix(7))."""
    if "\0" in path:
        raise AddressError("the path of a unix socket cannot contain NUL")
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise AddressError(f"the path of a unix socket has at most {LONGEST_PATH} bytes")
    return path


def checked_host(host: str) -> str:
    """Check a host's name or address. Raises AddressError if it is impossible or cannot be
    shown."""
    if not host.isprintable():
        raise AddressError("a host cannot contain control characters")
    return host


def parse_port(text: str) -> int:
    """Parse a port from 0 to 65535. Raises AddressError."""
    digits = text.lstrip("0")[:6] or "0"  # int() refuses thousands of digits
    if not (text.isascii() and text.isdigit()) or int(digits) > HIGHEST_PORT:
        raise AddressError(f"'{text}' is not a port; expected a number from 0 to {HIGHEST_PORT}")
    return int(digits)


def peer_host(family: int, address: Any) -> str:
    """The host in an address that `accept` returned, as text, with v4 addresses in v4 form; "unix"
    for a unix socket.

    It is that of `accept`, because a socket whose peer has reset the connection meanwhile knows no
    address any more: nobody may get around a ban by being gone when their lines are carried out.

    The text never begins with a colon, which has a meaning in too many protocols: ::1 is written
    0::1.
    """
    if family == socket.AF_UNIX:
        return "unix"
    host = str(address[0]).removeprefix("::ffff:").partition("%")[0]
    return sys.intern(f"0{host}" if host.startswith(":") else host)


def written_host(address: str | bytes) -> str:
    """An IP address, as text or as bytes, in the form of `peer_host`. Raises ValueError."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise ValueError("expected an IP address") from None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    text = str(found).partition("%")[0]
    return f"0{text}" if text.startswith(":") else text


def network_of(host: str) -> str:
    """The part of an address that one caller controls: a v4 address, or the /64 around a v6 address
    (RFC 6177)."""
    if ":" not in host:
        return host
    return str(ipaddress.IPv6Network((host, 64), strict=False))


def is_local(host: str) -> bool:
    """Whether a result of `peer_host` is on this machine: a loopback address, or a unix socket."""
    return host in LOCAL_HOSTS or host.startswith("127.")


def is_in(host: str, networks: Iterable[str]) -> bool:
    """Whether a result of `peer_host` is one of these addresses, or in one of these networks."""
    for each in networks:
        if each == host:
            return True
        if host != "unix" and each != "unix":
            address, network = ipaddress.ip_address(host), ipaddress.ip_network(each)
            if address.version == network.version and address in network:
                return True
    return False


LOCAL_HOSTS = ("127.0.0.1", "0::1", "unix")
"""Typical results of `peer_host` for peers on this machine."""


def is_loopback(address: Address) -> bool:
    """Whether connections to this address stay on this machine: a unix socket, `localhost`, a
    loopback address, or none at all (`0.0.0.0`). Other names are not looked up."""
    host = address.host.lower().rstrip(".")
    if address.path or host.endswith(".localhost"):
        return True
    found = _ip_addresses(host)
    return bool(found) and all(_is_here(each) for each in found)


def _is_here(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(ip, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is 127.0.0.1
    return bool((mapped or ip).is_loopback or (mapped or ip).is_unspecified)


def overlap(one: Address, other: Address) -> bool:
    """Whether one server cannot listen on both addresses, as far as that is known without a
    look-up."""
    if one.path or other.path:
        both = bool(one.path and other.path)
        return both and _absolute(one.path) == _absolute(other.path)
    if one.port != other.port or not one.port:
        return False
    here, there = _ip_addresses(one.host), _ip_addresses(other.host)
    if not (here and there):  # all addresses include that of a name
        return "" in (one.host, other.host) or one.host == other.host
    return any(
        mine.version == its.version and (mine == its or mine.is_unspecified or its.is_unspecified)
        for mine in here
        for its in there
    )


def _absolute(path: str) -> Path:
    try:
        return Path(path).absolute()
    except OSError:  # the current directory was removed
        return Path(path)


def _ip_addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The IP addresses of a host; none for a name that needs a look-up."""
    try:
        return [ipaddress.ip_address(each) for each in _WELL_KNOWN.get(host.lower(), (host,))]
    except ValueError:
        return _as_the_system_reads(host)


def _as_the_system_reads(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses of `127.1`, `0x7f000001` and similar forms, which `bind` accepts (inet(3))."""
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(host))]
    except (OSError, UnicodeError):
        return []


def bind(
    address: Address, backlog: int, found: Found | None = None, own_only: bool = False
) -> list[socket.socket]:
    """Open non-blocking listening sockets: one for each address family of the host name.

    `found` is the result of `look_up` for the host, if already known. With `own_only`, addresses of
    other machines are left out. Raises OSError with the system's reason. A unix socket that a dead
    server left behind is replaced.
    """
    if address.path:
        return [_bind_unix(address.path, backlog)]
    found = found or look_up([address.host])[address.host]
    if isinstance(found, OSError):
        raise found
    sockets: list[socket.socket] = []
    port = address.port
    left_out: OSError | None = None
    for family, host in found:
        try:
            if family in (socket.AF_INET, socket.AF_INET6):
                sockets.append(_bind_tcp(family, host, port, backlog))
                # ":0" means the same free port for both families
                port = port or sockets[0].getsockname()[1]
        except OSError as error:
            without_ipv6 = family == socket.AF_INET6 and error.errno in _NO_SUCH_FAMILY
            if without_ipv6 or (own_only and is_foreign(error)):
                left_out = error
                continue
            for sock in sockets:
                sock.close()
            raise
    if left_out and not sockets:
        raise left_out
    return sockets


def is_foreign(error: OSError) -> bool:
    """Whether `bind` failed because the host is another machine's, or unknown here."""
    return isinstance(error, socket.gaierror | TimeoutError) or error.errno in _FOREIGN


def path_trouble(path: str) -> OSError | None:
    """Predict why `bind` would fail at this path. A server that already listens there does not
    count."""
    directory = Path(path).parent
    if os.path.lexists(path) and not Path(path).is_socket():
        return FileExistsError(errno.EEXIST, _NO_SOCKET)
    if not directory.exists():
        return _system_error(errno.ENOENT)
    if not directory.is_dir():
        return _system_error(errno.ENOTDIR)
    return None if os.access(directory, os.W_OK | os.X_OK) else _system_error(errno.EACCES)


_NO_SOCKET = "something that is not a socket is there"


def _system_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _bind_tcp(family: int, host: str, port: int, backlog: int) -> socket.socket:
    if _of_many(host):
        raise _system_error(errno.EADDRNOTAVAIL)  # Linux would bind it, but nobody could connect
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(backlog)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _of_many(host: str) -> bool:
    """Whether it is a broadcast or multicast address, which belongs to no machine."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.is_multicast or host == "255.255.255.255"


def _bind_unix(path: str, backlog: int) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if Path(path).is_socket():
            if not _answers(path):
                Path(path).unlink()
        elif os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, _NO_SOCKET)
        sock.bind(path)
        sock.listen(backlog)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False  # only the file of a dead server is left
        except BlockingIOError:
            return True  # a server whose queue is full
    return True

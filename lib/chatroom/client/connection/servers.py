"""Which server is called: the rows of the hosts file, and what is typed as a server."""

from pathlib import Path

from chatroom.net.addresses import Address, parse_address, parse_port
from chatroom.net.hosts import HostRow, HostsError, read_hosts, ready_hosts_file

DEFAULT_ADDRESS = Address("127.0.0.1", 8080)


def known_servers(named: Path | None) -> list[HostRow]:
    """The servers in the named file, or in the one in the current directory or beside the program.

    Raises HostsError. Without a file, or if it is empty, the default server is the only one.
    """
    path = named or ready_hosts_file()
    rows = read_hosts(path) if path else []
    if named and not rows:
        raise HostsError(f"{named}: the file contains no server")
    return rows or [HostRow(DEFAULT_ADDRESS, "", 0)]


def names_port(host: str) -> bool:
    """Whether it is HOST:PORT or [v6]:PORT, or needs no port (unix:PATH)."""
    return host.startswith("unix:") or host.count(":") == 1 or "]:" in host


def server_address(host: str, port: str = "") -> Address:
    """HOST PORT, HOST:PORT, [v6]:PORT, unix:PATH, or HOST alone. Raises AddressError."""
    if host.startswith("unix:"):
        return parse_address(host)
    if port:
        return Address(host.removeprefix("[").removesuffix("]"), parse_port(port))
    if names_port(host):
        return parse_address(host)
    return Address(host.removeprefix("[").removesuffix("]"), DEFAULT_ADDRESS.port)

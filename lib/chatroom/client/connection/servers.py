"""Choosing a server: the rows of the hosts file as a question, and the answer."""

from collections.abc import Sequence
from pathlib import Path

from chatroom.net.addresses import Address, parse_address, parse_port
from chatroom.net.hosts import HostRow, HostsError, read_hosts, ready_hosts_file
from chatroom.text.display import visible

DEFAULT_ADDRESS = Address("127.0.0.1", 8080)
ASK_SERVER = "Choose a server [1]: "


class ChoiceError(Exception):
    """The answer is not one of the choices; `str()` lists what is."""


def known_servers(named: Path | None) -> list[HostRow]:
    """The servers in the named file, or in the one in the current directory or beside the program.

    Raises HostsError. Without a file, or if it is empty, the default server is the only one.
    """
    path = named or ready_hosts_file()
    rows = read_hosts(path) if path else []
    if named and not rows:
        raise HostsError(f"{named}: the file contains no server")
    return rows or [HostRow(DEFAULT_ADDRESS, "", 0)]


def menu(servers: Sequence[HostRow]) -> str:
    """The servers, numbered from 1."""
    return "\n".join(f"  {number}. {shown(row)}" for number, row in enumerate(servers, 1))


def shown(row: HostRow) -> str:
    """A server's name for people."""
    return visible(f"{row.name} ({row.address})" if row.name else str(row.address))


def choose(servers: Sequence[HostRow], text: str) -> Address:
    """The server behind a number, or the first for an empty line; there are at least two.

    Raises ChoiceError.
    """
    answer = text.strip() or "1"
    if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(servers):
        return servers[int(answer[:9]) - 1].address
    raise ChoiceError(
        f"{visible(answer)} is not in the list; type a number from 1 to {len(servers)}."
    )


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

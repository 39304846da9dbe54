"""Reads hosts_port.csv, the list of servers: rows of `host,port` and an optional name.

The server listens on the rows of its own machine, and the client offers all of them. A byte-order
mark, CR LF, spaces, blank lines, `#` comments and a header line are allowed.
"""

import csv
import os
from pathlib import Path
from typing import NamedTuple

from chatroom.net.addresses import Address, AddressError, checked_host, checked_path, parse_port

HOSTS_FILE = "hosts_port.csv"
_EXPECTED = "expected host,port or host,port,name"

_LIBRARY = Path(__file__).resolve().parents[2]
"""What the package is in: the directory `lib` of a checkout, an archive, or a Python's packages."""


class HostsError(Exception):
    """The hosts file cannot be read, or has bad rows: `str()` has one line for each."""


class HostRow(NamedTuple):
    """One server. `line` is its line number in the file."""

    address: Address
    name: str
    line: int


def ready_hosts_file() -> Path | None:
    """hosts_port.csv in the current directory, or else beside the program: in the checkout, or
    beside the archive (chatroom.pyz)."""
    places = [Path(HOSTS_FILE)]
    # Not Path.is_file, which raises PermissionError.
    if _LIBRARY.name == "lib" or os.path.isfile(_LIBRARY):  # noqa: PTH113
        places.append(_LIBRARY.parent / HOSTS_FILE)
    return next(filter(os.path.isfile, places), None)


def read_hosts(path: Path) -> list[HostRow]:
    """The rows of the file, in order. Raises HostsError with all errors."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise HostsError(f"{path}: this file is not UTF-8 text") from None
    except OSError as error:
        raise HostsError(f"{path}: {error.strerror}") from None
    rows: list[HostRow] = []
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            fields = [
                field.strip() for field in next(csv.reader([line], skipinitialspace=True), [])
            ]
            row = _parse_row(fields, number, first=not rows)
        except (AddressError, csv.Error) as error:
            faults.append(f"{path} line {number}: {error}")
        else:
            if row is not None:
                rows.append(row)
    if faults:
        raise HostsError("\n".join(faults))
    return rows


def _parse_row(fields: list[str], line: int, first: bool) -> HostRow | None:
    if not any(fields) or fields[0].startswith("#"):
        return None
    if first and [field.lower() for field in fields[:2]] == ["host", "port"]:
        return None
    host, port, name, *more = [*fields, "", ""] if len(fields) > 1 else [fields[0], "", "", ""]
    if any(more):
        raise AddressError(f"'{','.join(fields)}' has too many columns; {_EXPECTED}")
    if host.startswith("unix:") and host != "unix:" and not port:
        return HostRow(Address("", 0, checked_path(host.removeprefix("unix:"))), name, line)
    if not host or " " in host:
        raise AddressError(f"'{host}' is not a host; {_EXPECTED}, such as 127.0.0.1,8080")
    if not port:
        raise AddressError(f"'{','.join(fields)}' has no port; {_EXPECTED}, such as 127.0.0.1,8080")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return HostRow(Address(checked_host(host), parse_port(port)), name, line)

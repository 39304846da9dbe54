"""Opens the listening sockets of the configuration, or takes those of the service manager.

Several machines share a hosts file: the server listens on the rows with its own addresses and
leaves the others to the clients. An address from a flag or a key must belong to this machine.
"""

import errno
import logging
import os
import socket
from collections.abc import Iterator, MutableMapping, Sequence

from chatroom.net.addresses import Address, bind, is_foreign, path_trouble
from chatroom.net.inherited import NotListening, take_inherited
from chatroom.net.lookup import Found, look_up
from chatroom.server.config.load import BY_DEFAULT, Listening

log = logging.getLogger("chatroom")

BACKLOG = 512
"""Connections that the kernel queues between two ticks."""

_WHAT_TO_DO = {
    errno.EADDRINUSE: "is another server running? Stop it, or choose another port with --listen",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose another with --listen",
    errno.EACCES: "only root may use ports below 1024; choose another with --listen",
}

_WHAT_TO_DO_WITH_PATHS = {
    errno.EADDRINUSE: "is another server running? Stop it, or choose another path with --listen",
    errno.EEXIST: "only sockets are replaced; choose another path with --listen",
    errno.EACCES: "check the permissions of its directory, or choose another path with --listen",
    errno.ENOENT: "create its directory, or choose another path with --listen",
}


class CannotListen(Exception):
    """Listening failed. `str()` names the port or path, its origin, and a remedy."""


def inherited_sockets(
    environment: MutableMapping[str, str], wanted: Sequence[Listening]
) -> list[tuple[Address, socket.socket]]:
    """The sockets that the service manager passed (LISTEN_FDS), with the addresses to show. They
    take the place of those that are `wanted`. Raises CannotListen."""
    try:
        sockets = take_inherited(environment)
    except NotListening as error:
        raise CannotListen(str(error)) from None
    if sockets:
        for listening in wanted:
            if not listening.row and listening.origin != BY_DEFAULT:
                log.warning(
                    "%s is not used: the service manager has opened the sockets", listening.origin
                )
    return [(_address_of(sock), sock) for sock in sockets]


def _address_of(sock: socket.socket) -> Address:
    name = sock.getsockname()
    if sock.family != socket.AF_UNIX:
        return Address(str(name[0]), name[1])
    return Address("", 0, os.fsdecode(name).replace("\0", "@"))


def open_sockets(wanted: Sequence[Listening]) -> Iterator[tuple[Address, socket.socket]]:
    """Yields each listening socket with the address to show. Raises CannotListen."""
    opened = 0
    left_out: list[str] = []
    found = look_up(each.address.host for each in wanted if not each.address.path)
    for listening in wanted:
        address = listening.address
        try:
            sockets = bind(address, BACKLOG, found.get(address.host), own_only=listening.row)
        except OSError as error:
            if not (listening.row and is_foreign(error)):
                raise CannotListen(_cannot(listening, error)) from None
            left_out.append(_foreign(listening, error))
            continue
        for sock in sockets:
            opened += 1
            yield _shown(address, sock), sock
    for line in left_out:
        log.warning("%s", line)
    if not opened:
        raise CannotListen(_NONE_IS_OURS.format(wanted[0].origin.rpartition(" line ")[0]))


def try_out(wanted: Sequence[Listening]) -> tuple[list[str], list[str]]:
    """Predict `open_sockets`: returns errors, and warnings about rows of other machines.

    No port and no path is taken for it, but for a moment those below 1024, which the system may
    refuse. So a server that is running does not matter.
    """
    found = look_up(each.address.host for each in wanted if not each.address.path)
    faults: list[str] = []
    left_out: list[str] = []
    taken: dict[tuple[str, int], Listening] = {}
    for listening in wanted:
        try:
            hosts = _own_hosts(listening, found)
        except OSError as error:
            if listening.row and is_foreign(error):
                left_out.append(_foreign(listening, error))
            else:
                faults.append(_cannot(listening, error))
            continue
        for place in ((host, listening.address.port) for host in hosts if listening.address.port):
            first = taken.setdefault(place, listening)
            if first is not listening:
                faults.append(
                    f"{listening.origin}: {listening.address} overlaps with {first.address}"
                    f" ({first.origin}); leave one of them out"
                )
                break
    if left_out and len(left_out) == len(wanted):
        faults.append(_NONE_IS_OURS.format(wanted[0].origin.rpartition(" line ")[0]))
    return faults, left_out


def _own_hosts(listening: Listening, found: dict[str, Found]) -> list[str]:
    """The addresses to listen on; empty for a path. Raises OSError."""
    address = listening.address
    if address.path:
        if trouble := path_trouble(address.path):
            raise trouble
        return []
    if 0 < address.port < _FIRST_OF_ALL_USERS:
        _ask_for_port(listening, found[address.host])
    free_port = address._replace(port=0)
    sockets = bind(free_port, 1, found[address.host], own_only=listening.row)
    hosts = [str(sock.getsockname()[0]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return hosts


_FIRST_OF_ALL_USERS = 1024
"""Below that, ports are for root on most systems, and on all by default."""


def _ask_for_port(listening: Listening, found: Found) -> None:
    """Raises OSError (EACCES) if this user may not use the port. A port that is in use is not an
    error here."""
    try:
        sockets = bind(listening.address, 1, found, own_only=listening.row)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise
    else:
        for sock in sockets:
            sock.close()


_NONE_IS_OURS = (
    "{}: none of the servers in it is on this machine; add a row with an address of this machine,"
    " or name an address with --listen, such as --listen :8080"
)


def _foreign(listening: Listening, error: OSError) -> str:
    reason = "this machine has no such address"
    if not isinstance(error.errno, int) or error.errno != errno.EADDRNOTAVAIL:
        reason = (error.strerror or str(error)).lower()
    return f"{listening.origin}: {listening.address} is left out: {reason}"


def _shown(address: Address, sock: socket.socket) -> Address:
    if address.path:
        return address
    return _address_of(sock)


def _cannot(listening: Listening, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    address = listening.address
    advice = _advice(address, error)
    return f"Cannot listen on {address} ({listening.origin}): {reason}; {advice}"


def _advice(address: Address, error: OSError) -> str:
    number = error.errno or 0
    if address.path:
        return _WHAT_TO_DO_WITH_PATHS.get(number, "choose another path with --listen")
    return _WHAT_TO_DO.get(number, "choose another address with --listen")

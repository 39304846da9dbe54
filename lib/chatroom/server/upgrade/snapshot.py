"""What one process hands over to the next: the state of the server as plain values."""

from collections.abc import Mapping
from socket import socket
from typing import Any, NamedTuple

from chatroom.net.connection import Connection
from chatroom.server.server import Server

FORMAT = 1
"""The version of the snapshots that `take` makes."""

UNDERSTOOD = (1,)
"""The versions that `restore` accepts."""


class Taken(NamedTuple):
    """A snapshot (JSON), and the connections that it describes, by their keys in it."""

    snapshot: Mapping[str, Any]
    connections: Mapping[int, Connection]


def take(server: Server) -> Taken:
    """Describe the server. It only reads: if the upgrade fails, this server continues."""
    return Taken({}, {})


def restore(server: Server, snapshot: Mapping[str, Any], sockets: Mapping[int, socket]) -> None:
    """Bring a new server into the state that `take` has described, in memory. `sockets` are those
    of the connections, by their keys."""

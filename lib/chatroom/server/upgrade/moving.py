"""Connections with their doors, as plain values.

A connection moves as a row: `[kind, connection, door]`. `kind` names its door, in KINDS; the others
are what their classes return as `snapshot`. The number of a connection is its place among the rows,
and that of its session in the chat's values (`chat.continuing`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from socket import socket
from typing import Any, TypeVar

from chatroom.chat.continuing import restore_session
from chatroom.chat.session import Session
from chatroom.net.connection import Connection
from chatroom.server.doors.door import Door
from chatroom.server.doors.gateway import GatewayDoor
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.http import HttpDoor
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.server.doors.ports import DoorHost
from chatroom.server.doors.proxied import ProxiedDoor
from chatroom.server.doors.websocket import WebSocketDoor
from chatroom.server.server import Server
from chatroom.wire.websocket import TEXT

AnyDoor = TypeVar("AnyDoor", bound=Door)

Row = Sequence[Any]


class StillUnderWay(Exception):
    """A connection cannot move now, because something that was begun for it has not ended."""


def _proxied(host: DoorHost[Door], arrived_at: float) -> Door:
    return ProxiedDoor(host, arrived_at, Greeter)


def _gateway(host: DoorHost[Door], arrived_at: float) -> Door:
    return GatewayDoor(host, arrived_at, IrcDoor)


def _websocket(host: DoorHost[Door], arrived_at: float) -> Door:
    return WebSocketDoor(host, arrived_at, TEXT, ())  # `resume` sets what was agreed on


KINDS: Mapping[str, Callable[[DoorHost[Door], float], Door]] = {
    "gateway": _gateway,
    "greeter": Greeter,
    "http": HttpDoor,
    "irc": IrcDoor,
    "plain": PlainDoor,
    "proxied": _proxied,
    "websocket": _websocket,
}
"""How a door is made again, by the name of its kind."""

_NAMES: Mapping[type[Door], str] = {
    GatewayDoor: "gateway",
    Greeter: "greeter",
    HttpDoor: "http",
    IrcDoor: "irc",
    PlainDoor: "plain",
    ProxiedDoor: "proxied",
    WebSocketDoor: "websocket",
}


def can_move(door: Door) -> bool:
    """Whether another process could go on with this door now."""
    return type(door) in _NAMES and not door.is_under_way


def moving(doors: Iterable[Door]) -> list[Door]:
    """The doors that another process takes over: all but those that are closing. Raises
    StillUnderWay."""
    staying = [door for door in doors if not door.connection.closing]
    for door in staying:
        if not can_move(door):
            raise StillUnderWay(f"{door.session.host}: {type(door).__name__} is not done")
    return staying


def take_door(door: Door) -> list[Any]:
    """The row of a door and its connection."""
    return [_NAMES[type(door)], door.connection.snapshot(), door.snapshot()]


def restore_door(
    server: Server, row: Row, session_values: Mapping[str, Any], sock: socket
) -> Session:
    """Go on with a connection, whose socket is `sock`. Returns the session, which its user does not
    have yet."""
    kind, connection_values, door_values = row
    door = KINDS[kind](server.door_host, door_values["arrived_at"])
    connection = Connection(
        server.loop, sock, door.received, server.to_flush, server.traffic, is_new=False
    )
    connection.restore(connection_values)
    session = restore_session(server.world, session_values, connection)
    server.arrivals.resume(session)
    door.restore(connection, session, door_values)
    return session

"""What one process hands over to another: all of its state, as plain values that JSON can hold.

    take(server)                        -> HandedOver: the snapshot, and the connections in it
    restore(server, snapshot, sockets)  makes a new server the same, but for what is on disk
    finish(server, snapshot)            once that server has opened its files

`take` only reads, so a process that has been taken from can go on as if nothing had happened.
Nothing may be under way (`quiesce`), and everything said has to be on disk and in the outboxes.

A snapshot has the chat's values (`chat.continuing`), a row for each connection (`moving`), and one
for each other thing that has a memory of its own (PARTS). There are passwords in it, which people
are about to prove: it is never written to a disk or a log.

FORMAT is the version of its form. A process restores snapshots of the versions that are UNDERSTOOD,
and refuses others. Within a version, things may be added: whoever reads a value that an older
process does not have takes what it was before there was such a value. The version has to change if
a value changes its meaning, or must not be lost.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from socket import socket
from typing import Any, NamedTuple

from chatroom import __version__
from chatroom.chat import continuing
from chatroom.chat.commands.capabilities import Offers
from chatroom.chat.commands.isupport import Tokens
from chatroom.chat.named_operators import name_operators
from chatroom.chat.server_operators import review
from chatroom.chat.session import Session
from chatroom.chat.staying import review_staying
from chatroom.net.connection import Connection
from chatroom.server.server import Server
from chatroom.server.upgrade.moving import Row, moving, restore_door, take_door

FORMAT = 1
"""The version of the snapshots that `take` makes."""

UNDERSTOOD = (1,)
"""The versions that `restore` accepts."""

Snapshot = Mapping[str, Any]


class UnknownSnapshot(Exception):
    """A snapshot is of a version that this program does not know."""


class HandedOver(NamedTuple):
    """A snapshot, and the connections that it describes, by their numbers in it."""

    snapshot: dict[str, Any]
    connections: dict[int, Connection]


class _Part(NamedTuple):
    """Something around the world that has a memory."""

    take: Callable[[Server], Any]
    restore: Callable[[Server, Any], None]


PARTS: Mapping[str, _Part] = {
    "addresses": _Part(
        lambda server: server.arrivals.addresses.snapshot(),
        lambda server, values: server.arrivals.addresses.restore(values),
    ),
    "browsers": _Part(
        lambda server: server.door_host.web.browsers.snapshot(),
        lambda server, values: server.door_host.web.browsers.restore(values),
    ),
    "evictions": _Part(
        lambda server: server.callbacks.snapshot(),
        lambda server, values: server.callbacks.restore(values),
    ),
    "memory": _Part(
        lambda server: server.prose.memory.snapshot(),
        lambda server, values: server.prose.memory.restore(values),
    ),
    "operators": _Part(
        lambda server: server.operator_keeper.snapshot(),
        lambda server, values: server.operator_keeper.restore(values),
    ),
}
"""What has a memory, and needs no files."""

KEEPERS: Mapping[str, _Part] = {
    "keepers": _Part(
        lambda server: server.storage.snapshot(),
        lambda server, values: server.storage.restore(values),
    ),
}
"""What has a memory, and exists once the files are open."""


def check_version(snapshot: Snapshot) -> None:
    """Raises UnknownSnapshot."""
    version = snapshot.get("version")
    if version not in UNDERSTOOD:
        raise UnknownSnapshot(f"snapshots of version {version} are not known here")


def take(server: Server) -> HandedOver:
    """Take the snapshot of a server. Changes nothing. Raises StillUnderWay."""
    taken, rows = take_in_parts(server)
    taken.snapshot["connections"] = list(rows)
    return taken


def take_in_parts(server: Server) -> tuple[HandedOver, Iterator[Row]]:
    """The same in two parts, so that another process can begin with the first while this one makes
    the second: a snapshot without the rows of connections, and these."""
    doors = moving(server.doors.values())
    snapshot = {
        "version": FORMAT,
        "program": __version__,
        "chat": continuing.take(server.world, [door.session for door in doors]),
        "connections": [],
        "parts": {name: part.take(server) for name, part in {**PARTS, **KEEPERS}.items()},
    }
    world = server.world
    snapshot["told"] = [Offers(world).snapshot(), Tokens(world).snapshot()]
    numbered = {number: door.connection for number, door in enumerate(doors)}
    return HandedOver(snapshot, numbered), map(take_door, doors)


def restore(server: Server, snapshot: Snapshot, sockets: Mapping[int, socket]) -> None:
    """Make a new server the same as that of the snapshot, in memory. `sockets` are those of the
    connections, by their numbers. Raises UnknownSnapshot, and then changes nothing."""
    restoring = Restoring(server, snapshot, sockets)
    restoring.add(snapshot["connections"])
    restoring.end()


class Restoring:
    """The same in parts, as `take_in_parts` makes them: `add` rows, and `end`."""

    def __init__(self, server: Server, snapshot: Snapshot, sockets: Mapping[int, socket]) -> None:
        check_version(snapshot)
        self._server = server
        self._chat = snapshot["chat"]
        self._sockets = sockets
        self._sessions: list[Session] = []
        server.world.set_time(time.time(), time.monotonic())
        continuing.restore_world(server.world, self._chat)
        _restore_parts(server, snapshot, PARTS)

    def add(self, rows: Sequence[Row]) -> None:
        """Restore the connections of the next rows."""
        values = self._chat["sessions"]
        for number, row in enumerate(rows, len(self._sessions)):
            session = restore_door(self._server, row, values[number], self._sockets[number])
            self._sessions.append(session)

    def end(self) -> None:
        """All rows were added."""
        continuing.reattach(self._server.world, self._sessions, self._chat)


def finish(server: Server, snapshot: Snapshot) -> None:
    """Restore what the files of the server need to be open for. Then let the chat follow the
    configuration of this process, and tell clients what this version does in another way."""
    _restore_parts(server, snapshot, KEEPERS)
    world, rooms = server.world, server.config.rooms
    review(world)
    name_operators(world, rooms.operators, rooms.owners)
    review_staying(world)
    if "told" in snapshot:
        offers, tokens = snapshot["told"]
        for each in (Offers(world, offers), Tokens(world, tokens)):
            server.timers.in_steps(world.clock, each.announce())


def _restore_parts(server: Server, snapshot: Snapshot, parts: Mapping[str, _Part]) -> None:
    taken = snapshot["parts"]
    for name, part in parts.items():
        if name in taken:
            part.restore(server, taken[name])

"""The rooms that there are when a server starts: the permanent ones, as they were left."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import RoomRestored
from chatroom.chat.state.world import World
from chatroom.wire.names import fold


def open_rooms(
    world: World,
    permanent: Iterable[str],
    saved: Mapping[str, Mapping[str, Any]],
    occupied: Collection[str] = (),
) -> None:
    """Begin with the permanent rooms; `saved` is what the log kept of these and others, by name.

    Those that are not permanent have faded when the server ended, except for the `occupied` ones
    (folded names), in which somebody stays without a connection.
    """
    states = {fold(name): state for name, state in saved.items()}
    for name in permanent:
        state = states.pop(fold(name), None) or {}
        apply(world, RoomRestored(name, state, True, world.now))
    for name, state in saved.items():
        if fold(name) not in world.rooms:
            apply(world, RoomRestored(name, state, False, world.now, fold(name) in occupied))

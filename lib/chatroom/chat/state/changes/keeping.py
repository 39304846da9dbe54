"""What is kept of a room: its state, which is saved while the room lasts, and its past when it is
empty."""

from chatroom.chat.state.faded import FadedPast, size, with_bans
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World


def save(world: World, room: Room) -> None:
    """Save the changed topic, modes, lists and owners of a lasting room, and of a room whose
    history is not for everybody, in case the server stops."""
    kept = room.lasts or room.guards_its_past
    if kept or room.is_saved:  # otherwise there is nothing to save or to delete
        world.log.save_room(room.name, room.state() if kept else {})
    room.is_saved = kept


def fade_if_empty(world: World, room: Room, at: float) -> None:
    """End a room that its last member has left, unless it lasts."""
    if not room.members and not room.lasts:
        world.remove_room(room)
        fade(world, room, at)
        world.on_fading(room.name)


def fade(world: World, room: Room, at: float) -> None:
    """The room is empty: keep its history only for those who may read it.

    If the room is closed, all of its history is sealed. Otherwise its gaps pass to the next room of
    that name, and banned people stay barred, because anybody can become operator of the next room
    and lift the bans there.
    """
    if not room.guards_its_past:
        if room.is_saved:
            world.log.save_room(room.name, {})
        return
    barred = with_bans(room.barred, room.lists.ban_keys, room.lists["e"])
    if room.is_closed or size(barred) > 2 * world.limits.list_entries:
        _seal(world, room.name, at)
        return
    # The room's saved state stays, so that a restarted server knows this as well.
    for name, past in world.faded.add(room.folded, FadedPast(barred, room.gaps)):
        if past.barred:
            _seal(world, name, at)
        else:
            world.log.seal_before(name, past.gaps[-1].end)
            world.log.save_room(name, {})


def _seal(world: World, name: str, at: float) -> None:
    world.log.seal(name, at)
    world.log.save_room(name, {})

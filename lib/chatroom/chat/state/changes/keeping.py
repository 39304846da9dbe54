"""What is kept of a room: its state, which is saved while the room lasts, and its past when it is
empty; and of users who stay without a connection."""

from chatroom.chat.state.faded import FadedPast, size, with_bans
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World


def save(world: World, room: Room) -> None:
    """Save the changed topic, modes, lists and owners of a lasting room, of a room whose history is
    not for everybody, and of one in which somebody stays, in case the server stops."""
    kept = is_kept(world, room)
    if kept or room.is_saved:  # otherwise there is nothing to save or to delete
        world.log.save_room(room.name, room.state() if kept else {})
    room.is_saved = kept


def is_kept(world: World, room: Room) -> bool:
    """Whether the room's state is saved."""
    return room.lasts or room.guards_its_past or world.has_staying(room)


def keep_user(world: World, user: User) -> None:
    """Save a user who stays without a connection, and has changed."""
    if world.stays(user):
        world.log.save_user(world.accounts.number_of(user.account), user.state())


def keep_membership(world: World, user: User, room: Room) -> None:
    """Save a user who stays, after they have entered or left a room, or got another rank there."""
    if not world.stays(user):
        return
    keep_user(world, user)
    if room.members and not room.lasts and room.is_saved != (user in room.members):
        save(world, room)


def forget_user(world: World, user: User) -> bool:
    """The user is about to leave, or to have another nickname or account. Returns whether they have
    stayed."""
    stayed = world.stays(user)
    if stayed:
        world.log.save_user(world.accounts.number_of(user.account), None)
    return stayed


def keep_changed(world: World, user: User, stayed: bool) -> None:
    """Save a user, and the rooms that are kept because of them, after that change."""
    keep_user(world, user)
    if stayed != world.stays(user):
        for room in user.rooms:
            if not room.lasts:
                save(world, room)


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

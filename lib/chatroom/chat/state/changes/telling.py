"""Recording a change in the log, and telling it to the people concerned: the last two steps of each
change."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from chatroom.chat.ports import Recipient
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError


def few_in(user: User, rooms: Iterable[Room]) -> Collection[Room]:
    """The rooms in which people without a rank do not see this member (mode u)."""
    return [room for room in rooms if "u" in room.flags and room.hides_member(user)]


def log_line(
    world: World,
    room: Room,
    line: Message,
    at: float,
    user: User | None = None,
    *,
    is_hidden: bool = False,
) -> Message:
    """Record a line of a user, or of the server, in the room's log. The event happens even if the
    log is full. Comings and goings that are hidden from some (mode u) are not recorded."""
    if is_hidden:
        return world.log.stamp(line, at)
    try:
        return world.log.record(room.name, line, at, user.account_number if user else "")
    except HistoryError:
        return line  # the operator was told when the trouble began


def log_in_each(
    world: World,
    user: User,
    rooms: Sequence[Room],
    line: Message,
    at: float,
    few: Collection[Room],
) -> None:
    """Record an event of a user in the logs of the rooms that see it, except a `few`."""
    with suppress(HistoryError):
        names = [room.name for room in rooms if room not in few]
        world.log.record_in_each(names, line, at, user.account_number)


def tell_room(
    world: World,
    room: Room,
    line: Message,
    by: Recipient | None = None,
    *,
    is_hidden: bool = False,
) -> None:
    """Send `by` and all members an event; one that `is_hidden`, only members with a rank."""
    if by is not None:
        by.send(line)
    if room.members:
        few = (room,) if is_hidden else ()
        world.fanout.tell(world.fanout.audience_of_rooms((room,), few), line, by)


def tell_able_neighbours(
    world: World, user: User, rooms: Iterable[Room], line: Message, capability: str
) -> None:
    """Send an event of a user to the others in these rooms whose clients have that capability."""
    shared = [room for room in rooms if len(room.members) > 1]
    hearers = world.fanout.audience_of_rooms(shared, few_in(user, shared))
    own = {session.peer for session in user.sessions}
    able = world.fanout.with_capability(hearers, capability, True)
    others = {
        variant: {peer: None for peer in peers if peer not in own}
        for variant, peers in able.items()
    }
    world.fanout.tell({variant: peers for variant, peers in others.items() if peers}, line)


def tell_own(user: User, line: Message, by: Recipient | None) -> None:
    """Send an event to all sessions of the user whom it concerns."""
    for session in user.sessions:
        if session is by:
            session.send(line)
        else:
            session.send_now(line)

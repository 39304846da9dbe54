"""Recording a change in the log, and telling it to the people concerned: the last two steps of each
change."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from chatroom.chat.ports import Recipient
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError


def log_line(
    world: World, room: Room, line: Message, at: float, user: User | None = None
) -> Message:
    """Record a line of a user, or of the server, in the room's log. The event happens even if the
    log is full."""
    try:
        return world.log.record(room.name, line, at, user.account_number if user else "")
    except HistoryError:
        return line  # the operator was told when the trouble began


def log_in_each(world: World, user: User, rooms: Sequence[Room], line: Message, at: float) -> None:
    """The same for an event of a user that all of these rooms see."""
    with suppress(HistoryError):
        names = [room.name for room in rooms]
        world.log.record_in_each(names, line, at, user.account_number)


def tell_room(world: World, room: Room, line: Message, by: Recipient | None = None) -> None:
    """Send `by` and all members an event."""
    if by is not None:
        by.send(line)
    if room.members:
        world.fanout.tell(world.fanout.audience(room), line, by)


def tell_able_neighbours(
    world: World, user: User, rooms: Iterable[Room], line: Message, capability: str
) -> None:
    """Send an event of a user to the others in these rooms whose clients have that capability."""
    hearers = world.fanout.audience_of_rooms(room for room in rooms if len(room.members) > 1)
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

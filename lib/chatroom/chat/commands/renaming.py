"""RENAME (IRCv3 draft/channel-rename): a room gets another name, and keeps everything else.

Its people, ranks, modes, bans, invitations, topic and owners go with it, and so does its history.
For a while the old name leads to the new one, because clients come back to the rooms that they
know.
"""

from collections.abc import Iterator

from chatroom.chat.commands.rooms import show_topic_and_names
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.markers import send_marker
from chatroom.chat.reading import read
from chatroom.chat.refusals import Failed
from chatroom.chat.rights import RENAME, require
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes.renaming import CHANNEL_RENAME, keep_what_follows
from chatroom.chat.state.events import RoomRenamed
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_membership
from chatroom.text.times import span_words
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.message import Message, as_middle, fits
from chatroom.wire.names import InvalidName, bare, fold, room_name
from chatroom.wire.reference import HistoryBusy, HistoryError

PATIENCE = 2.0
"""Seconds for which RENAME waits until a worker has finished writing to the history."""

PAUSE = 60.0
"""Seconds between two renamings of a room: each is a burst for everybody whose client does not know
RENAME."""

LOOKED_AT = 30
"""Rooms that last whose names are compared with the new one in one step: up to 20 microseconds
each."""

_ANYTHING = frozenset(
    {"PRIVMSG", "NOTICE", "TAGMSG", "REDACT", "JOIN", "PART", "QUIT", "KICK", "NICK", "TOPIC"}
)


def rename(world: World, session: Session, message: Message) -> Steps:
    """RENAME <room> <new name> [<reason>]: for its admins and owners.

    It is announced only when it is on disk. While a worker writes, which takes some milliseconds,
    it is tried again in each step, with all checks.
    """
    old, wanted = message.params[:2]
    reason = message.param(2)[: world.limits.reason]
    until = world.clock + PATIENCE
    while True:
        yield from _refuse_lookalike(world, session, old, wanted)
        yield from _refuse_past(world, session, old, wanted)
        room, name = _checked(world, session, old, wanted)
        event = RoomRenamed(session.user.id, room.name, name, reason, world.log.position, world.now)
        try:
            _refuse_too_long(world, session, event)
            apply(world, event, session)
            break
        except HistoryError as error:
            if not isinstance(error, HistoryBusy) or world.clock > until:
                why = "The history cannot be written"
                raise Failed("RENAME", "HISTORY_UNAVAILABLE", old, text=why) from None
        yield
    yield from keep_what_follows(world, room, event.room)
    if fold(old) != fold(name):
        yield from _show_to_others(world, room)


def _show_to_others(world: World, room: Room) -> Steps:
    """The replies that follow a JOIN, for clients that do not know RENAME: the marker (read-marker,
    "Command flows"), the topic and the names."""
    sessions = [session for member in room.members for session in member.sessions]
    for session in sessions:
        if isinstance(session, Session) and CHANNEL_RENAME not in session.capabilities:
            yield
            if session.user in room.members and not session.closing:
                send_marker(world, session, room, session)
                yield from show_topic_and_names(world, session, room)


def _checked(world: World, session: Session, old: str, wanted: str) -> tuple[Room, str]:
    """The room, and its new name. Raises Refused."""
    room = require_membership(world, session, old)
    require(room, session.user, RENAME)
    if room.permanent:
        why = f"{bare(room.name)} is named in the server's configuration (rooms.permanent)"
        raise _cannot(room, wanted, why)
    try:
        name = room_name(wanted, world.limits.room_name)
    except InvalidName as fault:
        why = str(fault)
        raise _cannot(room, wanted, why[:1].upper() + why[1:]) from None
    if name == room.name:
        raise _cannot(room, wanted, f"The room is called {bare(name)} already")
    before = room.former[-1].at if room.former else 0.0  # also of another life of the server
    left = max(before, room.renamed_at) + PAUSE - world.now
    if left > 0:
        why = f"The room was renamed a moment ago; try again in {span_words(left)}"
        raise _cannot(room, wanted, why)
    other = world.find_room(name) or world.formerly(name)
    if other not in (None, room):
        raise _in_use(room, name, f"There is a room {bare(name)} already")
    if world.faded.bars(fold(name), session.user.names):
        raise _in_use(
            room, name, f"There was a room {bare(name)}, and people can still read its history"
        )
    return room, name


def _refuse_too_long(world: World, session: Session, event: RoomRenamed) -> None:
    """Raises Failed where the line to the others would not fit."""
    line = world.message_from(
        session.user, "RENAME", event.room, event.to, event.reason, at=event.at
    )
    if not fits(line):
        names = event.room, event.to
        raise Failed("RENAME", "CANNOT_RENAME", *names, text="The reason is too long")


def _refuse_lookalike(world: World, session: Session, old: str, wanted: str) -> Iterator[None]:
    """Raises Failed if the new name looks like that of another room that lasts, some rooms in each
    step. Such a room may be secret, so the answer does not name it."""
    room, name = _checked(world, session, old, wanted)
    shape = skeleton(name)
    for count, other in enumerate(list(world.rooms.values()), 1):
        if other is not room and other.lasts and skeleton(other.name) == shape:
            raise _in_use(room, name, f"{bare(name)} looks like the name of another room")
        if count % LOOKED_AT == 0:
            yield


def _refuse_past(world: World, session: Session, old: str, wanted: str) -> Steps:
    """Raises Failed if a former room of the new name has left something to read, which the two
    would have to share. A history that nobody may read any more is set aside."""
    room, name = _checked(world, session, old, wanted)
    if fold(name) == room.folded:
        return
    try:
        left = yield from read(world, session, name, 1, _ANYTHING)
    except HistoryError:
        why = "The history cannot be read"
        raise Failed("RENAME", "HISTORY_UNAVAILABLE", room.name, text=why) from None
    if left:
        raise _in_use(
            room, name, f"There was a room {bare(name)}, and people can still read its history"
        )


def _cannot(room: Room, wanted: str, why: str) -> Failed:
    return Failed("RENAME", "CANNOT_RENAME", room.name, as_middle(wanted) or "*", text=why)


def _in_use(room: Room, name: str, why: str) -> Failed:
    return Failed("RENAME", "CHANNEL_NAME_IN_USE", room.name, name, text=why)

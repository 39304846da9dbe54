"""REDACTALL: those in charge of a room delete everything that somebody said there."""

from collections.abc import Generator

from chatroom.chat.commands.redaction import redact
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.playback import SAID
from chatroom.chat.reading import Reading, read
from chatroom.chat.refusals import Failed
from chatroom.chat.rights import REDACT_OTHERS, require_inside
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import RoomCleared
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import fold
from chatroom.wire.reference import HistoryError, Point

PAGE = 50
"""Messages between two points. They are read, and looked through, in several steps."""

_Finding = Generator[None, None, list[str]]
"""The steps of looking through a room, and the msgids."""

MOST = 5000
"""Messages that one command looks through; the same command once more goes on."""


def redactall(world: World, session: Session, message: Message) -> Steps:
    """REDACTALL <room> <nickname> [<reason>]

    It deletes what was said under that nickname since the room was last new, one message in each
    step or two. As for REDACT, each deletion is announced when it is on disk, and the right is
    checked for each again.
    """
    name, nick, *reason = message.params[:3]
    room = require_room(world, session, name)
    require_inside(room, session.user, REDACT_OTHERS)
    if len(nick) > world.limits.nickname:  # checked before it is folded
        raise _nobody(room, nick)
    count = 0
    try:
        msgids = yield from _said_by(world, session, room, fold(nick))
    except HistoryError:
        why = "The history cannot be read"
        raise Failed("REDACTALL", "HISTORY_UNAVAILABLE", room.name, text=why) from None
    try:
        for msgid in msgids:
            yield
            if world.log.author(room.name, msgid) is None:  # somebody has deleted it meanwhile
                continue
            yield  # to look it up may have moved the journal into the database
            one = Message("REDACT", (room.name, msgid, *reason))
            yield from redact(world, session, one, is_noted=False)
            count += 1
    finally:  # also of what was interrupted
        _note(world, session, room, nick, count, "".join(reason))
    if not count:
        raise _nobody(room, nick)
    text = "1 message was deleted" if count == 1 else f"{count} messages were deleted"
    session.tell("NOTE", "REDACTALL", "DELETED", room.name, as_middle(nick), text)


def _note(world: World, session: Session, room: Room, nick: str, count: int, reason: str) -> None:
    """One entry in the room's audit, however many messages there were."""
    user = session.user
    if count and world.rooms.get(room.folded) is room and world.users.get(user.id) is user:
        why = reason[: world.limits.reason]
        apply(world, RoomCleared(user.id, room.name, nick, count, why, world.now))


def _nobody(room: Room, nick: str) -> Failed:
    why = "There is no message of that person that you can delete"
    return Failed("REDACTALL", "NOTHING", room.name, as_middle(nick) or "*", text=why)


def _said_by(world: World, session: Session, room: Room, folded: str) -> _Finding:
    """The msgids of somebody's messages, the newest first. Raises HistoryError."""
    found: list[str] = []
    before: Point | None = None
    for _ in range(0, MOST, PAGE):
        page = yield from _page(world, session, room, before)
        for one in reversed(page):
            msgid = one.tags["msgid"]
            if world.log.number_of(msgid) <= room.occupied_after:
                return found
            if fold(one.nick) == folded:
                found.append(msgid)
        yield
        if len(page) < PAGE:
            break
        # Of the oldest one only: each point takes two queries.
        before = world.log.point(room.name, page[0].tags["msgid"])
        if before is None:  # it was deleted meanwhile
            break
    return found


def _page(world: World, session: Session, room: Room, before: Point | None) -> Reading:
    return read(world, session, room.name, PAGE, SAID, before=before)

"""The history at the plain door: the last lines on entering, /history and /search.

A page is followed by `more`: the door remembers where the last one ended.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chatroom.chat.playback import SAID, may_read, unreadable_rooms, unseen
from chatroom.chat.room import Room
from chatroom.server.doors.plain_words import ROOM_WORDS
from chatroom.wire.message import Message
from chatroom.wire.names import bare
from chatroom.wire.prose import day_marker, local_moment, visible
from chatroom.wire.query import Query, QueryError, parse_query
from chatroom.wire.reference import HistoryError, Point

if TYPE_CHECKING:
    from chatroom.server.doors.plain import PlainDoor

UP_TO_DATE = "--- you are up to date ---"
THE_BEGINNING = "--- nothing older is kept ---"
SEARCH_PAGE = 10

_UNREADABLE = "The history cannot be read now."


class Reading(NamedTuple):
    """How far somebody has read back: the room, its oldest message shown, and a page's length."""

    room: str
    oldest: str
    length: int


class Searching(NamedTuple):
    """What somebody searched, and the oldest message that was found."""

    query: Query
    oldest: str


def greet(door: "PlainDoor", room: Room) -> None:
    """The last lines, for who has just come in."""
    try:
        messages = unseen(door.session, room)
    except HistoryError:
        door.say(_UNREADABLE)
        return
    if messages:
        door.reading = Reading(room.folded, messages[0].tags["msgid"], door.server.world.replay)
        show(door, messages)
        door.say(UP_TO_DATE)


def history(door: "PlainDoor", text: str) -> None:
    """/history [N], /history more"""
    room = door.room
    reading = door.reading
    if room is None:
        door.say("You are in no room.")
    elif text == "more":
        if reading is None or reading.room != room.folded:
            history(door, "")
        elif not _show_page(door, room, reading.length, reading.oldest):
            door.say(THE_BEGINNING)
    elif text and not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        door.say("Usage: /history [N], /history more")
    else:
        most = door.server.world.limits.chathistory
        length = min(int(text[:9]), most) if text else door.server.world.replay or SEARCH_PAGE
        if _show_page(door, room, length, None):
            door.say(UP_TO_DATE)
        else:
            door.say("Nothing has been said here yet.")


def _show_page(door: "PlainDoor", room: Room, length: int, older_than: str | None) -> bool:
    """Show at most `length` messages; False when there are none."""
    log = door.server.world.log
    try:
        before: Point | None = log.point(room.name, older_than) if older_than else None
        messages = log.select(room.name, length, SAID, before=before)
    except HistoryError:
        door.say(_UNREADABLE)
        return True
    if messages:
        door.reading = Reading(room.folded, messages[0].tags["msgid"], length)
        show(door, messages)
    return bool(messages)


def show(door: "PlainDoor", messages: Sequence[Message]) -> None:
    """The messages as lines, with a marker above each day."""
    day = None
    for message in messages:
        moment = local_moment(message.tags, door.server.world.now)
        words = ROOM_WORDS[message.command](message)
        if moment.date() != day and words:
            day = moment.date()
            door.say(day_marker(day))
        door.say(words)


def search(door: "PlainDoor", text: str) -> None:
    """/search WORDS, /search more"""
    if text == "more":
        if door.searching is None:
            door.say("Search for something first.")
        else:
            _find(door, *door.searching)
        return
    try:
        query = parse_query(text)
    except QueryError as error:
        door.say(visible(f"This cannot be searched: {error}."))
        return
    if query.room and not may_read(door.session, query.room):
        door.say(visible(f"You cannot read what was said in {bare(query.room)}."))
        return
    _find(door, query, "")


def _find(door: "PlainDoor", query: Query, below: str) -> None:
    def found(result: list[Message] | HistoryError) -> None:
        if not door.session.closing:
            _show_found(door, query, below, result)

    world = door.server.world
    world.log.find(query, SEARCH_PAGE, unreadable_rooms(door.session), below, found)


def _show_found(
    door: "PlainDoor", query: Query, below: str, result: list[Message] | HistoryError
) -> None:
    if isinstance(result, HistoryError):
        door.say("The search could not be run.")
        return
    door.searching = Searching(query, result[-1].tags["msgid"]) if result else None
    for message in result:
        moment = local_moment(message.tags, door.server.world.now)
        _, _, words = ROOM_WORDS[message.command](message).partition("] ")
        door.say(f"[{moment:%Y-%m-%d %H:%M:%S}] {visible(bare(message.params[0]))} {words}")
    if len(result) == SEARCH_PAGE:
        door.say("/search more shows older ones.")
    elif below:
        door.say("Nothing older was found.")
    elif not result:
        door.say("Nothing was found.")

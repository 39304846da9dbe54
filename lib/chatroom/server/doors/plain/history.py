"""The history at the plain door: the last lines on entering, /history and /search.

The door remembers the end of a page, and `more` shows the next one.
"""

from collections.abc import Generator, Iterator, Sequence

from chatroom.chat.history_port import SearchTooLong
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.playback import MESSAGES_PER_STEP, SAID
from chatroom.chat.output.retelling import CONTINUED
from chatroom.chat.state.model import Room
from chatroom.server.doors.plain.memory import Memory
from chatroom.server.doors.plain.person import Person, Reading, Searching
from chatroom.server.doors.plain.words import NOWHERE, reacted, said
from chatroom.text.display import ACTION, action, day_marker, local_moment, visible
from chatroom.text.search_query import Query, QueryError, parse_query
from chatroom.text.splitting import formatted_pieces
from chatroom.wire.message import MAX_BODY, Message
from chatroom.wire.names import ROOM_PREFIX, bare
from chatroom.wire.reference import REACTION, HistoryError

UP_TO_DATE = "--- you are up to date ---"
THE_BEGINNING = "--- nothing older is kept ---"
SEARCH_PAGE = 10

SHOWN = SAID | {REACTION}
"""The commands that the history shows to people. Reactions do not count."""

_UNREADABLE = "The history cannot be read right now."
_NOT_KEPT = "What you and {} say to each other is not kept: both of you need to be logged in."
_NONE_KEPT = "This server keeps no history."


def greet(door: Person, room: Room) -> Steps:
    """Show the last lines to a person who has just entered."""
    try:
        messages = yield from door.host.plain.unseen(door.session, room, SHOWN)
    except HistoryError:
        door.say(_UNREADABLE)
        return
    if (yield from _show(door, room, messages, door.host.plain.replay)):
        door.say(UP_TO_DATE)


def history(door: Person, text: str) -> None:
    """/history [N], /history more"""
    door.start(_history(door, text))


def _history(door: Person, text: str) -> Steps:
    try:
        if not door.host.facts.keeps_history:
            door.say(_NONE_KEPT)
        elif door.room is None:
            door.say(NOWHERE)
        elif text.lower() == "more":
            yield from _show_older(door, door.room)
        else:
            yield from _show_latest(door, door.room, text)
    except HistoryError:
        door.say(_UNREADABLE)


def _show_latest(door: Person, room: Room, text: str) -> Steps:
    host = door.host
    if text and not (text.isascii() and text.isdigit() and int(text[:9])):
        door.say("Usage: /history [N | more]")
        return
    length = (
        min(int(text[:9]), host.facts.limits.chathistory)
        if text
        else host.plain.replay or SEARCH_PAGE
    )
    messages = yield from host.plain.read(door.session, room.name, length, SHOWN)
    if (yield from _show(door, room, messages, length)):
        door.say(UP_TO_DATE)
    else:
        door.say("Nothing has been said here yet.")


def _show_older(door: Person, room: Room) -> Steps:
    reading = door.reading
    if reading is None or reading.room != room.folded:
        yield from _show_latest(door, room, "")
        return
    messages = yield from door.host.plain.read(
        door.session, room.name, reading.length, SHOWN, before=reading.oldest
    )
    if not messages:
        door.say(THE_BEGINNING)
    elif not (yield from _show(door, room, messages, reading.length)):
        door.say("There are no messages on this page. /history more shows older ones.")


def _show(
    door: Person, room: Room, messages: Sequence[Message], length: int
) -> Generator[None, None, bool]:
    """Show a page, with a marker above each day. Returns whether anything on it is for people."""
    if messages:
        door.reading = Reading(room.folded, messages[0].tags["msgid"], length)
    # A page that all members may read may be quoted to all; otherwise its replies are only shown to
    # this person.
    shared, own = door.host.plain.prose.memory, Memory()
    era = shared.era
    day = None
    count = 0
    for message in messages:
        for piece in _pieces(message):
            count += 1
            if count % MESSAGES_PER_STEP == 0:
                yield
            if door.choices.hides(message) or door.host.plain.is_gone(message):
                break
            memory = own if room.guards_its_past or shared.era != era else shared
            words = _words(door.choices.unquoted(piece, memory), memory)
            if not words:
                break
            if message.command != REACTION:
                memory.note(message)
            moment = local_moment(message.tags, door.host.facts.now)
            if moment.date() != day:
                day = moment.date()
                door.say(day_marker(day))
            door.say(f"[{moment:%H:%M:%S}] {words}")
    return day is not None


def _words(message: Message, memory: Memory) -> str:
    return (reacted if message.command == REACTION else said)(message, memory)


def _pieces(message: Message) -> Iterator[Message]:
    """The message; in several pieces if it is longer than any message that was sent here.

    An imported message may have 60,000 characters, and showing them at once would delay others.
    """
    text = message.param(1)
    deed = action(text)
    if len(text) <= MAX_BODY or (deed is None and text.startswith("\x01")):
        yield message
        return
    form = "{}" if deed is None else ACTION + "{}\x01"
    for count, piece in enumerate(formatted_pieces(text if deed is None else deed, MAX_BODY)):
        if count:
            tags = {"time": message.tags["time"]}  # the answered message was already shown
            piece = CONTINUED + piece
        else:
            tags = dict(message.tags)
        yield message._replace(params=(message.params[0], form.format(piece)), tags=tags)


def search(door: Person, text: str) -> None:
    """/search WORDS, /search more"""
    if not door.host.facts.keeps_history:
        door.say(_NONE_KEPT)
    elif text.lower() != "more":
        _search(door, text)
    elif door.searching is None:
        door.say("Search for something first.")
    else:
        _find(door, *door.searching)


def _search(door: Person, text: str) -> None:
    try:
        query = parse_query(text, None)
    except QueryError as error:
        door.say(visible(f"This cannot be searched: {error}."))
        return
    query = door.host.plain.searched(door.session, query)
    if query.partner and not query.room:
        door.say(visible(_NOT_KEPT.format(query.partner)))
        return
    if query.room and not door.host.plain.may_read(door.session, query.room):
        door.say(visible(f"You cannot read the history of {bare(query.room)}."))
        return
    _find(door, query, "")


def _find(door: Person, query: Query, below: str) -> None:
    def found(result: list[Message] | HistoryError) -> Steps:
        yield from _show_found(door, query, below, result)
        if not door.session.closing:
            door.release()

    if door.connection.lost:
        return  # nobody would read the result
    if why := door.host.plain.why_no_search(door.session):
        door.say(f"{why}.")
        return
    door.hold()
    door.host.plain.find(door.session, query, SEARCH_PAGE, below, found)


def _show_found(
    door: Person, query: Query, below: str, result: list[Message] | HistoryError
) -> Steps:
    if isinstance(result, HistoryError):
        told = isinstance(result, SearchTooLong)
        door.say(f"{result}." if told else "The search could not be run.")
        return
    oldest = result[-1].tags["msgid"] if result else below
    door.searching = Searching(query, oldest) if oldest else None
    count = 0
    for message in result:
        for line in _found_lines(door, message, bool(query.author)):
            if count and count % MESSAGES_PER_STEP == 0:
                yield
            if door.session.closing:
                return
            if not door.host.plain.is_readable(door.session, message):
                break
            door.say(line)
            count += 1
    if len(result) == SEARCH_PAGE:
        door.say("/search more shows older ones.")
    elif below:
        door.say("Nothing older was found.")
    elif not count:
        door.say("Nothing was found.")


def _found_lines(door: Person, message: Message, asked_for: bool) -> Iterator[str]:
    """The lines of a result; lines of ignored people only if the search asked for them."""
    if door.choices.hides(message) and not asked_for:
        return
    moment = local_moment(message.tags, door.host.facts.now)
    message = door.host.plain.as_shown(door.session, message)
    place = message.params[0]
    where = visible(bare(place) if place.startswith(ROOM_PREFIX) else f"(private, to {place})")
    for piece in _pieces(message):
        if words := said(piece, Memory()):
            yield f"[{moment:%Y-%m-%d %H:%M:%S}] {where} {words}"

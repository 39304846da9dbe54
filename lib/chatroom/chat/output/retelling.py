"""Sends a room's past as notices from the server, for clients that would mistake it for new
messages.

The problem: a PRIVMSG of the past looks like a live one to a client without batches. Bots carry out
old commands, bridges post old lines again, and people answer them. The idea: by convention no
program reacts to a NOTICE (RFC 2812 section 3.3.2), so each old line becomes text in a notice, with
its time and author in front, between two notices that explain this.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from chatroom.chat.output.answers import Steps
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.text.display import ACTION
from chatroom.text.splitting import SHORTEST_PIECE, clusters, formatted_pieces
from chatroom.wire.message import MAX_BODY, Message, fits
from chatroom.wire.names import bare
from chatroom.wire.reference import parse_time

PIECES_PER_STEP = 4
"""Notices sent in one step: 0.7 ms if all contain one long word that has to be wrapped."""

MOST_PIECES = 20
"""Notices for one message: a message sent here needs a few, but an imported one may be of any
length."""

_LONGEST_TEXT = MOST_PIECES * MAX_BODY
"""Characters of a message that are used."""

CONTINUED = "… "
"""In front of the rest of a text that takes several notices."""

_LINE = re.compile("[^\r\n]+")

THE_END = "End of the history. The following lines are live."


def retell(world: World, session: Session, room: Room, messages: Sequence[Message]) -> Steps:
    """Send these messages of the room's history, of which there is at least one, as notices."""
    source = world.settings.name
    today = world.local(world.now).date()
    session.send(_heading(source, room.name, len(messages)))
    count = 0
    for message in messages:
        moment = world.local(parse_time(message.tags["time"]) / 1000)
        for notice in notices(message, source, room.name, moment, today):
            if count and count % PIECES_PER_STEP == 0:
                yield
                # they were removed meanwhile and may not read the rest
                if session.user not in room.members:
                    return
            if world.was_redacted(message):
                break
            session.send(notice)
            count += 1
    session.tell("NOTICE", room.name, THE_END)


def retell_waiting(
    world: World, session: Session, nick: str, messages: Sequence[Message]
) -> Iterator[None]:
    """Show private messages from `nick` that have waited for the user.

    The plain door shows the messages themselves, because people read them there, and no programs.
    """
    me, number = session.user.nick, world.accounts.number_of(session.user.account)
    today = world.local(world.now).date()
    moments = [world.local(parse_time(one.tags["time"]) / 1000) for one in messages]
    what = f"{len(messages)} messages" if len(messages) > 1 else "A message"
    since = "" if moments[0].date() == today else f" (since {moments[0]:%Y-%m-%d})"
    _notify(world, session, f"{what} from {nick} while you were not here{since}:")
    count = 0
    for message, moment in zip(messages, moments, strict=True):
        lines = [message]
        if not session.shows_rooms_itself:
            lines = list(notices(message, world.settings.name, me, moment, today))
        for line in lines:
            if count and count % PIECES_PER_STEP == 0:
                yield
                if world.accounts.number_of(session.user.account) != number:
                    return
            if world.was_redacted(message):
                break
            session.send(line)
            count += 1
    _notify(world, session, f"That was all from {nick}.")


def _notify(world: World, session: Session, text: str) -> None:
    line = ("NOTICE", (session.user.nick, text), world.settings.name, world.time_tag(world.now))
    session.send(Message(*line))


def _heading(source: str, room: str, count: int) -> Message:
    what = f"The last {count} lines" if count > 1 else "The last line"
    heading = Message("NOTICE", (room, f"{what} of {bare(room)}:"), source)
    return heading if fits(heading) else heading._replace(params=(room, f"{what}:"))


def notices(
    message: Message, source: str, room: str, moment: datetime, today: date
) -> Iterator[Message]:
    """One old message as notices from the server `source`: each has the message's time, as text and
    as a tag, and none is cut. Messages of `today` show only the time."""
    stamp = f"[{moment:%H:%M:%S}]" if moment.date() == today else f"[{moment:%Y-%m-%d %H:%M:%S}]"
    form, text = _form(message)
    space = MAX_BODY - len(f":{source} NOTICE {room} :{stamp} \r\n".encode())
    room_for_author = space - len(form.format("").encode()) - SHORTEST_PIECE
    head = form.format(_shortened(message.nick, room_for_author))
    tags = {"time": message.tags["time"]}
    mark = ""
    left = len(message.params[-1])
    for count, piece in enumerate(_pieces(text, space - len(head.encode()))):
        if count == MOST_PIECES:
            break
        yield Message("NOTICE", (room, f"{stamp} {head}{mark}{piece}"), source, tags)
        left -= len(piece)
        mark = CONTINUED
    else:
        left = max(0, len(message.params[-1]) - _LONGEST_TEXT)
    if left > 0:
        yield Message(
            "NOTICE", (room, f"{stamp} {head}{mark}({left} more characters)"), source, tags
        )


def _form(message: Message) -> tuple[str, str]:
    """The author in front of the text, and the text without codes that a client might obey."""
    text = message.params[-1][:_LONGEST_TEXT]
    if text.startswith(ACTION):
        form, text = "* {} ", text.removeprefix(ACTION)
    else:
        form = "-{}- " if message.command == "NOTICE" else "<{}> "
    return form, text.replace("\x01", "")  # some clients recognise a CTCP query anywhere in a text


def _pieces(text: str, space: int) -> Iterator[str]:
    """The text in pieces of at most `space` bytes, all but the first with room for CONTINUED."""
    first = True
    for match in _LINE.finditer(text):  # an imported message may have several lines
        if first and len(match[0].encode()) <= space:
            yield match[0]
        else:
            yield from formatted_pieces(match[0], space - len(CONTINUED.encode()))
        first = False
    if first:
        yield ""


def _shortened(nick: str, longest: int) -> str:
    """The nickname, cut to `longest` bytes: one of 64 characters of any script would leave no
    room."""
    if len(nick.encode()) <= longest:
        return nick
    kept, left = "", longest - len("…".encode())
    for cluster in clusters(nick):
        left -= len(cluster.encode())
        if left < 0:
            break
        kept += cluster
    return f"{kept}…"

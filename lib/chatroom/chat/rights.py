"""Who may read what was said in a room: one rule, for every way of reading.

A line is for those who were let in when it was said. What was said while the door was open is for
everybody; what was said behind a closed door (modes i, k, s) is for those who were inside, and for
whoever was let in before it opened, for as long as they stay. So a room has, at most, one gap in
its past: from when its door was first closed until it was last opened. It is filled only for the
members who came before that. Somebody who comes again has no more than a newcomer has: a nickname
and a host do not prove who they were.

| who asks                 | the room now   | reads                                              |
|--------------------------|----------------|----------------------------------------------------|
| a member                 | open or closed | everything but the gap there was when they entered |
| anybody                  | open           | everything but the gap                             |
| who is banned there now  | open           | nothing; an invitation does not change that        |
| anybody, invited or not  | closed (i, k)  | nothing: the right to read comes with entering     |
| anybody                  | secret (s)     | nothing, as of a room that never was               |
| anybody                  | faded, open    | everything after the last opening: it is the seal  |
| anybody                  | faded, closed  | nothing: it was sealed                             |
| who was banned then      | faded          | nothing                                            |
| the same                 | opened anew    | what is said from then on, as its operator too     |

Where the server has ended, rooms have faded, except permanent ones, which are as they were, without
members. The seals are the log's affair, which shows nobody what is sealed.
"""

from collections.abc import Collection, Generator, Iterable, Sequence

from chatroom.chat.flood import spend
from chatroom.chat.log import Asker
from chatroom.chat.session import Session
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.reference import (
    ALL_OF_IT,
    NO_GAP,
    Gap,
    Point,
    just_before,
    parse_time,
)


def gap_for(session: Session, name: str) -> Gap | None:
    """What was said in the room that this visitor may not read. None: nothing may be read there.

    That is refused. A room that is secret, or not there, is shown as one without a past instead.
    """
    world = session.world
    room = world.find_room(name)
    if room is None:
        barred = world.faded.bars(fold(name), session.folded_mask)
        return ALL_OF_IT if barred else NO_GAP
    if room in session.rooms:
        return session.rooms[room]
    if not room.shown_to(session):
        return ALL_OF_IT
    if room.is_closed or room.bans(session):
        return None
    return room.gap_for(session)


def may_read(session: Session, name: str) -> bool:
    """Whether this visitor may ask what was said in the room."""
    return gap_for(session, name) is not None


def may_read_at(session: Session, name: str, at: int) -> bool:
    """Whether this visitor may read what was said in the room at that time (UTC milliseconds)."""
    gap = gap_for(session, name)
    return gap is not None and not gap.has(at)


def readable(session: Session, found: Sequence[Message]) -> list[Message]:
    """Those of the messages, from any rooms, that this visitor may read; each has its `time`."""
    gaps = {room: gap_for(session, room) for room in {message.params[0] for message in found}}
    return [
        message
        for message in found
        if (gap := gaps[message.params[0]]) is not None
        and not gap.has(parse_time(message.tags["time"]))
    ]


SEARCH_COST = 4
"""What a search takes from the allowance, as its row in the table of commands says."""


def asker(session: Session) -> Asker:
    """This visitor, for a search: what they may find is decided when it has been found."""
    return Asker(
        address=session.host,
        session=session,
        is_gone=lambda: bool(session.closing),
        charge=lambda: spend(session, SEARCH_COST),
        may_read=lambda message: bool(readable(session, [message])),
        is_shut_out=lambda room: gap_for(session, room) in (None, ALL_OF_IT),
    )


Reading = Generator[None, None, list[Message]]
"""The steps of reading a page, and the page."""


def read(
    session: Session,
    name: str,
    limit: int,
    commands: Collection[str],
    *,
    after: Point | None = None,
    before: Point | None = None,
    newest: bool = True,
) -> Reading:
    """A page of a room's history, as `Log.select`, of what this visitor may read, in short steps.

    Two stretches where there is a gap between the points, and one otherwise. Raises HistoryError.
    """
    gap = gap_for(session, name)
    if gap is None or gap == ALL_OF_IT:
        return []
    pages = session.world.log.pages
    if not gap.end:
        some = pages(name, limit, commands, after=after, before=before, newest=newest)
        return (yield from _collect(some, newest))
    start, end = just_before(gap.start), just_before(gap.end)
    earlier = (after, start if before is None else min(before, start))
    later = (end if after is None else max(after, end), before)
    found: list[Message] = []
    for low, high in (later, earlier) if newest else (earlier, later):
        missing = limit - len(found)
        if missing and (low is None or high is None or low < high):
            some = pages(name, missing, commands, after=low, before=high, newest=newest)
            page = yield from _collect(some, newest)
            found = page + found if newest else found + page
    return found


def _collect(pages: Iterable[list[Message]], newest: bool) -> Reading:
    """The messages of `Log.pages` in the order of time; reading a page is a step."""
    found: list[Message] = []
    for page in pages:
        found = page + found if newest else found + page
        yield
    return found

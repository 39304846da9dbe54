"""Decides who may read what was said in a room: one rule for every way of reading.

A line may be read by everybody who was allowed in when it was said. Lines from the time when the
room's door was open are for everybody. Lines from behind a closed door (modes i, k, s, z) are for
the members of that time, and for those who were let in before the door opened, as long as they
stay. So a room has gaps in its past, one for each time that its door was closed and opened again
(see `wire.gaps`). Only members who entered before the opening can read what is in a gap. A member
who leaves and returns has the rights of a newcomer, because a nickname and a host prove nothing.

| who asks                | the room now   | may read                                              |
|-------------------------|----------------|-------------------------------------------------------|
| a member                | open or closed | everything except the gaps that existed when entering |
| anybody                 | open           | everything except the gaps                            |
| somebody banned now     | open           | nothing; an invitation does not change that           |
| anybody, invited or not | closed (ikz)   | nothing: the right to read comes with entering        |
| anybody                 | secret (s)     | nothing, as if the room had never existed             |
| anybody                 | faded, open    | everything except the gaps, as in the next room there |
| anybody                 | faded, closed  | nothing: it was sealed                                |
| somebody banned then    | faded          | nothing                                               |
| the same person         | opened again   | what is said from then on, even as its operator       |

If a room has several of these modes, removing one of them ends a gap too: people who are let in
afterwards cannot read what was said before. A room has at most MOST_GAPS gaps; beyond that, the two
closest ones are joined. That hides something that was said in the open, but never the reverse.

A private conversation is a log, too, and only its two accounts may read it: to all others it looks
as if it had never taken place.

When the server ends, rooms fade, except permanent ones, which stay as they are, without members.
The log itself keeps sealed messages from everybody.

Somebody who has logged in by a token reads only the rooms for which it is good (`scopes`).
"""

from collections.abc import Collection, Generator, Iterable, Sequence

from chatroom.chat import conversations
from chatroom.chat.conversations import as_shown
from chatroom.chat.flood import spend
from chatroom.chat.history_port import Asker
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.gaps import ALL_OF_IT, Gaps, hide
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.private import is_private
from chatroom.wire.reference import Point, counted, just_before
from chatroom.wire.tokens import Token


def gaps_for(world: World, session: Session, name: str) -> Gaps | None:
    """The gaps in the room's past for this user; None if they may read nothing there.

    In that case a request is refused, except for a secret or missing room, which is shown as a room
    without a past.
    """
    if session.key is not None and session.key.is_limited and not _covers(session.key, name):
        return ALL_OF_IT
    if is_private(name):
        return () if conversations.may_read(world, session, name) else ALL_OF_IT
    # what is still on its way to somebody, in a search or a page, may have the room's former name
    room = world.find_room(name) or world.formerly(name)
    if room is None:
        folded = fold(name)
        barred = world.faded.bars(folded, session.user.names)
        return ALL_OF_IT if barred else world.faded.gaps(folded)
    if room in session.user.rooms:
        return session.user.rooms[room]
    if not room.visible_to(session.user):
        return ALL_OF_IT
    if room.is_closed or room.lists.bans(session.user):
        return None
    return room.gaps_for(session.user)


def _covers(token: Token, name: str) -> bool:
    return token.reads and token.covers(name)


def is_shut_out(world: World, session: Session, name: str) -> bool:
    """Whether this session may read nothing of the room's past."""
    return gaps_for(world, session, name) in (None, ALL_OF_IT)


def may_read(world: World, session: Session, name: str) -> bool:
    """Whether this user may request the room's history."""
    return gaps_for(world, session, name) is not None


def may_read_at(world: World, session: Session, name: str, at: int) -> bool:
    """Whether this user may read messages of that time (UTC milliseconds) in the room."""
    gaps = gaps_for(world, session, name)
    return gaps is not None and not hide(gaps, at)


def readable(world: World, session: Session, found: Sequence[Message]) -> list[Message]:
    """The messages, from any logs, that this user may read, as the logs have them; each has its
    `time`."""
    hidden = {
        room: gaps_for(world, session, room) for room in {message.params[0] for message in found}
    }
    return [
        message
        for message in found
        if (gaps := hidden[message.params[0]]) is not None
        and not hide(gaps, world.log.place(message))
    ]


SEARCH_COST = 4
"""The cost of a search, as in its row of the command table."""


def asker(world: World, session: Session) -> Asker:
    """This user as an `Asker`: the rights are checked after the search."""
    return Asker(
        address=session.host,
        session=session,
        is_gone=lambda: bool(session.closing),
        charge=lambda: spend(world, session, SEARCH_COST),
        account=conversations.own_number(world, session.user),
        may_read=lambda message: bool(readable(world, session, [message])),
        is_shut_out=lambda room: is_shut_out(world, session, room),
    )


Reading = Generator[None, None, list[Message]]
"""The steps of reading a page; the result is the page."""


def read(
    world: World,
    session: Session,
    name: str,
    limit: int,
    commands: Collection[str],
    *,
    after: Point | None = None,
    before: Point | None = None,
    newest: bool = True,
) -> Reading:
    """Read a page of a log, of a room or a conversation, in short steps, as far as this user may
    read it; otherwise like `HistoryPort.select`. The messages are as this user sees them.

    The gaps between the points are left out; the parts between them are read one after the other.
    Raises HistoryError.
    """
    gaps = gaps_for(world, session, name)
    if gaps is None or gaps == ALL_OF_IT:
        return []
    spans = _between(gaps, after, before)
    found: list[Message] = []
    for number, (low, high) in enumerate(reversed(spans) if newest else spans):
        if number:
            yield  # also for an empty result, because that takes a query too
        missing = limit - counted(found)
        if not missing:
            break
        some = world.log.pages(name, missing, commands, after=low, before=high, newest=newest)
        page = yield from _collect(some, newest)
        found = page + found if newest else found + page
    return [as_shown(world, session, one) for one in found] if is_private(name) else found


_Span = tuple[Point | None, Point | None]
"""A range after one point and before another; None: unlimited."""


def _between(gaps: Gaps, after: Point | None, before: Point | None) -> list[_Span]:
    """The ranges between two points outside of the gaps, in the order of time."""
    spans: list[_Span] = []
    low = after
    for gap in gaps:
        start, end = just_before(gap.start), just_before(gap.end)
        spans.append((low, start if before is None else min(before, start)))
        low = end if low is None else max(low, end)
    spans.append((low, before))
    return [(low, high) for low, high in spans if low is None or high is None or low < high]


def _collect(pages: Iterable[list[Message]], newest: bool) -> Reading:
    """The messages of `HistoryPort.pages` in the order of time; each page is a step."""
    found: list[Message] = []
    for page in pages:
        found = page + found if newest else found + page
        yield
    return found

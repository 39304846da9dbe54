"""CHATHISTORY (IRCv3 draft/chathistory): pages of what was said in a room or a conversation."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from chatroom.chat import conversations
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.output.playback import EVENTS, SAID, played_back, show_batch
from chatroom.chat.reading import is_shut_out, may_read, may_read_at, read
from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import NO_TAGS, Message
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.private import is_private
from chatroom.wire.reference import (
    KEPT,
    REACTION,
    REDACTION,
    HistoryError,
    Point,
    above_zero,
    counted,
    counts,
    fills,
    format_time,
    parse_time,
)

END_TAG = "draft/chathistory-end"
"""The tag of a page after which there is nothing (chathistory, "draft/chathistory-end tag")."""


class _Reference(NamedTuple):
    """A reference: messages before it are before `start`, messages after it are after `end`; for a
    message both are the same.

    For a time that no message has, `start` may be later than `end` (store/times.py). `by_time`: it
    is a time, and so may be the client's next one.
    """

    start: Point
    end: Point
    by_time: bool = False


class _Page(NamedTuple):
    """The parameters of a subcommand: a target and its log, up to two references, a limit."""

    world: World
    session: Session
    subcommand: str
    log: str
    target: str
    references: tuple["_Reference | None", ...]
    limit: int


class _Found(NamedTuple):
    """The messages of a page, and whether the next page would be empty."""

    messages: list[Message]
    is_last: bool

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its batch."""
        return {END_TAG: ""} if self.is_last else NO_TAGS


def chathistory(world: World, session: Session, message: Message) -> Steps:
    """CHATHISTORY <subcommand> <target> <reference> [<reference>] <limit>"""
    if not message.params:
        raise _invalid("*", "Insufficient parameters")
    subcommand = message.params[0].upper()
    if subcommand == "TARGETS":
        yield from _targets(world, session, message)
        return
    row = _SUBCOMMANDS.get(subcommand)
    if row is None:
        raise _invalid(message.params[0], "Unknown command")
    references, reader = row
    target, texts, limit = _split(message, references)
    log = _log(world, session, subcommand, target)
    room = world.find_room(target)
    known = is_private(log) or (room is not None and room.visible_to(session.user))
    try:
        if not known and not (yield from _has_a_past(world, session, target)):
            raise _no_target(subcommand, target)
        page = _parse(world, session, subcommand, log, target, texts, limit)
        found = yield from reader(page, played_back(session))
    except HistoryError:
        raise Failed(
            "CHATHISTORY", "MESSAGE_ERROR", subcommand, target,
            text="Messages could not be retrieved",
        ) from None  # fmt: skip
    name = room.name if room and known else target
    may_go_on = partial(_may_go_on, world, session, log)
    yield from show_batch(world, session, name, found.messages, may_go_on, found.tags)


def _may_go_on(world: World, session: Session, log: str) -> bool:
    return not is_shut_out(world, session, log)


def _log(world: World, session: Session, subcommand: str, target: str) -> str:
    """The log of a target, which is a room or a person. Raises Failed for a person with whom this
    user has no conversation that could be kept."""
    if target.startswith(ROOM_PREFIX):
        return target
    log = conversations.log_with(world, session, target)
    if not log:
        raise _no_target(subcommand, target)
    return log


def _split(message: Message, references: int) -> tuple[str, list[str], str]:
    """The target, the references and the limit, unparsed. Raises Failed."""
    subcommand, *params = message.params
    if len(params) < references + 2:
        raise _invalid(subcommand, "Insufficient parameters")
    if len(params) > references + 2:
        raise _invalid(subcommand, "Too many parameters")
    target, *texts, limit = params
    return target, texts, limit


def _has_a_past(world: World, session: Session, name: str) -> Generator[None, None, bool]:
    """Whether a room that is missing, or closed to this user, has anything to read.

    A secret room must look like a room that never existed, also to somebody who measures how long
    the answer takes: so a log is read for it, too. Raises HistoryError.
    """
    log = _EMPTY_LOG if is_shut_out(world, session, name) else name
    return bool((yield from read(world, session, log, 1, _ANYTHING)))


_ANYTHING = SAID | EVENTS | {REACTION, KEPT, REDACTION}

_EMPTY_LOG = f"{ROOM_PREFIX} "
"""No room has this name, because names contain no spaces."""


def _no_target(subcommand: str, target: str) -> Failed:
    is_room = ROOM_PREFIX in target  # `@#room` is no person, either
    text = "Messages could not be retrieved" if is_room else _NOT_KEPT
    return Failed("CHATHISTORY", "INVALID_TARGET", subcommand, target, text=text)


_NOT_KEPT = "Private messages are kept only if both people are logged in"


def _parse(
    world: World,
    session: Session,
    subcommand: str,
    log: str,
    target: str,
    texts: list[str],
    limit: str,
) -> _Page:
    if not may_read(world, session, log):
        raise _no_target(subcommand, target)
    page = _Page(world, session, subcommand, log, target, (), 0)
    points = tuple(_reference(page, text) for text in texts)
    return page._replace(references=points, limit=_limit(world, session, subcommand, limit))


def _limit(world: World, session: Session, subcommand: str, text: str) -> int:
    number = above_zero(text)
    if not number:
        raise _invalid(subcommand, text, "Invalid limit")
    return min(number, world.limits.chathistory)


def _reference(page: _Page, text: str) -> _Reference | None:
    """Parse a reference; None for `*`, which only LATEST accepts."""
    subcommand, target = page.subcommand, page.target
    kind, _, value = text.partition("=")
    if text == "*" and subcommand.upper() == "LATEST":
        return None
    if kind == "timestamp":
        return _moment(page, value)
    if text == "*" or not value:
        raise _invalid(subcommand, text, "Invalid message reference")
    if kind == "msgid":
        point = _point(page, value)
        return _Reference(point, point)
    raise Failed(
        "CHATHISTORY", "INVALID_MSGREFTYPE", subcommand, target,
        text=f"{kind}-based history requests are not supported",
    )  # fmt: skip


def _point(page: _Page, msgid: str) -> Point:
    why = "There is no such message"
    try:
        point = page.world.log.point(page.log, msgid)
    except HistoryError:
        point, why = None, "Messages could not be retrieved"
    if point is None or not may_read_at(page.world, page.session, page.log, point.at):
        context = page.subcommand, page.target, msgid
        raise Failed("CHATHISTORY", "MESSAGE_ERROR", *context, text=why)
    return point


def _moment(page: _Page, text: str) -> _Reference:
    time = _time(page.subcommand, text)
    try:
        return _Reference(*page.world.log.span(page.log, time), by_time=True)
    except HistoryError:
        why, context = "Messages could not be retrieved", (page.subcommand, page.target)
        raise Failed("CHATHISTORY", "MESSAGE_ERROR", *context, text=why) from None


def _time(subcommand: str, text: str) -> int:
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise _invalid(subcommand, text, "Invalid timestamp") from None


def _invalid(subcommand: str, *context_and_text: str) -> Failed:
    *context, text = context_and_text
    return Failed("CHATHISTORY", "INVALID_PARAMS", subcommand, *context, text=text)


Reading = Generator[None, None, _Found]
Reader = Callable[[_Page, Collection[str]], Reading]


def _read(
    page: _Page,
    limit: int,
    commands: Collection[str],
    *,
    after: Point | None = None,
    before: Point | None = None,
    newest: bool = True,
    by_time: bool = False,
) -> Reading:
    """`reading.read`, with one message more than the limit to know whether there are any more."""
    world, session, log = page.world, page.session, page.log
    found = yield from read(
        world, session, log, limit + 1, commands, after=after, before=before, newest=newest
    )
    if not limit:
        return _Found([], is_last=not found)
    if counted(found) <= limit:
        return _Found(found, is_last=not fills(found, limit + 1))
    places = _places(found)
    kept = places[-limit:] if newest else places[:limit]
    edge, beyond = (kept[0], places[0]) if newest else (kept[-1], places[-1])
    if by_time and found[beyond].tags["time"] == found[edge].tags["time"]:
        return (yield from _with_whole_time(page, limit, commands, after, before, newest))
    some = found[kept[0] :] if newest else found[: kept[-1] + 1]
    return _Found(some, is_last=False)


def _places(found: Sequence[Message]) -> list[int]:
    """Where the messages are that count towards a limit."""
    return [at for at, message in enumerate(found) if counts(message)]


def _with_whole_time(
    page: _Page,
    limit: int,
    commands: Collection[str],
    after: Point | None,
    before: Point | None,
    newest: bool,
) -> Reading:
    """A page that goes on while the messages have the time of its last one, as far as one answer
    may go.

    A client that pages by times excludes that time from the next page, and would never see the
    others: what somebody pastes has one time. So such a page may be longer than its limit.
    """
    world, session, log = page.world, page.session, page.log
    most = limit + world.limits.chathistory
    found = yield from read(
        world, session, log, most, commands, after=after, before=before, newest=newest
    )
    places = _places(found)
    if newest:
        places.reverse()
    count = limit
    while count < len(places) and _time_at(found, places[count]) == _time_at(
        found, places[limit - 1]
    ):
        count += 1
    if count >= len(places) and not fills(found, most):
        return _Found(found, is_last=True)
    edge = places[count - 1]
    return _Found(found[edge:] if newest else found[: edge + 1], is_last=False)


def _time_at(found: Sequence[Message], place: int) -> str:
    return found[place].tags["time"]


def _latest(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    after = None if reference is None else reference.end
    return _read(page, page.limit, commands, after=after)


def _before(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    assert reference is not None
    return _read(page, page.limit, commands, before=reference.start, by_time=reference.by_time)


def _after(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    assert reference is not None
    return _read(
        page,
        page.limit,
        commands,
        after=reference.end,
        newest=False,
        by_time=reference.by_time,
    )


def _around(page: _Page, commands: Collection[str]) -> Reading:
    """Half of the limit before the point, then the message at the point and the rest after it."""
    (reference,) = page.references
    assert reference is not None
    point, half, by_time = reference.start, page.limit // 2, reference.by_time
    earlier = yield from _read(page, half, commands, before=point, by_time=by_time)
    here = Point(point.at, point.number - 1)
    rest = page.limit - min(half, counted(earlier.messages))
    later = yield from _read(page, rest, commands, after=here, newest=False, by_time=by_time)
    return _Found(earlier.messages + later.messages, earlier.is_last and later.is_last)


def _between(page: _Page, commands: Collection[str]) -> Reading:
    """Counts from the first reference, which may be the later one."""
    first, second = page.references
    assert first is not None
    assert second is not None
    forwards = first.end <= second.end  # the earlier of two times has the earlier end
    after, before = (first, second) if forwards else (second, first)
    return _read(
        page,
        page.limit,
        commands,
        newest=not forwards,
        after=after.end,
        before=before.start,
        by_time=first.by_time,
    )


_SUBCOMMANDS: dict[str, tuple[int, Reader]] = {
    "AFTER": (1, _after),
    "AROUND": (1, _around),
    "BEFORE": (1, _before),
    "BETWEEN": (2, _between),
    "LATEST": (1, _latest),
}
"""Subcommand -> the number of its references, and its function."""


def _targets(world: World, session: Session, message: Message) -> Steps:
    """CHATHISTORY TARGETS <timestamp> <timestamp> <limit>: rooms and conversations, by
    their latest message."""
    subcommand, *params = message.params
    if len(params) != 3:
        raise _invalid(
            subcommand, f"{'Insufficient' if len(params) < 3 else 'Too many'} parameters"
        )
    times = []
    for text in params[:2]:
        kind, _, value = text.partition("=")
        if kind != "timestamp":
            raise _invalid(subcommand, text, "Invalid timestamp")
        times.append(_time(subcommand, value))
    limit = _limit(world, session, subcommand, params[2])
    latest: dict[str, int] = {}
    try:
        for room in list(session.user.rooms):
            for last in (yield from read(world, session, room.name, 1, SAID)):
                latest[room.name] = parse_time(last.tags["time"])
            yield
        number = conversations.own_number(world, session.user)
        for log in world.log.conversations(number) if number else ():
            for last in (yield from read(world, session, log, 1, SAID)):
                latest[conversations.name_for(world, session, log)] = parse_time(last.tags["time"])
            yield
        latest.pop("*", None)  # the other account was removed
    except HistoryError:
        raise Failed(
            "CHATHISTORY", "MESSAGE_ERROR", subcommand, text="Messages could not be retrieved"
        ) from None
    inside = [(at, name) for name, at in latest.items() if min(times) < at < max(times)]
    inside.sort(reverse=times[0] > times[1])
    server = world.settings.name
    page = _whole_milliseconds(inside, limit)
    tags = {END_TAG: ""} if len(page) == len(inside) else NO_TAGS
    with batch(session, "draft/chathistory-targets", tags=tags) as send:
        for at, name in sorted(page):
            send(Message("CHATHISTORY", ("TARGETS", name, format_time(at)), server))


def _whole_milliseconds(found: list[tuple[int, str]], limit: int) -> list[tuple[int, str]]:
    """The first of these targets, with all or none of those of the same time.

    The next page begins at a time, which it excludes, so it would leave out the others of a page
    that ends among them. Only if more than `limit` targets have one time, a page is longer.
    """
    if len(found) <= limit or found[limit - 1][0] != found[limit][0]:
        return found[:limit]
    shared = found[limit][0]
    before = [one for one in found[:limit] if one[0] != shared]
    return before or [one for one in found if one[0] == shared]

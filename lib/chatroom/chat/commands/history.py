"""Access to the history: CHATHISTORY (IRCv3 draft/chathistory), SEARCH (soju.im/search), REDACT
(IRCv3 draft/message-redaction)."""

from collections.abc import Callable, Collection, Generator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from chatroom.chat import conversations
from chatroom.chat.history_port import SearchTooLong
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch, later
from chatroom.chat.output.playback import EVENTS, SAID, played_back, show_batch
from chatroom.chat.reading import Reading, asker, is_shut_out, may_read, may_read_at, read, readable
from chatroom.chat.refusals import Failed
from chatroom.chat.rights import REDACT_OTHERS, may
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Redacted
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.text.search_query import Query, QueryError, checked_name, parse_query
from chatroom.wire.message import Message, parse_tags
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.private import BY, is_private
from chatroom.wire.reference import (
    REACTION,
    HistoryBusy,
    HistoryError,
    Point,
    counted,
    format_time,
    parse_time,
)

MOST_SEARCHES = 4
"""Searches of one session at once: a running one, and waiting ones."""

SEARCH_MOST = 100
"""The most messages that one SEARCH returns."""


# CHATHISTORY


class _Reference(NamedTuple):
    """A reference: messages before it are before `start`, messages after it are after `end`; for a
    message both are the same.

    For a time that no message has, `start` may be later than `end` (store/times.py).
    """

    start: Point
    end: Point


class _Page(NamedTuple):
    """The parameters of a subcommand: a target and its log, up to two references, a limit."""

    world: World
    session: Session
    subcommand: str
    log: str
    target: str
    references: tuple["_Reference | None", ...]
    limit: int


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
    yield from show_batch(world, session, name, found, may_go_on)


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

    A secret room must look like a room that never existed. Raises HistoryError.
    """
    return bool((yield from read(world, session, name, 1, SAID | EVENTS | {"REDACT"})))


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
    number = _above_zero(text)
    if not number:
        raise _invalid(subcommand, text, "Invalid limit")
    return min(number, world.limits.chathistory)


def _above_zero(text: str) -> int:
    """Parse a positive number; 0 for any other text."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


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
        return _Reference(*page.world.log.span(page.log, time))
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


Reader = Callable[[_Page, Collection[str]], Reading]


def _latest(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    after = None if reference is None else reference.end
    return read(page.world, page.session, page.log, page.limit, commands, after=after)


def _before(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    assert reference is not None
    return read(page.world, page.session, page.log, page.limit, commands, before=reference.start)


def _after(page: _Page, commands: Collection[str]) -> Reading:
    (reference,) = page.references
    assert reference is not None
    after = reference.end
    return read(page.world, page.session, page.log, page.limit, commands, after=after, newest=False)


def _around(page: _Page, commands: Collection[str]) -> Reading:
    """Half of the limit before the point, then the message at the point and the rest after it."""
    (reference,) = page.references
    assert reference is not None
    session, log, point = page.session, page.log, reference.start
    earlier = yield from read(page.world, session, log, page.limit // 2, commands, before=point)
    here = Point(point.at, point.number - 1)
    rest = page.limit - counted(earlier)
    later = yield from read(page.world, session, log, rest, commands, after=here, newest=False)
    return earlier + later


def _between(page: _Page, commands: Collection[str]) -> Reading:
    """Counts from the first reference, which may be the later one."""
    first, second = page.references
    assert first is not None
    assert second is not None
    forwards = first.end <= second.end  # the earlier of two times has the earlier end
    after, before = (first, second) if forwards else (second, first)
    return read(
        page.world,
        page.session,
        page.log,
        page.limit,
        commands,
        after=after.end,
        before=before.start,
        newest=not forwards,
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
    with batch(session, "draft/chathistory-targets") as send:
        for at, name in sorted(inside[:limit]):
            send(Message("CHATHISTORY", ("TARGETS", name, format_time(at)), server))


# SEARCH

FOUND_PER_STEP = 10
"""Messages of a search's result that are sent in one step."""


def search(world: World, session: Session, message: Message) -> None:
    """SEARCH <attributes>: `text`, `from`, `in`, `after`, `before`, `limit`, written as tags.

    `before` is a time, or `msgid=<msgid>`: then only what was said before that message is found, in
    the order of the history, whatever the clock said. Both may be given: `<time>,msgid=<msgid>`.
    """
    attributes = parse_tags(message.params[0])
    query, below = _query(world, session, attributes)
    limit = _above_zero(attributes.get("limit") or str(SEARCH_MOST))
    if not limit:
        raise _wrong("limit", "expected a number above zero")
    query = conversations.searched(world, session, query)
    if query.partner and not query.room:
        raise Failed("SEARCH", "INVALID_PARAMS", "in", text="You cannot search there")
    if query.room and not may_read(world, session, query.room):
        raise Failed("SEARCH", "INVALID_PARAMS", "in", text="You cannot search there")
    if session.searches >= MOST_SEARCHES:
        raise Failed("SEARCH", "INTERNAL_ERROR", text="Your earlier searches are still running")
    session.searches += 1
    reply = later(session)

    def found(result: list[Message] | HistoryError) -> Steps:
        session.searches -= 1
        return reply(_show_found(world, session, result))

    world.log.find(query, min(limit, SEARCH_MOST), asker(world, session), below, found)


def _query(world: World, session: Session, attributes: dict[str, str]) -> tuple[Query, str]:
    """What is searched, and the msgid of the message before which it was said; "" for none."""
    before, by_msgid, below = attributes.get("before", "").partition(_MSGID)
    attributes = {**attributes, "before": before.removesuffix(",")}
    if by_msgid and not _is_known(world, session, below):
        raise _wrong("before", "there is no such message")
    text = attributes.get("text", "")
    try:
        query = parse_query(text) if text else Query()
    except (QueryError, OverflowError) as error:
        raise _wrong("text", str(error)) from None
    if attributes.get("from"):
        query = replace(query, author=_name("from", attributes["from"]))
    if attributes.get("in"):
        query = conversations.in_place(world, query, _name("in", attributes["in"]))
    for key in ("after", "before"):
        if attributes.get(key):
            # `before` includes that time
            at = _search_time(key, attributes[key]) + (key == "before")
            query = replace(query, after=at) if key == "after" else replace(query, before=at)
    if query == Query() and not below:
        raise _wrong("text", "type what to search for")
    return query, below


_MSGID = "msgid="


def _is_known(world: World, session: Session, msgid: str) -> bool:
    """Whether a search can begin there: the message itself may be deleted, or not for this user.

    Raises Failed.
    """
    try:
        return bool(world.log.number_of(msgid))
    except HistoryError:
        raise Failed("SEARCH", "INTERNAL_ERROR", text="The search could not be run") from None


def _name(key: str, text: str) -> str:
    try:
        return checked_name(text)
    except QueryError as error:
        raise _wrong(key, str(error)) from None


def _search_time(key: str, text: str) -> int:
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise _wrong(key, "expected a time such as 2026-11-20T15:00:15.000Z") from None


def _wrong(attribute: str, why: str) -> Failed:
    return Failed("SEARCH", "INVALID_PARAMS", attribute, text=f"Invalid parameters: {why}")


def _show_found(world: World, session: Session, result: list[Message] | HistoryError) -> Steps:
    if isinstance(result, HistoryError):
        told = isinstance(result, SearchTooLong)
        why = str(result) if told else "The search could not be run"
        session.tell("FAIL", "SEARCH", "INTERNAL_ERROR", why)
        return
    with batch(session, "soju.im/search") as send:
        oldest_first = result[::-1]
        for begin in range(0, len(oldest_first), FOUND_PER_STEP):
            if begin:
                yield
            # the rights may have changed
            for message in readable(world, session, oldest_first[begin : begin + FOUND_PER_STEP]):
                send(conversations.as_shown(world, session, message))


# REDACT


REDACTION_PATIENCE = 2.0
"""Seconds for which REDACT waits until a worker has finished writing."""


def redact(world: World, session: Session, message: Message) -> Steps:
    """REDACT <target> <msgid> [<reason>]: allowed for the author, and in a room for those in
    charge of it.

    A redaction is announced only when it is on disk. While a worker writes, which takes some
    milliseconds, it is tried again in each step, with all checks.
    """
    until = world.clock + REDACTION_PATIENCE
    while True:
        try:
            _redact(world, session, message)
            return
        except HistoryError as error:
            if not isinstance(error, HistoryBusy) or world.clock > until:
                target, msgid = message.params[:2]
                why = "The history cannot be written"
                raise Failed("REDACT", "HISTORY_UNAVAILABLE", target, msgid, text=why) from None
        yield


def _redact(world: World, session: Session, message: Message) -> None:
    """The author is the connection that sent the message: until there are accounts, nothing else
    proves an identity. A message that the user may not read is refused like a missing one.

    Raises Failed and HistoryError.
    """
    target, msgid = message.params[:2]
    if not target.startswith(ROOM_PREFIX):
        _redact_privately(world, session, message)
        return
    room = world.find_room(target)
    if room is None or session.user not in room.members:
        raise Failed("REDACT", "INVALID_TARGET", target, text="You cannot delete messages there")
    said = _redactable(world, session, room, msgid)
    if said is None:
        raise _unknown(room.name, msgid)
    if not (session.user.said(*said) or _in_charge(session, room, said.number)):
        raise Failed(
            "REDACT", "REDACT_FORBIDDEN", room.name, msgid,
            text="You can only delete messages that you sent on this connection, unless you are"
            " a half-operator of the room or above",
        )  # fmt: skip
    _apply_redaction(world, session, room.name, message)


def _apply_redaction(world: World, session: Session, log: str, message: Message) -> None:
    reason = tuple(text[: world.limits.reason] for text in message.params[2:3])
    event = Redacted(session.user.id, log, message.params[1], reason, world.now)
    apply(world, event, session)


def _unknown(target: str, msgid: str) -> Failed:
    return Failed(
        "REDACT", "UNKNOWN_MSGID", target, msgid,
        text="This message does not exist or is too old",
    )  # fmt: skip


def _redact_privately(world: World, session: Session, message: Message) -> None:
    """In a conversation: everybody may delete what they have said themselves, from any of their
    connections, because their account proves who they are.

    Raises Failed and HistoryError.
    """
    target, msgid = message.params[:2]
    log = conversations.log_with(world, session, target)
    if not log:
        raise Failed("REDACT", "INVALID_TARGET", target, text="You cannot delete messages there")
    point = world.log.point(log, msgid)
    if point is None or world.log.author(log, msgid) is None:
        raise _unknown(target, msgid)
    before = Point(point.at, point.number - 1)
    (said,) = world.log.select(log, 1, SAID | {REACTION}, after=before, newest=False)
    if said.tags.get(BY) != str(conversations.own_number(world, session.user)):
        raise Failed(
            "REDACT", "REDACT_FORBIDDEN", target, msgid,
            text="You can only delete what you have said yourself",
        )  # fmt: skip
    _apply_redaction(world, session, log, message)


class _Said(NamedTuple):
    """The source of a message in the history, and its number there."""

    author: str
    number: int


def _redactable(world: World, session: Session, room: Room, msgid: str) -> _Said | None:
    """A redactable message that this user may read; else None."""
    point = world.log.point(room.name, msgid)
    if point is None or not may_read_at(world, session, room.name, point.at):
        return None
    author = world.log.author(room.name, msgid)
    return None if author is None else _Said(author, point.number)


def _in_charge(session: Session, room: Room, number: int) -> bool:
    """Whether the user may delete messages of others, and this one was sent since the room was
    last empty.

    The first to enter an empty room is its operator; that gives no right over all of its past.
    """
    return may(room, session.user, REDACT_OTHERS) and number > room.occupied_after

"""SEARCH (soju.im/search): finds messages in all that the person may read."""

from dataclasses import replace

from chatroom.chat import conversations
from chatroom.chat.history_port import SearchTooLong
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch, later
from chatroom.chat.reading import asker, may_read, may_read_at, readable
from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.text.search_query import Query, QueryError, checked_name, parse_query
from chatroom.wire.capabilities import SEARCH_BY_MSGID
from chatroom.wire.message import Message, parse_tags
from chatroom.wire.reference import (
    HistoryError,
    above_zero,
    parse_time,
)

MOST_SEARCHES = 4
"""Searches of one session at once: a running one, and waiting ones."""

SEARCH_MOST = 100
"""The most messages that one SEARCH returns."""

FOUND_PER_STEP = 10
"""Messages of a search's result that are sent in one step."""


def search(world: World, session: Session, message: Message) -> None:
    """SEARCH <attributes>: `text`, `from`, `in`, `after`, `before`, `limit`, written as tags.

    With `after` and without `before`, the search begins at that time, so that it finds the oldest
    messages (soju.im/search, "Standard search attributes"); clients that page by msgids want the
    newest ones all the same. `before` is a time, or `msgid=<msgid>`: then only what was said before
    that message is found, in the order of the history, whatever the clock said. Both may be given:
    `<time>,msgid=<msgid>`.
    """
    attributes = parse_tags(message.params[0])
    query, below = query_of(world, session, attributes)
    begins_at_after = attributes.get("after") and not attributes.get("before")
    if begins_at_after and SEARCH_BY_MSGID not in session.capabilities:
        query = replace(query, oldest_first=True)
    limit = above_zero(attributes.get("limit") or str(SEARCH_MOST))
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
        if isinstance(result, list) and not query.oldest_first:
            result = result[::-1]
        return reply(_show_found(world, session, result))

    world.log.find(query, min(limit, SEARCH_MOST), asker(world, session), below, found)


def query_of(world: World, session: Session, attributes: dict[str, str]) -> tuple[Query, str]:
    """What is searched, and the msgid of the message before which it was said; "" for none. Raises
    Failed."""
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
    """Whether a search can begin there. The server's own msgids are numbers: the message itself may
    be deleted, or not for this user. Those of imported messages can be guessed, and must not tell
    what exists. Raises Failed.
    """
    log = world.log
    try:
        room = log.room_of(msgid)
        if not room:
            return bool(log.number_of(msgid))
        point = log.point(room, msgid)
        return point is not None and may_read_at(world, session, room, point.at)
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
    """Send what was found, the oldest first."""
    if isinstance(result, HistoryError):
        told = isinstance(result, SearchTooLong)
        why = str(result) if told else "The search could not be run"
        session.tell("FAIL", "SEARCH", "INTERNAL_ERROR", why)
        return
    with batch(session, "soju.im/search") as send:
        for begin in range(0, len(result), FOUND_PER_STEP):
            if begin:
                yield
            # the rights may have changed
            for message in readable(world, session, result[begin : begin + FOUND_PER_STEP]):
                send(conversations.as_shown(world, session, message))

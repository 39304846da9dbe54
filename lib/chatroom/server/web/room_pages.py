"""/rooms and /search: reading and saying something with the rights of an account."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

from chatroom.chat import conversations
from chatroom.chat.buckets import SEARCHES, take
from chatroom.chat.commands.searching import SEARCH_MOST, query_of
from chatroom.chat.commands.visiting import may_know
from chatroom.chat.reading import Reading, asker, may_read, read, readable
from chatroom.chat.refusals import Refused as NotAllowed
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.server.web.authorization import Person, unauthorized
from chatroom.server.web.following import SAYING, Cursor, read_cursor
from chatroom.server.web.host import WebHost
from chatroom.server.web.lines import EVENTS, FORMATS, as_values
from chatroom.server.web.publishing import NO_ROOM, refused
from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Pending, Refused, Response, Wake, as_json, text
from chatroom.server.web.texts import read_text
from chatroom.text.times import moment
from chatroom.wire.message import Message
from chatroom.wire.names import bare, prefixed
from chatroom.wire.private import is_private, without_own_tags
from chatroom.wire.reference import HistoryError, Point, above_zero, just_before
from chatroom.wire.tokens import READ, WRITE

MOST, USUAL = 1000, 100
"""Messages in one answer: at most, and without `limit`."""

MEMBERS_ONLY = "Only those who are in this room may read it, and your account is not."

ACCOUNT = "This needs an account: send its name and password, or a token (curl -u NAME:TOKEN)."


def _with_account(
    request: Request, web: WebHost, needs: str, act: Callable[[Person, Pending], None]
) -> Answer:
    """Find out who asks; then `act`."""
    if not web.authorization.is_claimed(request):
        return unauthorized(request, ACCOUNT)
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Response):
            pending.resolve(who)
            return
        try:
            act(who, pending)
        except Refused as refusal:
            pending.resolve(refusal.response)
        except NotAllowed as refusal:
            pending.resolve(refused(refusal))

    web.authorization.ask(request, known, needs)
    return pending


def say(request: Request, web: WebHost) -> Answer:
    """POST and PUT /rooms/{room}"""
    said = read_text(request)

    def act(person: Person, pending: Pending) -> None:
        answer = web.publishing.publish(person, request, request.parts["room"], said)
        forward(answer, pending)

    return _with_account(request, web, WRITE, act)


def forward(answer: Pending, pending: Pending) -> None:
    """Answer `pending` as soon as `answer` is."""
    if answer.response is not None:
        pending.resolve(answer.response)
    else:
        answer.start(lambda: pending.resolve(answer.response or text(500, "There is no answer.")))


def rooms(request: Request, web: WebHost) -> Answer:
    """GET /rooms: those that LIST shows to the account, and those where it is."""

    def act(person: Person, pending: Pending) -> None:
        body = Parts(_listed(web.following.rooms(person, request.session)))
        pending.resolve(Response(200, (("Content-Type", "application/json"),), body))

    return _with_account(request, web, READ, act)


def _listed(parts: Iterator[list[tuple[Room, int, bool]]]) -> Iterator[bytes]:
    """A JSON list of rooms, in pieces that are not empty."""
    before = "["
    for part in parts:
        for room, people, joined in part:
            values = {"name": bare(room.name), "topic": room.topic}
            line = json.dumps(values | {"people": people, "joined": joined}, ensure_ascii=False)
            yield f"{before}\n{line}".encode()
            before = ","
        yield b""
    yield b"[]\n" if before == "[" else b"\n]\n"


class Parts:
    """A `Source` of the pieces of an iterator; an empty piece ends a step of the work."""

    size: int | None = None

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._wake: Wake = lambda: None

    def start(self, wake: Wake) -> None:
        """Nothing has to be prepared."""
        self._wake = wake

    def read(self, most: int) -> bytes | None:
        """The pieces of one step."""
        found = b""
        for piece in self._pieces:
            found += piece
            if not piece or len(found) > most // 2:
                break
        else:
            return found
        if not found:
            self._wake()
        return found or None

    def close(self) -> None:
        """Nothing is held."""


def history(request: Request, web: WebHost) -> Answer:
    """GET /rooms/{room}?since=&limit=&format="""
    return _read(request, web, live=False)


def stream(request: Request, web: WebHost) -> Answer:
    """GET /rooms/{room}/stream"""
    return _read(request, web, live=True)


def _read(request: Request, web: WebHost, live: bool) -> Answer:
    arguments = request.arguments
    limit = above_zero(arguments.get("limit", str(USUAL)))
    if not 0 < limit <= MOST:
        return text(400, f"limit is a number from 1 to {MOST}.")
    name = arguments.get("format") or ("jsonl" if live else "text")
    if live and "text/event-stream" in request.header("accept"):
        name = EVENTS
    if name not in FORMATS or (name == EVENTS and not live):
        return text(400, "format is text or jsonl.")
    form, since = FORMATS[name], arguments.get("since", "")

    def act(person: Person, pending: Pending) -> None:
        room = _readable_room(person, request, web)
        if live and (refused := web.following.why_no_stream(person)):
            raise Refused(refused)
        if live:
            cursor = _cursor(web, room, request.header("last-event-id") or since)
            body = web.following.stream(person, request.session, room, form, cursor)
        else:
            after = _point(web, room, since) if since else None
            body = web.following.past(person, request.session, room, form, after, limit)
        pending.resolve(Response(200, (("Content-Type", form.type),), body))

    return _with_account(request, web, READ, act)


def _readable_room(person: Person, request: Request, web: WebHost) -> Room:
    """Raises Refused."""
    room = _known_room(person, request, web, request.parts["room"])
    reader = web.following.reader(person, request.session, room)
    if room is None or reader is None:
        raise Refused(text(404, NO_ROOM))
    if person.key is not None and person.key.is_limited and not person.key.covers(room.name):
        raise Refused(text(403, "Your token is not good for that room."))
    if not may_read(web.world, reader, room.name):
        raise Refused(text(403, MEMBERS_ONLY))
    return room


def _known_room(person: Person, request: Request, web: WebHost, name: str) -> Room | None:
    """The room of that name, if there is one and they may know of it."""
    room, account = web.publishing.room(name), web.world.accounts.numbered(person.number)
    if room is None or account is None:
        return None
    known = may_know(web.world, account, room, request.session, person.key)
    return room if known else None


def _cursor(web: WebHost, room: Room, since: str) -> Cursor:
    """Where a stream begins: now, unless `since` says something else that is understood. A browser
    would give up if it were refused. Raises Refused."""
    log = web.world.log
    if cursor := read_cursor(since):
        return cursor
    after = just_before(log.boundary(web.facts.now))
    if since:
        with suppress(Refused):
            after = _point(web, room, since)
    try:
        return Cursor(after, log.redactions_until(room.name, after))
    except HistoryError:
        raise Refused(_UNREADABLE) from None


def _point(web: WebHost, room: Room, since: str) -> Point:
    """The point that `since` says. Raises Refused."""
    try:
        if point := web.world.log.point(room.name, since):
            return point
        return just_before(moment(since, web.facts.now, None))
    except HistoryError:
        raise Refused(_UNREADABLE) from None
    except (ValueError, OverflowError):
        words = "since is an age such as 1h, a time such as 2026-11-20T15:00Z, or a msgid."
        raise Refused(text(400, words)) from None


_UNREADABLE = text(503, "The history cannot be read right now.", ("Retry-After", "10"))


def _refuse_unreadable(world: World, session: Session, name: str, room: Room | None) -> None:
    """Raises Refused for a room that may not be read, or that was never there: a room that has no
    members any more may have a history. Raises HistoryError."""
    if room is not None and not may_read(world, session, name):
        raise Refused(text(403, MEMBERS_ONLY))
    if room is None and not any(_all_steps(read(world, session, name, 1, SAYING))):
        raise Refused(text(404, NO_ROOM))


def _all_steps(reading: Reading) -> list[Message]:
    while True:
        try:
            next(reading)
        except StopIteration as done:
            return list(done.value)


def search(request: Request, web: WebHost) -> Answer:
    """GET /search?q=&room=&from=&after=&before=&limit="""
    arguments = request.arguments
    limit = above_zero(arguments.get("limit", str(SEARCH_MOST)))
    if not 0 < limit <= SEARCH_MOST:
        return text(400, f"limit is a number from 1 to {SEARCH_MOST}.")
    wanted = {"text": arguments.get("q", "")}
    wanted |= {key: arguments[key] for key in ("from", "after", "before") if key in arguments}
    if arguments.get("room"):
        wanted["in"] = prefixed(arguments["room"])

    def act(person: Person, pending: Pending) -> None:
        world = web.world
        room = _known_room(person, request, web, arguments["room"]) if "in" in wanted else None
        session = web.following.reader(person, request.session, room)
        if session is None:
            raise Refused(text(403, "This account cannot be used any more."))
        take(world, session, SEARCHES, Message("SEARCH", ()))
        query, below = query_of(world, session, wanted)
        query = conversations.searched(world, session, query)
        if query.room and not is_private(query.room):
            room = _known_room(person, request, web, query.room)
            _refuse_unreadable(world, session, query.room, room)
        request.session.searches += 1

        def found(result: list[Message] | HistoryError) -> Iterator[None]:
            request.session.searches -= 1
            if isinstance(result, HistoryError):
                pending.resolve(text(503, f"{result}."))
                return
            shown = [
                conversations.as_shown(world, session, one)
                for one in readable(world, session, result)
            ]
            pending.resolve(as_json(200, [as_values(without_own_tags(one)) for one in shown]))
            return
            yield

        world.log.find(query, limit, asker(world, session), below, found)

    return _with_account(request, web, READ, act)

"""POST /rooms/NAME: says something in a room.

201 comes when what was said is on disk, like everything that anybody sees of a tick. A request
whose `Idempotency-Key` was used before says nothing, and is answered as the first one was.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial

from chatroom.chat.client_batches import LINE_COST
from chatroom.chat.commands.visiting import say, session_for, speaker
from chatroom.chat.flood import left, spend, wait
from chatroom.chat.refusals import Refused as NotAllowed
from chatroom.chat.scopes import why_not
from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.net.timers import Timers
from chatroom.server.web.authorization import Person
from chatroom.server.web.request import Request
from chatroom.server.web.response import Pending, Response, as_json, text
from chatroom.server.web.texts import Said
from chatroom.wire.message import Message
from chatroom.wire.names import InvalidName, prefixed, room_name
from chatroom.wire.numerics import ERR_NOSUCHCHANNEL

MESSAGE_COST = 1.0
"""What a message costs, like a PRIVMSG; the first one is the cost of the request."""

KEYS = 10_000
"""Requests whose keys are remembered, the latest ones."""

KEY_SECONDS = 86_400.0
LONGEST_KEY = 100

NO_ROOM = "There is no such room now, or you may not know of it."


class Publishing:
    """Says things for people and hooks, for the loop's thread."""

    def __init__(
        self, world: World, timers: Timers, charge_address: Callable[[Session, float], None]
    ) -> None:
        """`charge_address` charges the address of a session for what the session spends."""
        self._world = world
        self._charge_address = charge_address
        self._timers = timers
        self._done: OrderedDict[tuple[int, str], tuple[float, Pending | Response]] = OrderedDict()

    def room(self, name: str) -> Room | None:
        """The room of that name, with or without the #."""
        try:
            wanted = room_name(prefixed(name), self._world.limits.room_name)
        except InvalidName:
            return None
        return self._world.find_room(wanted) or self._world.formerly(wanted)

    def publish(
        self, person: Person, request: Request, name: str, said: Said, nick: str = ""
    ) -> Pending:
        """Say something in the room of that name; with `nick`, as a bot of that name."""
        pending = Pending()
        room = self.room(name)
        key = request.header("idempotency-key")[:LONGEST_KEY]
        if room is None:
            pending.resolve(text(404, NO_ROOM))
        elif person.key is not None and (
            why := why_not(person.key, Message(said.command, (room.name, said.lines[0])))
        ):
            pending.resolve(text(403, f"{why}."))
        elif key and self._was_done(person, key, pending):
            return pending
        else:
            self._begin(person, request, room, said, nick, self._remembering(person, key, pending))
        return pending

    def _begin(
        self,
        person: Person,
        request: Request,
        room: Room,
        said: Said,
        nick: str,
        resolve: Callable[[Response], None],
    ) -> None:
        world = self._world
        account = world.accounts.numbered(person.number)
        try:
            assert account is not None
            user = speaker(world, account, room, request.session, nick, bot=bool(nick))
        except NotAllowed as refusal:
            resolve(refused(refusal))
            return
        if room.slow and (pause := room.wait(user, world.now)) and not room.members.get(user):
            words = f"Slow mode: wait {round(pause) or 1} seconds."
            resolve(text(429, words, ("Retry-After", str(round(pause) or 1))))
            return
        session = session_for(world, user, request.session, person.key)
        work = self._say(session, request.session, room, said, account, nick, resolve)
        self._go_on(work, request.session)  # the first line now: a short text is one tick's

    def _go_on(self, work: Iterator[None], by: Session) -> None:
        """Do a step; the next one as soon as the allowance permits it."""
        if next(work, _END) is not _END:
            when = self._world.clock + wait(self._world, by)
            self._timers.at(when, partial(self._go_on, work, by))

    def _say(
        self,
        session: Session,
        by: Session,
        room: Room,
        said: Said,
        account: Account,
        nick: str,
        resolve: Callable[[Response], None],
    ) -> Iterator[None]:
        """Say the messages in steps; what is not allowed ends them."""
        world, done = self._world, list[Message]()
        tags = {"+draft/reply": said.reply_to} if said.reply_to else {}
        limits = world.limits
        messages = said.messages(limits.multiline_lines, limits.multiline_bytes)
        for count, (words, lines) in enumerate(messages):
            if count:
                yield
            before = left(world, by)
            spend(world, by, MESSAGE_COST * bool(count) + LINE_COST * (lines - 1))
            try:
                if count:  # rights may have changed, and members may have gone
                    session.user = speaker(world, account, room, by, nick, bot=bool(nick))
                session.allowance, session.allowance_at = by.allowance, by.allowance_at
                message = Message(said.command, (room.name, words), "", {} if count else tags)
                for number, one in enumerate(say(world, session, message)):
                    if number:  # a long line is many messages
                        yield
                    done.append(one)
            except NotAllowed as refusal:
                resolve(refused(refusal, done))
                return
            by.allowance = session.allowance
            # The door has charged the address for the request itself.
            self._charge_address(by, max(0.0, before - left(world, by)))
        resolve(as_json(201, _answer(done)))

    # Idempotency

    def _was_done(self, person: Person, key: str, pending: Pending) -> bool:
        """Answer a repeated request as the first one."""
        at, before = self._done.get((person.number, key), (0.0, None))
        if before is None or self._world.clock - at > KEY_SECONDS:
            return False
        if isinstance(before, Response):
            pending.resolve(before)
        else:
            words = "The same request is under way."
            pending.resolve(text(409, words, ("Retry-After", "1")))
        return True

    def _remembering(
        self, person: Person, key: str, pending: Pending
    ) -> Callable[[Response], None]:
        if not key:
            return pending.resolve
        done, place = self._done, (person.number, key)
        done.pop(place, None)
        done[place] = (self._world.clock, pending)
        while len(done) > KEYS:
            done.popitem(last=False)

        def resolve(response: Response) -> None:
            if response.status == 201:
                done[place] = (self._world.clock, response)
            else:  # what failed may be tried again
                done.pop(place, None)
            pending.resolve(response)

        return resolve


def hook_nick(world: World, name: str) -> str:
    """The nickname of a hook: its name, unless people would take it for somebody else."""

    def is_free(nick: str) -> bool:
        accounts = world.accounts
        somebody = accounts.find(nick) or accounts.imitated_by(nick) or world.resembling(nick)
        return somebody is None

    return name if is_free(name) else f"{name}-hook"


_END = object()


def _answer(done: list[Message]) -> dict[str, object]:
    msgids = [message.tags["msgid"] for message in done]
    first: dict[str, object] = {"msgid": msgids[0], "time": done[0].tags["time"]}
    return first | ({"msgids": msgids} if len(msgids) > 1 else {})


_STATUS = {
    ERR_NOSUCHCHANNEL.code: 404,
    "HISTORY_UNAVAILABLE": 503,
    "LOOKS_LIKE_PASSWORD": 400,
    "INVALID_PARAMS": 400,
    "RATE_LIMITED": 429,
}


def refused(refusal: NotAllowed, done: list[Message] | None = None) -> Response:
    """The answer for a refusal of the chat."""
    words = NO_ROOM if refusal.numeric is ERR_NOSUCHCHANNEL else _sentence(refusal.sentence)
    if done:
        words = f"Only {len(done)} messages were said. {words}"
    return text(_STATUS.get(refusal.numeric.code, 403), words)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."

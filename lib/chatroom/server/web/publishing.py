"""POST /rooms/NAME: says something in a room.

201 comes when what was said is on disk, like everything that anybody sees of a tick. A request
whose `Idempotency-Key` was used before says nothing that was said, and is answered as the first one
was (`repeating.py`).
"""

from collections.abc import Callable, Iterator
from functools import partial

from chatroom.chat.client_batches import LINE_COST
from chatroom.chat.commands.visiting import may_know, say, session_for, speaker
from chatroom.chat.flood import left, spend, wait
from chatroom.chat.refusals import Refused as NotAllowed
from chatroom.chat.scopes import why_not
from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.net.timers import Timers
from chatroom.server.web.authorization import Person
from chatroom.server.web.disposition import as_utf8
from chatroom.server.web.repeating import Repeating, Task
from chatroom.server.web.request import Request
from chatroom.server.web.response import Pending, Response, as_json, text
from chatroom.server.web.texts import Said
from chatroom.wire.message import Message
from chatroom.wire.names import InvalidName, fold, prefixed, room_name
from chatroom.wire.numerics import ERR_INPUTTOOLONG, ERR_NOSUCHCHANNEL
from chatroom.wire.once import ONCE
from chatroom.wire.reference import HistoryError

MESSAGE_COST = 1.0
"""What a message costs, like a PRIVMSG; the first one is the cost of the request."""

LONGEST_ROOM_KEY = 100

NO_ROOM = "There is no such room now, or it is hidden from you."
"""The same words for both, so that nobody learns which."""


class Publishing:
    """Says things for people and hooks, for the loop's thread."""

    def __init__(
        self, world: World, timers: Timers, charge_address: Callable[[Session, float], None]
    ) -> None:
        """`charge_address` charges the address of a session for what the session spends."""
        self._world = world
        self._charge_address = charge_address
        self._timers = timers
        self._repeating = Repeating(world)

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
        account = self._world.accounts.numbered(person.number)
        if account is None:
            pending.resolve(text(403, "There is no such account."))
            return pending
        task = self._task(person, request, name, said, nick, pending)
        if task is None:  # it is answered: it was said before, even if the room is gone now
            return pending
        room = self.room(name)
        if room is None or not may_know(self._world, account, room, request.session, person.key):
            task.resolve(text(404, NO_ROOM))
        elif person.key is not None and (
            why := why_not(person.key, Message(said.command, (room.name, said.lines[0])))
        ):
            task.resolve(text(403, f"{why}."))
        else:
            self._begin(task, person, account, request, room, said, nick)
        return pending

    def _task(
        self,
        person: Person,
        request: Request,
        name: str,
        said: Said,
        nick: str,
        pending: Pending,
    ) -> Task | None:
        """What is to be said; None if the request is answered."""
        limits = self._world.limits
        messages = said.messages(limits.multiline_lines, limits.multiline_bytes)
        key = request.header("idempotency-key")
        if not key:
            task = Task()
            task.begin(messages, pending)
            return task
        hook = str(person.key.number) if nick and person.key else ""  # its nick may change
        words = (fold(prefixed(name)), hook, said.command, said.reply_to, *said.lines)
        try:
            return self._repeating.task(person.number, key, words, messages, pending)
        except HistoryError:
            pending.resolve(text(503, "The history cannot be read right now."))
            return None

    def _begin(
        self,
        task: Task,
        person: Person,
        account: Account,
        request: Request,
        room: Room,
        said: Said,
        nick: str,
    ) -> None:
        world = self._world
        key = (said.key or as_utf8(request.header("room-key")))[:LONGEST_ROOM_KEY]
        try:
            user = speaker(world, account, room, request.session, nick, bool(nick), key)
        except NotAllowed as refusal:
            task.resolve(refused(refusal))
            return
        if room.slow and (pause := room.wait(user, world.now)) and not room.members.get(user):
            words = f"Slow mode: wait {round(pause) or 1} seconds."
            task.resolve(text(429, words, ("Retry-After", str(round(pause) or 1))))
            return
        session = session_for(world, user, request.session, person.key)

        def speak() -> User:
            return speaker(world, account, room, request.session, nick, bool(nick), key)

        work = self._say(task, session, request.session, room, said, speak)
        self._go_on(work, request.session)  # the first line now: a short text is one tick's

    def _go_on(self, work: Iterator[None], by: Session) -> None:
        """Do a step; the next one as soon as the allowance permits it."""
        if next(work, _END) is not _END:
            when = self._world.clock + wait(self._world, by)
            self._timers.at(when, partial(self._go_on, work, by))

    def _say(
        self,
        task: Task,
        session: Session,
        by: Session,
        room: Room,
        said: Said,
        speak: Callable[[], User],
    ) -> Iterator[None]:
        """Say the messages in steps; what is not allowed ends them. `speak` finds out who says the
        next one."""
        world = self._world
        first = True
        for part, words, rows in task.missing():
            if not first:
                yield
            before = left(world, by)
            spend(world, by, MESSAGE_COST * (not first) + LINE_COST * (rows - 1))
            try:
                if not first:  # rights may have changed, and members may have gone
                    session.user = speak()
                session.allowance, session.allowance_at = by.allowance, by.allowance_at
                answered = {"+draft/reply": said.reply_to} if said.reply_to and not part else {}
                tags = world.client_tags.relayed(answered)
                if task.once is not None:
                    tags[ONCE] = str(task.once._replace(part=part))
                message = Message(said.command, (room.name, words), "", tags)
                for one in say(world, session, message):
                    task.done(part, one.tags["msgid"], one.tags["time"])
            except NotAllowed as refusal:
                task.resolve(refused(refusal, task.count))
                return
            by.allowance = session.allowance
            # The door has charged the address for the request itself.
            self._charge_address(by, max(0.0, before - left(world, by)))
            first = False
        task.resolve(as_json(201, task.answer()))


def hook_nick(world: World, name: str) -> str:
    """The nickname of a hook: its name, unless people would take it for somebody else."""

    def is_free(nick: str) -> bool:
        accounts = world.accounts
        somebody = accounts.find(nick) or accounts.imitated_by(nick) or world.resembling(nick)
        return somebody is None

    return name if is_free(name) else f"{name}-hook"


_END = object()


_STATUS = {
    ERR_INPUTTOOLONG.code: 413,
    ERR_NOSUCHCHANNEL.code: 404,
    "HISTORY_UNAVAILABLE": 503,
    "LOOKS_LIKE_PASSWORD": 400,
    "INVALID_PARAMS": 400,
    "RATE_LIMITED": 429,
}


def refused(refusal: NotAllowed, done: int = 0) -> Response:
    """The answer for a refusal of the chat, after so many messages of the request were said."""
    words = NO_ROOM if refusal.numeric is ERR_NOSUCHCHANNEL else _sentence(refusal.sentence)
    if done:
        what = "one message was" if done == 1 else f"{done} messages were"
        words = f"Only {what} said. {words}"
    return text(_STATUS.get(refusal.numeric.code, 403), words)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."

"""Reading a room: its past, and on from there as a stream.

    GET /rooms/NAME          a page of the history          Past
    GET /rooms/NAME/stream   the history, and what follows  Past(live=True)

A stream is the history, read on from a cursor whenever something was recorded: so what was missed
while a client was away and what is said now come by the same way, and nothing is doubled or lost in
between. It is read only as fast as the client reads, so a slow one costs no memory. The rights are
checked for each page.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from chatroom.chat.commands.visiting import member_for, session_for
from chatroom.chat.reading import Reading, read
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.visitor import Visitor
from chatroom.chat.state.world import World
from chatroom.net.timers import Timer, Timers
from chatroom.server.web.authorization import Authorization, Person
from chatroom.server.web.lines import Format
from chatroom.server.web.response import Wake
from chatroom.wire.message import Message
from chatroom.wire.private import without_own_tags
from chatroom.wire.reference import HistoryError, Point

SAYING = frozenset({"PRIVMSG", "NOTICE"})

PAGE = 100
"""Messages that a stream reads at once."""

ROOMS = 50
"""Rooms of a list that are looked at in one step."""

KEEP_ALIVE = 15.0
"""Seconds of silence after which a stream sends an empty line."""

STREAMS, STREAMS_OF_ACCOUNT = 200, 20
"""Streams at once: in all, and of one account."""


class Following:
    """The streams, for the loop's thread. `streams` are those that are being read now."""

    def __init__(self, world: World, timers: Timers, authorization: Authorization) -> None:
        self._world = world
        self._timers = timers
        self._authorization = authorization
        self.streams: dict[Past, None] = {}
        self._position = 0

    def reader(self, person: Person, by: Session, room: Room | None) -> Session | None:
        """A session that reads with the rights of an account, as a member of the room if somebody
        is there with it; None if the account cannot be used any more."""
        account = self._world.accounts.numbered(person.number)
        if account is None or not self._authorization.is_current(person):
            return None
        user = member_for(self._world, account, room) if room is not None else None
        if user is None:
            now, secure = self._world.now, by.transport.secure
            user = Visitor(account, account.name, by.host, now, {}, secure)
        return session_for(self._world, user, by, person.key)

    def rooms(self, person: Person, by: Session) -> Iterator[list[tuple[Room, int, bool]]]:
        """The rooms that an account may know of, each with the number of people and whether it is
        there; in short parts, because there may be thousands."""
        world = self._world
        account = world.accounts.numbered(person.number)
        reader = self.reader(person, by, None)
        if account is None or reader is None:
            return
        own, everything = person.is_owner, list(world.rooms.values())
        for begin in range(0, len(everything), ROOMS):
            found = []
            for room in everything[begin : begin + ROOMS]:
                member = member_for(world, account, room)
                covered = own or (person.key is not None and person.key.covers(room.name))
                if covered and room.visible_to(member or reader.user):
                    found.append((room, len(room.members), member is not None))
            yield found

    def why_no_stream(self, person: Person) -> str:
        """Why there cannot be another stream; "" if there can."""
        own = sum(stream.account == person.number for stream in self.streams)
        if len(self.streams) >= STREAMS or own >= STREAMS_OF_ACCOUNT:
            return "There are too many streams; end one."
        return ""

    def look(self) -> None:
        """Called after each commit while there are streams: if anything was recorded, they read
        on."""
        position = self._world.log.position
        if position != self._position:
            for stream in self.streams:
                stream.go_on()
        self._position = position

    def past(
        self,
        person: Person,
        by: Session,
        room: Room,
        form: Format,
        after: Point | None,
        limit: int,
        live: bool = False,
    ) -> "Past":
        """The body of an answer. `after` None: the newest `limit` messages. `live`: go on when it
        is read."""
        find = partial(self.reader, person, by, room)
        made = Past(self._world, self._timers, room, find, form, after, limit, person.number)
        if live:
            made.live = True
            made.ended = self.streams.pop
            self.streams[made] = None
        return made


class Past:
    """A `Source` of a room's messages."""

    size: int | None = None

    def __init__(
        self,
        world: World,
        timers: Timers,
        room: Room,
        find: Callable[[], Session | None],
        form: Format,
        after: Point | None,
        limit: int,
        account: int,
    ) -> None:
        self.account = account
        self.live = False
        self.ended: Callable[..., object] = lambda _self: None
        self._world = world
        self._timers = timers
        self._room = room
        self._find = find
        self._form = form
        self._after = after
        self._limit = limit
        self._steps: Reading | None = None
        self._lines: deque[bytes] = deque()
        self._more = True  # something may be unread
        self._wake: Wake = lambda: None
        self._timer: Timer | None = None

    def start(self, wake: Wake) -> None:
        """Begin."""
        self._wake = wake
        if self.live:
            self._wait()
        if self.live and self._form.begin:
            self._lines.append(self._form.begin)

    def go_on(self) -> None:
        """Something was recorded."""
        if not self._more:
            self._more = True
            self._wake()

    def read(self, most: int) -> bytes | None:
        """The next lines: a step of the reading each time."""
        if not self._lines and self._more:
            try:
                self._step()
            except HistoryError:
                self._more = self.live = False
        if self._lines:
            return self._take(most)
        if self._more:
            self._wake()  # the next step in the door's next turn
            return None
        return None if self.live else b""

    def _take(self, most: int) -> bytes:
        piece = self._lines.popleft()
        if len(piece) > most:
            self._lines.appendleft(piece[most:])
            return piece[:most]
        while self._lines and len(piece) + len(self._lines[0]) <= most:
            piece += self._lines.popleft()
        return piece

    def _step(self) -> None:
        """Raises HistoryError."""
        if self._steps is None:
            self._steps = self._begin()
        if self._steps is None:
            self._more = self.live = False
            return
        try:
            next(self._steps)
        except StopIteration as done:
            self._steps = None
            self._show(done.value)

    def _begin(self) -> Reading | None:
        reader = self._find()
        if reader is None:
            return None
        limit = PAGE if self.live else self._limit
        name, after = self._room.name, self._after
        return read(self._world, reader, name, limit, SAYING, after=after, newest=after is None)

    def _show(self, page: list[Message]) -> None:
        said = [message for message in page if message.command in SAYING]
        self._more = self.live and len(said) >= PAGE
        for message in said:
            self._lines.append(self._form.line(without_own_tags(message)))
        if page:
            self._after = (
                self._world.log.point(self._room.name, page[-1].tags["msgid"]) or self._after
            )

    def _wait(self) -> None:
        """Send something now and then, so that nobody on the way takes the connection for dead, and
        so that a client that has gone is noticed."""
        self._timer = self._timers.at(self._world.clock + KEEP_ALIVE, self._keep_alive)

    def _keep_alive(self) -> None:
        if not self._lines:
            self._lines.append(self._form.silence)
            self._wake()
        self._wait()

    def close(self) -> None:
        """Nobody reads any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.ended(self)
        self._steps = None

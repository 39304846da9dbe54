"""Reading a room: its past, and on from there as a stream.

    GET /rooms/NAME          a page of the history          Past
    GET /rooms/NAME/stream   the history, and what follows  Past(live=True)

A stream is the history, read on from a cursor whenever something was recorded: so what was missed
while a client was away and what is said now come by the same way, and nothing is doubled or lost in
between. It is read only as fast as the client reads, so a slow one costs no memory. The rights are
checked for each page.

A deleted message is left out of what a stream reads from then on. For a client that has got it, the
stream also reads the redactions, by a cursor of their own (`store/redactions.py`).
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from chatroom.chat.commands.visiting import member_for, session_for, somebody
from chatroom.chat.reading import Reading, gaps_for, read
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.chat.state.visitor import Visitor
from chatroom.chat.state.world import World
from chatroom.net.timers import Timer, Timers
from chatroom.server.web.authorization import Authorization, Person
from chatroom.server.web.lines import FORMATS, Format
from chatroom.server.web.response import Response, Wake, text
from chatroom.wire.gaps import hide
from chatroom.wire.message import Message
from chatroom.wire.private import without_own_tags
from chatroom.wire.reference import REDACTION, HistoryError, Point, Redaction, format_time
from chatroom.wire.tokens import restored_token

SAYING = frozenset({"PRIVMSG", "NOTICE"})

PAGE = 100
"""Messages that a stream reads at once."""

ROOMS = 50
"""Rooms of a list that are looked at in one step."""

KEEP_ALIVE = 15.0
"""Seconds of silence after which a stream sends an empty line."""

STREAMS, STREAMS_OF_ACCOUNT = 200, 20
"""Streams at once: in all, and of one account."""


MOST_NUMBER = 2**63 - 1
"""The largest integer of SQLite."""


class Cursor(NamedTuple):
    """How far a stream was read: the point of the last message, the number of the last redaction.
    As a text it is the id of an event that has no msgid."""

    after: Point
    redacted: int

    def __str__(self) -> str:
        return f"redaction:{self.after.at}:{self.after.number}:{self.redacted}"


_CURSOR = re.compile(r"redaction:(\d{1,15}):(-?\d{1,19}):(\d{1,15})", re.ASCII)


def read_cursor(text: str) -> Cursor | None:
    """A cursor as a text; None if it is not one."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        return None
    at, number, redacted = map(int, match.groups())
    return Cursor(Point(at, number), redacted) if abs(number) <= MOST_NUMBER else None


class Following:
    """The streams, for the loop's thread. `streams` are those that are being read now."""

    def __init__(self, world: World, timers: Timers, authorization: Authorization) -> None:
        self._world = world
        self._timers = timers
        self._authorization = authorization
        self.streams: dict[Past, None] = {}
        self._seen = 0, 0  # position and deletions of the log

    def reader(self, person: Person, by: Session, room: Room | None) -> Session | None:
        """A session that reads with the rights of an account, as a member of the room if somebody
        is there with it, without a room as somebody who is in rooms with it; None if the account
        cannot be used any more."""
        account = self._world.accounts.numbered(person.number)
        if account is None or not self._authorization.is_current(person):
            return None
        user = member_for(self._world, account, room) if room else somebody(self._world, account)
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

    def why_no_stream(self, person: Person) -> Response | None:
        """The refusal if there cannot be another stream."""
        own = sum(stream.account == person.number for stream in self.streams)
        if own >= STREAMS_OF_ACCOUNT:
            words = "Your account has too many streams; end one."
            return text(429, words, ("Retry-After", "60"))
        if len(self.streams) >= STREAMS:
            return text(503, "The server has too many streams.", ("Retry-After", "60"))
        return None

    def look(self) -> None:
        """Called after each commit while there are streams: if anything was recorded or deleted,
        they read on."""
        seen = self._world.log.position, self._world.log.deletions
        if seen != self._seen:
            for stream in self.streams:
                stream.go_on()
        self._seen = seen

    def past(
        self,
        person: Person,
        by: Session,
        room: Room,
        form: Format,
        after: Point | None,
        limit: int,
    ) -> "Past":
        """The body of an answer. `after` None: the newest `limit` messages."""
        find = partial(self.reader, person, by, room)
        return Past(self._world, self._timers, room, find, form, after, limit, person.number)

    def stream(
        self, person: Person, by: Session, room: Room, form: Format, cursor: Cursor
    ) -> "Past":
        """A body that begins at a cursor, and goes on when it is read."""
        made = self.past(person, by, room, form, cursor.after, PAGE)
        made.live = True
        made.person = person
        made.redacted = cursor.redacted
        made.ended = self.streams.pop
        self.streams[made] = None
        return made

    # Another process goes on with a stream

    def snapshot(self, source: object) -> dict[str, Any] | None:
        """The source of a body as plain values, if it is a stream that another process can go on
        with: its cursors, and what it has read and not sent. A page that is half read does not
        matter: the other process reads it again."""
        if not isinstance(source, Past) or source not in self.streams:
            return None
        stream, person = source, source.person
        if person is None or stream.after is None:
            return None
        if self._world.rooms.get(stream.room.folded) is not stream.room:
            return None
        name, number, key = person
        return {
            "person": [name, number, key.snapshot() if key is not None else None],
            "room": stream.room.folded,
            "format": next(name for name, each in FORMATS.items() if each is stream.form),
            "after": list(stream.after),
            "redacted": stream.redacted,
            "unsent": str(b"".join(stream.lines), "latin-1"),
        }

    def restored(self, values: Mapping[str, Any], by: Session) -> "Past":
        """The stream of which `snapshot` has returned these values, for `Past.resume`."""
        name, number, key = values["person"]
        person = Person(name, number, restored_token(key) if key is not None else None)
        room, form = self._world.rooms[values["room"]], FORMATS[values["format"]]
        cursor = Cursor(Point(*values["after"]), values["redacted"])
        stream = self.stream(person, by, room, form, cursor)
        if unsent := values["unsent"].encode("latin-1"):
            stream.lines.append(unsent)
        return stream


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
        self.person: Person | None = None  # whose stream it is
        self.redacted = 0  # the number of the last redaction
        self.ended: Callable[..., object] = lambda _self: None
        self._world = world
        self._timers = timers
        self.room = room
        self._find = find
        self.form = form
        self.after = after
        self._limit = limit
        self._steps: Reading | None = None
        self.lines: deque[bytes] = deque()
        self._more = True  # something may be unread
        self._deletions = -1  # of the log, when the redactions were read
        self._wake: Wake = lambda: None
        self._timer: Timer | None = None

    def start(self, wake: Wake) -> None:
        """Begin."""
        self._wake = wake
        if self.live:
            self._wait()
        if self.live and self.form.begin:
            self.lines.append(self.form.begin)

    def resume(self, wake: Wake) -> None:
        """Go on as a stream that another process has begun."""
        self._wake = wake
        self._wait()
        self._wake()

    def go_on(self) -> None:
        """Something was recorded."""
        if not self._more:
            self._more = True
            self._wake()

    def read(self, most: int) -> bytes | None:
        """The next lines: a step of the reading each time."""
        if not self.lines and self._more:
            try:
                self._step()
            except HistoryError:
                self._more = self.live = False
        if self.lines:
            return self._take(most)
        if self._more:
            self._wake()  # the next step in the door's next turn
            return None
        return None if self.live else b""

    def _take(self, most: int) -> bytes:
        piece = self.lines.popleft()
        if len(piece) > most:
            self.lines.appendleft(piece[most:])
            return piece[:most]
        while self.lines and len(piece) + len(self.lines[0]) <= most:
            piece += self.lines.popleft()
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
        name, after, limit = self.room.name, self.after, self._limit
        return read(self._world, reader, name, limit, SAYING, after=after, newest=after is None)

    def _show(self, page: list[Message]) -> None:
        said = [message for message in page if message.command in SAYING]
        self._more = self.live and len(said) >= PAGE
        for message in said:
            self.lines.append(self.form.line(without_own_tags(message)))
        if page:
            self.after = self._world.log.point(self.room.name, page[-1].tags["msgid"]) or self.after
        if self.live:
            self._show_redactions()

    def _show_redactions(self) -> None:
        """Those since the last look, of messages that the client may have got. Raises
        HistoryError."""
        log, name, deletions = self._world.log, self.room.name, self._world.log.deletions
        if deletions == self._deletions:
            return
        found, reader = log.redactions(name, self.redacted, PAGE), self._find()
        gaps = gaps_for(self._world, reader, name) if reader is not None else None
        if gaps is None or self.after is None:
            return  # the next page ends the stream
        if len(found) < PAGE:
            self._deletions = deletions
        else:
            self._more = True
        for each in found:
            self.redacted = each.number
            if not hide(gaps, each.place):
                cursor = Cursor(self.after, each.number)
                self.lines.append(self.form.line(_as_message(name, each, cursor)))

    def _wait(self) -> None:
        """Send something now and then, so that nobody on the way takes the connection for dead, and
        so that a client that has gone is noticed."""
        self._timer = self._timers.at(self._world.clock + KEEP_ALIVE, self._keep_alive)

    def _keep_alive(self) -> None:
        if not self.lines:
            self.lines.append(self.form.silence)
            self._wake()
        self._wait()

    def close(self) -> None:
        """Nobody reads any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.ended(self)
        self._steps = None


def _as_message(room: str, redaction: Redaction, cursor: Cursor) -> Message:
    """A redaction as a line of the history, whose msgid is the cursor behind it."""
    reason = (redaction.reason,) if redaction.reason else ()
    tags = {"time": format_time(redaction.at), "msgid": str(cursor)}
    return Message(REDACTION, (room, redaction.msgid, *reason), redaction.source, tags)

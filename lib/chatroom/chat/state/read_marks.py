"""How far each client has read, so that people who return are not shown the same lines twice.

`taken.py` remembers the positions; this module decides when a position is proven. When the server
replays a room's history to a client, the client has read it as soon as it proves that it has read
everything up to that point (`took`).

A user who leaves on purpose and returns later is treated like a new one, because a client that was
started again shows no old lines. After a PART, a KICK or a netcat session, the lines are still on
the screen for a while, so for A_MOMENT seconds the position is remembered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from chatroom.chat.state.model import Room, User
from chatroom.chat.state.taken import REMEMBERED_SECONDS, Entry, ReaderId, Taken, new_entry
from chatroom.wire.capabilities import Capabilities
from chatroom.wire.names import fold
from chatroom.wire.reference import LAST_ID

A_MOMENT = 30.0
"""Seconds for which somebody who has left is shown only the new lines on returning. Later they also
want to see the lines before, to know what the talk is about."""

_folded: Callable[[Room], str] = attrgetter("folded")

_NOT_SHOWN_YET = LAST_ID
"""The value in `Session.unproven` while the room's replay is not complete."""


class Reader(Protocol):
    """The attributes of a session that this module uses."""

    user: User
    capabilities: Capabilities
    shows_rooms_itself: bool
    closing: str
    taken: int
    unproven: Mapping[Room, int]


class ReadMarks:
    """The positions up to which clients have read, as numbers of the log's messages.

    `now` is UTC seconds. `replay` is the number of lines that a room shows to people who enter; 0
    if there is no history. `flushed` is the log's position at the last flush to all sockets.
    """

    def __init__(self, replay: int = 0) -> None:
        self.replay = replay
        self.flushed = 0
        self.taken = Taken()  # of clients whose connection broke, or may yet break
        self._left = Taken()  # of clients that left on purpose, a moment ago

    def snapshot(self) -> dict[str, Any]:
        """All positions as plain values."""
        taken, left = self.taken.snapshot(), self._left.snapshot()
        return {"flushed": self.flushed, "taken": taken, "left": left}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over the positions of a snapshot."""
        self.flushed = values["flushed"]
        self.taken.take_over(values["taken"])
        self._left.take_over(values["left"])

    def is_replayed_to(self, session: Reader) -> bool:
        """Whether the server replays the history of rooms to this session."""
        asks_itself = "draft/chathistory" in session.capabilities
        return not (asks_itself or session.shows_rooms_itself) and self.replay > 0

    def entered(self, session: Reader, room: Room) -> None:
        """Note that this session has entered a room, and that the replay is about to begin."""
        if self.is_replayed_to(session):
            rooms = session.user.rooms
            still = {one: upto for one, upto in session.unproven.items() if one in rooms}
            session.unproven = {**still, room: _NOT_SHOWN_YET}

    def showed_past(self, session: Reader, room: Room, position: int) -> None:
        """Note that the replay is complete up to `position`; the client has yet to prove that it
        has read it."""
        if session.unproven.get(room) == _NOT_SHOWN_YET:
            session.unproven = {**session.unproven, room: position}

    def took(self, session: Reader, number: int, now: float) -> None:
        """Note that the client has proven to have read everything up to this number."""
        user = session.user
        if not user.rooms or not self.is_replayed_to(session) or number < session.taken:
            return
        session.taken = number
        rooms: Iterable[Room] = user.rooms
        if session.unproven:
            rooms = self._proven(session, number)
        proven = tuple(map(_folded, rooms))
        if proven:
            reader = user.folded, user.address  # in place: this is for nearly each line of a person
            self.taken.note(new_entry((int(now), number, reader, proven)))

    def _proven(self, session: Reader, number: int) -> list[Room]:
        """Those rooms of the session's user whose replay ended with this number, or before."""
        unproven, rooms = session.unproven, session.user.rooms
        session.unproven = {
            room: upto for room, upto in unproven.items() if upto > number and room in rooms
        }
        return [room for room in rooms if room not in session.unproven]

    def left(self, session: Reader, rooms: Sequence[Room], position: int, now: float) -> None:
        """Note that this session has left rooms on purpose, having read everything up to the log's
        `position`."""
        if not self.replay or _asks_itself(session):
            return
        for room in rooms:
            if session.unproven.get(room) != _NOT_SHOWN_YET:
                self._note_left(session, room, position, now)

    def _note_left(self, session: Reader, room: Room, position: int, now: float) -> None:
        reader, rooms = _reader_id(session), (room.folded,)
        self.taken.note(Entry(int(now), 0, reader, rooms))
        is_over = bool(session.closing) and not session.shows_rooms_itself
        self._left.put(Entry(int(now), 0 if is_over else position, reader, rooms))

    def taken_by(self, session: Reader, room: Room, now: float) -> int:
        """The number of the last message in the room that this session has read; 0 if that is not
        known."""
        reader = _reader_id(session)
        left = _number(self._left, reader, room, now, A_MOMENT)
        if session.shows_rooms_itself:
            return left
        return max(left, _number(self.taken, reader, room, now))


def _number(
    taken: Taken, reader: ReaderId, room: Room, now: float, within: float = REMEMBERED_SECONDS
) -> int:
    """The number that is noted for a room, also under the names that it had before."""
    number = taken.number(reader, room.folded, now, within)
    for former in room.former:
        before = taken.number(reader, fold(former.name), now, within)
        number = max(number, min(before, former.position))
    return number


def _reader_id(session: Reader) -> ReaderId:
    return session.user.folded, session.user.address


def _asks_itself(session: Reader) -> bool:
    return "draft/chathistory" in session.capabilities

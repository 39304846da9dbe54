"""How far each client has read, so that those who return are not shown the same lines twice.

`taken.py` remembers it; here is what proves it. A client that is shown the past of a room by us has
read it once it has proven that it read all that was said up to then (`took`). Who leaves on purpose
and comes back later is a newcomer: a client that was started anew has no lines any more. Not so
after a PART, a KICK or a visit with netcat that was a moment ago: those lines are still on the
screen.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chatroom.chat.state.model import Room, User
from chatroom.chat.state.taken import Entry, ReaderId, Taken
from chatroom.wire.capabilities import Capabilities
from chatroom.wire.reference import LAST_ID

A_MOMENT = 30.0
"""Seconds within which somebody who has left and comes back is shown only what was said meanwhile.
Later they want to see what it is about."""

_NOT_SHOWN_YET = LAST_ID
"""In `Session.unproven`: the room's replay is not complete."""


class Reader(Protocol):
    """What this module sees of a session."""

    user: User
    capabilities: Capabilities
    shows_rooms_itself: bool
    closing: str
    taken: int
    unproven: Mapping[Room, int]


class ReadMarks:
    """What clients have read, as numbers of the log's messages. `now` is UTC seconds.

    `replay` is the number of lines that are shown to those who enter; 0: there is no history.
    `flushed` is the log's position when what it had was last written to all sockets.
    """

    def __init__(self, replay: int = 0) -> None:
        self.replay = replay
        self.flushed = 0
        self.taken = Taken()  # by those whose connection broke, or may yet break
        self._left = Taken()  # by those who left on purpose, a moment ago

    def is_replayed_to(self, session: Reader) -> bool:
        """Whether this session is shown the past of rooms by us."""
        return bool(self.replay) and not (session.shows_rooms_itself or _asks_itself(session))

    def entered(self, session: Reader, room: Room) -> None:
        """This session has entered a room, whose past it is about to be shown."""
        if self.is_replayed_to(session):
            rooms = session.user.rooms
            still = {one: upto for one, upto in session.unproven.items() if one in rooms}
            session.unproven = {**still, room: _NOT_SHOWN_YET}

    def showed_past(self, session: Reader, room: Room, position: int) -> None:
        """The room's past has been sent; whether it was read has to be proven."""
        if session.unproven.get(room) == _NOT_SHOWN_YET:
            session.unproven = {**session.unproven, room: position}

    def took(self, session: Reader, number: int, now: float) -> None:
        """The client has proven that it read all that it was told up to this number."""
        rooms = session.user.rooms
        if not rooms or not self.is_replayed_to(session) or number < session.taken:
            return
        unproven, session.taken = session.unproven, number
        proven = tuple(room.folded for room in rooms if unproven.get(room, 0) <= number)
        if unproven:
            session.unproven = {
                room: upto for room, upto in unproven.items() if upto > number and room in rooms
            }
        if proven:
            self.taken.note(Entry(int(now), number, _reader_id(session), proven))

    def left(self, session: Reader, rooms: Sequence[Room], position: int, now: float) -> None:
        """This session has left rooms on purpose, and has read all up to the log's `position`."""
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
        """The number of the last message in the room that this session was shown; 0: not known."""
        reader = _reader_id(session)
        left = self._left.number(reader, room.folded, now, A_MOMENT)
        if session.shows_rooms_itself:
            return left
        return max(left, self.taken.number(reader, room.folded, now))


def _reader_id(session: Reader) -> ReaderId:
    return session.user.folded, session.user.host


def _asks_itself(session: Reader) -> bool:
    return "draft/chathistory" in session.capabilities

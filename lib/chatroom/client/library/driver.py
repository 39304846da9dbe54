"""Drives the connections of a program, one after the other: its loop, and the queue of events for
the program.

Nothing runs in the background: whatever waits turns the loop.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from chatroom.client.connection.nicknames import alternatives
from chatroom.client.connection.server_connection import ServerConnection, why_not
from chatroom.client.connection.standing import RECLAIM_SECONDS, Standing
from chatroom.client.connection.trust import Trust, Untrusted
from chatroom.client.credentials import Credentials
from chatroom.client.history.follower import Follower, Start
from chatroom.client.library.errors import (
    ChatError,
    ConnectError,
    ConnectionLost,
    NotTrusted,
    PasswordWanted,
)
from chatroom.client.limits import LIMITS, told
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event, Exceeded, event_weight
from chatroom.client.protocol.session import Session
from chatroom.client.view.numerics import PASSWORD_REFUSED, PASSWORD_WANTED, refusal_text
from chatroom.net.addresses import Address
from chatroom.net.loop import Loop
from chatroom.net.timers import Timer, Timers
from chatroom.text.display import explain, visible
from chatroom.wire.message import LineTooLong, Message

_TAKEN_NICK = frozenset({"433", "436", "437"})

_MISSING = Exceeded("untaken_bytes", told("untaken_bytes"))

_INTERNAL = (events.Settled, events.Echoed, events.Delivered)


class Disconnected(NamedTuple):
    """The connection is lost; we try to reconnect until the server answers."""

    reason: str


class Reconnected(NamedTuple):
    """We are back, in all rooms that let us in. Missed messages follow, if the server keeps
    them."""

    nick: str


ChatEvent: TypeAlias = Event | Disconnected | Reconnected


class ConnectOptions(NamedTuple):
    """The arguments of `connect`. `rooms` may be bare names, and so may the rooms that have `keys`.

    `user` is both the user name and the real name. With `trust` the connection uses TLS.
    `credentials` are those of an account to log in to.
    """

    address: Address
    nick: str
    user: str
    rooms: Sequence[str] = ()
    password: str = ""
    reconnect: bool = False
    start: Start = Start()
    keys: Mapping[str, str] = MappingProxyType({})
    trust: Trust | None = None
    credentials: Credentials | None = None


class Driver:
    """From the first connection to the end. `told` are the events that the program has not taken
    yet."""

    def __init__(self, wishes: ConnectOptions) -> None:
        self.loop = Loop()
        self.told: deque[ChatEvent] = deque()
        self._told_bytes = 0
        self.follower = Follower(wishes.start, wishes.reconnect or wishes.start != Start())
        self.receipts = self.follower.receipts
        self.arrived = self.leaving = self.ended = False
        self.rooms: dict[str, str] = {}
        self.wishes = wishes
        self._timers = Timers()
        self._link = ServerConnection(self.loop, self._timers, wishes.address, self, wishes.trust)
        self._nicks: Iterator[str] = iter(())
        self._been_here = False
        self._entering: list[str] = list(wishes.rooms)
        self._why = ""
        self._failure: ChatError | None = None
        self._locked_out: ConnectError | None = None
        self._question: tuple[type[object], ...] = ()
        self._answer: ChatEvent | None = None
        self.session = self._made_session()
        self.standing = Standing(self.session)
        self._reclaiming: Timer | None = None
        self._new_session()

    def _made_session(self) -> Session:
        wishes = self.wishes
        return Session(wishes.user, wishes.user, wishes.password, wishes.credentials)

    def _new_session(self) -> None:
        self.session = self._made_session()
        self.session.sending = self.standing.sent
        self.standing.attach(self.session)
        self.follower.attach(self.session)

    # The loop

    def turn_until(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Turn the loop. Returns whether `done()` became true within `timeout` seconds.

        Raises ConnectError or ConnectionLost if it never will.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        self.flush()
        while not done():
            if self._failure:
                raise self._failure
            if deadline is not None and time.monotonic() >= deadline:
                return False
            self._turn(deadline)
        return True

    def _turn(self, deadline: float | None) -> None:
        """One turn. It ends with the flush, which may find the connection lost: then there is
        nothing to wait for."""
        now = time.monotonic()
        waits = (self._timers.wait(now), None if deadline is None else max(0.0, deadline - now))
        for ready, mask in self.loop.select(min((w for w in waits if w is not None), default=None)):
            ready(mask)
        self._timers.run(time.monotonic())
        self.flush()

    def flush(self) -> None:
        """Write as much as the system accepts."""
        output = self.session.take_output()
        if output:
            self._link.say(output)
        self._link.flush()

    def call(self) -> None:
        """Connect and enter the rooms. Raises ConnectError."""
        self._link.call()
        self.turn_until(lambda: self.arrived)

    def hang_up(self) -> None:
        """Close everything."""
        self.leaving = self.ended = True
        self._failure = self._failure or ConnectionLost("This connection is closed.")
        self._link.close()
        self.loop.close()

    # Called by the link (connection/server_connection.py, Owner)

    def connected(self) -> None:
        """There is a connection."""
        self._new_session()
        self._nicks = alternatives(self.standing.nick or self.wishes.nick)
        self.session.open()
        self.session.register(next(self._nicks))

    def unreachable(self, error: OSError) -> None:
        """The server cannot be reached."""
        self._gone(why_not(self.wishes.address, error))

    def untrusted(self, refusal: Untrusted) -> None:
        """The server may not be the one that is meant: calling again would not change that."""
        self._failure = NotTrusted(refusal.text)

    def received(self, data: bytes) -> None:
        """Process bytes from the server."""
        session = self.session
        answers = session.answers
        session.feed(data)
        for event in session.events():
            self._take(event)
        if session.answers != answers or not session.window_full:
            self._link.heard()
        if session.broken:
            self._link.hang_up(session.broken)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        if self._locked_out and not self._been_here:
            self._failure = self._locked_out
            return
        self._gone(f"The connection is lost: {self._why or visible(reason)}")

    def expects(self) -> bool:
        """Whether a silent server is at fault: always."""
        return True

    def probe(self) -> None:
        """Make the server show that it is still there."""
        if self.session.state.ready:
            self.session.barrier()

    def _gone(self, reason: str) -> None:
        """The server cannot be reached, the connection is lost, or we are not let in."""
        was_here, self.arrived = self.arrived, False
        self._why = ""
        for event in self.follower.lost():
            self._tell(event)
        if was_here:
            self.standing.lost()
        if self.leaving:
            self.ended = True
        elif not self._been_here:
            self._failure = ConnectError(reason)
        elif not self.wishes.reconnect:
            self._failure = ConnectionLost(reason)
        else:
            if was_here:  # else we had not yet come back into all of them
                self._keep(Disconnected(reason))
                self._entering = self.standing.rooms
            self._link.call_later()

    # Called by the session

    def _take(self, event: Event) -> None:
        if self.standing.is_own_doing(event):
            return
        self.standing.heard(event)
        match event:
            case events.NickRefused():
                self._next_nick(event)
            case events.Ready():
                self._enter_rooms()
            case events.Settled():
                self._settled()
            case events.RoomEntered():
                if len(self.rooms) < LIMITS.rooms:
                    self.rooms[self.session.state.fold(event.room)] = event.room
            case events.Left(own=True) | events.Kicked(own=True):
                self.rooms.pop(self.session.state.fold(event.room), None)
            case events.Closed():
                self._why = explain(event.message)
            case events.Refusal() if not self.arrived:
                self._why = refusal_text(event.message)
                self._note_password(event.message)
        for each in self.follower.take(event):
            self._tell(each)

    def _note_password(self, message: Message) -> None:
        """Note that a password is missing, because the server's last words would call it wrong."""
        if message.command == PASSWORD_REFUSED:
            missing = not self.session.gives_password
            self._locked_out = (
                PasswordWanted(PASSWORD_WANTED) if missing else ConnectError(self._why)
            )

    def _tell(self, event: ChatEvent) -> None:
        if self._question and isinstance(event, self._question):
            self._question, self._answer = (), event
        elif not isinstance(event, _INTERNAL):
            self._keep(event)

    def _keep(self, event: ChatEvent) -> None:
        """Keep an event until the program takes it. If there are too many, events are dropped, and
        the last one says so."""
        if not self.told:
            self._told_bytes = 0
        self._told_bytes += event_weight(event)
        full = self._told_bytes > LIMITS.untaken_bytes or len(self.told) >= LIMITS.untaken_events
        if not full:
            self.told.append(event)
        elif not (isinstance(self.told[-1], Exceeded) and self.told[-1] == _MISSING):
            self.told.append(_MISSING)

    def _next_nick(self, event: events.NickRefused) -> None:
        nick = next(self._nicks, None) if event.message.command in _TAKEN_NICK else None
        if nick is None:
            self._gone(explain(event.message))
        else:
            self.standing.wanted = self.standing.nick
            self.session.register(nick)

    def _enter_rooms(self) -> None:
        self.rooms.clear()
        for room, key in self.wishes.keys.items():
            self.standing.learn_key(self.session.state.room_meant(room), key)
        for room in self._entering:
            try:
                self.standing.enter([self.session.state.room_meant(room)])
            except LineTooLong as error:
                self._why = str(error)
        self.session.barrier()

    def _settled(self) -> None:
        """The server has answered our JOINs: check whether we are in all rooms."""
        if self.arrived:
            return
        fold, meant = self.session.state.fold, self.session.state.room_meant
        missing = [room for room in self._entering if fold(meant(room)) not in self.rooms]
        if missing and not self._been_here:
            self._failure = ConnectError(self._why or f"You cannot join {visible(missing[0])}.")
            return
        self._why = ""
        self._link.welcomed()
        self.arrived = True
        if self._been_here:
            self._keep(Reconnected(self.session.state.nick))
        self._been_here = True
        self.standing.back = True
        self._reclaim()

    def _reclaim(self) -> None:
        """Request our nickname, now and then again, because it may become free without notice."""
        if self._reclaiming:
            self._reclaiming.cancel()
            self._reclaiming = None
        if self.arrived and self.standing.wanted:
            self.standing.reclaim()
            self._reclaiming = self._timers.at(time.monotonic() + RECLAIM_SECONDS, self._reclaim)

    # Questions

    def question(
        self, answer: type[object], ask: Callable[[], None], timeout: float
    ) -> ChatEvent | None:
        """Send a command, and wait for the event that answers it, or for a Refusal.

        Returns None if neither arrives in time. Raises ConnectionLost.
        """
        self.turn_until(lambda: self.arrived)
        if not self.turn_until(lambda: self.arrived and not self.follower.catching_up, timeout):
            return None
        self._question, self._answer = (answer, events.Refusal), None
        ask()
        try:
            self.turn_until(lambda: self._answer is not None, timeout)
            return self._answer
        finally:
            self._question = ()

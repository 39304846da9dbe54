"""The base of all doors: processes lines at a bounded pace, and closes connections with last
words."""

import logging
from collections.abc import Callable
from math import inf
from typing import Protocol

from chatroom.chat import flood
from chatroom.chat.connections import depart
from chatroom.chat.ports import UnfinishedAnswer
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.net.timers import Timers
from chatroom.server.doors.plain.words import Prose
from chatroom.server.handshakes import Handshakes
from chatroom.text.display import visible
from chatroom.wire.lines import LineBuffer, LineDropped
from chatroom.wire.message import MAX_BODY, MAX_CLIENT_TAGS

log = logging.getLogger("chatroom")

LINE_BYTES = MAX_CLIENT_TAGS + MAX_BODY
"""Bytes of the longest line that any door accepts."""

DROPPED_BYTES = 1 << 20
"""Bytes beyond a line's limit that cost as much as a line."""

SLICE = 0.0006
"""Seconds of the loop that a door may use in one turn. On a slow machine a burst of ten messages
takes 0.4 ms. A burst that is split into two ticks is sent twice, which costs a tenth more."""

ANSWERING = 0.0003
"""Seconds of SLICE that a door may use for a large answer. It is only half, because an answer can
continue in the next tick at no cost, and so that its last step and the commit do not make the tick
too long."""

AUDIENCES = 2
"""So many audiences end the turn of a command that acts on several targets. Whoever is in several
of them has to be found in each, which for eight rooms of 900 takes a millisecond of the flush."""

PROOFS = 10
PROOF_PAUSE = 0.25
"""These limit the proofs of reading. A line from a client may prove that it has read everything
before. Checking that takes a system call, and noting it takes a line in a file. The server does so
at once for the first PROOFS lines in a row, and then, while the client keeps sending, only once in
PROOF_PAUSE seconds."""

BRAKE = 65_536
"""An answer pauses while more than this many bytes are queued for its reader."""


class DoorHost(Protocol):
    """The services of the server for a door. `stopwatch` returns seconds, for charging."""

    world: World
    timers: Timers
    prose: Prose
    handshakes: Handshakes
    stopwatch: Callable[[], float]

    def lead(self, connection: Connection, door: "Door") -> None:
        """Attach a door to the connection."""
        ...

    def ready(self, door: "Door") -> None:
        """Give the door a turn in this tick, because it has lines or an unfinished answer."""
        ...

    def charge_address(self, session: Session, cost: float) -> None:
        """Charge the address of a session for what the session spends."""
        ...

    def left(self, door: "Door", reason: str) -> None:
        """The door has sent its last words: close the connection when they are written."""
        ...


class Door:
    """The door of one session. The server calls `received` and `work`; a subclass handles lines.

    `arrived_at`, and `heard_at`, when the last bytes came, are times on the world's clock.
    `heard_with` is the number of the log's last message that had been written to all sockets by
    then.
    """

    __slots__ = (
        "arrived_at",
        "connection",
        "ended",
        "heard_at",
        "heard_with",
        "host",
        "lines",
        "progress",
        "proof_awaited",
        "proof_due",
        "session",
        "throttled",
        "timer",
    )

    kind = ""

    connection: Connection
    session: Session

    def __init__(self, host: DoorHost, arrived_at: float) -> None:
        self.host = host
        self.arrived_at = arrived_at
        self.heard_at = arrived_at
        self.heard_with = 0
        self.proof_due = inf  # the time from which on input is checked as a proof
        self.proof_awaited = True  # then, without being asked again; here: nobody ever looks
        self.lines = LineBuffer(LINE_BYTES)
        self.ended = False
        self.throttled = False
        self.progress = 0  # of the reader of an answer

    def lead(self, connection: Connection, session: Session) -> None:
        """Attach this door to a connection and its session."""
        self.connection = connection
        self.session = session
        connection.received = self.received
        self.host.lead(connection, self)
        limits = self.host.world.limits
        self._check_at(self.arrived_at + min(limits.registration, limits.idle_ping))
        if self.kind:
            log.debug("%s speaks %s", session.host, self.kind)
        self.begin()

    def begin(self) -> None:
        """Called once, when the door is attached."""

    def hand_over(self, door: "Door") -> "Door":
        """Hand the session over to another door."""
        self.timer.cancel()
        door.lead(self.connection, self.session)
        return door

    def received(self, data: bytes) -> None:
        """Receive bytes; b"" means that the peer will send no more."""
        world = self.host.world
        self.heard_at = world.clock
        self.heard_with = world.read_marks.flushed
        if data:
            if world.clock >= self.proof_due:
                self.take_for_proof()
            elif not self.proof_awaited:
                self.proof_awaited = True
                self.host.timers.at(self.proof_due, self._take_late_proof)
            self.lines.feed(data)
            if self.lines.dropped:
                self.charge(self.lines.dropped / DROPPED_BYTES)
                self.lines.dropped = 0
        else:
            self.ended = True
        self.host.ready(self)

    def take_for_proof(self) -> None:
        """Check whether a line proves that the client has read everything before it: that is so if
        its kernel has acknowledged it. Note the proof, so that the client is not shown the same
        again when it returns.

        If the kernel has not acknowledged everything yet, check the next line, whenever it comes.
        """
        if self.session.user.rooms and self.connection.is_acknowledged():
            world = self.host.world
            earliest = world.clock - PROOFS * PROOF_PAUSE
            self.proof_due = max(self.proof_due, earliest) + PROOF_PAUSE
            world.read_marks.took(self.session, self.heard_with, world.now)

    def _take_late_proof(self) -> None:
        self.proof_awaited = False
        if not self.session.closing:
            self.take_for_proof()

    def charge(self, cost: float) -> None:
        """Charge the allowance for received input; reading stops while it is overdrawn."""
        flood.spend(self.host.world, self.session, cost)
        self.host.charge_address(self.session, cost)
        if flood.wait(self.host.world, self.session):
            self._wait_for_allowance()

    def work(self) -> bool:
        """Process lines for a bounded time. Returns whether more could be done now.

        The session is charged for the time.
        """
        stopwatch, world, session = self.host.stopwatch, self.host.world, self.session
        if not world.limits.flood_rate:
            return self._work(stopwatch() + SLICE)
        begun, before, left = stopwatch(), world.fanout.deliveries, flood.left(world, session)
        more = self._work(begun + SLICE)
        cost = flood.time_cost(world.limits, stopwatch() - begun, world.fanout.deliveries - before)
        flood.spend(world, session, cost)
        self.host.charge_address(session, max(0.0, left - flood.left(world, session)))
        return more

    def _work(self, until: float) -> bool:
        """Work until the stopwatch shows `until`, but process at least one line, or one step of an
        answer."""
        session, lines, stopwatch = self.session, self.lines, self.host.stopwatch
        if self.connection.lost and not session.registered:
            self.leave(self.connection.lost)  # not registered, so the lines do not matter
            return False
        for _ in range(self.host.world.limits.lines_per_tick):
            if session.answer is not None and not self._advance(session.answer, until):
                if (
                    session.answer.acts
                    and not session.closing
                    and flood.wait(self.host.world, session)
                ):
                    self._wait_for_allowance()  # its next step may be a message
                    return False
                return self._wait_for_answer()
            if session.closing:
                break
            if session.allowance <= 0 and flood.wait(self.host.world, session):
                self._wait_for_allowance()
                return False
            try:
                line = lines.take()
            except LineDropped as dropped:
                flood.spend(self.host.world, session, 1)
                self.too_long(dropped.head, dropped.size)
                continue
            if line is None:
                break
            self.handle(line)
            if stopwatch() >= until:
                break
        if session.closing:
            self.leave(session.closing)
            return False
        if session.answer is None:
            return self._go_on()
        if session.answer.acts and flood.wait(self.host.world, session):
            self._wait_for_allowance()
            return False
        return self._wait_for_answer()

    def _advance(self, answer: UnfinishedAnswer, until: float) -> bool:
        """Continue an answer as far as time and reader allow. Returns whether it is complete.

        An answer that acts continues only as the allowance permits, so that one long line cannot
        send more than many short ones. That holds for a lost connection as well, because nobody is
        waiting then.
        """
        session, outbox = self.session, self.session.peer.outbox
        queued, seen = self.connection.backlog, 0
        while not session.closing and (answer.acts or not self.connection.lost):
            queued += sum(map(len, outbox[seen:]))
            seen = len(outbox)
            if queued > BRAKE or (answer.acts and flood.wait(self.host.world, session)):
                return False
            if not answer.advance():
                break
            if self.host.stopwatch() >= until - (SLICE - ANSWERING):
                return False
            if answer.acts and self.host.world.fanout.waiting >= AUDIENCES:
                return False
        session.answer = None
        return True

    def _wait_for_answer(self) -> bool:
        """Process no line before the answer is complete. Returns whether the answer could continue
        now."""
        self.connection.pause()
        if self.connection.backlog <= BRAKE:
            return True
        self.progress = self.connection.progress
        self.connection.drained = self._drained
        return False

    def is_stuck(self) -> bool:
        """Whether the reader of an answer has read nothing since the last call."""
        before, self.progress = self.progress, self.connection.progress
        return self.connection.drained is not None and before == self.progress

    def _drained(self) -> None:
        self.host.ready(self)

    def _go_on(self) -> bool:
        if self.lines.waiting:
            self.connection.pause()
            return True
        if self.ended:
            self.leave(self.connection.lost or "Connection closed")
        else:
            self.connection.resume()
        return False

    def _wait_for_allowance(self) -> None:
        """Delay input that came too fast, here and then in the kernel; it is not lost."""
        self.connection.pause()
        if not self.throttled:
            self.throttled = True
            log.debug(
                "%s sends too fast and is slowed down", visible(self.session.user.nick or "?")
            )
            world = self.host.world
            self.host.timers.at(world.clock + flood.wait(self.host.world, self.session), self._wake)

    def _wake(self) -> None:
        self.throttled = False
        if not self.session.closing:
            self.connection.notice_reset()
            self.heard_at = self.host.world.clock
            self.host.ready(self)

    def _check_at(self, when: float) -> None:
        self.timer = self.host.timers.at(when, self._check)

    def _check(self) -> None:
        """Check the deadlines of this session. Each door has one timer, which is set again for the
        next check."""
        world = self.host.world
        due = self.arrived_at + world.limits.registration
        if self.session.registered:
            self.check_idle()
        elif world.clock >= due:
            self.leave("Registration timed out")
        else:
            self._check_at(due)

    def check_idle(self) -> None:
        """Called now and then for registered sessions; people may be silent for as long as they
        like.

        TCP's keep-alive finds half-open connections.
        """

    def handle(self, line: bytes) -> None:
        """Carry out one line."""
        raise NotImplementedError

    def too_long(self, head: bytes, size: int) -> None:
        """Report that a line of `size` bytes, which begins with `head`, was longer than
        LINE_BYTES."""
        raise NotImplementedError

    def forget(self) -> None:
        """Break all reference cycles through this door, after the connection has ended."""
        self.session.answer = None

    def farewell(self, reason: str) -> bytes:
        """Returns the last words for this session."""
        raise NotImplementedError

    def leave(self, reason: str) -> None:
        """Leave: tell the others, and send the last words."""
        if self.session.registered and self.proof_awaited and self.proof_due < inf:
            self.take_for_proof()
        depart(self.host.world, self.session, reason)
        self.dismiss(reason)

    def dismiss(self, reason: str) -> None:
        """Send the last words and close; the server reaps the connection when they are written."""
        self.session.closing = self.session.closing or reason
        self.session.answer = None
        self.timer.cancel()
        self.session.put(self.farewell(reason))
        self.connection.close()
        self.host.left(self, reason)

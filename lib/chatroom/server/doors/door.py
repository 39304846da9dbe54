"""The base of all doors: processes lines at a bounded pace, and closes connections with last
words."""

import logging
from collections.abc import Mapping
from math import inf
from typing import Any

from chatroom.chat import flood
from chatroom.chat.ports import Encoders, UnfinishedAnswer, irc_encoders
from chatroom.chat.session import Session
from chatroom.net.connection import Connection
from chatroom.server.doors.ports import DoorHost, Lines
from chatroom.text.display import visible
from chatroom.wire.lines import LineBuffer, LineDropped
from chatroom.wire.message import MAX_BODY, MAX_CLIENT_TAGS
from chatroom.wire.plain import Usual

log = logging.getLogger("chatroom")

LINE_BYTES = MAX_CLIENT_TAGS + MAX_BODY
"""Bytes of the longest line that any door accepts."""

PAID_AT_ONCE = 4096
"""Bytes that a session sends before they are charged: people's lines are short."""

DROPPED_BYTES = 1 << 20
"""Bytes beyond a line's limit that cost as much as a line."""

SLICE = 0.0006
"""Seconds of the loop that a door may use in one turn. On a slow machine a burst of ten messages
takes 0.4 ms. A burst that is split into two ticks is sent twice, which costs a tenth more."""

MESSAGES = 10
"""Messages to rooms after which a door's turn ends. They have to be encoded and committed as well,
after the turn, which takes as long again."""

ANSWERING = 0.0002
"""Seconds of a turn after which no step of a large answer begins. That is only a third of SLICE,
because an answer can continue in the next tick at little cost, and so that its last step and the
commit do not make the tick too long."""

AUDIENCES = 2
"""The turn of a command that acts on several targets ends after this many audiences. People who are
in several of them have to be found in each, which for eight rooms of 900 takes a millisecond of the
flush."""

PROOFS = 10
PROOF_PAUSE = 0.25
"""These limit the proofs of reading. A line from a client may prove that it has read everything
before. Checking that takes a system call, and noting it takes a line in a file. The server does so
at once for the first PROOFS lines in a row, and then, while the client keeps sending, only once in
PROOF_PAUSE seconds."""

STALLED = 1.0
"""Seconds without input after which nobody waits for a peer's next bytes, when this process is
about to hand over (`Door.is_stalled`)."""

STEPS = 100
"""Steps of an answer in one turn. Most take so long that a few fill it; a step that waits for the
end of the tick takes no time, and without this limit it would wait for ever."""

GOODBYE = "The server is shutting down"
"""Why everybody leaves a server that stops."""

BRAKE = 65_536
"""An answer pauses while more than this many bytes are queued for its reader."""


_PLAIN = Usual(
    arrival="", ended=False, heard_with=0, proof_awaited=True, proof_due=inf, throttled=False,
    unpaid=0,
)  # fmt: skip
"""The attributes that a snapshot contains unchanged, unless they have this value."""


class Door:
    """The door of one session. The server calls `received` and `work`; a subclass handles lines.

    `arrival` is what the log is going to say of the connection's beginning; "" once it has. It says
    so when it is clear who has come, because browsers make a connection for each file.

    `arrived_at`, and `heard_at`, when the last bytes came, are times on the world's clock.
    `heard_with` is the number of the log's last message that had been written to all sockets by
    then.
    """

    __slots__ = (
        "arrival",
        "arrived_at",
        "connection",
        "ended",
        "heard_at",
        "heard_with",
        "holding",
        "host",
        "lines",
        "progress",
        "proof_awaited",
        "proof_due",
        "session",
        "throttled",
        "timer",
        "unpaid",
    )

    protocol = ""
    connection: Connection
    session: Session
    lines: Lines

    def __init__(self, host: "DoorHost[Door]", arrived_at: float) -> None:
        self.host = host
        self.arrival = "has connected"
        self.arrived_at = arrived_at
        self.heard_at = arrived_at
        self.heard_with = 0
        self.proof_due = inf  # the time from which on input is checked as a proof
        self.proof_awaited = True  # then, without being asked again; here: nobody ever looks
        self.lines = LineBuffer(LINE_BYTES)
        self.ended = False
        self.throttled = False
        self.holding = False  # a timer is set for the end of `Session.held_until`
        self.unpaid = 0  # bytes
        self.progress = 0  # of the reader of an answer

    def attach(self, connection: Connection, session: Session) -> None:
        """Attach this door to a connection and its session."""
        self.connection = connection
        self.session = session
        connection.received = self.received
        self.host.attach(connection, self)
        limits = self.host.facts.limits
        self._check_at(self.arrived_at + min(limits.registration, limits.idle_ping))
        if self.protocol:
            if not self.comes_quietly:
                self.announce()
            log.debug("%s speaks %s", session.host, self.protocol)
        self.begin()

    def begin(self) -> None:
        """Called once, when the door is attached."""

    def switch_to(self, door: "Door") -> "Door":
        """Hand the session over to another door."""
        self.timer.cancel()
        door.arrival = self.arrival
        door.attach(self.connection, self.session)
        return door

    @property
    def comes_quietly(self) -> bool:
        """Whether the log only says on the level DEBUG that the connection begins and ends."""
        return False

    def announce(self) -> None:
        """Have the log say that somebody has connected, if it has not."""
        if self.arrival:
            log.info("%s %s", self.session.host, self.arrival)
            self.arrival = ""

    def received(self, data: bytes) -> None:
        """Receive bytes; b"" means that the peer will not send anything more."""
        host = self.host
        self.heard_at = host.facts.clock
        self.heard_with = host.marks.flushed
        if data:
            if self.heard_at >= self.proof_due:
                self.take_for_proof()
            elif not self.proof_awaited:
                self.proof_awaited = True
                self.host.at(self.proof_due, self._take_late_proof)
            self.lines.feed(data)
            self.unpaid += len(data)
            if self.unpaid >= PAID_AT_ONCE:
                self._pay_for_bytes()
            if self.lines.dropped:
                self.charge(self.lines.dropped / DROPPED_BYTES)
                self.lines.dropped = 0
        else:
            self.ended = True
        self.host.ready(self)

    def ended_early(self) -> None:
        """The peer has ended before it is clear which protocol it speaks."""
        self.ended = True
        if not self.session.closing:
            self.leave(self.connection.lost or "Connection closed")

    def take_for_proof(self) -> None:
        """Check whether a line proves that the client has read everything before it: that is so if
        its kernel has acknowledged it. Note the proof, so that the client is not shown the same
        again when it returns.

        If the kernel has not acknowledged everything yet, check the next line, whenever it comes.
        """
        if self.session.user.rooms and self.connection.is_acknowledged():
            facts = self.host.facts
            earliest = facts.clock - PROOFS * PROOF_PAUSE
            self.proof_due = max(self.proof_due, earliest) + PROOF_PAUSE
            self.host.marks.took(self.session, self.heard_with, facts.now)

    def _take_late_proof(self) -> None:
        self.proof_awaited = False
        if not self.session.closing:
            self.take_for_proof()

    def _pay_for_bytes(self) -> None:
        self.host.charge_bytes(self.session, self.unpaid)
        self.unpaid = 0
        if flood.wait(self.host.facts, self.session):
            self._wait_for_allowance()

    def charge(self, cost: float) -> None:
        """Charge the allowance for received input; reading stops while it is overdrawn."""
        flood.spend(self.host.facts, self.session, cost)
        self.host.charge_address(self.session, cost)
        if flood.wait(self.host.facts, self.session):
            self._wait_for_allowance()

    def work(self) -> bool:
        """Process lines for a bounded time. Returns whether more could be done now.

        The session is charged for the time.
        """
        stopwatch, facts, load = self.host.stopwatch, self.host.facts, self.host.load
        if not facts.limits.flood_rate:
            return self._work(stopwatch() + SLICE)
        session = self.session
        begun, before, left = stopwatch(), load.deliveries, flood.left(facts, session)
        more = self._work(begun + SLICE)
        cost = flood.time_cost(facts.limits, stopwatch() - begun, load.deliveries - before)
        flood.spend(facts, session, cost)
        self.host.charge_address(session, max(0.0, left - flood.left(facts, session)))
        return more

    def _work(self, until: float) -> bool:
        """Work until the stopwatch shows `until`, but process at least one line, or one step of an
        answer."""
        session, lines, stopwatch = self.session, self.lines, self.host.stopwatch
        if self.connection.lost and not session.registered:
            self.leave(self.connection.lost)  # not registered, so the lines do not matter
            return False
        load = self.host.load
        enough = load.added + MESSAGES
        for _ in range(self.host.facts.limits.lines_per_tick):
            if session.answer is not None and not self._advance(session.answer, until):
                if (
                    session.answer.acts
                    and not session.closing
                    and flood.wait(self.host.facts, session)
                ):
                    self._wait_for_allowance()  # its next step may be a message
                    return False
                return self._wait_for_answer()
            if session.closing:
                break
            if session.held_until and self._is_held():
                return False
            if session.allowance <= 0 and flood.wait(self.host.facts, session):
                self._wait_for_allowance()
                return False
            try:
                line = lines.take()
            except LineDropped as dropped:
                flood.spend(self.host.facts, session, 1)
                self.too_long(dropped.head, dropped.size)
                continue
            if line is None:
                return self._await_input()
            self.handle(line)
            now = stopwatch()
            if now >= until or load.added >= enough:
                break
            if session.answer is not None and now >= until - (SLICE - ANSWERING):
                break
        if session.closing:
            self.leave(session.closing)
            return False
        if session.answer is None:
            return self._go_on()
        if session.answer.acts and flood.wait(self.host.facts, session):
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
        for _ in range(STEPS):
            if session.closing or (self.connection.lost and not answer.acts):
                break
            queued += sum(map(len, outbox[seen:]))
            seen = len(outbox)
            if queued > BRAKE or (answer.acts and flood.wait(self.host.facts, session)):
                return False
            if not answer.advance():
                break
            if self.host.stopwatch() >= until - (SLICE - ANSWERING):
                return False
            if answer.acts and self.host.load.waiting >= AUDIENCES:
                return False
        else:
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

    def _is_held(self) -> bool:
        """Whether the lines wait for a worker's answer to the last one (`chat.output.holding`). It
        wakes this door by `ready`."""
        until = self.session.held_until
        if self.host.facts.clock >= until:
            self.session.held_until = 0.0
            return False
        self.connection.pause()
        if not self.holding:
            self.holding = True
            self.host.at(until, self._end_hold)
        return True

    def _end_hold(self) -> None:
        self.holding = False
        if not self.session.closing:
            self.host.ready(self)

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
        return self._await_input()

    def _await_input(self) -> bool:
        """All lines are carried out: read on, unless the peer has ended."""
        if self.ended:
            self.leave(self.connection.lost or "Connection closed")
        elif self.connection.paused:
            self.connection.resume()
        return False

    def _wait_for_allowance(self) -> None:
        """Delay input that came too fast, here and then in the kernel; it is not lost."""
        self.connection.pause()
        if not self.throttled:
            self.throttled = True
            self.host.paced += 1
            log.debug(
                "%s sends too fast and is slowed down", visible(self.session.user.nick or "?")
            )
            facts = self.host.facts
            self.host.at(facts.clock + flood.wait(facts, self.session), self._wake)

    def _wake(self) -> None:
        self.throttled = False
        if not self.session.closing:
            self.connection.notice_reset()
            self.heard_at = self.host.facts.clock
            self.host.ready(self)

    def _check_at(self, when: float) -> None:
        self.timer = self.host.at(when, self._check)

    def _check(self) -> None:
        """Check the deadlines of this session. Each door has one timer, which is set again for the
        next check."""
        facts = self.host.facts
        due = self.arrived_at + facts.limits.registration
        if self.session.registered:
            self.check_idle()
        elif facts.clock >= due:
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
        self.host.depart(self.session, reason)
        self.dismiss(reason)

    def dismiss(self, reason: str) -> None:
        """Send the last words and close; the server reaps the connection when they are written."""
        self.session.closing = self.session.closing or reason
        self.session.answer = None
        self.timer.cancel()
        self.session.put(self.farewell(reason))
        self.connection.close()
        self.host.left(self, reason)

    # Another process goes on with it

    @property
    def is_under_way(self) -> bool:
        """Whether something was begun here that only this process can end."""
        return self.session.is_under_way or bool(self.session.closing)

    @property
    def is_stalled(self) -> bool:
        """Whether what is under way depends on a peer that has sent nothing for a while."""
        return False

    def wind_up(self, until: float) -> None:
        """Go on with what is under way, and begin nothing: no line is carried out."""
        answer, session = self.session.answer, self.session
        if answer is not None:
            self._advance(answer, until)
        if session.closing:
            self.leave(session.closing)

    def force_end(self) -> None:
        """There is no time left to wait for anything. An answer is written to its end, however
        little its reader reads: a line has a bounded one."""
        answer, session = self.session.answer, self.session
        for _ in range(STEPS):
            if answer is None or session.closing:
                break
            if not answer.advance():
                answer = session.answer = None
        if session.closing:
            self.leave(session.closing)

    @property
    def encoders(self) -> Encoders:
        """This door's encoders for its session."""
        return irc_encoders

    def snapshot(self) -> dict[str, Any]:
        """This door as plain values, without its connection and its session, when nothing is under
        way for them."""
        values = _PLAIN.differing(self)
        values["arrived_at"], values["heard_at"] = self.arrived_at, self.heard_at
        values["check_at"] = self.timer.when
        if lines := self.lines.snapshot():
            values["lines"] = lines
        return values

    def restore(self, connection: Connection, session: Session, values: Mapping[str, Any]) -> None:
        """Go on as a door of which `snapshot` has returned these values. It must be new.

        Sets the timers, and gives the session its encoders.
        """
        self.connection, self.session = connection, session
        connection.received = self.received
        self.host.attach(connection, self)
        _PLAIN.assign(self, values)
        self.arrived_at, self.heard_at = values["arrived_at"], values["heard_at"]
        self.resume(values)
        if "lines" in values:
            self.lines.restore(values["lines"])
        session.encode_by(self.encoders)
        self._check_at(values["check_at"])
        if self.throttled:
            facts = self.host.facts
            self.host.at(facts.clock + flood.wait(facts, session), self._wake)
        if self.proof_awaited and self.proof_due < inf:
            self.host.at(self.proof_due, self._take_late_proof)
        if self.lines.waiting or self.ended or connection.lost:
            self.host.ready(self)

    def resume(self, values: Mapping[str, Any]) -> None:
        """Take over what only this kind of door has: called in the place of `begin`."""

"""One connection of HTTP apart from what is asked: the answers, the deadlines and the ends.

While an answer is under way, no other request is read. A download is made as its reader reads.
"""

from collections.abc import Mapping
from email.utils import formatdate
from math import inf
from typing import Any

from chatroom.server.doors.door import BRAKE, STALLED, Door, log
from chatroom.server.doors.ports import DoorHost
from chatroom.server.web.exchange import Exchange, Head
from chatroom.server.web.headers import with_security
from chatroom.server.web.response import (
    Headers,
    Pending,
    Response,
    Sink,
    Source,
    discard,
    text,
)

PIECE = 32_768
"""Bytes of a download that are asked for at once. There is one piece in a tick: with twice as many,
twenty downloads make a tick twice as long, and are no faster."""

SLOWEST = 10_000
"""Bytes of a body that have to come in `Limits.request` seconds."""

NO_BODY = (204, 304)
"""Statuses that never have a body (RFC 9110 section 6.4.1)."""

TOO_SLOW = "The request came too slowly."
ANSWERED = "Request answered"
INTERRUPTED = "The server is about to continue in another process; try again"


class HttpConnection(Door):
    """The base of the HTTP door.

    `head` is that of the request under way, and `name` the path of its row, for the log. `due` is
    when the peer has to have done its part, on the chat's clock; `inf` while it is our turn. `got`
    counts the bytes that came or went since the last look. `full`: the sink takes no more for now.
    `metered`: what comes counts for `Limits.bytes`. `refused` is why the client may not go on, for
    the log.
    """

    __slots__ = (
        "due",
        "exchange",
        "full",
        "got",
        "head",
        "looks_at",
        "metered",
        "name",
        "pending",
        "refused",
        "served",
        "served_at",
        "sink",
        "source",
    )

    def __init__(self, host: DoorHost[Door], arrived_at: float) -> None:
        super().__init__(host, arrived_at)
        self.refused = ""

    def begin(self) -> None:
        """Wait for the first request."""
        facts = self.host.facts
        self.timer.cancel()
        self._begin_afresh()
        self.due = self.looks_at = facts.clock + facts.limits.request
        self._check_at(self.due)

    def _begin_afresh(self) -> None:
        self.exchange = Exchange()
        self.served = 0
        self.served_at = 0.0  # when a piece of a download was sent last
        self.got = 0
        self.head: Head | None = None
        self.name = ""
        self.metered = True
        self.full = False
        self.source: Source | None = None
        self.pending: Pending | None = None
        self.sink: Sink | None = None

    @property
    def comes_quietly(self) -> bool:
        """Unless the client was refused: a browser makes connections as it likes."""
        return not self.refused

    # The answer

    def _answer(self, response: Response) -> None:
        """Send the head of the answer, and its body or the first piece of it."""
        self._drop_sink()
        exchange, body = self.exchange, response.body
        if response.close and response.status >= 400 and isinstance(body, bytes):
            self.refused = body.decode(errors="replace").strip().removesuffix(".")
        headers = self._headers(response)
        self.session.put(exchange.begin(response.status, headers))
        self._note(response.status)
        if self.head is not None and self.head.method == "HEAD":
            discard(response)
            self._end_answer()
        elif isinstance(body, bytes):
            if body and response.status not in NO_BODY:
                self.session.put(exchange.piece(body))
            self._end_answer()
        else:
            self.source = body
            self._wait_for_reader()
            body.start(self._woken)

    def _headers(self, response: Response) -> Headers:
        headers = [("Date", formatdate(int(self.host.facts.now), usegmt=True))]
        headers += with_security(response.headers)
        size = len(response.body) if isinstance(response.body, bytes) else response.body.size
        if size is not None and response.status not in NO_BODY:
            headers.append(("Content-Length", str(size)))
        if response.close or not self.exchange.is_complete or self._is_last():
            headers.append(("Connection", "close"))
        return tuple(headers)

    def _is_last(self) -> bool:
        return self.ended or self.served >= self.host.facts.limits.requests

    def _note(self, status: int) -> None:
        """The access log. It has the row's path, because the real one may have secrets in it."""
        method = self.head.method if self.head else "-"
        log.debug("%s: %s %s: %d", self.session.host, method, self.name or "-", status)

    def _has_no_turn(self) -> bool:
        """Whether other downloads come first in this tick."""
        if self.connection.backlog > BRAKE:
            return False
        clock = self.host.facts.clock
        if not self.host.web.turns.take(self.served_at, clock):
            return True
        self.served_at = clock
        return False

    def _send_piece(self, source: Source) -> bool:
        """Send the next piece of a download if the peer has read most of the ones before."""
        if self.connection.backlog > BRAKE:
            self.connection.drained = self._woken
            return self._hold()
        piece = source.read(PIECE)
        if not piece:
            self.host.web.turns.give_back()
        if piece is None:
            return self._hold()
        if piece:
            self.got += len(piece)
            self.session.put(self.exchange.piece(piece))
            return True
        self.source = None
        source.close()
        self._end_answer()
        return True

    def _end_answer(self) -> None:
        facts = self.host.facts
        self.session.put(self.exchange.end())
        self.head = None
        self.name = ""
        self.metered = True
        if not self.exchange.may_go_on:
            self.leave(self.refused or ANSWERED)
            return
        self.exchange.next()
        limits = facts.limits
        self._wait_until(
            facts.clock + (limits.request if self.exchange.waiting else limits.keep_alive)
        )

    def _hold(self) -> bool:
        """Leave what else comes in the kernel. A connection with nothing unread is still read, to
        notice its end."""
        if self.exchange.waiting:
            self.connection.pause()
        return False

    def _woken(self) -> None:
        self.host.ready(self)

    # Another process goes on with it

    @property
    def is_under_way(self) -> bool:
        """Whether a request has begun whose answer has not ended, and is no stream."""
        return (self.exchange.is_busy and not self._stream()) or super().is_under_way

    def _stream(self) -> dict[str, Any] | None:
        """The stream that is being sent, as plain values."""
        return self.host.web.following.snapshot(self.source) if self.source is not None else None

    @property
    def is_stalled(self) -> bool:
        """Whether the rest of the request does not come, or the answer is not read."""
        if self.pending is not None:
            return False
        silent = self.host.facts.clock - self.heard_at > STALLED
        return silent and (self.source is None or self.connection.backlog > 0)

    def force_end(self) -> None:
        """Refuse the request, or end its answer early."""
        if self.exchange.awaits_answer:
            self._answer(text(503, f"{INTERRUPTED}.", ("Retry-After", "1"), close=True))
        if not self.session.closing:
            self.leave(INTERRUPTED)

    def snapshot(self) -> dict[str, Any]:
        """Also what has come of the next request, and until when it has to be complete."""
        own = {"came": str(self.exchange.came, "latin-1"), "due": self.due, "served": self.served}
        if (stream := self._stream()) is not None and self.head is not None:
            own["stream"] = [self.head.version, not self.exchange.may_follow, self.name, stream]
        return {**super().snapshot(), **own}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on waiting for the next request, or with a stream."""
        self._begin_afresh()
        self.served, self.due = values["served"], values["due"]
        self.looks_at = values["check_at"]
        if "stream" in values:
            version, is_last, self.name, stream = values["stream"]
            self.head = self.exchange.resume(version, is_last)
            self.source = source = self.host.web.following.restored(stream, self.session)
            source.resume(self._woken)
        self.exchange.feed(values["came"].encode("latin-1"))
        if self.exchange.waiting:
            self.host.ready(self)

    # The ends

    def _wait_until(self, due: float) -> None:
        """The peer has to have done its part by then."""
        self.due = due
        if due < self.looks_at:
            self.timer.cancel()
            self.looks_at = due
            self._check_at(due)

    def _wait_for_reader(self) -> None:
        """Look in `Limits.slow_reader` seconds whether anything has moved."""
        self.got = 0
        self.progress = self.connection.progress
        self._wait_until(self.host.facts.clock + self.host.facts.limits.slow_reader)

    def _renew(self) -> None:
        """The body has another `Limits.request` seconds for its next bytes."""
        self.got = 0
        self._wait_until(self.host.facts.clock + self.host.facts.limits.request)

    def _check(self) -> None:
        self.looks_at = inf
        if self.session.closing:
            return
        if self.host.facts.clock >= self.due:
            self._overdue()
        if not self.session.closing and self.due < self.looks_at:
            self._wait_until(self.due)

    def _overdue(self) -> None:
        """The peer has had its time. A peer that has finished sending may still read: one that has
        gone looks the same, until something is written to it."""
        moves = self.connection.progress != self.progress
        idle = self.head is None and self.exchange.between
        if self.source is not None or self.pending is not None:
            if moves or self.got or not (self.ended or self.connection.backlog):
                self._wait_for_reader()
            elif self.ended:
                self.leave("Connection closed")
            else:
                self.refused = "Reads too slowly"
                self.leave(self.refused)
        elif self.throttled or self.full or (self.sink is not None and self.got >= SLOWEST):
            self._renew()
        elif not idle:
            self._answer(text(408, TOO_SLOW, close=True))
        elif self.connection.backlog and moves:
            self._wait_for_reader()
        else:
            self.leave("Idle for too long")

    def farewell(self, reason: str) -> bytes:
        """The answer to a request that has none yet; else nothing, because nobody has asked."""
        exchange = self.exchange
        if not exchange.awaits_answer:
            return b""
        bug = reason == "Internal error"
        words = "Something went wrong in the server." if bug else f"{reason}."
        response = text(500 if bug else 503, words, close=True)
        assert isinstance(response.body, bytes)
        self._note(response.status)
        return exchange.begin(response.status, self._headers(response)) + response.body

    def dismiss(self, reason: str) -> None:
        """Close, and tell the sink or the source of a body."""
        super().dismiss(reason)
        self._abandon()

    def forget(self) -> None:
        """Break the cycles through this door."""
        super().forget()
        self._abandon()

    def _abandon(self) -> None:
        self._drop_sink()
        source, self.source = self.source, None
        if source is not None:
            source.close()
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.abandon()

    def _drop_sink(self) -> None:
        sink, self.sink = self.sink, None
        self.full = False
        if sink is not None:
            sink.abandon()

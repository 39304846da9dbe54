"""The HTTP door: requests and answers on a connection. What can be asked is in `web/routes.py`.

A request costs what its row says, and the time that it takes. While its answer is under way, no
other one is read. Nothing that comes here reaches another door, except behind a 101 (`Switch`).
"""

from dataclasses import replace
from email.utils import formatdate
from math import inf

from chatroom.chat import flood
from chatroom.server.doors.door import BRAKE, Door, log
from chatroom.server.web import gate
from chatroom.server.web.body import SmallBody
from chatroom.server.web.exchange import BadRequest, End, Exchange, Head
from chatroom.server.web.forwarded import Client, client_of
from chatroom.server.web.headers import with_security
from chatroom.server.web.request import Request, read_headers, read_target
from chatroom.server.web.response import (
    Answer,
    Headers,
    Pending,
    Refused,
    Response,
    Sink,
    Source,
    Switch,
    discard,
    text,
)
from chatroom.server.web.routes import KNOWN, Found, everything, find

PIECE = 65_536
"""Bytes of a download that are asked for at once. There is one piece in a tick."""

SLOWEST = 10_000
"""Bytes of a body that have to come in `Limits.request` seconds."""

STEPS = 16
"""Steps in one turn: the head of a request, a piece of a body, a piece of an answer."""

NO_BODY = (204, 304)
"""Statuses that never have a body (RFC 9110 section 6.4.1)."""

TOO_SLOW = "The request came too slowly."
ANSWERED = "Request answered"


class HttpDoor(Door):
    """One connection of a browser, of curl, or of a proxy in front of us.

    `due` is when the peer has to have done its part, on the chat's clock; `inf` while it is our
    turn. `got` counts the bytes that came since the last look.
    """

    __slots__ = (
        "came_from",
        "due",
        "exchange",
        "full",
        "got",
        "head",
        "left",
        "looks_at",
        "metered",
        "most",
        "name",
        "pending",
        "request",
        "served",
        "served_at",
        "sink",
        "source",
    )

    protocol = "HTTP"

    def begin(self) -> None:
        """Wait for the first request."""
        facts = self.host.facts
        self.timer.cancel()
        self.exchange = Exchange()
        self.came_from = Client(self.session.host, self.session.transport)
        self.served = 0
        self.served_at = 0.0  # when a piece of a download was sent last
        self.got = 0
        self.head: Head | None = None  # of the request under way
        self.request: Request | None = None
        self.name = ""  # of its row, for the log
        self.most = self.left = 0  # bytes that its body may have, and may still have
        self.metered = True  # what comes counts for `Limits.bytes`
        self.full = False  # the sink takes no more for now
        self.source: Source | None = None
        self.pending: Pending | None = None
        self.sink: Sink | None = None
        self.due = self.looks_at = facts.clock + facts.limits.request
        self._check_at(self.due)

    # Input

    def received(self, data: bytes) -> None:
        """Keep what came for this door's turn."""
        facts = self.host.facts
        self.heard_at = facts.clock
        if data:
            if self.head is None and self.exchange.between:
                self._wait_until(facts.clock + facts.limits.request)
            self.exchange.feed(data)
            self.got += len(data)
            if self.metered:
                self.unpaid += len(data)
            if self.unpaid >= PIECE // 16:
                self._pay_for_bytes()
        else:
            self.ended = True
            self._wait_until(min(self.due, facts.clock + facts.limits.slow_reader))
        self.host.ready(self)

    def _work(self, until: float) -> bool:
        for _ in range(STEPS):
            if self.connection.closing:
                return False
            if self.connection.lost:
                self.leave(self.connection.lost)
                return False
            if self.source is not None and (self.connection.outbox or self._has_no_turn()):
                return True  # the next piece in the next tick, when it is clear what is left of it
            if not self._step():
                return False
            if self.host.stopwatch() >= until:
                break
        return not self.connection.closing

    def _step(self) -> bool:
        """Do what is next. Returns False if there is nothing to do until something comes: input, a
        wake-up, or allowance."""
        if self.source is not None:
            return self._send_piece(self.source)
        if self.pending is not None:
            if self.pending.response is None:
                return self._hold()
            response, self.pending = self.pending.response, None
            self._answer(response)
            return True
        if self.full:
            return self._hold()
        if self.head is None and self.exchange.waiting and self._is_overdrawn():
            self._wait_for_allowance()
            return False
        return self._read()

    def _is_overdrawn(self) -> bool:
        session = self.session
        return session.allowance <= 0 and flood.wait(self.host.facts, session) > 0

    def _hold(self) -> bool:
        """Leave what else comes in the kernel. A connection with nothing unread is still read, to
        notice its end."""
        if self.exchange.waiting:
            self.connection.pause()
        return False

    def _read(self) -> bool:
        try:
            event = self.exchange.read()
            if event is None:
                return self._rest()
            if isinstance(event, Head):
                self._begin_request(event)
            elif isinstance(event, End):
                self._finish_body()
            else:
                self._take(event)
        except BadRequest as bad:
            self._answer(text(bad.status, str(bad), close=True))
        except Refused as refused:
            self.sink = None
            self._answer(refused.response)
        return True

    def _rest(self) -> bool:
        """Wait for more input."""
        if self.ended:
            self.leave("Connection closed")
        elif not self.throttled:
            self.connection.resume()
        return False

    # A request

    def _begin_request(self, head: Head) -> None:
        self.head = head
        self.served += 1
        self.got = 0
        if not head.has_body:
            self.exchange.read()  # its end
        found = self._find(head)
        if isinstance(found, Response):
            flood.spend(self.host.facts, self.session, 1)
            self._answer(found)
            return
        flood.spend(self.host.facts, self.session, found.route.cost)
        self._hear(head, found)

    def _find(self, head: Head) -> Found | Response:
        """The row for the request; or the answer where it has none, or may not go on."""
        target = read_target(head.method, head.target)
        headers = read_headers(head)
        place = headers.get("host", "")
        if target.authority and target.authority.lower() != place.lower():
            raise BadRequest(400, "The URL and the Host header name different servers.")
        web = self.host.web
        client = client_of(headers, self.came_from, web.settings().trusted_proxies)
        refused = self._relocate(client)
        self.request = Request(
            method=head.method,
            path=target.path,
            parts={},
            query=target.query,
            headers=headers,
            host=place,
            origin=headers.get("origin", ""),
            peer=self.session.host,
            https=client.https,
            length=head.length,
            upgrade=head.upgrade,
            session=self.session,
        )
        if refused:
            return text(403, f"{refused}.", close=True)
        if head.method not in KNOWN:
            return text(501, "This server does not know that method.", close=True)
        return gate.why_not(self.request, web) or (
            everything() if target.everything else find(head.method, target.segments)
        )

    def _relocate(self, client: Client) -> str:
        """Make the session that client's, of whom a proxy speaks. Returns why it is refused, or
        ""."""
        session = self.session
        if client.host == session.host:
            session.transport = client.transport
            return self.host.why_not_directly(session)
        return self.host.put_at(session, client.host, client.transport)

    def _hear(self, head: Head, found: Found) -> None:
        """Call the handler, before or after the body."""
        route, web = found.route, self.host.web
        assert self.request is not None
        self.name = route.path
        request = self.request = replace(self.request, parts=found.parts)
        self.metered = route.metered
        streams = route.largest(web)
        self.most = self.left = streams or route.small
        if head.has_body and (not self.left or (head.length or 0) > self.left):
            self._answer(_too_large(self.most))
        elif streams or not head.has_body:
            self._act_on(route.handler(request, web))
        else:
            self._act_on(SmallBody(request, lambda whole: route.handler(whole, web)))

    def _act_on(self, answer: Answer) -> None:
        if isinstance(answer, Response):
            self._answer(answer)
        elif isinstance(answer, Pending):
            self._wait_until(inf)
            if self.ended:
                self._wait_for_reader()
            self.pending = answer
            answer.start(self._woken)
        elif isinstance(answer, Switch):
            self._switch(answer)
        else:
            self.sink = answer
            answer.start(self._woken_sink)
            self._ask_for_body()

    def _woken(self) -> None:
        self.host.ready(self)

    def _woken_sink(self) -> None:
        self.full = False
        self._renew()
        self.host.ready(self)

    def _ask_for_body(self) -> None:
        assert self.head is not None
        if self.exchange.is_complete:
            self._finish_body()
            return
        self._renew()
        if self.head.waits:
            self.session.put(self.exchange.go_on())

    def _take(self, piece: bytes) -> None:
        """A piece of the body has come."""
        assert self.sink is not None and self.head is not None
        if len(piece) > self.left:
            self._answer(_too_large(self.most))
            return
        self.left -= len(piece)
        self.full = not self.sink.write(piece)

    def _finish_body(self) -> None:
        assert self.sink is not None
        sink, self.sink = self.sink, None
        self._act_on(sink.end())

    def _switch(self, switch: Switch) -> None:
        answer, rest = self.exchange.switch(switch.headers)
        self.session.put(answer)
        self._note(101)
        self.connection.resume()
        door = self.switch_to(switch.door(self.host, self.arrived_at))
        if rest:
            door.received(rest)
        if self.ended:
            door.received(b"")

    # The answer

    def _answer(self, response: Response) -> None:
        """Send the head of the answer, and its body or the first piece of it."""
        self._drop_sink()
        exchange, body = self.exchange, response.body
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
        self.head = self.request = None
        self.name = ""
        self.metered = True
        if not self.exchange.may_go_on:
            self.leave(ANSWERED)
            return
        self.exchange.next()
        limits = facts.limits
        self._wait_until(
            facts.clock + (limits.request if self.exchange.waiting else limits.keep_alive)
        )

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
            else:
                self.leave("Connection closed" if self.ended else "Reads too slowly")
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
        """Close; whoever takes or makes a body is told."""
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


def _too_large(most: int) -> Response:
    if not most:
        return text(413, "This takes no body.", close=True)
    return text(413, f"The body is too large: at most {most} bytes are taken.", close=True)

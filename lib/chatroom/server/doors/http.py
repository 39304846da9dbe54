"""The HTTP door: requests on a connection. What can be asked is in `web/routes.py`; the answers and
the deadlines are in `http_connection.py`.

A request costs what its row says, and the time that it takes. Nothing that comes here reaches
another door, except behind a 101 (`Switch`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Any

from chatroom.chat import flood
from chatroom.chat.ports import Transport
from chatroom.server.admission import CROWDED
from chatroom.server.doors.door import PAID_AT_ONCE
from chatroom.server.doors.http_connection import HttpConnection
from chatroom.server.web import gate
from chatroom.server.web.body import SmallBody
from chatroom.server.web.exchange import BadRequest, End, Head
from chatroom.server.web.forwarded import Client, client_of
from chatroom.server.web.request import Request, read_headers, read_target
from chatroom.server.web.response import (
    Answer,
    Pending,
    Refused,
    Response,
    Switch,
    text,
)
from chatroom.server.web.routes import KNOWN, Found, everything, find

STEPS = 16
"""Steps in one turn: the head of a request, a piece of a body, a piece of an answer."""


TINY = 256
TINY_COST = 1 / 200
"""What a chunk of a body costs that has fewer bytes than TINY: each takes some 25 us, which is as
much as 16 KB in one piece. So 800 in a second are read, as of a program's output."""

ENOUGH = 16_384
"""Bytes that wait for this door's turn before nothing more is read. Twenty doors that were read in
each tick, and had a turn in few of them, kept the loop busy with the copies of what they had."""


class HttpDoor(HttpConnection):
    """One connection of a browser, of curl, or of a proxy in front of us.

    `came_from` is the peer itself, whosever requests it passes on. `crowded` is why its address may
    have no further connection, or "".
    """

    __slots__ = ("came_from", "crowded", "left", "most", "request", "waits")

    protocol = "HTTP"

    def begin(self) -> None:
        """Wait for the first request."""
        super().begin()
        self.came_from = Client(self.session.host, self.session.transport)
        self.request: Request | None = None  # the last one
        self.waits = False  # for leave to send the body
        self.most = self.left = 0  # bytes that its body may have, and may still have
        self.crowded = self.host.count_as_web(self.session, True)

    def snapshot(self) -> dict[str, Any]:
        """Also the peer itself, whosever requests it passes on."""
        came_from = [self.came_from.host, list(self.came_from.transport)]
        return {**super().snapshot(), "came_from": came_from, "crowded": self.crowded}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Count it as one of HTTP, too."""
        super().resume(values)
        host, transport = values["came_from"]
        self.came_from = Client(host, Transport(*transport))
        self.host.count_as_web(self.session, True)
        self.crowded = values["crowded"]
        self.request = None
        self.waits = False
        self.most = self.left = 0

    # Input

    def received(self, data: bytes) -> None:
        """Keep what came for this door's turn."""
        facts = self.host.facts
        self.heard_at = facts.clock
        if data:
            if self.head is None and self.exchange.between and data.strip(b"\r\n"):
                self._wait_until(facts.clock + facts.limits.request)
            self.exchange.feed(data)
            self.got += len(data)
            if self.metered:
                self.unpaid += len(data)
            if self.unpaid >= PAID_AT_ONCE:
                self._pay_for_bytes()
            if self.exchange.waiting >= ENOUGH:
                self.connection.pause()  # until this door's turn
        else:
            self.ended = True
            self._wait_until(min(self.due, facts.clock + facts.limits.slow_reader))
        self.host.ready(self)

    def wind_up(self, until: float) -> None:
        """Go on with the request that has begun."""
        if self.is_under_way:
            self._work_while(lambda: self.is_under_way, until)

    def _work(self, until: float) -> bool:
        return self._work_while(_always, until)

    def _work_while(self, wanted: Callable[[], bool], until: float) -> bool:
        for _ in range(STEPS):
            if self.connection.closing or not wanted():
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
        if self.full or self.throttled:
            return self._hold()
        if self.head is None and self.exchange.waiting and self._is_overdrawn():
            self._wait_for_allowance()
            return False
        return self._read()

    def _is_overdrawn(self) -> bool:
        session = self.session
        return session.allowance <= 0 and flood.wait(self.host.facts, session) > 0

    def _read(self) -> bool:
        try:
            event = self.exchange.read()
            if event is None:
                return self._answer_early() or self._give_leave() or self._rest()
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

    def _answer_early(self) -> bool:
        """Answer a request whose body is not complete, if it is known that it is refused."""
        refusal = self.sink.refusal if self.sink is not None else None
        if refusal is not None:
            self._answer(refusal)
        return refusal is not None

    def _give_leave(self) -> bool:
        """Let the client send the body, if it waits for that."""
        if not self.waits or self.sink is None or not self.sink.is_ready:
            return False
        self.waits = False
        self.session.put(self.exchange.go_on())
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
        web.browsers.note(self.came_from.host, headers.get("user-agent", ""), self.host.facts.clock)
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
            relayed=client is not self.came_from,
        )
        if refused:
            return _refused(refused)
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
            return self.crowded or self.host.why_not_directly(session)
        self.crowded = self.host.put_at(session, client.host, client.transport)
        return self.crowded

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
        elif self.left and not (head.tells or route.optional):
            # So it has no body (RFC 9112 section 6.3), and what follows is the next request; but a
            # client that says nothing may mean that its body ends with the connection.
            self._answer(text(411, "Say how long the body is: Content-Length.", close=True))
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
        self.waits = self.head.waits

    def _take(self, piece: bytes) -> None:
        """A piece of the body has come."""
        assert self.sink is not None and self.head is not None
        self.waits = False
        if self.head.length is None and len(piece) < TINY and self.host.facts.limits.flood_rate:
            self.charge(TINY_COST)
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
        if why := self.host.count_as_web(self.session, False):
            self._answer(_refused(why))
            return
        answer, rest = self.exchange.switch(switch.headers)
        self.session.put(answer)
        self._note(101)
        self.connection.resume()
        door = self.switch_to(switch.door(self.host, self.arrived_at))
        if rest:
            door.received(rest)
        if self.ended:
            door.received(b"")


def _always() -> bool:
    return True


def _refused(why: str) -> Response:
    """The answer for an address that may not have this connection. A browser that has too many may
    come again (RFC 6585 section 4)."""
    if why == CROWDED:
        return text(429, f"{why}.", ("Retry-After", "5"), close=True)
    return text(403, f"{why}.", close=True)


def _too_large(most: int) -> Response:
    if not most:
        return text(413, "This takes no body.", close=True)
    return text(413, f"The body is too large: at most {most} bytes are taken.", close=True)

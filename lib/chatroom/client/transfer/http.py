"""One HTTP request and its answer, sans I/O: `begin` and `more` are the bytes to send, `feed` takes
those that came.

The server may be broken or hostile: its headers are bounded by h11, its preliminary answers are
counted, and of a refusal only the first words are kept. Redirects are not followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import h11

from chatroom import __version__
from chatroom.client.errors import TransferError, TryAgain
from chatroom.text.display import full_stop, visible

HEADER_BYTES = 16_384

MOST_PRELIMINARY = 10
"""Answers such as 100 Continue before the real one."""

REFUSAL_BYTES = 500

LONGEST_PAUSE = 10
"""Seconds: a server that asks to come back later than that is not worth waiting for."""

Headers = Sequence[tuple[str, str]]


class Incomplete(TransferError):
    """The connection ended before the answer was complete."""


class Source(Protocol):
    """The body of a request."""

    size: int

    def read(self) -> bytes:
        """The next piece; b"" at the end. Raises TransferError."""
        ...


class Sink(Protocol):
    """Takes an answer that is not a refusal. All of it raises TransferError."""

    def head(self, status: int, headers: dict[str, str]) -> None:
        """The head of an answer with 200 <= status < 300, or 416. Names are in lower case."""

    def data(self, piece: bytes) -> None:
        """A piece of the body."""

    def end(self) -> None:
        """The answer is complete."""


class Exchange:
    """A request, and how far it and its answer got.

    `sent`: bytes of the body that were sent. `is_done`: the answer is complete.
    """

    def __init__(
        self,
        method: str,
        target: str,
        host: str,
        headers: Headers,
        sink: Sink,
        body: Source | None = None,
        refusals: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """`refusals` are our own words for some statuses."""
        self.sent = 0
        self.is_done = False
        self._sink = sink
        self._body = body
        self._words = refusals
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES)
        length = [("Content-Length", str(body.size))] if body else []
        own = [("Host", host), ("User-Agent", f"chatroom/{__version__}"), ("Connection", "close")]
        self._request = h11.Request(method=method, target=target, headers=[*own, *headers, *length])
        self._preliminary = 0
        self._status = 0
        self._refusal: bytearray | None = None
        self._is_text = False
        self._pause: int | None = None

    def begin(self) -> bytes:
        """The first bytes."""
        data = self._send(self._request)
        return data if self._body else data + self._send(h11.EndOfMessage())

    def more(self) -> bytes:
        """The next bytes of the body; b"" if there are none, or if the server has answered already.
        Raises TransferError."""
        if self._body is None or self._status or self._connection.our_state is not h11.SEND_BODY:
            return b""
        piece = self._body.read()
        if not piece:
            return self._send(h11.EndOfMessage())  # b"", because the length is known
        self.sent += len(piece)
        return self._send(h11.Data(data=piece))

    def _send(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> bytes:
        return self._connection.send(event) or b""

    def feed(self, data: bytes) -> bool:
        """Take bytes; b"" for the end of the connection. Returns whether it was a part of the body.
        Raises TransferError."""
        got_body = False
        try:
            self._connection.receive_data(data)
            for event in self._events():
                got_body = got_body or isinstance(event, h11.Data)
                self._take(event)
        except h11.RemoteProtocolError as error:
            if not data:
                raise Incomplete("The answer is not complete.") from None
            why = visible(full_stop(str(error)))
            raise TransferError(f"The server's answer is not HTTP as it should be: {why}") from None
        if not data and not self.is_done:
            raise Incomplete("The server has closed the connection without an answer.")
        return got_body

    def _events(self) -> Iterator[h11.Event]:
        while not self.is_done:
            event = self._connection.next_event()
            if not isinstance(event, h11.Event):  # NEED_DATA or PAUSED
                return
            yield event

    def _take(self, event: h11.Event) -> None:
        match event:
            case h11.InformationalResponse():
                self._preliminary += 1
                if self._preliminary > MOST_PRELIMINARY:
                    raise TransferError("The server sends preliminary answers without end.")
            case h11.Response():
                self._take_head(event)
            case h11.Data() if self._refusal is not None:
                self._refusal += event.data[: REFUSAL_BYTES - len(self._refusal)]
                if len(self._refusal) >= REFUSAL_BYTES:
                    raise self._refused()
            case h11.Data():
                self._sink.data(bytes(event.data))
            case h11.EndOfMessage() if self._refusal is not None:
                raise self._refused()
            case h11.EndOfMessage():
                self.is_done = True
                self._sink.end()
            case h11.ConnectionClosed():
                self._ended()

    def _ended(self) -> None:
        if self._refusal is not None:
            raise self._refused()

    def _take_head(self, head: h11.Response) -> None:
        self._status = head.status_code
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        if 200 <= self._status < 300 or self._status == 416:
            self._sink.head(self._status, headers)
            return
        if 300 <= self._status < 400:
            where = visible(headers.get("location", "elsewhere")[:REFUSAL_BYTES])
            raise TransferError(f"The server redirects to {where}, which is not followed.")
        if words := self._words.get(self._status):
            raise TransferError(words)
        self._refusal = bytearray()
        self._is_text = headers.get("content-type", "").startswith("text/plain")
        pause = headers.get("retry-after", "")  # RFC 9110 section 10.2.3; it may be a date
        if self._status == 503 and pause.isdecimal() and len(pause) <= 2:
            self._pause = int(pause) if int(pause) <= LONGEST_PAUSE else None

    def _refused(self) -> TransferError:
        words = self._own_words() or f"The server refuses it with the status {self._status}."
        return TransferError(words) if self._pause is None else TryAgain(words, self._pause)

    def _own_words(self) -> str:
        """What the server says, if that is for people."""
        line = bytes(self._refusal or b"").decode(errors="replace").strip().partition("\n")[0]
        return full_stop(visible(line.strip())) if self._is_text and line.strip() else ""

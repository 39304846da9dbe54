"""Requests and answers as bytes, one after the other on a connection. Sans-I/O.

`h11` reads and writes. What it lets through, but a proxy in front of us may read in another way, is
refused here: lines that end with a bare LF, folded headers, two lengths, a length beside chunks.
Somebody who sends such a thing wants to smuggle a request past the proxy.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

import h11

from chatroom.server.web.response import Headers

LONGEST_LINE = 8000
"""Bytes of a request line: RFC 9112 section 3 recommends at least as many."""

LONGEST_HEAD = 16_384
MOST_HEADERS = 48
"""Browsers send some twenty. h11 takes 8 us for each."""

PORTION = 1024
LONGEST_CHUNK_LINE = 512
"""Bytes of a body in chunks that h11 gets at once, and that one of its lines may have: trailers,
which nobody needs, are read in one go."""

_CONTROLS = bytes((*range(9), *range(11, 13), *range(14, 32), 127))
_VERSION = re.compile(rb" HTTP/(1\.[01])\r\n")
_EMPTY_LINES = re.compile(rb"(\r\n)+")
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20} ")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([^\r]*)", re.IGNORECASE)
_DIGITS = re.compile(rb"[0-9]{1,18}[ \t]*")


class BadRequest(Exception):
    """A request that is refused for its form: `status`, and a sentence for people as `str()`."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request. Header names are in lower case. `length` is that of the body, None
    for one in chunks, and `tells` whether the request says that, or how long it is; `waits` is
    whether the client waits for a 100 before it sends the body; `upgrade` is the protocol that it
    offers instead, in lower case."""

    method: str
    target: str
    version: str
    headers: Headers
    length: int | None
    tells: bool
    waits: bool
    upgrade: str

    @property
    def has_body(self) -> bool:
        """Whether a body follows, or may follow."""
        return self.length != 0


class End:
    """The end of a request."""


END = End()


class Exchange:
    """The requests of one connection. `feed` bytes, then `read` until it returns None; answer, and
    call `next`."""

    __slots__ = ("_chunked", "_h11", "_looked", "_tail", "_waiting")

    def __init__(self) -> None:
        self._h11: h11.Connection | None = None  # while a request is read or answered
        self._chunked = False
        self._waiting = b""  # bytes that h11 does not have
        self._looked = 0  # of these, at so many for bare line ends
        self._tail = b""  # the last bytes that h11 got

    @property
    def waiting(self) -> int:
        """Bytes that came and are not read yet."""
        return len(self._waiting)

    @property
    def came(self) -> bytes:
        """The bytes that came and are not read yet."""
        return self._waiting

    @property
    def is_busy(self) -> bool:
        """Whether a request is being read or answered."""
        return self._h11 is not None

    @property
    def between(self) -> bool:
        """Whether no request has begun."""
        return self._h11 is None and not self._waiting

    @property
    def is_complete(self) -> bool:
        """Whether the request has been read to its end."""
        return self._h11 is not None and self._h11.their_state not in (h11.IDLE, h11.SEND_BODY)

    @property
    def awaits_answer(self) -> bool:
        """Whether a request has come whose answer has not begun."""
        return self._h11 is not None and self._h11.our_state is h11.SEND_RESPONSE

    def feed(self, data: bytes) -> None:
        """Add bytes that came."""
        self._waiting += data

    def read(self) -> Head | bytes | End | None:
        """The head, the next piece of the body, or the end; None if more bytes are needed, or the
        answer. Raises BadRequest, after which nothing can be read any more."""
        try:
            return self._read_body() if self._h11 else self._read_head()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint
            raise BadRequest(status, "This is not a request that HTTP allows.") from None

    def _read_head(self) -> Head | None:
        if empty := _EMPTY_LINES.match(self._waiting):  # RFC 9112 section 2.2
            self._waiting = self._waiting[empty.end() :]
            self._looked = 0
        data = self._waiting
        end = data.find(b"\r\n\r\n", max(0, self._looked - 3))
        head = data[: end + 4] if end >= 0 else data
        _check_lines(head[self._looked :], end >= 0)
        _check_form(head, end >= 0)
        self._looked = len(data) - data.endswith(b"\r")
        if end < 0:
            return None
        self._looked = 0
        self._waiting = data[len(head) :]
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_CHUNK_LINE)
        self._h11.receive_data(head)
        event = self._h11.next_event()
        assert isinstance(event, h11.Request), event
        found = _head_of(event)
        self._chunked = found.length is None
        return found

    def _read_body(self) -> bytes | End | None:
        connection = self._h11
        assert connection is not None
        if connection.their_state is not h11.SEND_BODY:
            return None
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, h11.EndOfMessage):
                self._finish(connection)
                return END
            if event is not h11.NEED_DATA or not self._waiting:
                return None
            portion = self._waiting[:PORTION] if self._chunked else self._waiting
            self._waiting = self._waiting[len(portion) :]
            connection.receive_data(portion)
            self._tail = self._tail[-3:] + portion

    def _finish(self, connection: h11.Connection) -> None:
        """The body is complete: what h11 has beyond it is the next request's."""
        self._waiting = connection.trailing_data[0] + self._waiting
        read = self._tail[: len(self._tail) - len(connection.trailing_data[0])]
        self._tail = b""
        if self._chunked and not read.endswith(b"\r\n\r\n"):
            raise BadRequest(400, "The last chunk does not end with an empty line.")

    def resume(self, version: str, is_last: bool) -> Head:
        """Go on as the exchange of another process, which has answered a GET without a body and has
        begun to send the answer's: its length is not known, and with `is_last` no other request
        may follow. Returns a head for that request."""
        connection = self._h11 = h11.Connection(h11.SERVER)
        last = "connection: close\r\n" if is_last else ""
        connection.receive_data(f"GET / HTTP/{version}\r\nhost: -\r\n{last}\r\n".encode())
        while not isinstance(connection.next_event(), h11.EndOfMessage):
            pass
        connection.send(h11.Response(status_code=200, headers=[]))
        return Head("GET", "/", version, (), 0, False, False, "")

    # Answering

    def go_on(self) -> bytes:
        """100: the client may send the body."""
        assert self._h11 is not None
        go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
        return self._h11.send(go_on) or b""

    def switch(self, headers: Headers) -> tuple[bytes, bytes]:
        """101: the bytes of the answer, and those that came for the other protocol."""
        assert self._h11 is not None
        answer = h11.InformationalResponse(
            status_code=101, headers=_encoded(headers), reason=b"Switching Protocols"
        )
        rest, self._waiting = self._waiting, b""
        return self._h11.send(answer) or b"", rest

    def begin(self, status: int, headers: Headers) -> bytes:
        """The head of the answer. Also before any request could be read."""
        if self._h11 is None:
            return _head_without_request(status, headers)
        answer = h11.Response(
            status_code=status, headers=_encoded(headers), reason=_phrase(status).encode()
        )
        return self._h11.send(answer) or b""

    def piece(self, data: bytes) -> bytes:
        """A piece of the answer's body, which is not empty."""
        if self._h11 is None:
            return data
        return self._h11.send(h11.Data(data=data)) or b""

    def end(self) -> bytes:
        """The end of the answer. If its body is shorter than was said, only the end of the
        connection can tell the peer, and nothing may go on."""
        if self._h11 is None:
            return b""
        try:
            return self._h11.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError:
            return b""

    @property
    def may_follow(self) -> bool:
        """Whether another request may follow the answer that is being sent."""
        return (
            self._h11 is not None
            and self._h11.our_state is h11.SEND_BODY
            and (self._h11.their_state is not h11.MUST_CLOSE)
        )

    @property
    def may_go_on(self) -> bool:
        """Whether, after the end of the answer, another request may follow."""
        connection = self._h11
        return (
            connection is not None
            and connection.our_state is h11.DONE
            and connection.their_state is h11.DONE
        )

    def next(self) -> None:
        """Go on to the next request."""
        self._h11 = None


def _check_lines(data: bytes, is_whole: bool) -> None:
    """Check the line ends of a part of the head that begins behind one. Raises BadRequest."""
    ends = data.count(b"\r\n")
    half = 0 if is_whole else data.endswith(b"\r")
    if data.count(b"\n") != ends or data.count(b"\r") != ends + half:
        raise BadRequest(400, "Each line of a request has to end with CR LF.")


def _check_form(head: bytes, is_whole: bool) -> None:
    """Raises BadRequest."""
    line = head.find(b"\r\n")
    if (line if line >= 0 else len(head)) > LONGEST_LINE:
        raise BadRequest(414, f"The URL is too long: a request line has {LONGEST_LINE} bytes.")
    if len(head) > LONGEST_HEAD:
        raise BadRequest(431, f"The head of the request has more than {LONGEST_HEAD} bytes.")
    if not is_whole:
        return
    if len(head.translate(None, _CONTROLS)) != len(head):
        raise BadRequest(400, "The head of the request has control characters.")
    if not _METHOD.match(head):
        raise BadRequest(400, "The request does not begin with a method.")
    if not _VERSION.search(head, 0, line + 2):
        raise BadRequest(505, "This server speaks HTTP/1.1.")
    if b"\n " in head or b"\n\t" in head:
        raise BadRequest(400, "A header goes on in a second line, which HTTP does not allow.")
    lengths = _LENGTH.findall(head)
    if len(lengths) > 1 or not all(map(_DIGITS.fullmatch, lengths)):
        raise BadRequest(400, "The request has more than one length, or one that is no number.")
    if head.count(b"\n") > MOST_HEADERS + 2:
        raise BadRequest(431, f"The request has more than {MOST_HEADERS} headers.")


def _head_of(event: h11.Request) -> Head:
    headers = tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)
    version = event.http_version.decode()
    lengths = [value for name, value in headers if name == "content-length"]  # h11 joins equal ones
    codings = [value for name, value in headers if name == "transfer-encoding"]
    if codings and (lengths or version == "1.0"):
        raise BadRequest(400, "The request has a Transfer-Encoding where it cannot have one.")
    expected = [value.lower() for name, value in headers if name == "expect"]
    if expected and expected != ["100-continue"]:
        raise BadRequest(417, "This server knows no expectation but 100-continue.")
    return Head(
        event.method.decode(),
        event.target.decode(),
        version,
        headers,
        None if codings else int(lengths[0]) if lengths else 0,
        bool(codings or lengths),
        bool(expected) and version != "1.0",
        # RFC 9110 section 7.8; WebSocket, the only one that we know, begins with GET
        _upgrade(headers) if version == "1.1" and event.method == b"GET" else "",
    )


def _upgrade(headers: Headers) -> str:
    asked = {word.strip().lower() for name, value in headers if name == "connection"
             for word in value.split(",")}  # fmt: skip
    named = [value.lower() for name, value in headers if name == "upgrade"]
    return named[0] if "upgrade" in asked and len(named) == 1 else ""


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _head_without_request(status: int, headers: Headers) -> bytes:
    lines = (f"{name}: {value}" for name, value in headers)
    return "\r\n".join((f"HTTP/1.1 {status} {_phrase(status)}", *lines, "", "")).encode("ascii")

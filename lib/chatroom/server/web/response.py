"""What a handler may return: an answer, now or later, or somebody who takes the request's body.

    Response    the answer: status, headers and a body, which is bytes or a `Source`
    Pending     there is no answer yet: call `resolve` later, in the loop's thread
    Sink        takes the body piece by piece, then answers
    Switch      another protocol takes over the connection (WebSocket)

A handler or a sink may also raise `Refused`. Everything that waits gets a `wake` by `start`: a
function without arguments, to be called in the loop's thread when there is something new.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Headers = tuple[tuple[str, str], ...]
"""Names and values, in ASCII. The door adds those that all answers have (`headers.py`)."""

Wake = Callable[[], None]


class Source(Protocol):
    """A body that is made while it is sent.

    The door asks for a piece only when the peer has read most of the ones before. It calls `close`
    exactly once, at the end or when the peer has gone.
    """

    size: int | None
    """Bytes in all; None if that is not known, and then the body is sent in chunks."""

    def start(self, wake: Wake) -> None:
        """Called once, before the first `read`."""
        ...

    def read(self, most: int) -> bytes | None:
        """The next piece, at most `most` bytes; b"" at the end. None if there is none yet: then
        call `wake` when there is."""
        ...

    def close(self) -> None:
        """Release everything; nobody reads any more."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. `body` is not sent after HEAD, but its size is told. `close`: end the connection
    after it."""

    status: int
    headers: Headers = ()
    body: "bytes | Source" = b""
    close: bool = False


class Refused(Exception):
    """Raised by handlers and sinks: `response` is the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Pending:
    """An answer that comes later: `resolve` it in the loop's thread (a worker's `done` is called
    there). `abandoned` is called if the peer has gone before."""

    __slots__ = ("_abandoned", "_gone", "_wake", "response")

    def __init__(self, abandoned: Callable[[], None] | None = None) -> None:
        self._abandoned = abandoned
        self._gone = False
        self._wake: Wake | None = None
        self.response: Response | None = None

    def resolve(self, response: Response) -> None:
        """This is the answer. It is dropped if the peer has gone meanwhile."""
        if self._gone:
            discard(response)
            return
        self.response = response
        if self._wake is not None:
            self._wake()

    def start(self, wake: Wake) -> None:
        """Called by the door."""
        self._wake = wake

    def abandon(self) -> None:
        """Called by the door: nobody waits any more."""
        self._gone = True
        if self.response is not None:
            discard(self.response)
        elif self._abandoned is not None:
            self._abandoned()


class Sink(Protocol):
    """Takes a request's body. The door calls `start`, `write` for each piece, then either `end` or,
    if the body never comes to its end, `abandon`."""

    def start(self, wake: Wake) -> None:
        """Called once, before the first `write`."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether a client that waits for leave to send the body has it (RFC 9110 section 10.1.1).
        The door looks after each wake-up."""
        ...

    @property
    def refusal(self) -> Response | None:
        """The answer, if it is known that the rest of the body is not welcome. The door looks after
        each wake-up."""
        ...

    def write(self, piece: bytes) -> bool:
        """Take a piece, at most 8 KiB. Returns whether more may come now; if not, call `wake` when
        it may. Raises Refused, and is then neither ended nor abandoned."""
        ...

    def end(self) -> Response | Pending:
        """The body is complete. Raises Refused."""
        ...

    def abandon(self) -> None:
        """Release everything: the peer has gone, was too slow, or sent too much."""
        ...


@dataclass(frozen=True, slots=True)
class Switch:
    """Answer with 101 and these headers; then the door that `door(host, arrived_at)` makes takes
    over the connection, with the bytes that came after the request. (Any: doors know this package,
    and not the reverse. It is Callable[[DoorHost, float], Door].)"""

    headers: Headers
    door: Callable[[Any, float], Any]


Answer = Response | Pending | Sink | Switch


def discard(response: Response) -> None:
    """Release a response that is not sent."""
    if not isinstance(response.body, bytes):
        response.body.close()


TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


def text(status: int, words: str, *more: tuple[str, str], close: bool = False) -> Response:
    """One clear line for people: a whole sentence, without a line end."""
    return Response(status, (*TEXT, *more), f"{words}\n".encode(), close)


def as_json(status: int, value: object, *more: tuple[str, str]) -> Response:
    """A value for programs."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(status, (("Content-Type", "application/json"), *more), body.encode())

"""A small body, collected in memory before its handler is called."""

from collections.abc import Callable
from dataclasses import replace

from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Pending, Response, Wake


class SmallBody:
    """A `Sink` for rows with `small`: `handle` is called with the request when its body is
    complete. The door has bounded it."""

    def __init__(self, request: Request, handle: Callable[[Request], Answer]) -> None:
        self._request = request
        self._handle = handle
        self._pieces: list[bytes] = []

    def start(self, wake: Wake) -> None:
        """Nothing here waits."""

    @property
    def is_ready(self) -> bool:
        """At once."""
        return True

    @property
    def refusal(self) -> Response | None:
        """The handler is asked when the body is complete."""
        return None

    def write(self, piece: bytes) -> bool:
        """Keep a piece."""
        self._pieces.append(piece)
        return True

    def end(self) -> Response | Pending:
        """Call the handler."""
        answer = self._handle(replace(self._request, body=b"".join(self._pieces)))
        assert isinstance(answer, Response | Pending), "only a response is possible after the body"
        return answer

    def abandon(self) -> None:
        """Nothing is kept elsewhere."""

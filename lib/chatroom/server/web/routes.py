"""One row for each thing that can be asked by HTTP: method, path, handler, limits.

How to add a route
------------------
1. Write a handler in a file of your own in this package:

       def say(request: Request, web: WebHost) -> Answer:

   It runs in the loop, so it may take a fraction of a millisecond. What takes longer goes to
   `web.submit`, and the handler returns a `Pending`, which the worker's `done` resolves. A body
   that is large or still growing is a `Source`; a body that is not small goes to a `Sink`. For a
   refusal return, or raise in `Refused`, `text(404, "There is no such room.")`: one sentence.
   `response.py` describes each of these.
2. Add a row to ROUTES, and run `make man` for the table of docs/api.md. `{room}` in a path is any
   one part of it, decoded, in `request.parts`. A row for GET answers HEAD too. HEAD, OPTIONS (with
   Allow), 404 and 405 need nothing.
3. What the handler needs of the server becomes a row of `WebHost` (`host.py`), made in
   `Server._make_web_host`.
4. Test it with `tests/web_client.py`; tests/server/web/test_routes.py shows how.

What the door (`doors/http.py`) has checked before a handler is called: the form of the request, its
size, the Host header, TLS where everything needs it, and for methods other than GET, HEAD and
OPTIONS that no foreign page asks. It charges the session and the address for `cost` and for the
time that the handler takes. It does not check who somebody is, nor whether a secret may be sent
over this connection (`secrecy.why_no_secret(web.facts, request.session)`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chatroom.server.web import (
    downloads,
    hooks,
    invitations,
    monitoring,
    room_pages,
    session_pages,
    uploads,
)
from chatroom.server.web.host import WebHost
from chatroom.server.web.page_files import file_path, page
from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Response, text
from chatroom.server.web.websocket import page_or_websocket, websocket

Handler = Callable[[Request, WebHost], Answer]

KNOWN = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})
"""Methods that are understood, if only to say that they are not for this path."""


SMALL = 32_768
"""Bytes of a text that is said."""

HOOK_BYTES = 262_144
"""Bytes that a hook takes: some programs send all that they know."""


def _none(_web: WebHost) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Route:
    """One row. docs/api.md has its `purpose`.

    `small`: bytes of a body that is collected before the handler is called (`request.body`).
    `largest`: the most bytes of a body that a `Sink` takes; the door refuses more with 413, whether
    the client says the length or not. A row with neither takes no body; a row with either needs
    one (411), unless it is `optional`. `cost` is charged like the
    cost of a command, in the unit of `Limits.flood_burst`. `metered`: the body counts for
    `Limits.bytes`, which is meant for what people say; other limits hold for files.
    """

    method: str
    path: str
    handler: Handler
    purpose: str = ""
    small: int = 0
    largest: Callable[[WebHost], int] = _none
    optional: bool = False
    cost: float = 1.0
    metered: bool = True
    pattern: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        pattern = tuple(self.path[1:].split("/")) if self.path != "/" else ()
        object.__setattr__(self, "pattern", pattern)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/irc", websocket, "opens a WebSocket for IRC"),
    Route("GET", "/socket", websocket, "the same, where gamja looks for it"),
    Route("GET", "/", page_or_websocket, "the page, or a WebSocket", cost=0.2),
    Route("GET", "/session", session_pages.who, "the account of the browser's cookie"),
    Route(
        "POST",
        "/session",
        session_pages.stay,
        "keeps a browser logged in by a cookie",
        small=1000,
        optional=True,
    ),
    Route("DELETE", "/session", session_pages.leave, "logs the browser out"),
    Route("GET", "/tokens", session_pages.tokens, "lists the account's tokens and browsers"),
    Route("DELETE", "/tokens/{name}", session_pages.revoke, "revokes one of them"),
    Route("GET", "/invite", invitations.link, "the link to a room, for a browser (`?room=`)"),
    Route("GET", "/invite.svg", invitations.qr_code, "the same as a QR code", cost=5),
    Route("GET", "/rooms", room_pages.rooms, "lists the rooms that the account may see", cost=2),
    Route("POST", "/rooms/{room}", room_pages.say, "says the body in a room", small=SMALL),
    Route("PUT", "/rooms/{room}", room_pages.say, "the same, for `curl -T`", small=SMALL),
    Route("GET", "/rooms/{room}", room_pages.history, "a part of the room's history", cost=2),
    Route("GET", "/rooms/{room}/stream", room_pages.stream, "follows a room", cost=2),
    Route("GET", "/search", room_pages.search, "searches the history", cost=4),
    Route("POST", "/hooks/{secret}", hooks.post, "says what a program posts", small=HOOK_BYTES),
    Route("GET", "/metrics", monitoring.metrics, "figures for Prometheus", cost=2),
    Route("GET", "/healthz", monitoring.health, "whether the loop answers", cost=0.2),
    Route("GET", "/readyz", monitoring.readiness, "whether more people can come", cost=0.2),
    Route("OPTIONS", "/files", uploads.options, "who may upload files, and how much"),
    Route("POST", "/files", uploads.upload, "uploads a file", largest=uploads.most, metered=False),
    Route(
        "PUT",
        "/files/{name}",
        uploads.upload,
        "the same, for `curl -T`",
        largest=uploads.most,
        metered=False,
    ),
    Route("GET", "/files/{id}", downloads.download, "downloads a file", cost=0.2),
    Route("GET", "/files/{id}/{name}", downloads.download, "the same", cost=0.2),
    Route("DELETE", "/files/{id}", downloads.delete, "deletes a file"),
    Route("DELETE", "/files/{id}/{name}", downloads.delete, "the same"),
)
"""All rows, but those of the page's files."""

_PAGE = Route("GET", "/", page, cost=0.2)
"""The page has some seventy files, which a browser fetches at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """The row of a request, and the named parts of its path."""

    route: Route
    parts: Mapping[str, str]


def find(method: str, segments: tuple[str, ...]) -> Found | Response:
    """The row for a request, or the answer where there is none."""
    here = [
        Found(route, parts)
        for route in ROUTES
        if len(route.pattern) == len(segments)
        and (parts := _match(route.pattern, segments)) is not None
    ]
    if file_path(segments) is not None:
        here.append(Found(_PAGE, {}))
    if not here:
        return text(404, "There is nothing at this address.")
    wanted = "GET" if method == "HEAD" else method
    for found in here:
        if found.route.method == wanted:
            return found
    allow = ("Allow", ", ".join(_allowed(here)))
    if method == "OPTIONS":
        return Response(204, (allow,))
    return text(405, f"{method} is not possible here.", allow)


def everything() -> Response:
    """The answer to `OPTIONS *`."""
    return Response(204, (("Allow", "GET, HEAD, OPTIONS, POST, PUT, DELETE"),))


def _allowed(here: list[Found]) -> list[str]:
    methods = dict.fromkeys(found.route.method for found in here)
    if "GET" in methods:
        methods["HEAD"] = None
    methods["OPTIONS"] = None
    return list(methods)


def _match(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    """The named parts; None if this is another path. An empty part has no name."""
    parts = {}
    for wanted, segment in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            if not segment:
                return None
            parts[wanted[1:-1]] = segment
        elif wanted != segment:
            return None
    return parts

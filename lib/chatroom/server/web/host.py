"""What handlers may ask of the server. They see neither the server nor its configuration.

A group of routes that needs more gets a row here, an object with functions of its own, which
`server/server.py` makes (`Server._make_web_host`).
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatroom.chat.limits import Limits
from chatroom.chat.settings import (
    FileSettings,
    MonitoringSettings,
    Settings,
    TlsSettings,
    WebSettings,
)
from chatroom.chat.state.world import World
from chatroom.net.addresses import Address, is_loopback
from chatroom.net.timers import Timer
from chatroom.server.files.keeper import FileKeeper
from chatroom.server.web.authorization import Authorization
from chatroom.server.web.browsers import Browsers
from chatroom.server.web.following import Following
from chatroom.server.web.names import Names, host_in
from chatroom.server.web.publishing import Publishing
from chatroom.server.web.request import Request
from chatroom.server.web.sessions import Sessions
from chatroom.server.web.turns import Turns
from chatroom.wire.websocket_handshake import Handshake


class WebFacts(Protocol):
    """What handlers may read of the chat. `now` is UTC seconds, `clock` is never set back."""

    @property
    def now(self) -> float: ...
    @property
    def clock(self) -> float: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def tls(self) -> TlsSettings: ...
    @property
    def has_tls(self) -> bool: ...


class Submit(Protocol):
    """Runs a job in a worker, then calls `done` in the loop's thread (`net/workers.py`)."""

    def __call__(
        self, job: Callable[[], Any], done: Callable[[Future[Any]], None], background: bool = False
    ) -> None: ...


@dataclass(slots=True)
class WebHost:
    """`settings` returns [web]. `at` sets a timer, by the facts' clock. `submit` is for everything
    that may block: files, keys. `websocket` makes the door of a WebSocket, for a `Switch`: it is
    Callable[[Handshake, DoorHost, float], Door] (doors know this package, and not the reverse).
    `files` returns the uploaded files, None if there are none here; `file_settings` returns
    [files]. `sessions` are the browsers that stay logged in; `publishing` says things in rooms, and
    `following` reads them. `world` is for questions about rights, which have functions in the
    chat; nothing here changes it. `for_others` returns `HOST:PORT` at which other machines reach
    this server, "" if that is not known. `monitoring` returns [monitoring], `metrics` the text of
    /metrics, and `why_not_ready` a sentence without a full stop, "" if more people can come."""

    facts: WebFacts
    settings: Callable[[], WebSettings]
    names: Names
    at: Callable[[float, Callable[[], None]], Timer]
    submit: Submit
    websocket: Callable[[Handshake, Any, float], Any]
    files: Callable[[], FileKeeper | None]
    file_settings: Callable[[], FileSettings]
    authorization: Authorization
    sessions: Sessions
    publishing: Publishing
    following: Following
    world: World
    for_others: Callable[[], str]
    monitoring: Callable[[], MonitoringSettings]
    metrics: Callable[[], str]
    why_not_ready: Callable[[], str]
    turns: Turns = field(default_factory=Turns)
    browsers: Browsers = field(default_factory=Browsers)

    def url(self, request: Request) -> str:
        """The beginning of URLs that lead here, such as https://chat.example.org:8080, without a
        slash at its end: `web.url`, or else what the client itself has used. What works on this
        machine only (localhost) is replaced, because people tell others such URLs. "", which makes
        them relative, for a client that does not say it (HTTP/1.0)."""
        if url := self.settings().url:
            return url
        place = request.host
        if is_loopback(Address(host_in(place).strip("[]"), 0)):
            place = self.for_others() or place
        return f"http{'s' if request.https else ''}://{place}" if place else ""

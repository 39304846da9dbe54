"""/metrics, /healthz and /readyz: for programs that watch the server, and for nobody else.

Who may ask without a token is a matter of addresses (`monitoring.allow`), by default this machine.
A proxy on this machine must not turn the whole world into "this machine", whatever its operator
forgets. So an address alone is not enough:

- Where a trusted proxy says whose request it is (`web.trusted_proxies`), that address counts.
- Any other request that a proxy has marked as somebody else's (`_FORWARDED`) needs the token: its
  address is the proxy's, and the mark may be forged. Nearly all proxies mark requests by default.
- nginx does not, but it is told to pass on the name in the URL (`proxy_set_header Host $host`),
  because of WebSocket's Origin at the latest. So a request from this machine also has to name this
  machine: `localhost`, or a loopback address. What is left is a proxy that does neither; it passes
  on requests that no server could tell from local ones.
"""

import hmac

from chatroom.chat.flood import wait_at_least
from chatroom.chat.secrecy import why_no_secret
from chatroom.net.addresses import Address, is_in, is_local, is_loopback
from chatroom.server.monitoring.exposition import CONTENT_TYPE
from chatroom.server.web.host import WebHost
from chatroom.server.web.names import host_in
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, text

_FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip",
)  # fmt: skip
"""Headers by which proxies say that a request is somebody else's."""

_CHALLENGE = ("WWW-Authenticate", 'Bearer realm="Chatroom monitoring"')


def metrics(request: Request, web: WebHost) -> Response:
    """All metrics, in Prometheus's text format."""
    refusal = _why_not(request, web)
    return refusal or Response(200, (("Content-Type", CONTENT_TYPE),), web.metrics().encode())


def health(request: Request, web: WebHost) -> Response:
    """Whether the loop answers: it does."""
    return _why_not(request, web) or text(200, "ok")


def readiness(request: Request, web: WebHost) -> Response:
    """Whether more people can come."""
    if refusal := _why_not(request, web):
        return refusal
    why = web.why_not_ready()
    return text(503, f"{why}.") if why else text(200, "ready")


def _why_not(request: Request, web: WebHost) -> Response | None:
    settings = web.monitoring()
    if _is_near(request, settings.allow):
        return None
    if not settings.token:
        return text(
            403,
            "Only the server's own machine may see this; its operator can allow more in"
            " [monitoring] of the configuration.",
        )
    if why := why_no_secret(web.facts, request.session):
        return text(403, f"{why}.", close=True)
    scheme, _, word = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer":
        return text(401, "This needs the token of monitoring.token (Bearer).", _CHALLENGE)
    if hmac.compare_digest(word.strip().encode(), settings.token.encode()):
        return None
    wait = web.world.on_wrong_password(request.session.host)
    wait_at_least(web.world, request.session, wait)
    return text(401, "The token is wrong.", _CHALLENGE)


def _is_near(request: Request, allow: tuple[str, ...]) -> bool:
    if not is_in(request.peer, allow):
        return False
    if not request.relayed and any(request.header(name) for name in _FORWARDED):
        return False
    return not is_local(request.peer) or _names_this_machine(request.host)


def _names_this_machine(place: str) -> bool:
    """Whether a Host header does; there may be none (HTTP/1.0)."""
    return not place or is_loopback(Address(host_in(place).strip("[]"), 0))

"""Who is let in, before any handler: each check refuses with one sentence.

The order matters: a request that does not mean this server learns nothing about it.
"""

from chatroom.chat.secrecy import why_no_talk
from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, text

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, so that any page may use them. Its browser does not show it the
answer (Cross-Origin-Resource-Policy, and no CORS headers)."""


def why_not(request: Request, web: WebHost) -> Response | None:
    """The refusal of a request; None if it may go on."""
    if not web.settings().enabled:
        return text(404, "There is no web page here.", close=True)
    if request.host and not web.names.is_own(request.host):
        return text(
            421,
            "This server does not go by the name in your URL; its operator can add it to web.hosts"
            " in the configuration.",
            close=True,
        )
    if why := why_no_talk(web.facts, request.session):
        return _to_tls(request, web, why)
    if request.method not in SAFE and (why := why_not_from_that_page(request, web)):
        return text(403, why)
    return None


def why_not_from_that_page(request: Request, web: WebHost) -> str:
    """Why the page that makes the browser ask may not do that, in one sentence; "" if it may, or
    if no page is behind it. The door asks this for each method that is not SAFE. A handler of a
    safe method with power, such as WebSocket's GET, has to ask it by itself."""
    if request.origin:
        if web.names.is_own_page(request.origin, request.host):
            return ""
        return (
            "A page of another site asks for this; the operator can allow its site in web.origins."
        )
    if request.header("sec-fetch-site") not in ("", "same-origin", "none"):
        return "A page of another site asks for this."
    return ""


def _to_tls(request: Request, web: WebHost, why: str) -> Response:
    """Everything needs TLS (`tls.required`). The same port speaks it."""
    may_go = request.method in ("GET", "HEAD") and request.host
    if may_go and web.facts.has_tls and not request.https:
        query = f"?{request.query}" if request.query else ""
        place = ("Location", f"https://{request.host}{request.path}{query}")
        return text(307, f"{why}.", place, close=True)
    return text(403, f"{why}.", close=True)

"""IRC over WebSocket (IRCv3): an upgrade of the connection to the WebSocket door."""

from functools import partial

from chatroom.server.web.gate import why_not_from_that_page
from chatroom.server.web.host import WebHost
from chatroom.server.web.page_files import page
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, Switch, text
from chatroom.wire.websocket_handshake import NoWebSocket, shake_hands


def websocket(request: Request, web: WebHost) -> Response | Switch:
    """Open a WebSocket. Browsers let any page ask for one, so the page that asks is checked; other
    clients say none."""
    if why := why_not_from_that_page(request, web):
        return text(403, why)
    try:
        handshake = shake_hands(request.upgrade, request.headers)
    except NoWebSocket as refusal:
        return text(refusal.status, f"{refusal}.", *refusal.headers.items())
    request.session.offered = web.sessions.offered(request)
    return Switch(tuple(handshake.headers.items()), partial(web.websocket, handshake))


def page_or_websocket(request: Request, web: WebHost) -> Response | Switch:
    """The page; but a client that knows only the server's name may ask for a WebSocket there."""
    return websocket(request, web) if request.upgrade == "websocket" else page(request, web)

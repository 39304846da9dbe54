"""/invite: the link that leads to this server, or into a room; as a QR code for phones, too.

They need no login: who asks has reached the server already, and whether the room exists is not
said.
"""

import io
from urllib.parse import quote

import segno

from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Pending, Refused, Response, text
from chatroom.wire.names import bare

_LONGEST = 64
"""Characters of a room's name in a link."""

_QUIET_ZONE = 2
"""Modules of white around the code; the page has white around it as well."""


def link(request: Request, web: WebHost) -> Answer:
    """GET /invite?room=general: the link, as text."""
    return text(200, _link(request, web))


def qr_code(request: Request, web: WebHost) -> Answer:
    """GET /invite.svg?room=general: its QR code. Made by a worker, because it takes some
    milliseconds."""
    pending = Pending()
    url = _link(request, web)
    headers = (("Content-Type", "image/svg+xml"),)
    web.submit(
        lambda: _drawn(url),
        lambda drawn: pending.resolve(Response(200, headers, drawn.result())),
    )
    return pending


def _link(request: Request, web: WebHost) -> str:
    room = bare(request.arguments.get("room", ""))
    if len(room) > _LONGEST:
        raise Refused(text(400, f"A room's name has at most {_LONGEST} characters."))
    fragment = f"#{quote(room, safe='')}" if room else ""
    return f"{web.url(request)}/{fragment}"


def _drawn(url: str) -> bytes:
    out = io.BytesIO()
    code = segno.make(url, micro=False)
    code.save(out, kind="svg", border=_QUIET_ZONE, xmldecl=False, svgns=True, dark="#000")
    return out.getvalue()

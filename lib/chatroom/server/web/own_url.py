"""The address under which a client that is connected here reaches this server by HTTP."""

import socket

from chatroom.net.addresses import peer_host
from chatroom.net.connection import Connection


def own_url(url: str, connection: Connection, host: str, tls: bool) -> str:
    """The beginning of URLs that lead here; "" if that is not known.

    `url` is the configured one, or "". Without it, it is the address to which the client has
    connected, with the same port, which speaks HTTP too; `tls` decides the scheme. `host` is the
    client's address: if the connection is not from there, a proxy is in between, and only the
    configuration can tell where that is reached.
    """
    if url:
        return url
    sock = connection.sock
    if sock.family == socket.AF_UNIX:
        return ""
    try:
        place, peer = sock.getsockname(), sock.getpeername()
    except OSError:  # the client has gone
        return ""
    if peer_host(sock.family, peer) != host:
        return ""
    own = peer_host(sock.family, place)
    if own.startswith("fe80:"):  # link-local: it would need the name of the client's interface
        return ""
    shown = f"[{own}]" if ":" in own else own
    return f"http{'s' if tls else ''}://{shown}:{place[1]}"

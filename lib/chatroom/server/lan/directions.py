"""What people on other machines type to come here.

It is always logged: announcements do not get through every firewall and every Wi-Fi, but an address
does.
"""

from collections.abc import Iterator, Sequence

from chatroom.chat.settings import ALWAYS
from chatroom.net.addresses import Address
from chatroom.server.config.load import Config
from chatroom.text.qr_code import WHITE_ON_BLACK, qr_rows

_MOST = 6
"""Further addresses that are shown."""


def page_url(config: Config, place: Address, has_tls: bool) -> str:
    """The address of the web page. It is in the clear, unless everything needs TLS: phones warn of
    a page whose certificate nobody vouches for, and guests need no password."""
    if config.web.url:
        return f"{config.web.url}/"
    secure = has_tls and config.tls.required == ALWAYS
    return f"http{'s' if secure else ''}://{place}/"


def directions(config: Config, places: Sequence[Address], has_tls: bool) -> Iterator[str]:
    """The lines. `places` are where other machines reach the server: at least one."""
    first, *others = places
    yield "People on other machines come here with"
    flag = "" if has_tls else " --no-tls"
    yield f"  the client:     chatroom-client {first.host} {first.port}{flag}"
    yield f"  an IRC client:  {first.host}, port {first.port}{', with TLS' if has_tls else ''}"
    if config.web.enabled:
        yield f"  a browser:      {page_url(config, first, has_tls)}"
    if others:
        more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
        yield f"Other addresses of this server: {', '.join(map(str, others[:_MOST]))}{more}"


def how_to_open(port: int) -> str:
    """For a server that only this machine reaches."""
    return f"Only this machine can connect. To let others in, start it with --listen :{port}"


def qr_lines(url: str) -> list[str]:
    """The QR code of an address, in the colours that phones expect."""
    return [f"\x1b[{WHITE_ON_BLACK}m{row}\x1b[m" for row in qr_rows(url)]

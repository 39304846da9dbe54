"""Nicknames to try: the default one, and alternatives when it is taken."""

import getpass
from collections.abc import Iterator

from chatroom.wire.lookalikes import RESERVED, resembles

SHORTEST_LIMIT = 9
"""The number of characters that every server accepts (RFC 2812 section 1.2.1)."""

_MOST = 100

_SHORT = 7
"""The number of characters that leaves room for two digits on a server that accepts nine."""


def user_name() -> str:
    """The name of the system's user, changed so that every server accepts it; ours refuses root and
    admin."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""  # an account without a name
    kept = "".join(each for each in name if each.isascii() and (each.isalnum() or each in "-_"))
    nick = kept.lstrip("-0123456789_")[:SHORTEST_LIMIT]
    return "guest" if not nick or resembles(nick, RESERVED) else nick


def alternatives(nick: str) -> Iterator[str]:
    """The nickname, and then the nickname with numbers at its end, no longer than the original or
    than what every server accepts."""
    yield nick
    longest = max(len(nick), SHORTEST_LIMIT)
    for number in range(1, _MOST):
        yield f"{nick[: longest - len(str(number))]}{number}"


def stand_ins(nick: str) -> Iterator[str]:
    """Nicknames to use after a reconnect while ours is taken, mostly by our old connection. Short
    ones follow, for servers that refuse long ones."""
    yield f"{nick}_"
    yield f"{nick}__"
    for number in range(1, _MOST):
        yield f"{nick[:_SHORT]}{number}"

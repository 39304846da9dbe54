"""What to be called when nobody said, and when that is taken."""

import getpass
from collections.abc import Iterator

from chatroom.wire.lookalikes import RESERVED, resembles

SHORTEST_LIMIT = 9
"""Characters that every server takes (RFC 2812 section 1.2.1)."""

_MOST = 100

_SHORT = 7
"""Characters of a nickname that leave room for two digits on a server that takes nine."""


def user_name() -> str:
    """The user's name, as far as every server takes it; ours takes no root and no admin."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""  # an account without a name
    kept = "".join(each for each in name if each.isascii() and (each.isalnum() or each in "-_"))
    nick = kept.lstrip("-0123456789_")[:SHORTEST_LIMIT]
    return "guest" if not nick or resembles(nick, RESERVED) else nick


def alternatives(nick: str) -> Iterator[str]:
    """The nickname, then with a number at its end, not longer than it was or every server takes."""
    yield nick
    longest = max(len(nick), SHORTEST_LIMIT)
    for number in range(1, _MOST):
        yield f"{nick[: longest - len(str(number))]}{number}"


def stand_ins(nick: str) -> Iterator[str]:
    """What to be called on coming back while the nickname is taken, by ourselves mostly; short ones
    where others are too long."""
    yield f"{nick}_"
    yield f"{nick}__"
    for number in range(1, _MOST):
        yield f"{nick[:_SHORT]}{number}"

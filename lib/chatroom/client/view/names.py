"""Names in front of people: nicknames, rooms, and who one is."""

import unicodedata

from chatroom.text.display import visible
from chatroom.wire.names import bare

_LOOKALIKES = str.maketrans("уүყγоοօսυʏ", "yyyyooouuy")
_NOT_SEEN = frozenset({"Cf", "Mn", "Me", "Zs", "Cc"})


def name(nick: str) -> str:
    """Somebody else's nickname; one that reads like "You" is marked, for only we are You."""
    plain = unicodedata.normalize("NFKC", nick).casefold().translate(_LOOKALIKES)
    if not (plain.isascii() and plain.isalnum()):
        plain = "".join(each for each in plain if unicodedata.category(each) not in _NOT_SEEN)
    return f"{visible(nick)} (not you)" if plain == "you" else visible(nick)


def room_name(name: str) -> str:
    """A room's bare name."""
    return visible(bare(name))


def because(reason: str) -> str:
    """` (reason)`, where there is one."""
    return f" ({visible(reason)})" if reason else ""


def subject(nick: str, own: bool) -> str:
    """Who did it, as a sentence begins."""
    return "You" if own else name(nick)

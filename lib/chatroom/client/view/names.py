"""Names as people see them: nicknames with their colours, rooms, and the subjects of sentences.

Colours are SGR parameters (ECMA-48 section 8.3.117). Hardly any colour has a contrast of 4.5:1 on
both black and white; these have 3:1 or more on both (WCAG 2.2, contrast of large text), so that
they are readable on any background.
"""

import unicodedata
from functools import lru_cache
from zlib import crc32

from chatroom.text.display import visible
from chatroom.wire.names import bare

_LOOKALIKES = str.maketrans("уүყγоοօսυʏ", "yyyyooouuy")
_NOT_SEEN = frozenset({"Cf", "Mn", "Me", "Zs", "Cc"})

PALETTE = (
    *(27, 28, 30, 31, 61, 63, 64, 94, 97, 98, 100),
    *(127, 129, 130, 131, 133, 161, 163, 166, 168),
)
"""Indices of the 256-colour cube."""

_CUBE = (0, 95, 135, 175, 215, 255)


_MOST_REMEMBERED = 500
"""The nicknames whose looks are cached; a few people say most of the lines. At most 0.5 MB,
since `ServerLimits.name` bounds them."""


@lru_cache(_MOST_REMEMBERED)
def name(nick: str) -> str:
    """Somebody else's nickname; a name that reads like "You" is marked, because only our own lines
    have that name."""
    plain = unicodedata.normalize("NFKC", nick).casefold().translate(_LOOKALIKES)
    if not (plain.isascii() and plain.isalnum()):
        plain = "".join(each for each in plain if unicodedata.category(each) not in _NOT_SEEN)
    return f"{visible(nick)} (not you)" if plain == "you" else visible(nick)


def room_name(name: str) -> str:
    """A room's bare name."""
    return visible(bare(name))


def because(reason: str) -> str:
    """` (reason)`; "" without a reason."""
    return f" ({visible(reason)})" if reason else ""


def subject(nick: str, own: bool) -> str:
    """The person who did it, as the beginning of a sentence."""
    return "You" if own else name(nick)


@lru_cache(_MOST_REMEMBERED)
def nick_style(folded: str) -> str:
    """The colour of a nickname, always the same."""
    return f"38;5;{PALETTE[crc32(folded.encode()) % len(PALETTE)]}"


def rgb(index: int) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of an index from 16 to 231."""
    red, rest = divmod(index - 16, 36)
    green, blue = divmod(rest, 6)
    return _CUBE[red], _CUBE[green], _CUBE[blue]

"""Recognises commands with a password that were typed as talk: ` /msg NickServ identify ...`.

A space in front, or a client that does not know the command, is enough to send it to a room, where
everybody reads it and the history keeps it. So it is refused.
"""

import re

from chatroom.chat.refusals import Failed

_WORDS = ("m ", "m\t", "ms", "qu", "pr", "ni", "ns", "ch", "cs")

SUSPECTS = frozenset(
    one + other
    for word in _WORDS
    for one in (word[0], word[0].upper())
    for other in (word[1], word[1].upper())
)
"""The first two characters of such a text, unless it begins with one of SIGNS. To look at these is
all that most messages cost here."""

SIGNS = frozenset("/ \t")

_LOOKED_AT = 120
"""Characters of a text."""

_SECRET = re.compile(
    r"\s*(?=[/mqp]|[nc]s|nick|chan)/?(?:(?:msg|m|query|quote|raw|tell|w|notice|privmsg)\s+)*"
    r":?(?:nickserv|chanserv|ns|cs)(?:@\S*)?:?\s+:?"
    r"(?:identify|id|login|auth|register|ghost|regain|recover|release|set\s+password)\s+\S"
    r"|\s*/(?:identify|login|auth|authenticate|register|oper|pass|password)\s+\S",
    re.IGNORECASE,
)


def refuse_secret(command: str, target: str, text: str) -> None:
    """Raises Failed for a text that seems to contain a password. It begins with one of SIGNS or
    SUSPECTS."""
    if _SECRET.match(text, 0, _LOOKED_AT):
        raise Failed(command, "LOOKS_LIKE_PASSWORD", target, text=_REFUSED)


_REFUSED = (
    "This looks like a password, so it was sent to nobody. Commands begin with a slash, with"
    " nothing in front of it; /msg NickServ HELP says how to log in"
)

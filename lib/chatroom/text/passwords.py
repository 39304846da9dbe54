"""Recognises texts that seem to contain a password: commands for services and servers, however they
were typed, and by whichever client's habits. Matching takes linear time, whatever the text.
"""

import re

_BEGINNINGS = ("m ", "m\t", "ms", "qu", "pr", "sq", "ni", "ns", "ch", "cs", "id", "re")

SUSPECTS = frozenset(
    one + other
    for word in _BEGINNINGS
    for one in (word[0], word[0].upper())
    for other in (word[1], word[1].upper())
)
"""The first two characters of such a text, unless it begins with one of SIGNS. To look at these is
all that most messages cost here."""

_INVISIBLE = "\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_FORMATTING = "\x02\x03\x0f\x11\x16\x1d\x1e\x1f"

SIGNS = frozenset(f"/\\.@ \t{_INVISIBLE}{_FORMATTING}")
"""Characters that people and programs put in front of a command, or that are pasted with it."""

_LOOKED_AT = 120
"""Characters of a text."""

_IN_FRONT = re.compile(r"(?:\x03\d{0,2}|[\W_])*+")

_VERB = (
    r"(?:in?dent(?:ify|fy)?|id|login|auth|authenticate|register|ghost|regain|recover|release"
    r"|(?:set\s*+)?pass(?:word|wd)?)"
)
_SERVICE = r"(?:\w{2,10}serv|ns|cs)(?:@\S*+)?"
_CARRIER = r"(?:msg|m|query|quote|raw|tell|w|notice|privmsg|squery)"

_TALK = re.compile(
    # to a service: `NickServ, identify ...`, `msg NickServ@host :identify ...`
    rf"(?:{_CARRIER}\s++:?)*+{_SERVICE}[:,]?\s++:?{_VERB}\s++\S"
    # a service's words without the service: `identify correct-horse`, but not `identify yourself`
    r"|identify(?:\s++\S++(?=\s*+\S))?\s++(?=\S{8})\S*(?:\d|[^\w\s]\w)\S*+\s*+$"
    r"|register\s++\S++\s++\S+@\S++\s*+$",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    # `/oper root ...`, `/quote pass ...`
    r"(?:(?:quote|raw)\s++:?)*+"
    r"(?:identify|id|login|auth|authenticate|register|oper|pass|password|passwd|pw)\s++\S"
    # `/set irc.server.home.sasl_password ...`, `/connect chat.example 6697 ...`
    r"|(?:set|server|network|connect)\s.{0,80}?(?<![a-z\d])pass[a-z]*+\s++\S"
    r"|(?:server|connect)\s++\S++\s++\+?\d++\s++\S"
    rf"|\w{{1,12}}+\s++{_SERVICE}[:,]?\s++:?{_VERB}\s++\S"
    rf"|(?:{_CARRIER}\s++)++q(?:@\S*+)?\s++:?auth\s++\S",
    re.IGNORECASE,
)
"""Matches such commands after a slash, or a backslash."""


def has_password(text: str) -> bool:
    """Whether a text seems to contain a password."""
    found = _IN_FRONT.match(text, 0, _LOOKED_AT)
    begin = found.end() if found else 0
    if _TALK.match(text, begin, _LOOKED_AT):
        return True
    has_slash = "/" in text[:begin] or "\\" in text[:begin]
    return has_slash and _COMMAND.match(text, begin, _LOOKED_AT) is not None

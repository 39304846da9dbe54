"""What a person types and nobody shall read later: passwords and keys, by what they stand in."""

import re

_PRIVATE = re.compile(
    r"\s|/(oper|pass|password|identify|login|register|authenticate|raw|quote|ns|nickserv)\b"
    r"|/(msg|query)\s+\w*serv\b"
    r"|(identify|login|register|ghost|regain|recover|release)\s",
    re.IGNORECASE,
)
"""The last ones are what one tells a service such as NickServ, in a talk with it."""

_KEYED = re.compile(r"(/join\s+\S+)\s.*", re.IGNORECASE)
_SERVICE = re.compile(r"\w*serv", re.IGNORECASE)


def memorable(line: str) -> str:
    """What of a line may be remembered: no room's key, and "" if it may hold a password, or begins
    with a space."""
    return "" if _PRIVATE.match(line) else _KEYED.sub(r"\1", line)


def is_service(name: str) -> bool:
    """Whether somebody of that name is a program that is told passwords, such as NickServ."""
    return _SERVICE.fullmatch(name) is not None

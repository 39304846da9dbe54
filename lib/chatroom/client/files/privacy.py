"""Recognises typed lines that must not be saved, because they contain passwords or keys."""

import re

from chatroom.text.passwords import SIGNS, SUSPECTS, has_password

_PRIVATE = re.compile(
    r"\s|/(oper|pass|password|identify|login|register|authenticate|raw|quote|ns|nickserv)\b"
    r"|/(msg|query)\s+\w*serv\b"
    r"|(identify|login|register|ghost|regain|recover|release)\s",
    re.IGNORECASE,
)
"""The last alternatives are sent to a service such as NickServ, in a conversation with it."""

_KEYED = re.compile(r"(/join\s+\S+|/mode\s+(?:\S+\s+)?[-+]\w*k\w*)\s.*", re.IGNORECASE)
_SERVICE = re.compile(r"\w*serv", re.IGNORECASE)


def memorable(line: str) -> str:
    """The part of a line that may be saved: without a room's key, and "" if it may contain a
    password or begins with a space."""
    suspect = line[:1] in SIGNS or line[:2] in SUSPECTS
    if _PRIVATE.match(line) or (suspect and has_password(line)):
        return ""
    return _KEYED.sub(r"\1", line)


def is_service(name: str) -> bool:
    """Whether the name is that of a program that receives passwords, such as NickServ."""
    return _SERVICE.fullmatch(name.partition("@")[0]) is not None

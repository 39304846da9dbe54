"""Who is calling? The first bytes of a connection tell (DESIGN, "Doors")."""

import re
from collections.abc import Container
from enum import Enum, auto

UNDECIDED_BYTES = 1024
"""No greeting needs more before its first space or line end; who sends more is a person's pipe."""

_TLS_HANDSHAKE = 0x16  # RFC 8446 section 5.1, ContentType handshake
_TELNET_IAC = 0xFF  # RFC 854
_HTTP_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"}
)
_HTTP_REQUEST_LINE = re.compile(r"[A-Z]+ \S+ HTTP/\d")  # RFC 9112 section 3
# A method and no line end in UNDECIDED_BYTES is HTTP as well: a web page chooses how long the path
# of its POST is, and its body must never be taken for a person's lines.


EMPTY_LINES = b"\r\n\0"
"""They decide nothing; telnet ends a line with CR NUL (RFC 854)."""

_OPENINGS = {
    "CAP": re.compile(r"\S+ +:?(LS( +:?\d+)?|LIST|REQ +\S.*|END) *", re.IGNORECASE),
    "PASS": re.compile(r"\S+ +(:.*|\S+) *"),
    "NICK": re.compile(r"\S+ +\S+ *"),
    "USER": re.compile(r"\S+( +\S+){3} +(:.*|\S+) *"),
}
"""How an IRC client begins. Who was greeted may be a person who types `help me` or `time flies`."""


class Caller(Enum):
    """What kind of program, or person, is at the other end."""

    IRC = auto()
    PERSON = auto()
    TLS = auto()
    HTTP = auto()


def sniff(head: bytes, irc_commands: Container[str], greeted: bool = False) -> Caller | None:
    """The caller behind a connection's first bytes, or None while they could still be several.

    `irc_commands` are the commands, in upper case, that make a first line an IRC client's, unless
    the caller was `greeted` as a person before: then the line has to be one with which a client
    begins.
    """
    head = head.lstrip(EMPTY_LINES)
    if not head:
        return None
    if head[0] == _TLS_HANDSHAKE:
        return Caller.TLS
    if head[0] == _TELNET_IAC:
        return Caller.PERSON
    line, end, _ = head.replace(b"\r", b"\n").partition(b"\n")
    text = line.decode("utf-8", "replace")
    command = _without_tags_and_source(text)
    word, space, _ = command.partition(" ")
    whole = bool(end) or len(head) >= UNDECIDED_BYTES
    if word in _HTTP_METHODS and (space or whole):
        if _HTTP_REQUEST_LINE.match(text) or (space and whole and not end):
            return Caller.HTTP
        return Caller.PERSON if whole else None
    if not (space or whole):
        return None
    if not (word.isascii() and word.upper() in irc_commands):
        return Caller.PERSON
    return _sniff_opening(command, whole) if greeted else Caller.IRC


def _sniff_opening(command: str, whole: bool) -> Caller | None:
    opening = _OPENINGS.get(command.partition(" ")[0].upper())
    if opening is None:
        return Caller.PERSON
    if not whole:
        return None
    return Caller.IRC if opening.fullmatch(command) else Caller.PERSON


def _without_tags_and_source(text: str) -> str:
    for mark in "@:":
        if text.startswith(mark):
            text = text.partition(" ")[2].lstrip(" ")
    return text

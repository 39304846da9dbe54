"""Recognises the caller's protocol by the first bytes of a connection."""

import re
from collections.abc import Container
from enum import Enum, auto

from chatroom.wire.webirc import COMMAND as WEBIRC

UNDECIDED_BYTES = 1024
"""No protocol's greeting needs more bytes before its first space or line end; longer input comes
from a pipe."""

_TLS_HANDSHAKE = 0x16  # RFC 8446 section 5.1, ContentType handshake
_TELNET_IAC = 0xFF  # RFC 854
_HIGHEST_TELNET_OPTION = 49  # the highest option that any telnet program offers unasked

UTF8_MARK = "\ufeff".encode()
"""The byte-order mark with which Windows' programs begin a text in UTF-8. It is not part of the
text."""
_HTTP_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"}
)
_HTTP_REQUEST_LINE = re.compile(r"[A-Z]+ \S+ HTTP/\d")  # RFC 9112 section 3
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ANY_REQUEST = re.compile(rf"{_TOKEN} (/|\*|https?:)\S* HTTP/\d")
_ANY_BEGINNING = re.compile(rf"{_TOKEN}( (/\S*( [HTP/]*)?)?)?")
"""A web page chooses the method, too, such as NICK or any word. If its own name leads here (DNS
rebinding), its browser sends that unasked, and each line of the body would be carried out or said.
The page also chooses how long the method and the path are, so what may become a request line is one
if it has no end in UNDECIDED_BYTES."""

EMPTY_LINES = b"\r\n\0"
"""Empty lines decide nothing; telnet ends a line with CR NUL (RFC 854)."""

_OPENINGS = {
    "CAP": re.compile(r"\S+ +:?(LS( +:?\d+)?|LIST|REQ +\S.*|END) *", re.IGNORECASE),
    "PASS": re.compile(r"\S+ +(:.*|\S+) *"),
    "NICK": re.compile(r"\S+ +\S+ *"),
    "USER": re.compile(r"\S+( +\S+){3} +(:.*|\S+) *"),
    WEBIRC: re.compile(r"\S+( +\S+){4}( +\S.*)? *"),
}
"""First lines of an IRC client. After the greeting, a person may type `help me` or `time flies`."""


class Caller(Enum):
    """The kinds of callers."""

    IRC = auto()
    GATEWAY = auto()
    PERSON = auto()
    TLS = auto()
    HTTP = auto()
    UTF16 = auto()


def sniff(head: bytes, irc_commands: Container[str], greeted: bool = False) -> Caller | None:
    """The caller, as recognised by a connection's first bytes; None while several are possible.

    `irc_commands` are the commands, in upper case, that mark a first line as an IRC client's. If
    the caller was already `greeted` as a person, the line has to be one with which an IRC client
    begins.
    """
    head = head.lstrip(EMPTY_LINES)
    if not head:
        return None
    if head[0] == _TLS_HANDSHAKE:
        return Caller.TLS
    if looks_like_utf16(head):
        return Caller.UTF16
    if head[0] == _TELNET_IAC:
        return None if head == _LITTLE_ENDIAN_MARK else Caller.PERSON
    line, end, _ = head.replace(b"\r", b"\n").partition(b"\n")
    text = line.decode("utf-8", "replace")
    command = _without_tags_and_source(text)
    word, space, _ = command.partition(" ")
    whole = bool(end) or len(head) >= UNDECIDED_BYTES
    if _ANY_REQUEST.match(text):
        return Caller.HTTP
    if not end and _ANY_BEGINNING.fullmatch(text):
        return Caller.HTTP if whole else None
    if word in _HTTP_METHODS and (space or whole):
        if _HTTP_REQUEST_LINE.match(text) or (space and whole and not end):
            return Caller.HTTP
        return Caller.PERSON if whole else None
    if not (space or whole):
        return None
    if not (word.isascii() and word.upper() in irc_commands):
        return Caller.PERSON
    caller = _sniff_opening(command, whole) if greeted else Caller.IRC
    return Caller.GATEWAY if caller is Caller.IRC and word.upper() == WEBIRC else caller


_LITTLE_ENDIAN_MARK, _BIG_ENDIAN_MARK = b"\xff\xfe", b"\xfe\xff"


def looks_like_utf16(head: bytes) -> bool:
    """Whether a text begins in UTF-16, which pipes and files of Windows may use.

    It begins with a byte-order mark, which looks like telnet's IAC DONT, or with Latin letters and
    NULs.
    """
    if head.startswith(_LITTLE_ENDIAN_MARK):
        return len(head) > 3 and (head[2] > _HIGHEST_TELNET_OPTION or head[3] == 0)
    if head.startswith(_BIG_ENDIAN_MARK):
        return True
    letters, others = head[0:4:2], head[1:4:2]
    return (others == b"\0\0" and 0 not in letters) or (letters == b"\0\0" and 0 not in others)


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

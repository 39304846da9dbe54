"""One IRC message as a value, and its conversion from and to bytes.

Sources: Modern IRC, "Message Format"; IRCv3 message-tags for tags and size limits.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

from chatroom.wire.numerics import WITH_TEXT

MAX_BODY = 512
"""Bytes of a message without its tags, CR and LF included (Modern IRC, "Message Format")."""

MAX_CLIENT_TAGS = 4096
"""Bytes of the tags a client may send, `@` and the space included (message-tags, "Size limit")."""

MAX_SERVER_TAGS = 8191
"""Bytes of the tags a server may send, `@` and the space included (message-tags, "Size limit")."""

MAX_TAGS = 100
"""Tags of one message. The specification has no such limit, but a thousand tags of four bytes make
the most expensive line of all, and no client needs them."""

_COLON_FROM = {
    **dict.fromkeys(("AWAY", "ERROR", "PING", "QUIT", "SETNAME"), 0),
    **dict.fromkeys(("NOTICE", "PART", "PRIVMSG", "TOPIC", *WITH_TEXT), 1),
    **dict.fromkeys(("CAP", "FAIL", "KICK", "NOTE", "REDACT", "WARN"), 2),
    "USER": 3,
}
"""command -> index: the last parameter gets a colon if it is at this index or a later one.

The grammar does not require it (Modern IRC, "Parameters"), but many programs look for it: in texts,
in PING (every bot that waits for `PING :`), in JOIN and NICK from servers (ii, sic), in INVITE
(bots that take the room from `split(":")[2]`) and in the token of PONG.
"""
_COLON_FROM_IN_EVENTS = {**_COLON_FROM, "INVITE": 1, "JOIN": 0, "NICK": 0, "PONG": 1}
"""_COLON_FROM for a message with a source, as servers send it."""
_NO_COLON = 99

NO_TAGS: Mapping[str, str] = MappingProxyType({})


class ProtocolError(Exception):
    """A line from the peer is not a valid message. `str()` gives the reason, in words for its
    author."""


class LineTooLong(ProtocolError):
    """More bytes than `MAX_BODY` or the tags' limit allow, or too many tags: 417."""


class InvalidUtf8(ProtocolError):
    """The line is not valid UTF-8: FAIL with INVALID_UTF8 (IRCv3 utf8-only)."""


class Message(NamedTuple):
    """One IRC message.

    `command` is upper case or three digits. `params` come without the colon of the last one.
    `source` is `nick!user@host`, a server's name or "" where there is none. `tags` are unescaped.
    """

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: Mapping[str, str] = NO_TAGS

    @property
    def nick(self) -> str:
        """The nickname (or server name) in the source."""
        return self.source.partition("!")[0]

    def param(self, index: int, default: str = "") -> str:
        """The parameter at `index`, or `default` if there are fewer."""
        return self.params[index] if index < len(self.params) else default


new_message: Callable[[tuple[str, tuple[str, ...], str, Mapping[str, str]]], Message]
new_message = partial(tuple.__new__, Message)
"""Makes a message in half of the time that `Message(...)` takes: for the hot path."""


def decode(
    line: bytes, max_tags: int = MAX_CLIENT_TAGS, max_body: int = MAX_BODY
) -> Message | None:
    """Turn one line, without its CR LF, into a `Message`; an empty line is None.

    `max_tags` and `max_body` are bytes, the latter with CR LF. Raises LineTooLong, InvalidUtf8, or
    ProtocolError for NUL, CR and LF and for a line without a command.
    """
    tags_size = line.find(b" ") + 1 if line[:1] == b"@" else 0
    if tags_size > max_tags or len(line) - tags_size > max_body - 2:
        raise LineTooLong("Input line was too long")
    if tags_size and line.count(b";", 0, tags_size) >= MAX_TAGS:
        raise LineTooLong("Input line was too long: it has too many tags")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise InvalidUtf8("Message rejected: this server accepts only UTF-8") from None
    if "\n" in text or "\r" in text or "\0" in text:
        raise ProtocolError("A message cannot contain the bytes NUL, CR or LF")
    return parse(text)


def check(message: Message, longest: int = MAX_BODY) -> None:
    """Whether a message that no line was decoded into could be sent in one.

    `longest` is in bytes, for command and parameters together. Raises ProtocolError for NUL, CR and
    LF, and LineTooLong for too many bytes or tags.
    """
    command, params, _, tags = message
    words = (command, *params)
    if any(character in word for word in words for character in "\n\r\0"):
        raise ProtocolError("A message cannot contain the bytes NUL, CR or LF")
    if sum(len(word.encode()) for word in words) > longest or len(tags) > MAX_TAGS:
        raise LineTooLong("Input line was too long")


def parse(text: str) -> Message | None:
    """Parse one decoded line (Modern IRC, "Message Format"); a blank line is None.

    Raises ProtocolError for tags or a source without a command.
    """
    tags, source = NO_TAGS, ""
    if text[:1] in "@: ":  # otherwise the command comes first, as in most lines of clients
        if text.startswith("@"):
            raw_tags, _, text = text[1:].partition(" ")
            tags = parse_tags(raw_tags)
        text = text.lstrip(" ")
        if text.startswith(":"):
            source, _, text = text[1:].partition(" ")
    middle, colon, trailing = text.partition(" :")
    if middle[:1] == ":":  # the last parameter in the command's place
        middle, colon, trailing = "", ":", text[1:]
    if colon:
        split = _split_again if len(middle) <= _SHORT else _split
        command, params = split(middle)
        params = (*params, trailing)
    elif tags or source or text.strip(" "):
        command, params = _split(middle)
    else:
        return None
    return new_message((command, params, source, tags))


def _split(middle: str) -> tuple[str, tuple[str, ...]]:
    """The command, and the parameters without a colon. Raises ProtocolError."""
    command, *params = [word for word in middle.split(" ") if word] or [""]
    if not command or command.startswith("@"):  # tags come first, and only once
        raise ProtocolError("A message needs a command")
    command = command.upper() if command.isascii() else command  # "ß" must not become "SS"
    return command, tuple(params)


_split_again = lru_cache(maxsize=1024)(_split)
"""Caches the parsed part before ` :`; most messages go to a few rooms."""

_SHORT = 64
"""The longest cached part in characters, so that strangers' lines fill at most 3.5 MB."""


def encode(message: Message) -> bytes:
    """The line for `message` with all of its tags, CR LF included."""
    return encode_tags(message.tags) + encode_body(message)


def encode_tags(tags: Mapping[str, str]) -> bytes:
    """`@tags ` as bytes, or nothing without tags."""
    return f"@{format_tags(tags)} ".encode() if tags else b""


def encode_body(message: Message) -> bytes:
    """The line for `message` without tags, CR LF included, cut at a character to MAX_BODY bytes.

    The last parameter gets a colon if it needs one (empty, with a space, or beginning with a
    colon), and where programs look for ` :` (see `_COLON_FROM`). Parameters before it cannot have a
    colon, and go through `as_middle`, so that one does not become two. Messages that must not be
    cut go through `encode_whole`. Raises ValueError for a parameter that would break the line; that
    is our own bug, not a peer's.
    """
    line = _line(message)
    if "\n" in line or "\r" in line or "\0" in line:
        raise _line_break(message)
    data = f"{line}\r\n".encode()
    if len(data) > MAX_BODY:
        data = data[: MAX_BODY - 2].decode(errors="ignore").encode() + b"\r\n"
    return data


def encode_whole(message: Message) -> bytes:
    """Serialise a message that must not be cut. Raises LineTooLong if it would be."""
    line = _line(message)
    if "\n" in line or "\r" in line or "\0" in line:
        raise _line_break(message)
    data = f"{line}\r\n".encode()
    if len(data) > MAX_BODY:
        raise LineTooLong("The message does not fit into a line")
    return data


def _line_break(message: Message) -> ValueError:
    return ValueError(f"line break in a {message.command} message")


def body_size(message: Message) -> int:
    """Bytes of the whole line for `message`, CR LF included, tags not counted."""
    return len(_line(message).encode()) + 2


def fits(message: Message) -> bool:
    """Whether `message` fits into MAX_BODY bytes, tags not counted."""
    return body_size(message) <= MAX_BODY


def _line(message: Message) -> str:
    command, params, source, _ = message
    if source:
        head, colon_from = f":{source} {command}", _COLON_FROM_IN_EVENTS
    else:
        head, colon_from = command, _COLON_FROM
    if not params:
        return head
    for word in params[:-1]:
        whole = word and " " not in word and word[0] != ":"
        head += f" {word}" if whole else f" {as_middle(word)}"
    last = params[-1]
    has_colon = len(params) > colon_from.get(command, _NO_COLON)
    if has_colon or not last or " " in last or last[0] == ":":
        return f"{head} :{last}"
    return f"{head} {last}"


_MIDDLE_BYTES = 200


def as_middle(text: str) -> str:
    """Change a peer's text so that a reply can repeat it before its last parameter."""
    if 0 < len(text) <= _MIDDLE_BYTES // 4 and " " not in text and text[0] != ":":
        return text
    word = text.replace(" ", "_").lstrip(":") or "*"
    if len(word) > _MIDDLE_BYTES // 4:
        word = word.encode()[:_MIDDLE_BYTES].decode(errors="ignore")
    return word


# Tags: `key=value;key` with their escapes (IRCv3 message-tags, "Escaping values")

_ESCAPES = {";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"}
_ESCAPE_TABLE = str.maketrans(_ESCAPES)
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items() if plain != "\\"}

_BACKSLASH = "\ud800"
"""Stands for an escaped backslash while the others are looked at. No UTF-8 holds it."""


def escape_value(value: str) -> str:
    """The value in its wire form."""
    return value.translate(_ESCAPE_TABLE)


def unescape_value(value: str) -> str:
    """The value of a wire form; an unknown escape loses its backslash."""
    if "\\" not in value:
        return value
    # Between two escaped backslashes, a backslash can only begin another escape.
    value = value.replace("\\\\", _BACKSLASH)
    for escaped, plain in _UNESCAPES.items():
        value = value.replace(escaped, plain)
    return value.replace("\\", "").replace(_BACKSLASH, "\\")


def parse_tags(text: str) -> dict[str, str]:
    """`a=1;b` -> {"a": "1", "b": ""}; if a key occurs twice, the last value counts."""
    tags = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_value(value)
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """{"a": "1", "b": ""} -> `a=1;b`, in the mapping's order."""
    if _TO_ESCAPE.search("".join(tags.values())):
        tags = {key: escape_value(value) for key, value in tags.items()}
    return ";".join([f"{key}={value}" if value else key for key, value in tags.items()])

"""A request as handlers see it, and how it is made of what came over the wire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote_to_bytes

from chatroom.chat.session import Session
from chatroom.server.web.exchange import BadRequest, Head

MOST_ARGUMENTS = 50

_NONE: Mapping[str, str] = MappingProxyType({})
LONGEST_PATH = 1200
MOST_PARTS = 16

_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")  # RFC 3986 section 3.3
_QUERY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?\[\]{}|^`\"-]*")  # and what people do not quote
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about. `segments` are the decoded parts of the path, () for "/";
    `authority` is the host and port of an absolute URL, or "". `everything` is OPTIONS' `*`."""

    path: str
    segments: tuple[str, ...]
    query: str = ""
    authority: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `method` is in upper case; a GET's handler is also called for HEAD. `path` is as it was sent.
    `parts` has the named parts of the path, decoded: {"room": "ops"} for /rooms/{room}; they may
    contain any printable character, also `/`. `headers` have names in lower case, each once.
    `host` is the Host header (with the port), one of our own names. `origin` is the page that asks,
    already checked where that matters, or "". `peer` is the client's address. `https` is whether
    the URL begins with https (cookies, links); whether a secret may be taken is asked of
    `secrecy.why_no_secret` with `session`, the connection's, which has no name in the chat.
    `upgrade` is the protocol that the client offers instead (`websocket`), in lower case, or "".
    `length` is that of the body, None if it is not known before its end. `body` is the body where
    the route's row says `small`. `relayed`: a trusted proxy has said whose request it is.
    """

    method: str
    path: str
    parts: Mapping[str, str]
    query: str
    headers: Mapping[str, str]
    host: str
    origin: str
    peer: str
    https: bool
    length: int | None
    upgrade: str
    session: Session
    body: bytes = b""
    relayed: bool = False

    def header(self, name: str) -> str:
        """A header's value, by its name in lower case; "" if there is none."""
        return self.headers.get(name, "")

    @property
    def arguments(self) -> Mapping[str, str]:
        """The arguments in the query; of two with the same name the last. Raises BadRequest."""
        return read_arguments(self.query)


def read_arguments(text: str) -> Mapping[str, str]:
    """Arguments of a query, or of a form in `application/x-www-form-urlencoded`. Raises
    BadRequest."""
    if not text:
        return _NONE
    try:
        return dict(
            parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_ARGUMENTS, errors="strict")
        )
    except UnicodeDecodeError:
        raise BadRequest(400, "The arguments of the URL are not UTF-8.") from None
    except ValueError:
        raise BadRequest(400, f"The URL has more than {MOST_ARGUMENTS} arguments.") from None


def read_target(method: str, target: str) -> Target:
    """What the second word of a request line means (RFC 9112 section 3.2). Raises BadRequest.

    Nothing is repaired: a path with `..`, an empty part or a backslash is refused.
    """
    if target == "*" and method == "OPTIONS":
        return Target(target, (), everything=True)
    authority = ""
    if absolute := _ABSOLUTE.fullmatch(target):
        authority, target = absolute[1], absolute[2]
        target = target if target.startswith("/") else f"/{target}"
        if not authority:
            raise BadRequest(400, "The URL has no host.")
    path, _, query = target.partition("?")
    if len(path) > LONGEST_PATH or path.count("/") > MOST_PARTS:
        raise BadRequest(414, "The path is longer than any that this server knows.")
    if not _PATH.fullmatch(path) or _PERCENT.search(path):
        raise BadRequest(400, "The path has characters that a URL cannot have.")
    if not _QUERY.fullmatch(query):
        raise BadRequest(400, "The query has characters that a URL cannot have.")
    return Target(path, _segments(path), query, authority)


def _segments(path: str) -> tuple[str, ...]:
    if path == "/":
        return ()
    found = tuple(map(_segment, path[1:].split("/")))
    if "" in found[:-1]:
        raise BadRequest(400, "The path has an empty part.")
    return found


def _segment(text: str) -> str:
    try:
        word = unquote_to_bytes(text).decode() if "%" in text else text
    except UnicodeDecodeError:
        raise BadRequest(400, "The path is not UTF-8.") from None
    if word in (".", "..") or _CONTROL.search(word):
        raise BadRequest(400, "The path has a part that cannot be a name.")
    return word


_LISTS = frozenset({"accept", "accept-language", "cache-control", "connection", "forwarded",
                    "if-match", "if-none-match", "prefer", "via", "x-forwarded-for",
                    "sec-websocket-protocol", "sec-websocket-extensions", "expect",
                    "upgrade", "te", "pragma", "accept-encoding", "accept-charset"})  # fmt: skip
"""Headers that may be there several times: their values are joined by commas."""


def read_headers(head: Head) -> Mapping[str, str]:
    """The headers by their names in lower case. One that may be there only once, and is there
    twice, is refused, because somebody on the way may have looked at the other one. Raises
    BadRequest."""
    found: dict[str, str] = {}
    for name, value in head.headers:
        if name not in found:
            found[name] = value
        elif name == "cookie":  # RFC 9113 section 8.2.3; some proxies split it
            found[name] += f"; {value}"
        elif name in _LISTS:
            found[name] += f", {value}"
        elif found[name] != value or name in ("host", "authorization", "origin"):
            raise BadRequest(400, f"The header {name} is there twice.")
    return found

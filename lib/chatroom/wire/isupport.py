"""RPL_ISUPPORT (005) tokens, both ways (Modern IRC, "Feature Advertisement")."""

import re
from collections.abc import Iterable, Mapping

from chatroom.wire.modes import ModeTypes

TOKENS_PER_LINE = 13
"""A client may choke on more (RFC 1459: fifteen parameters, of which two are spoken for)."""

BYTES_PER_LINE = 240
"""What the longest names of server and client and the text leave of MAX_BODY for tokens."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


def parse_tokens(tokens: Iterable[str]) -> dict[str, str]:
    """The tokens of one 005 line: {"NICKLEN": "30", "SAFELIST": ""}; `-NAME` is the caller's."""
    parsed = {}
    for token in tokens:
        name, _, value = token.partition("=")
        parsed[name] = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
    return parsed


def format_tokens(tokens: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The tokens in groups, each small enough for one 005 line."""
    groups: list[tuple[str, ...]] = []
    for name, value in tokens.items():
        word = f"{name}={_escape(value)}" if value else name
        longer = (*groups[-1], word) if groups else (word,)
        if groups and len(longer) <= TOKENS_PER_LINE and _size(longer) <= BYTES_PER_LINE:
            groups[-1] = longer
        else:
            groups.append((word,))
    return groups


def _size(words: Iterable[str]) -> int:
    return sum(len(word.encode()) + 1 for word in words)


def _escape(value: str) -> str:
    return value.replace("\\", "\\x5C").replace(" ", "\\x20").replace("=", "\\x3D")


def mode_types(tokens: Mapping[str, str]) -> ModeTypes:
    """A server's room modes as its CHANMODES and PREFIX tokens tell them, else RFC 1459's."""
    known = ModeTypes()
    groups = tokens.get("CHANMODES", known.chanmodes).split(",")
    lists, always, when_set, flags = [*groups, "", "", ""][:4]
    letters, _, symbols = tokens.get("PREFIX", known.prefix).removeprefix("(").partition(")")
    return ModeTypes(lists, always, when_set, flags, letters, symbols)

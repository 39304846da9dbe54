"""RPL_ISUPPORT (005) tokens, both ways (Modern IRC, "Feature Advertisement")."""

import re
from collections.abc import Iterable, Mapping

from chatroom.wire.modes import ModeTypes

TOKENS_PER_LINE = 13
"""A client may choke on more (RFC 1459: fifteen parameters, of which two are spoken for)."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


def parse_tokens(tokens: Iterable[str]) -> dict[str, str]:
    """The tokens of one 005 line: {"NICKLEN": "30", "SAFELIST": ""}; `-NAME` is left to the caller."""
    parsed = {}
    for token in tokens:
        name, _, value = token.partition("=")
        parsed[name] = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
    return parsed


def format_tokens(tokens: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The tokens in groups, each small enough for one 005 line."""
    words = [f"{name}={_escape(value)}" if value else name for name, value in tokens.items()]
    return [
        tuple(words[start : start + TOKENS_PER_LINE])
        for start in range(0, len(words), TOKENS_PER_LINE)
    ]


def _escape(value: str) -> str:
    return value.replace("\\", "\\x5C").replace(" ", "\\x20").replace("=", "\\x3D")


def mode_types(tokens: Mapping[str, str]) -> ModeTypes:
    """A server's room modes as its CHANMODES and PREFIX tokens tell them, else RFC 1459's."""
    known = ModeTypes()
    groups = tokens.get("CHANMODES", known.chanmodes).split(",")
    lists, always, when_set, flags = [*groups, "", "", ""][:4]
    letters, _, symbols = tokens.get("PREFIX", known.prefix).removeprefix("(").partition(")")
    return ModeTypes(lists, always, when_set, flags, letters, symbols)

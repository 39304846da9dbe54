"""Formats and parses RPL_ISUPPORT (005) tokens (Modern IRC, "Feature Advertisement")."""

import re
from collections.abc import Iterable, Mapping

from chatroom.wire.modes import ModeTypes

TOKENS_PER_LINE = 13
"""Clients may fail with more (RFC 1459: fifteen parameters, two of which are used)."""

BYTES_PER_LINE = 240
"""Bytes for tokens that the longest names of server and client and the text leave of MAX_BODY."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_TOKEN = re.compile(r"-?[!-<>-~]{1,64}")
"""A token's name: visible ASCII without spaces."""

LONGEST_VALUE = 500
"""Characters of a token's value; a line of 512 bytes holds no more."""

LONGEST_NUMBER = 9
"""Digits of a number: a longer one is not a sensible limit, and Python refuses 5,000 digits."""


def number(text: str) -> int | None:
    """The number in a token's value, or in a part of it; None if it is not a number."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    return int(text)


def parse_tokens(tokens: Iterable[str], longest: int = LONGEST_VALUE) -> dict[str, str]:
    """The tokens of one 005 line: {"NICKLEN": "30", "SAFELIST": ""}; the caller handles `-NAME`.

    The sender may be hostile. Tokens are left out if their names are impossible, or if their values
    have more than `longest` characters, or control characters. Characters that cannot begin a name
    are removed from CHANTYPES.
    """
    parsed = {}
    for token in tokens:
        name, _, value = token.partition("=")
        if len(value) > longest or not _TOKEN.fullmatch(name):
            continue
        value = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
        if name == "CHANTYPES":
            value = "".join(each for each in value if _begins_rooms(each))
        if not _CONTROL.search(value):
            parsed[name] = value
    return parsed


def _begins_rooms(character: str) -> bool:
    """Whether room names may begin with the character: not a letter, and without a meaning in a
    line."""
    return "!" <= character <= "~" and not character.isalnum() and character not in ",:*?@"


def format_tokens(tokens: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The tokens in groups, each small enough for one 005 line."""
    return grouped(f"{name}={_escape(value)}" if value else name for name, value in tokens.items())


def grouped(words: Iterable[str]) -> list[tuple[str, ...]]:
    """Formatted tokens in such groups."""
    groups: list[tuple[str, ...]] = []
    for word in words:
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
    """A server's room modes according to its CHANMODES and PREFIX tokens, or else RFC 1459's."""
    known = ModeTypes()
    groups = tokens.get("CHANMODES", known.chanmodes).split(",")
    lists, always, when_set, flags = [*groups, "", "", ""][:4]
    letters, _, symbols = tokens.get("PREFIX", known.prefix).removeprefix("(").partition(")")
    return ModeTypes(lists, always, when_set, flags, letters, symbols)

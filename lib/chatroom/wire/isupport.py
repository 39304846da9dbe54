"""RPL_ISUPPORT (005) tokens, both ways (Modern IRC, "Feature Advertisement")."""

import re
from collections.abc import Iterable, Mapping

from chatroom.wire.modes import ModeTypes

TOKENS_PER_LINE = 13
"""A client may choke on more (RFC 1459: fifteen parameters, of which two are spoken for)."""

BYTES_PER_LINE = 240
"""What the longest names of server and client and the text leave of MAX_BODY for tokens."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_TOKEN = re.compile(r"-?[!-<>-~]{1,64}")
"""A token's name: visible ASCII; a parameter holds no space."""

LONGEST_VALUE = 500
"""Characters of a token's value; a line of 512 bytes holds no more."""

LONGEST_NUMBER = 9
"""Digits of a number: what is longer is no limit of anything, and Python refuses 5,000 digits."""


def number(text: str) -> int | None:
    """The number that a token's value, or a part of it, has; None where it has none."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    return int(text)


def parse_tokens(tokens: Iterable[str], longest: int = LONGEST_VALUE) -> dict[str, str]:
    """The tokens of one 005 line: {"NICKLEN": "30", "SAFELIST": ""}; `-NAME` is the caller's.

    Whoever sends 005 may be hostile. Left out are tokens whose names are impossible, or whose
    values have more than `longest` characters, or control characters; and of CHANTYPES what cannot
    begin a name.
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
    """Whether names of rooms may begin with it: no letter, and nothing with a meaning in a line."""
    return "!" <= character <= "~" and not character.isalnum() and character not in ",:*?@"


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

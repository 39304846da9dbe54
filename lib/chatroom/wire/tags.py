"""Message tags: `key=value;key` with their escapes (IRCv3 message-tags, "Escaping values")."""

import re
from collections.abc import Mapping

_ESCAPES = {";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"}
_ESCAPE_TABLE = str.maketrans(_ESCAPES)
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items() if plain != "\\"}

_BACKSLASH = "\ud800"
"""Stands for an escaped backslash while the others are looked at. No UTF-8 holds it."""


def escape(value: str) -> str:
    """The value in its wire form."""
    return value.translate(_ESCAPE_TABLE)


def unescape(value: str) -> str:
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
            tags[key] = unescape(value)
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """{"a": "1", "b": ""} -> `a=1;b`, in the mapping's order."""
    if _TO_ESCAPE.search("".join(tags.values())):
        tags = {key: escape(value) for key, value in tags.items()}
    return ";".join([f"{key}={value}" if value else key for key, value in tags.items()])

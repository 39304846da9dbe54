"""Environment variables: each key of the config file has one, CHATROOM_LIMITS_NICKNAME for
limits.nickname."""

import re

from chatroom.server.config.schema import (
    ALL_KEYS,
    nearest,
)

VARIABLE_PREFIX = "CHATROOM_"

CONFIG_VARIABLE = "CHATROOM_CONFIG"

_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

KUBERNETES = re.compile(
    r"CHATROOM(_\w+)?_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_[A-Z]+(_(PROTO|PORT|ADDR))?)?)",
    re.ASCII,
)
"""Variables that Kubernetes sets in each container for a service whose name begins with
`chatroom`."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def variable_of(key: str) -> str:
    """The variable of a key."""
    return VARIABLE_PREFIX + key.upper().replace(".", "_")


def nearest_variable(wrong: str) -> str:
    """As `nearest` says. A section's name is not a misspelt key, so nothing is suggested."""
    sections = {key.partition(".")[0].upper(): "" for key in ALL_KEYS if "." in key}
    known = [CONFIG_VARIABLE, *map(variable_of, ALL_KEYS)]
    # All of them share the prefix, which would make any two names similar.
    return nearest(
        wrong.removeprefix(VARIABLE_PREFIX),
        {each.removeprefix(VARIABLE_PREFIX): each for each in known} | sections,
    )


def from_text(text: str, default: object) -> object:
    """Convert a variable's text to the type of its key. A text that does not fit is returned as it
    is, and reported later."""
    if isinstance(default, bool):
        return _TRUTH.get(text.lower(), text)
    if isinstance(default, int):
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(default, tuple):
        return parts
    if isinstance(default, dict):  # general=alice!*@192.0.2.7,general=bob!*@192.0.2.8
        return _table_from(parts)
    return text


def _table_from(parts: list[str]) -> object:
    """Parse `key=value` parts; a key may occur several times. Returns the first invalid part as
    text."""
    table: dict[str, list[str]] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            return part
        table.setdefault(key.strip(), []).append(value.strip())
    return table

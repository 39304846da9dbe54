"""Metadata of people and rooms (IRCv3 draft/metadata-3): the capability, and what a key may be."""

import re

METADATA = "draft/metadata-3"

FORMER_METADATA = "draft/metadata-2"
"""The capability's former name. Clients that ask for it get the same."""

METADATA_NAMES = frozenset({METADATA, FORMER_METADATA})

OWN = "*"
"""The target that means the client's own user."""

EVERYTHING = "*ALL"
"""The target that means everybody and every room that the client hears of."""

EVERYBODY = "*"
"""The visibility of all values here: `everybody` who can see the target."""

_KEY = re.compile(r"[a-z0-9_./-]+")


def is_key(text: str, most: int) -> bool:
    """Whether a text is a key of at most that many bytes (metadata-3, "Keys and Values")."""
    return len(text) <= most and _KEY.fullmatch(text) is not None


def is_aware(capabilities: frozenset[str]) -> bool:
    """Whether a client with these capabilities is told of metadata without asking: it needs batches
    for that (metadata-3, "Definitions")."""
    return "batch" in capabilities and not METADATA_NAMES.isdisjoint(capabilities)

"""The metadata of people (IRCv3 draft/metadata-3): short texts by keys, such as a display name.

    account 7 -> {"display-name": "Alice", "url": "https://example.org"}

They belong to an account, and survive a restart; those of a guest belong to the user, and are gone
with them. Rooms have their own (`Room.metadata`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, str] = MappingProxyType({})


class PeopleMetadata:
    """All values, by their owners: the number of an account, or that of a user below zero."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[int, dict[str, str]] = {}

    def of(self, owner: int) -> Mapping[str, str]:
        """The owner's values by key, in the order in which the keys were first set."""
        return self._of.get(owner, NOTHING)

    def snapshot(self) -> list[list[Any]]:
        """All of it, as plain values."""
        return [[owner, dict(values)] for owner, values in self._of.items()]

    # Changes

    def restore(self, values: list[list[Any]]) -> None:
        """Be as a snapshot says."""
        self._of = {owner: dict(own) for owner, own in values}

    def set_value(self, owner: int, key: str, value: str) -> None:
        """Set a value, or remove it ("")."""
        if value:
            self._of.setdefault(owner, {})[key] = value
        elif owner in self._of:
            self._of[owner].pop(key, None)
            if not self._of[owner]:
                del self._of[owner]

    def forget(self, owner: int) -> None:
        """The account was removed, or the user has left."""
        self._of.pop(owner, None)

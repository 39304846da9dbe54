"""Read markers (IRCv3 draft/read-marker): up to when people have read, as their clients say.

    account 7 -> {"#general": 1800000000000, "=3=7": 1799990000000, "guest": 1799980000000}

A conversation is a room, by its folded name, or a private one: by its log if it has one
(`wire.private`), else by the folded nickname. Times are UTC milliseconds. Markers belong to an
account and survive a restart; those of a guest belong to the user, and are gone with them.

They have nothing to do with `read_marks`, which the server finds out by itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any


class Markers:
    """All markers, by their owners: the number of an account, or that of a user below zero."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[int, dict[str, int]] = {}

    def time(self, owner: int, conversation: str) -> int | None:
        """Up to when they have read; None if that is not known."""
        return self._of.get(owner, {}).get(conversation)

    def least(self, owner: int, besides: str) -> str:
        """Of their conversations but one, the one that was read least far; "" if there is none."""
        own = self._of.get(owner, {})
        return min((each for each in own if each != besides), key=own.__getitem__, default="")

    def count(self, owner: int) -> int:
        """In how many conversations they have one."""
        return len(self._of.get(owner, ()))

    def owners(self, conversation: str) -> list[int]:
        """Who has one there."""
        return [owner for owner, own in self._of.items() if conversation in own]

    def __iter__(self) -> Iterator[tuple[int, str, int]]:
        """All of them: owner, conversation, time."""
        for owner, own in self._of.items():
            for conversation, at in own.items():
                yield owner, conversation, at

    def snapshot(self) -> list[list[Any]]:
        """All of it, as plain values."""
        return [list(one) for one in self]

    # Changes

    def restore(self, values: Iterable[tuple[int, str, int]]) -> None:
        """Be as a snapshot says."""
        self._of.clear()
        for owner, conversation, at in values:
            self.set_time(owner, conversation, at)

    def set_time(self, owner: int, conversation: str, at: int) -> None:
        """They have read up to then."""
        self._of.setdefault(owner, {})[conversation] = at

    def drop(self, owner: int, conversation: str) -> None:
        """It is not known any more."""
        del self._of[owner][conversation]

    def rename(self, before: str, after: str) -> None:
        """A room has another name."""
        for own in self._of.values():
            if before in own:
                own[after] = own.pop(before)

    def forget(self, owner: int) -> None:
        """The account was removed, or the user has left."""
        self._of.pop(owner, None)

"""The people whom the configuration makes operators and owners of rooms."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from chatroom.chat.state.model import Room, User
from chatroom.wire.masks import Mask
from chatroom.wire.names import fold, fold_mask, prefixed


class NamedRanks:
    """The masks of rooms' operators, and the accounts of owners, by the rooms' folded names."""

    __slots__ = ("_operators", "_owners")

    def __init__(self) -> None:
        self._operators: Mapping[str, Collection[Mask]] = {}
        self._owners: Mapping[str, Collection[str]] = {}  # folded accounts

    def operates(self, user: User, room: Room) -> bool:
        """Whether this user is named as an operator of the room."""
        masks = self._operators.get(room.folded)
        return masks is not None and any(map(user.matches, masks))

    def owns(self, account: str, room: Room) -> bool:
        """Whether this account is named as an owner of the room."""
        return fold(account) in self._owners.get(room.folded, ())

    def is_owner(self, account: str) -> bool:
        """Whether this account is named as an owner of any room."""
        folded = fold(account)
        return any(folded in accounts for accounts in self._owners.values())

    def snapshot(self) -> dict[str, Any]:
        """All that is named, as plain values."""
        return {
            "operators": {room: [m.text for m in masks] for room, masks in self._operators.items()},
            "owners": {room: list(accounts) for room, accounts in self._owners.items()},
        }

    # Changes

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over the values of a snapshot."""
        self._operators = {
            room: [Mask(text) for text in masks] for room, masks in values["operators"].items()
        }
        self._owners = values["owners"]

    def name(
        self, operators: Mapping[str, Iterable[str]], owners: Mapping[str, Iterable[str]]
    ) -> None:
        """Set the masks and the accounts, by the rooms' bare names."""
        named: dict[str, list[Mask]] = {}
        for name, masks in operators.items():
            of_room = named.setdefault(fold(prefixed(name)), [])
            of_room += [Mask(fold_mask(mask)) for mask in masks]
        self._operators = named
        belonging: dict[str, list[str]] = {}
        for name, accounts in owners.items():
            belonging.setdefault(fold(prefixed(name)), []).extend(map(fold, accounts))
        self._owners = belonging

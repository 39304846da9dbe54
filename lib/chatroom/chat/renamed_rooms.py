"""Rooms that were renamed just before the server died.

A room and its name are renamed in one transaction. Those who have read or stay there are saved a
moment later, some at a time (`state/changes/renaming.py`), so a server that starts may find them
under the former name of the room.
"""

from collections.abc import Mapping
from typing import Any

from chatroom.chat.state.world import FORMER_SECONDS
from chatroom.wire.names import fold

Saved = Mapping[str, Any]

Names = Mapping[str, str]
"""The former name of a room, folded -> its name today."""


def names_today(saved: Mapping[str, Saved], now: float) -> Names:
    """The former names of these rooms, which the log kept by name; `now` is in UTC seconds. No
    other room can have such a name until FORMER_SECONDS are over."""
    taken = set(map(fold, saved))
    return {
        fold(former): name
        for name, state in saved.items()
        for former, at, _ in state.get("former", ())
        if now - at < FORMER_SECONDS and fold(former) not in taken
    }


def with_names_today(users: Mapping[int, Saved], names: Names) -> dict[int, Saved]:
    """What was saved of the users who stay, by account, with the rooms' names of today."""
    return {
        account: {**user, "rooms": [[_today(name, names), *rest] for name, *rest in user["rooms"]]}
        for account, user in users.items()
    }


def _today(name: str, names: Names) -> str:
    return names.get(fold(name), name)

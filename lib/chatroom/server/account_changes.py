"""Applies the operator's changes of accounts to the running chat.

`chatroom-server account` changes the database, and then tells the server which accounts changed.
The server reads these again and makes events of the differences. So nobody is told anything that is
not on disk, and no password passes between the two.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from chatroom.chat.commands.tokens import end_sessions_without_token
from chatroom.chat.connections import expel
from chatroom.chat.nicknames import enforce, enforce_name
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
)
from chatroom.chat.state.world import World
from chatroom.chat.staying import follow_name
from chatroom.server.account_keeper import AccountKeeper
from chatroom.store.accounts import ALWAYS_ON

log = logging.getLogger("chatroom")


@dataclass(frozen=True, slots=True)
class AccountChange:
    """The account `before` changed; `after` is its name now. `ends` is the reason why its
    connections end, or "" if they stay."""

    before: str
    after: str
    ends: str = ""


def take_over(world: World, keeper: AccountKeeper, change: AccountChange) -> set[int]:
    """Apply what has changed. Returns the numbers of accounts that are gone. Raises StoreError."""
    before, after, ends = change.before, change.after, change.ends
    numbers = {world.accounts.number_of(name) for name in (before, after)} - {0}
    if ends:
        expel(world, before, ends)
    users = [user.id for user in world.logged_in(before)]
    if before != after and world.accounts.find(before) is not None:
        apply(world, AccountRenamed(before, after, world.now))
        follow_name(world, after)
    _compare(world, keeper, after)
    end_sessions_without_token(world, after)
    log.info("The operator changed an account.")
    _enforce(world, after, users)
    return {number for number in numbers if world.accounts.numbered(number) is None}


def _compare(world: World, keeper: AccountKeeper, name: str) -> None:
    """Update the account of that name from the disk. It may be another account by now, whose owner
    must not get anything of the former one."""
    stored, known = keeper.find(name), world.accounts.find(name)
    if known is not None and (stored is None or stored.number != known.number):
        apply(world, AccountRemoved(known.name, world.now, keeper.is_erased(known.number)))
        known = None
    if stored is None:
        return
    if known is None:
        on = stored.flags.get(ALWAYS_ON)
        apply(world, AccountAdded(stored.name, bool(stored.suspended), stored.number, on))
    elif known.suspended != bool(stored.suspended):
        apply(world, AccountSuspended(stored.name, bool(stored.suspended), world.now))


def _enforce(world: World, name: str, users: Iterable[int]) -> None:
    """Take away nicknames that belong to another account now, or look like its name."""
    for user in users:
        if user in world.users:
            enforce(world, world.users[user])
    if world.accounts.find(name) is not None:
        enforce_name(world, name)

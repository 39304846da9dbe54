"""Users who stay in their rooms without a connection (`accounts.always_on`): a server that starts
brings them back, and they leave when what made them stay has changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from chatroom.chat.away import NOT_CONNECTED
from chatroom.chat.banishment import ban_of
from chatroom.chat.connections import leave_too_many
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes.keeping import keep_user
from chatroom.chat.state.events import NickChanged, Quit, UserRestored
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.wire.names import fold

Saved = Mapping[str, Any]


def staying(world: World, saved: Mapping[int, Saved]) -> dict[int, Saved]:
    """Of the users that the log kept, by account: those who are there again when a server starts.
    The log forgets the others."""
    found: dict[int, Saved] = {}
    for number, state in saved.items():
        account = world.accounts.numbered(number)
        if account is not None and not account.suspended and world.is_always_on(account.name):
            banned = world.server_bans.of_account(account.name, world.now)
            if banned is None and len(found) < world.limits.always_on:
                found[number] = state
                continue
        world.log.save_user(number, None)
    return found


def rooms_of(users: Iterable[Saved]) -> set[str]:
    """The folded names of the rooms in which any of them stays."""
    return {fold(name) for user in users for name, *_ in user["rooms"]}


def restore_users(world: World, users: Mapping[int, Saved]) -> None:
    """Bring these users back. The rooms that the log kept must be there."""
    for number, state in users.items():
        account = world.accounts.numbered(number)
        if account is None:
            continue
        rooms = tuple(
            (name, ranks, tuple((begin, end) for begin, end in gaps))
            for name, ranks, gaps in state["rooms"]
        )
        event = UserRestored(
            world.last_user + 1, account.name, account.name, state["username"], state["realname"],
            state["host"], state["signed_on"], state["modes"], state["away"] or NOT_CONNECTED,
            rooms, world.log.position, world.now,
        )  # fmt: skip
        apply(world, event)
        user = world.users[event.user]
        if ban_of(world, user) is not None:
            _leave(world, user, "Banned from this server")


def follow_name(world: World, account: str) -> None:
    """An account has another name: its user who stays gets it, too."""
    for user in world.logged_in(account):
        if user not in world.absent or user.folded == fold(account):
            continue
        if world.is_free(account, user):
            apply(world, NickChanged(user.id, account, world.log.position, world.now))
        else:
            _leave(world, user, f"Is {account} now")


def review_staying(world: World) -> None:
    """The configuration was read again: those who no longer stay leave, also where there are too
    many now, and all others are saved, or no longer."""
    for user in list(world.absent):
        if not world.stays(user):
            _leave(world, user, "Not connected")
    leave_too_many(world)
    for account in world.accounts:
        if account.always_on is None and account.number:
            if not world.account_settings.always_on:
                world.log.save_user(account.number, None)
            else:
                for user in world.logged_in(account.name):
                    keep_user(world, user)


def _leave(world: World, user: User, reason: str) -> None:
    apply(world, Quit(user.id, reason, world.now))

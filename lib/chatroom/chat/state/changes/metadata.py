"""Metadata of people and rooms: the part of `apply` for it (IRCv3 draft/metadata-3).

Subscribers are not notified here, but when the new value is durable (`commands.metadata`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.keeping import save
from chatroom.chat.state.events import MetadataChanged, MetadataRestored
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.wire.names import fold


def _metadata_changed(world: World, event: MetadataChanged, _by: Recipient | None) -> None:
    if event.room:
        room = world.rooms[fold(event.room)]
        for key, value in event.values.items():
            room.set_value(key, value)
        save(world, room)
        return
    owner = world.owner_of(world.users[event.user])
    for key, value in event.values.items():
        world.metadata.set_value(owner, key, value)
    _save(world, owner)


def _save(world: World, owner: int) -> None:
    if owner > 0:  # a guest's end with their stay
        world.log.save_metadata(owner, world.metadata.of(owner) or None)


def _metadata_restored(world: World, event: MetadataRestored, _by: Recipient | None) -> None:
    world.metadata.restore([[owner, values] for owner, values in event.accounts.items()])


def log_in_with_metadata(world: World, user: User, account: str) -> None:
    """Log a user in to an account, or out (""): they have the metadata of the account now.

    What a guest has set is added to it, as far as there is room: clients set values before they
    have logged in (metadata-3, "before-connect"). Those who see one of the account's users are told
    what has changed.
    """
    before = dict(world.metadata_of(user))
    as_guest = dict(world.metadata.of(-user.id))
    world.log_in(user, account)
    owner = world.owner_of(user)
    if as_guest and owner > 0:
        shared = dict(world.metadata.of(owner))
        _add_to(world, owner, as_guest)
        world.metadata.forget(-user.id)
        for other in world.logged_in(account):
            if other is not user:
                _tell_differences(world, other, shared)
    _tell_differences(world, user, before)


def _add_to(world: World, owner: int, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        own = world.metadata.of(owner)
        if key in own or len(own) < world.limits.metadata_keys:
            world.metadata.set_value(owner, key, value)
    _save(world, owner)


def _tell_differences(world: World, user: User, before: Mapping[str, str]) -> None:
    after = world.metadata_of(user)
    for key in {**before, **after}:
        value = after.get(key, "")
        if value != before.get(key, ""):
            world.subscriptions.changed(user, key, value, world.settings.name)


def forget_metadata(world: World, account: int) -> None:
    """The account was removed, and nobody is logged in to it any more."""
    world.metadata.forget(account)
    if account:
        world.log.save_metadata(account, None)


APPLY_METADATA: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    MetadataChanged: _metadata_changed,
    MetadataRestored: _metadata_restored,
}
"""The events, and what applies them."""

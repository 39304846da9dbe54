"""How far people have read: the part of `apply` for read markers.

Nobody is told here: a marker is told when it is durable (`commands.markers`).
"""

from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.events import MarkedRead, MarkersRestored, MarkUndone
from chatroom.chat.state.world import World

GUEST_MARKERS = 64
"""Conversations for which a guest's markers are kept: there may be thousands of guests. A guest can
be in fifty rooms."""


def _marked_read(world: World, event: MarkedRead, _by: Recipient | None) -> None:
    owner = world.owner_of(world.users[event.user])
    markers = world.markers
    before = markers.time(owner, event.conversation)
    if before is not None and before >= event.upto:
        return
    markers.set_time(owner, event.conversation, event.upto)
    _save(world, owner, event.conversation, event.upto)
    most = world.limits.markers if owner > 0 else min(GUEST_MARKERS, world.limits.markers)
    if markers.count(owner) > most:
        least = markers.least(owner, besides=event.conversation)
        markers.drop(owner, least)
        _save(world, owner, least, None)


def _mark_undone(world: World, event: MarkUndone, _by: Recipient | None) -> None:
    if world.markers.time(event.owner, event.conversation) is None:
        return  # the account was removed, or the room has another name
    if event.upto is None:
        world.markers.drop(event.owner, event.conversation)
    else:
        world.markers.set_time(event.owner, event.conversation, event.upto)
    _save(world, event.owner, event.conversation, event.upto)


def _save(world: World, owner: int, conversation: str, upto: int | None) -> None:
    if owner > 0:  # a guest's end with their stay
        world.log.save_marker(owner, conversation, upto)


def _markers_restored(world: World, event: MarkersRestored, _by: Recipient | None) -> None:
    world.markers.restore(event.markers)


def keep_renamed(world: World, owner: int, before: str, after: str) -> None:
    """Save a marker of a room that has another name (both folded)."""
    at = world.markers.time(owner, after)
    _save(world, owner, before, None)
    if at is not None:
        _save(world, owner, after, at)


def forget_markers(world: World, account: int) -> None:
    """The account was removed."""
    world.markers.forget(account)
    if account:
        world.log.forget_markers(account)


APPLY_MARKERS: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    MarkedRead: _marked_read,
    MarkUndone: _mark_undone,
    MarkersRestored: _markers_restored,
}
"""The events, and what applies them."""

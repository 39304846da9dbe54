"""Makes a change of what belongs to one owner, and waits until it is on disk: nobody is told what
could still be lost, and what is refused is undone.

The changes of an owner (an account's metadata, say) are made one after the other. Otherwise a
second one could be made on top of a first one that is undone a moment later.
"""

from collections.abc import Callable, Hashable

from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Failed
from chatroom.chat.state.world import World
from chatroom.wire.reference import HistoryError

PATIENCE = 2.0
"""Seconds for which a client waits for its answer while the disk cannot be written."""


def until_free(world: World, owner: Hashable, refusal: Failed) -> Steps:
    """Steps until no other change of this owner waits for the disk. Raises `refusal` if that takes
    too long, or if nothing can be written at the moment."""
    until = world.clock + PATIENCE
    while owner in world.unsaved:
        if world.clock > until:
            raise refusal
        yield
    try:
        world.log.has_written(world.log.changes)
    except HistoryError:
        raise refusal from None


def save(
    world: World,
    owner: Hashable,
    change: Callable[[], None],
    undo: Callable[[], None],
    refusal: Failed,
) -> Steps:
    """Make a change, after `until_free`, and wait until the log has written it. If it cannot, undo
    the change and raise `refusal`."""
    before = world.log.changes
    change()
    if world.log.changes == before:
        return  # a guest's is not stored
    world.unsaved.add(owner)
    try:
        yield from _until_written(world, world.log.changes)
    except HistoryError:
        undo()
        raise refusal from None
    finally:
        world.unsaved.discard(owner)


def _until_written(world: World, change: int) -> Steps:
    until = world.clock + PATIENCE
    while not world.log.has_written(change):
        if world.clock > until:
            raise HistoryError("a worker keeps the lock for long")
        yield

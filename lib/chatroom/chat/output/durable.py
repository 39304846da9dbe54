"""Waits until a change is on disk: nobody is told what could still be lost."""

from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Failed
from chatroom.chat.state.world import World
from chatroom.wire.reference import HistoryError

PATIENCE = 2.0
"""Seconds for which a client waits for its answer while the disk cannot be written."""


def until_durable(world: World, refusal: Failed) -> Steps:
    """Steps until the log has written its latest change. Raises `refusal` if it cannot."""
    change, until = world.log.changes, world.clock + PATIENCE
    try:
        while not world.log.has_written(change):
            if world.clock > until:
                raise HistoryError("a worker keeps the lock for long")
            yield
    except HistoryError:
        raise refusal from None

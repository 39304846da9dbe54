"""Timed bans end by themselves.

`World.next_expiry` says when the next one does, and `World.on_timed_ban` is called when that is
sooner than before. The server, which has a clock, then calls `expire`, which lifts the bans of one
room; if others are due as well, `next_expiry` says so.
"""

from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import BansExpired
from chatroom.chat.state.world import World


def expire(world: World) -> None:
    """Lift the bans that have ended, of the room where the first one has."""
    if room := world.due_room:
        apply(world, BansExpired(room, world.now))

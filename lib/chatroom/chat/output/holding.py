"""Holds a connection's further lines until the answer to its last one has come from a worker.

The plain problem: a worker needs a fifth of a second to register an account, while PING is answered
at once. A client that sends both, and takes the PONG for the end of all answers before it, misses
the answer to REGISTER. So the door of a connection takes no further line until then. Nobody else
waits, and a worker that takes longer than LONGEST_HOLD keeps nobody from chatting.
"""

from collections.abc import Callable

from chatroom.chat.session import Session
from chatroom.chat.state.world import World

LONGEST_HOLD = 10.0
"""Seconds. That is as long as fifty passwords take that are checked before this one."""


def hold_lines(world: World, session: Session) -> Callable[[], None]:
    """Hold the session's further lines. Call the returned function when the answer is there."""
    until = session.held_until = world.clock + LONGEST_HOLD

    def release() -> None:
        if session.held_until == until:  # otherwise a later command holds them
            session.held_until = 0.0
            world.on_released(session)

    return release

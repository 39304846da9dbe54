"""The only way to change users, rooms and the world: `apply`, with one function for each event.

The functions are in `changes`. Each keeps the same order: the state changes, then the log records
it, then the people concerned see it. A message and a deletion are offered to the log first, because
the log may refuse them; everything else happens even if the log is full. Consequences of an event,
such as the end of a room whose last member has left, are logged after it and before anybody sees
it. So the state follows from the events alone, and nobody sees a change that did not happen.

`by` is the session that acted: its copy goes the way of replies, so that a door, or the label of a
command, can tell it from others' events. It is None where the server acted, or where the events of
another world are played again. Handlers check rights before; here only what the state needs is
looked up.
"""

from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.accounts import APPLY_ACCOUNTS
from chatroom.chat.state.changes.hosts import APPLY_HOSTS
from chatroom.chat.state.changes.marking import APPLY_MARKERS
from chatroom.chat.state.changes.membership import APPLY_MEMBERSHIP
from chatroom.chat.state.changes.metadata import APPLY_METADATA
from chatroom.chat.state.changes.operators import APPLY_OPERATORS
from chatroom.chat.state.changes.people import APPLY_PEOPLE
from chatroom.chat.state.changes.renaming import APPLY_RENAMING
from chatroom.chat.state.changes.rooms import APPLY_ROOMS
from chatroom.chat.state.changes.saying import APPLY_SAID
from chatroom.chat.state.changes.staying import APPLY_STAYING
from chatroom.chat.state.events import Event
from chatroom.chat.state.world import World

_APPLY: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    **APPLY_PEOPLE,
    **APPLY_HOSTS,
    **APPLY_ACCOUNTS,
    **APPLY_MEMBERSHIP,
    **APPLY_ROOMS,
    **APPLY_RENAMING,
    **APPLY_SAID,
    **APPLY_MARKERS,
    **APPLY_METADATA,
    **APPLY_STAYING,
    **APPLY_OPERATORS,
}
"""One row for each event."""


def apply(world: World, event: Event, by: Recipient | None = None) -> None:
    """Carry out an event. Raises HistoryError where the log refuses a message or a deletion; then
    nothing has happened."""
    _APPLY[type(event)](world, event, by)
    if world.on_event is not None:
        world.on_event(event)

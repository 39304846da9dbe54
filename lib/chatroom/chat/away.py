"""Whether somebody is away, on all of their connections together (IRCv3 draft/pre-away).

Each connection may say that it is away. `*` is a connection of which its user knows nothing, such
as one that a telephone makes by itself; it counts as if it did not exist. A user is away if all
connections are. Then the others see the latest text, and clients with away-notify (IRCv3) in common
rooms are told.
"""

from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AwayChanged
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World

ABSENT = "*"
NOT_CONNECTED = "not connected"
"""What others see of somebody who has said nothing, instead of `*`."""


def set_away(world: World, session: Session, text: str) -> None:
    """A connection is away, with that text; "" if it is back."""
    before = session.user.away
    if text == ABSENT and session.away == before:
        before = ""  # its own text, which it takes back
    session.away, session.away_at = text, world.clock
    _review(world, session.user, before)


def review_away(world: World, user: User) -> None:
    """A connection of the user has come or gone."""
    _review(world, user, user.away)


def _review(world: World, user: User, before: str) -> None:
    text = _text(user, before)
    if text != user.away:
        apply(world, AwayChanged(user.id, text, world.now))


def _text(user: User, before: str) -> str:
    sessions = [one for one in user.sessions if isinstance(one, Session)]
    if not all(one.away for one in sessions):
        return ""
    said = [one for one in sessions if one.away != ABSENT]
    if said:
        return max(said, key=lambda one: one.away_at).away
    return before or NOT_CONNECTED

"""Connections come and go; behind them are users, who may have several.

Sessions are no part of the chat's state: they belong to this process. So they are no events, but
the coming of a new user and the end of the last session are.
"""

from chatroom.chat.ports import CLEAR, Peer, Transport
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Connected, Dropped, Quit
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World


def attach(world: World, peer: Peer, host: str, transport: Transport = CLEAR) -> Session:
    """A session for a new user, who has no name yet."""
    number = world.last_user + 1
    apply(world, Connected(number, host, world.now))
    return attach_to(world, world.users[number], peer, host, transport)


def attach_to(
    world: World, user: User, peer: Peer, host: str, transport: Transport = CLEAR
) -> Session:
    """Add a session to a user. It receives everything that is said in their rooms from now on."""
    session = Session(user, peer, host, world.fanout, transport)
    session.allowance = world.limits.flood_burst
    session.allowance_at = world.clock
    user.add_session(session)
    world.fanout.attached(session, user.rooms)
    return session


def depart(world: World, session: Session, reason: str) -> None:
    """A session has ended. If it was its user's last, those who share a room see QUIT, and no index
    knows them any more.

    Who did not say so has perhaps not read all that was sent.
    """
    user, rooms = session.user, list(session.user.rooms)
    if session not in user.sessions:  # it has departed
        return
    if not user.registered:
        drop(world, session)
        return
    if _is_last(session):
        apply(world, Quit(user.id, reason, world.now))
        if session.closing:
            world.read_marks.left(session, rooms, world.log.position, world.now)
    _detach(world, session)


def drop(world: World, session: Session) -> None:
    """The same after a bug: nobody is told."""
    if session not in session.user.sessions:
        return
    if _is_last(session):
        apply(world, Dropped(session.user.id, world.now))
    _detach(world, session)


def _is_last(session: Session) -> bool:
    return session.user.sessions == (session,)


def _detach(world: World, session: Session) -> None:
    """Take a session from its user, who hears by the others."""
    world.fanout.detached(session, session.user.rooms)
    session.user.remove_session(session)

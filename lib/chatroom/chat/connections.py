"""Attaches connections to users as sessions, and detaches them. A user may have several sessions.

Sessions belong to this process and not to the chat's state. So there are no events for them, only
for a new user (`Connected`) and for the end of a user's last session (`Quit`, `Dropped`).
"""

from collections.abc import Iterable

from chatroom.chat.away import review_away
from chatroom.chat.ports import CLEAR, Peer, Transport
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Connected, Dropped, HostChanged, Quit, Returned, Stayed
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World


def attach(world: World, peer: Peer, host: str, transport: Transport = CLEAR) -> Session:
    """Create a session for a new user, who has no name yet."""
    number = world.last_user + 1
    apply(world, Connected(number, host, world.now))
    return attach_to(world, world.users[number], peer, host, transport)


def attach_to(
    world: World, user: User, peer: Peer, host: str, transport: Transport = CLEAR
) -> Session:
    """Add a session to a user. It receives everything that is said in their rooms from now on."""
    session = Session(user, peer, host, world.fanout, transport)
    session.allowance = world.limits.flood_burst
    session.allowance_at = session.since = world.clock
    user.add_session(session)
    world.fanout.attached(session, user)
    review_away(world, user)
    return session


def reattach(world: World, sessions: Iterable[Session]) -> None:
    """Give sessions of another process to their users, whom the world has from that process. The
    others know them already; so nobody is told anything."""
    for session in sessions:
        session.user.add_session(session)
        world.fanout.attached(session, session.user)


def move(world: World, session: Session, user: User) -> None:
    """Make a session one of another user's, who hears by it from now on. If it was the last one of
    its own user, that one is gone."""
    own, last = session.user, _is_last(session)
    _detach(world, session)
    if last:
        event = Quit(own.id, f"Is {user.nick} now", world.now) if own.registered else None
        apply(world, event or Dropped(own.id, world.now))
    session.user = user
    if user in world.absent:
        apply(world, Returned(user.id, world.now))
        _come_from(world, user, own.username, session.host)
    user.add_session(session)
    world.fanout.attached(session, user)
    review_away(world, user)


def _come_from(world: World, user: User, username: str, host: str) -> None:
    """Somebody who has stayed without a connection has one again, perhaps from elsewhere."""
    if (username, host) != (user.username, user.address):
        at = world.log.position
        apply(world, HostChanged(user.id, username, host, at, world.now))


def depart(world: World, session: Session, reason: str) -> None:
    """End a session. If it was its user's last one, the user is removed, and everybody who shares a
    room with them sees QUIT; unless the user stays without a connection.

    A client that vanished without QUIT may not have read everything that it was sent.
    """
    user, rooms = session.user, list(session.user.rooms)
    if session not in user.sessions:  # it has departed
        return
    if not user.registered:
        drop(world, session)
        return
    last, stays = _is_last(session), _may_stay(world, session)
    if last and not stays:
        apply(world, Quit(user.id, reason, world.now))
    if last and session.closing:
        world.read_marks.left(session, rooms, world.log.position, world.now)
    world.subscriptions.clear(session)
    _detach(world, session)
    if last and stays:
        _stay(world, user)
    elif not last:
        review_away(world, user)


def _may_stay(world: World, session: Session) -> bool:
    """Whether its user stays when a session ends by itself. At the plain door a person is in one
    room at a time, so they come and go."""
    key = session.key
    if key is not None and key.is_limited:  # the same person may come back with another token
        return False
    if session.put_out or session.shows_rooms_itself or not world.limits.always_on:
        return False
    return world.stays(session.user)


def _stay(world: World, user: User) -> None:
    """A user has no session any more, and stays."""
    review_away(world, user)
    apply(world, Stayed(user.id, world.now))
    leave_too_many(world)


def leave_too_many(world: World) -> None:
    """If too many people stay without a connection, the first of them to disconnect leave."""
    while len(world.absent) > world.limits.always_on:
        apply(world, Quit(next(iter(world.absent)).id, "Was away for the longest time", world.now))


def put_out(world: World, user: User, reason: str, by: Session | None = None) -> None:
    """End all sessions of a user, who does not stay without one; `by` is the session that acts."""
    for session in user.sessions:
        if isinstance(session, Session):
            dismiss(world, session, reason, by)
    if user in world.absent:
        apply(world, Quit(user.id, reason, world.now))


def expel(world: World, account: str, why: str, spared: Session | None = None) -> None:
    """End all connections that are logged in to an account, except `spared`: the person there may
    not be its owner."""
    world.tokens.forget_tickets(world.accounts.number_of(account))
    for user in world.logged_in(account):
        for session in user.sessions:
            if session is not spared:
                world.on_expelled(session, why)


def dismiss(world: World, session: Session, reason: str, by: Session | None = None) -> None:
    """End somebody's session for them; `by` is the session that acts, which may be the same. If it
    was the last one, the user does not stay."""
    session.put_out = True
    if session.closing:
        return
    if session is by:
        session.closing = reason  # its door notices when the line is done
    else:
        world.on_expelled(session, reason)


def drop(world: World, session: Session) -> None:
    """Remove a session after an unexpected exception; others see nothing."""
    if session not in session.user.sessions:
        return
    user, last, stays = session.user, _is_last(session), _may_stay(world, session)
    if last and not stays:
        apply(world, Dropped(user.id, world.now))
    world.subscriptions.clear(session)
    _detach(world, session)
    if last and stays:
        _stay(world, user)


def _is_last(session: Session) -> bool:
    return session.user.sessions == (session,)


def _detach(world: World, session: Session) -> None:
    """Remove a session from its user; messages continue to reach the other sessions."""
    world.monitors.clear(session)
    world.fanout.detached(session, session.user.rooms)
    session.user.remove_session(session)

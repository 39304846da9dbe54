"""Saying something in a room without a connection to the chat: what HTTP does for an account.

Who is in the room with that account speaks: they have ranks there, and others know them. Otherwise
a `Visitor` does, who has to pass the same checks as somebody who enters the room and speaks, but
whom nobody sees come and go. The message is an ordinary one.
"""

from collections.abc import Iterator

from chatroom.chat.commands.messages import relay
from chatroom.chat.commands.rooms import refuse_at_the_door
from chatroom.chat.ports import Piece
from chatroom.chat.refusals import Refused
from chatroom.chat.scopes import has_confined, require_scope
from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.visitor import Visitor
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import capability_set
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_NOSUCHCHANNEL
from chatroom.wire.tokens import Token

_CAPABILITIES = capability_set(frozenset({"batch", "echo-message", "message-tags", "server-time"}))


class _Nobody:
    """The connection of a session that has none: what is sent to it alone is in its replies."""

    def __init__(self) -> None:
        self.outbox: list[Piece] = []
        self.backlog = 0


def session_for(world: World, user: User, by: Session, key: Token | None) -> Session:
    """A session for one request, of a user whom it does not connect: it receives only the replies
    to its own commands. `by` is the session of the request, whose allowance it uses."""
    session = Session(user, _Nobody(), by.host, world.fanout, by.transport)
    session.capabilities = _CAPABILITIES
    session.key = key
    session.allowance, session.allowance_at = by.allowance, by.allowance_at
    session.replies = []
    return session


def member_for(world: World, account: Account, room: Room) -> User | None:
    """Who is in the room with that account; of several the one with the account's name."""
    found = [
        user
        for user in world.logged_in(account.name)
        if user in room.members and not has_confined(user)
    ]
    own = [user for user in found if user.folded == fold(account.name)]
    return next(iter([*own, *found]), None)


def somebody(world: World, account: Account) -> User | None:
    """Who is connected with that account; of several the one in most rooms."""
    users = [user for user in world.logged_in(account.name) if not has_confined(user)]
    return max(users, key=lambda user: len(user.rooms), default=None)


def may_know(world: World, account: Account, room: Room, by: Session, key: Token | None) -> bool:
    """Whether the account may know that there is such a room; with the token `key`, whoever has
    only that."""
    is_good = key is None or not key.is_limited or key.covers(room.name)
    if is_good and member_for(world, account, room) is not None:
        return True
    return room.visible_to(
        Visitor(account, account.name, by.host, world.now, {}, by.transport.secure)
    )


def speaker(
    world: World,
    account: Account,
    room: Room,
    by: Session,
    nick: str = "",
    bot: bool = False,
    key: str = "",
) -> User:
    """Who says something in the room for that account; with `nick`, a visitor of that name. `key`
    is the one that JOIN would have.

    Raises Refused if they may not enter (403, 471 to 475, 477, 489).
    """
    member = member_for(world, account, room)
    if member is not None and not nick:
        return member
    visits: dict[Room, str] = {}
    visitor = Visitor(
        account, nick or account.name, by.host, world.now, visits, by.transport.secure, bot
    )
    if member is None:
        if not room.visible_to(visitor):
            raise Refused(ERR_NOSUCHCHANNEL, room.name)
        refuse_at_the_door(world, session_for(world, visitor, by, None), room, key)
        visits[room] = world.due_ranks(visitor, room)
    else:
        visits[room] = room.members[member]
    return visitor


def say(world: World, session: Session, message: Message) -> Iterator[Message]:
    """Say something in a room, as PRIVMSG or NOTICE does, in steps; yields what was said, as it was
    recorded. It keeps all its tags.

    Raises Refused.
    """
    require_scope(session, message)
    steps = relay(world, session, message)
    yield from _heard(session)
    for _ in steps or ():
        yield from _heard(session)
    yield from _heard(session)


def _heard(session: Session) -> list[Message]:
    heard, session.replies = session.replies or [], []
    return [one for one in heard if one.command in ("PRIVMSG", "NOTICE")]

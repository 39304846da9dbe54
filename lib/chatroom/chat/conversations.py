"""Private conversations, for the two people who may read them.

A conversation belongs to two accounts, by their numbers (`wire.private`). People name it by the
other's nickname. If somebody uses that nickname now, it means their account; otherwise it means
the account of that name. So nobody who takes over a nickname gets what its former owner said.
"""

from dataclasses import replace

from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.conversations import conversation
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX, prefixed
from chatroom.wire.private import BY, is_private, partner, without_own_tags


def own_number(world: World, user: User) -> int:
    """The number of the account that the user is logged in to; 0 for a guest."""
    return world.accounts.number_of(user.account)


def log_with(world: World, session: Session, nick: str) -> str:
    """The log of the session's conversation with that person; "" if there cannot be one."""
    present = world.find(nick)
    account = world.accounts.find(nick) if present is None else None
    other = present.account if present else (account.name if account else "")
    return conversation(world.accounts, session.user.account, other)


def may_read(world: World, session: Session, log: str) -> bool:
    """Whether the conversation is one of the session's own account."""
    number = own_number(world, session.user)
    return bool(number) and partner(log, number) is not None


def name_of(world: World, number: int) -> str:
    """The nickname of an account: the one that is in use, else the account's name; "" if the
    account no longer exists."""
    account = world.accounts.numbered(number)
    if account is None:
        return ""
    user = present(world, account)
    return account.name if user is None else user.nick


def name_for(world: World, session: Session, log: str) -> str:
    """The name of a conversation for the session: the other person's nickname."""
    other = partner(log, own_number(world, session.user))
    return (name_of(world, other) if other else "") or "*"


def in_place(world: World, query: Query, name: str) -> Query:
    """The query, in a room or a conversation. Without its #, a name is that of a room if there is
    one, and otherwise that of a person who has an account, if there is one."""
    room = prefixed(name)
    is_person = not name.startswith(ROOM_PREFIX) and world.find_room(room) is None
    if is_person and (world.find(name) or world.accounts.find(name)):
        return replace(query, partner=name)
    return replace(query, room=room)


def present(world: World, account: Account) -> User | None:
    """A user who is logged in to that account, the one with its name if there is one."""
    users = [user for user in world.logged_in(account.name) if user.registered]
    named = [user for user in users if user.nick == account.name]
    return next(iter(named or users), None)


def searched(world: World, session: Session, query: Query) -> Query:
    """The query with the log of the conversation as its room, if it names a partner with whom the
    user may have one."""
    if not query.partner:
        return query
    return replace(query, room=log_with(world, session, query.partner))


def as_shown(world: World, session: Session, message: Message) -> Message:
    """A message of any log as this session sees it: with the nickname that it went to as target."""
    log, *rest = message.params
    if not is_private(log):
        return message
    mine = message.tags.get(BY) == str(own_number(world, session.user))
    target = name_for(world, session, log) if mine else session.user.nick
    return without_own_tags(message)._replace(params=(target, *rest))

"""The end of registration (Modern IRC, "Connection Registration"): the password, whose nickname it
is, and the welcome.

A client that is logged in to an account, and asks for a nickname that another connection of that
account has, becomes one more connection of that user: it is in all of the user's rooms at once.
"""

import hmac
from typing import TypeGuard

from chatroom.chat import flood, nicknames
from chatroom.chat.banishment import turn_away
from chatroom.chat.commands import authtoken
from chatroom.chat.commands.about import send_lusers, send_motd
from chatroom.chat.commands.isupport import send_isupport
from chatroom.chat.commands.modes import USER_MODES
from chatroom.chat.commands.rooms import show_room
from chatroom.chat.connections import move
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.metadata import send_own_metadata
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.scopes import are_alike, is_confined, is_limited
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.server_operators import recognise
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import NickChanged, Quit, Registered
from chatroom.chat.state.model import User
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import CHGHOST, WHOAMI
from chatroom.wire.lookalikes import resembles
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import (
    ERR_NICKNAMEINUSE,
    ERR_PASSWDMISMATCH,
    ERR_SASLABORTED,
    RPL_CREATED,
    RPL_MYINFO,
    RPL_WELCOME,
    RPL_YOURHOST,
)

OWNED = "Nickname belongs to an account; log in to it first"


def is_reserved(world: World, name: str) -> bool:
    """Whether a name is the server's own, or looks like it."""
    server = world.settings.name
    return resembles(name, (server, server.partition(".")[0]))


def register_if_complete(world: World, session: Session) -> Steps | None:
    """Let a client in that has said all that is needed. Raises Refused."""
    user = session.user
    if (
        session.registered
        or session.negotiating
        or not ((user.nick or session.claimed) and user.username)
    ):
        return None
    if session.login is not None:  # sasl-3.1, "The AUTHENTICATE command": it is aborted
        session.login = None
        session.reply(ERR_SASLABORTED)
    expected = world.settings.password
    if not hmac.compare_digest(session.password.encode(), expected.encode()) and expected:
        refuse_password(world, session)
        return None
    if turn_away(world, session):
        return None
    if world.needs_account and not user.account:
        raise Failed("*", "ACCOUNT_REQUIRED", text=_needs_account(world))
    if session.claimed:
        shared = _take_claimed(world, session)
        if shared is not None:
            return share(world, session, shared)
    session.password = ""
    apply(world, Registered(user.id, world.log.position))
    welcome(world, session)
    nicknames.enforce(world, user)
    recognise(world, session)
    if user.account and not is_confined(session):
        world.on_back(user)
    return None


def _needs_account(world: World) -> str:
    if world.account_settings.registration:
        return "You need an account here: log in (SASL), or register one"
    return "You need an account here: log in (SASL)"


def _take_claimed(world: World, session: Session) -> User | None:
    """Take the registered nickname, if it is this session's. Returns the user who has it, if they
    use the same account. Raises Refused (433)."""
    user, name = session.user, session.claimed
    make_way(world, session, name)
    holder = world.holder(name)
    if nicknames.is_own(nicknames.owner(world, name), user):
        if is_other_self(holder, session):
            return holder
        if holder is not None and holder is not user:
            nicknames.give_up(world, holder)
    elif holder not in (None, user) or not (
        world.account_settings.grace or nicknames.owner(world, name) is None
    ):
        session.wanted = name
        raise Refused(ERR_NICKNAMEINUSE, name, fill=(OWNED,))
    session.claimed = ""
    if user.nick != name:
        apply(world, NickChanged(user.id, name, world.log.position, world.now))
    return None


def make_way(world: World, session: Session, name: str) -> None:
    """At the plain door a person comes in anew, also if they have stayed without a connection in
    the one room in which they can be there."""
    holder = world.holder(name)
    if holder is None or holder not in world.absent or not session.shows_rooms_itself:
        return
    if fold(holder.account) == fold(session.user.account) and len(holder.rooms) <= 1:
        apply(world, Quit(holder.id, "Is back", world.now))


def is_other_self(holder: User | None, session: Session) -> TypeGuard[User]:
    """Whether somebody is the same person, by the same account. Raises Refused (433) if they are,
    and cannot be one user: at the plain door, a person is in one room at a time, and what is said
    in a room of mode z must not travel in the clear."""
    if holder is None or holder is session.user or not holder.registered:
        return False
    if fold(holder.account) != fold(session.user.account):
        return False
    others = [one for one in holder.sessions if isinstance(one, Session)]
    if not all(are_alike(session, one) for one in others) or (is_limited(session) and not others):
        raise Refused(ERR_NICKNAMEINUSE, holder.nick, fill=(_OTHER_TOKEN,))
    if any(one.shows_rooms_itself for one in (session, *others)):
        why = _ELSEWHERE if others else _STAYS
        raise Refused(ERR_NICKNAMEINUSE, holder.nick, fill=(why,))
    if not session.secure and any("z" in room.flags for room in holder.rooms):
        raise Refused(ERR_NICKNAMEINUSE, holder.nick, fill=(_ONLY_TLS,))
    return True


_ELSEWHERE = "You use that nickname on another connection"
_STAYS = (
    "You stay in several rooms under that nickname (always-on); here you can be in one at a time,"
    " so choose another nickname"
)
_OTHER_TOKEN = "You use that nickname already, and your token is not good for all that it can do"
_ONLY_TLS = "You use that nickname in a room that asks for TLS (mode z)"


def share(world: World, session: Session, user: User) -> Steps:
    """Become one more connection of a user, and see where they are."""
    before, was_in = session.user, [room.name for room in session.user.rooms]
    session.claimed = session.password = ""
    move(world, session, user)
    if before.registered:
        session.send(Message("NICK", (user.nick,), before.source))
        _tell_own_host(session, before.username, before.host)
        for name in was_in:
            session.send(Message("PART", (name, f"You are {user.nick} now"), user.source))
    else:
        welcome(world, session)
    recognise(world, session)
    if not is_confined(session):
        world.on_back(user)
    for room in list(user.rooms):
        yield
        if room in user.rooms:
            yield from show_room(world, session, room)


def _tell_own_host(session: Session, username: str, host: str) -> None:
    """A client, which was seen with these, learns how others see it now, as another user (IRCv3
    chghost)."""
    user = session.user
    is_other = (username, host) != (user.username, user.host)
    if is_other and not session.capabilities.isdisjoint((CHGHOST, WHOAMI)):
        source = f"{user.nick}!{username}@{host}"
        session.send(Message("CHGHOST", (user.username, user.host), source))


def refuse_password(world: World, session: Session) -> None:
    """Refuse a wrong or missing password: only a wrong one counts as a guess."""
    why = "Password incorrect" if session.password else "Password required"
    why = why_no_secret(world, session) or why
    session.reply(ERR_PASSWDMISMATCH, fill=(why,))
    session.closing = why
    if session.password:
        flood.wait_at_least(world, session, world.on_wrong_password(session.host))


_MODES, _WITH_PARAMETER = (
    "".join(sorted(letters + ROOM_MODES.prefix_letters))
    for letters in (
        ROOM_MODES.chanmodes.replace(",", ""),
        ROOM_MODES.lists + ROOM_MODES.always + ROOM_MODES.when_set,
    )
)


def welcome(world: World, session: Session) -> None:
    """001 to 005, LUSERS and MOTD (Modern IRC, "Connection Registration")."""
    server = world.settings.name
    session.reply(RPL_WELCOME, fill=(world.settings.network, session.user.source))
    session.reply(RPL_YOURHOST, fill=(server, world.version))
    session.reply(RPL_CREATED, fill=(world.started_text,))
    session.reply(RPL_MYINFO, server, world.version_token, USER_MODES, _MODES, _WITH_PARAMETER)
    send_isupport(world, session)
    if WHOAMI in session.capabilities:
        user = session.user
        session.send(world.message_from(user, "SETNAME", user.realname, at=world.now))
    if authtoken.CAPABILITY in session.capabilities:
        authtoken.send_services(world, session)
    send_lusers(world, session)
    send_own_metadata(world, session)
    send_motd(world, session)

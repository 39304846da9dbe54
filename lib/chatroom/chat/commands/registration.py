"""Registration and leaving: PASS, NICK, USER, PING, PONG, QUIT (Modern IRC, "Connection
Messages")."""

from chatroom.chat import nicknames
from chatroom.chat.banishment import ban_of
from chatroom.chat.commands.arrival import (
    OWNED,
    is_other_self,
    is_reserved,
    make_way,
    register_if_complete,
    share,
)
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Identified, NickChanged
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import USERNAME_BYTES, InvalidName, nickname
from chatroom.wire.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
)

# Identity


def pass_(world: World, session: Session, message: Message) -> None:
    """PASS <password>: the last of several counts. People forget the colon before two words."""
    if session.registered:
        raise Refused(ERR_ALREADYREGISTERED)
    if why := why_no_secret(world, session):
        if world.settings.password:
            session.closing = why
        raise Refused(ERR_PASSWDMISMATCH, fill=(why,))
    session.password = " ".join(message.params)


def nick(world: World, session: Session, message: Message) -> Steps | None:
    """NICK <nickname>"""
    wanted = message.param(0)
    if not wanted:
        raise Refused(ERR_NONICKNAMEGIVEN)
    try:
        name = nickname(wanted, world.limits.nickname)
    except InvalidName as fault:
        raise Refused(ERR_ERRONEUSNICKNAME, wanted, fill=(fault,)) from None
    if is_reserved(world, name):
        raise Refused(ERR_ERRONEUSNICKNAME, name, fill=("this nickname is reserved",))
    if session.registered and session.user.rooms:
        return _take_in_rooms(world, session, name)
    return _take(world, session, name)


def _take_in_rooms(world: World, session: Session, name: str) -> Steps:
    """Take a name as a member of rooms, in a step of its own: checking a new name takes half a
    millisecond, and so does a change that thousands hear of."""
    yield
    steps = _take(world, session, name)
    if steps is not None:
        yield from steps


def _take(world: World, session: Session, name: str) -> Steps | None:
    """Take a nickname that has the right form, if nobody else has it. Raises Refused."""
    user = session.user
    own = nicknames.is_own(nicknames.owner(world, name), user)
    if not session.registered and nicknames.owner(world, name) is not None:
        return _claim(world, session, name)
    if nicknames.is_for_others(world, name, user) and not world.account_settings.grace:
        session.wanted = name
        raise Refused(ERR_NICKNAMEINUSE, name, fill=(OWNED,))
    make_way(world, session, name)
    holder = world.holder(name)
    if holder is not None and holder is not user:
        if not own:
            raise Refused(ERR_NICKNAMEINUSE, name, fill=(_IN_USE,))
        if is_other_self(holder, session):
            return share(world, session, holder)
        nicknames.give_up(world, holder)
    _refuse_lookalike(world, session, name)
    if session.registered and ban_of(world, user, name) is not None:
        raise Refused(ERR_ERRONEUSNICKNAME, name, fill=("it is banned from this server",))
    if name != user.nick:
        apply(world, NickChanged(user.id, name, world.log.position, world.now), session)
        nicknames.enforce(world, user)
    session.claimed = ""
    return register_if_complete(world, session)


_IN_USE = "Nickname is already in use"


def _claim(world: World, session: Session, name: str) -> Steps | None:
    """Ask for a registered nickname. A client that negotiates may log in before it is let in; of
    any other we know now that it will not. Raises Refused."""
    session.claimed = name
    return register_if_complete(world, session)


def _refuse_lookalike(world: World, session: Session, name: str) -> None:
    """Raises Refused (432) for a name that a reader may take for another's."""
    other = world.lookalike(name, session.user)
    account = nicknames.imitated(world, name, session.user)
    if other is not None:
        why = f"this nickname looks like {other.nick}, who is here"
    elif account is not None:
        why = f"this nickname looks like {account.name}, who has an account here"
    else:
        return
    raise Refused(ERR_ERRONEUSNICKNAME, name, fill=(why,))


def user(world: World, session: Session, message: Message) -> Steps | None:
    """USER <username> 0 * <realname>: cut to USERLEN; the `~` marks it as unverified."""
    if session.registered or session.user.username:
        raise Refused(ERR_ALREADYREGISTERED)
    limits = world.limits
    username = "".join(
        character
        for character in message.params[0]
        if character.isprintable() and character not in "!@: *?"
    )
    realname = message.params[3][: limits.realname]
    if not username or not realname:
        raise Refused(ERR_NEEDMOREPARAMS, "USER")
    name = f"~{username}"[: limits.username].encode()[:USERNAME_BYTES]
    apply(world, Identified(session.user.id, name.decode(errors="ignore"), realname))
    return register_if_complete(world, session)


# Staying and leaving


def ping(world: World, session: Session, message: Message) -> None:
    """PING <token>"""
    if not message.param(0):
        raise Refused(ERR_NOORIGIN)
    session.tell("PONG", world.settings.name, message.params[0])


def pong(_world: World, _session: Session, _message: Message) -> None:
    """PONG: any line proves that the client is alive, so nothing is to be done."""


def quit_(world: World, session: Session, message: Message) -> None:
    """QUIT [<reason>]: others see that the user wanted to leave."""
    reason = message.param(0)[: world.limits.reason]
    session.closing = f"Quit: {reason}"  # also for an empty reason (Modern IRC, "QUIT message")


def webirc(_world: World, session: Session, _message: Message) -> None:
    """WEBIRC <password> <gateway> <host name> <address> [<options>], which comes too late: the
    first line of a connection has a door of its own."""
    session.closing = "WEBIRC has to be the first line"


def error(_world: World, _session: Session, _message: Message) -> None:
    """ERROR is for servers; from a client it means nothing (RFC 2812 section 3.7.4)."""

"""Registration and leaving: CAP, PASS, NICK, USER, PING, PONG, QUIT (Modern IRC, "Connection
Messages"; IRCv3 capability-negotiation)."""

from collections.abc import Mapping

from chatroom.chat import nicknames
from chatroom.chat.banishment import ban_of
from chatroom.chat.commands.account_registration import early_registration
from chatroom.chat.commands.arrival import (
    OWNED,
    is_other_self,
    is_reserved,
    make_way,
    register_if_complete,
    share,
)
from chatroom.chat.commands.sasl import mechanisms
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Identified, NickChanged
from chatroom.chat.state.world import World
from chatroom.chat.sts import sts_value
from chatroom.wire.capabilities import CAP_302, CAPABILITIES, Capabilities, in_lines, in_one_line
from chatroom.wire.message import MAX_BODY, Message, body_size
from chatroom.wire.multiline import MULTILINE
from chatroom.wire.names import InvalidName, nickname
from chatroom.wire.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_INVALIDCAPCMD,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
)

# CAP


def cap(world: World, session: Session, message: Message) -> Steps | None:
    """CAP <subcommand> [<capabilities>]"""
    subcommand = message.params[0].upper()
    handler = _CAP_SUBCOMMANDS.get(subcommand)
    if handler is None:
        raise Refused(ERR_INVALIDCAPCMD, message.params[0])
    return handler(world, session, message.param(1))


def _cap_ls(world: World, session: Session, version: str) -> None:
    number = int(version) if version.isascii() and version.isdigit() else 0
    session.cap_version = max(session.cap_version, min(number, CAP_302))
    session.negotiating = not session.registered
    if number >= CAP_302:
        session.agree_on(session.capabilities | {"cap-notify"})
    names = sorted(name for name in CAPABILITIES if offers(world, session, name))
    if session.cap_version >= CAP_302:
        names = [name + _value(world, session, name) for name in names]
    if sts := sts_value(world, session):
        names.append(sts)
    _send_capabilities(world, session, "LS", names)


def offers(world: World, session: Session, name: str) -> bool:
    """Whether a session can have a capability: clients in the clear are not asked for passwords."""
    if not world.offers(name):
        return False
    if name == "draft/account-registration" and not world.account_settings.registration:
        return False
    return name not in _OF_SECRETS or not why_no_secret(world, session)


_OF_SECRETS = ("sasl", "draft/account-registration", "draft/authtoken")


def _value(world: World, session: Session | None, name: str) -> str:
    """The value after a capability's name in CAP LS 302. Only that of sasl depends on the
    session."""
    if name == "sasl":
        assert session is not None
        return "=" + ",".join(mechanisms(world, session))
    if name == MULTILINE:
        limits = world.limits
        return f"=max-bytes={limits.multiline_bytes},max-lines={limits.multiline_lines}"
    if name == "draft/account-registration":
        said = {
            "before-connect": early_registration(world),
            "custom-account-name": world.account_settings.custom_names,
        }
        return "=" * any(said.values()) + ",".join(key for key, holds in said.items() if holds)
    return ""


_CHANGEABLE = (MULTILINE, "draft/account-registration")
"""Capabilities that depend on settings which can change while the server runs."""


def advertised(world: World) -> dict[str, str | None]:
    """The values of the capabilities that may change; None for one that nobody is offered. For
    `announce_capabilities`."""
    hidden = "" if world.account_settings.registration else "draft/account-registration"
    return {
        name: _value(world, None, name) if world.offers(name) and name != hidden else None
        for name in _CHANGEABLE
    }


def announce_capabilities(world: World, before: Mapping[str, str | None]) -> None:
    """Tell clients with cap-notify what has changed since `advertised` returned `before`: CAP NEW,
    which may also give a capability another value, and CAP DEL."""
    now = advertised(world)
    changed = [name for name in now if now[name] != before[name]]
    if not changed:
        return
    for user in list(world.users.values()):
        for session in user.sessions:
            if isinstance(session, Session):
                _announce(world, session, changed, now)


def _announce(
    world: World, session: Session, changed: list[str], now: Mapping[str, str | None]
) -> None:
    gone = frozenset(name for name in changed if now[name] is None)
    if gone & session.capabilities:
        session.agree_on(session.capabilities - gone)
    if "cap-notify" not in session.capabilities:
        return
    values = now if session.cap_version >= CAP_302 else {}
    new = [f"{name}{values.get(name) or ''}" for name in changed if offers(world, session, name)]
    for subcommand, names in (("DEL", sorted(gone)), ("NEW", sorted(new))):
        if names:
            session.tell("CAP", session.user.nick or "*", subcommand, " ".join(names))


def _cap_list(world: World, session: Session, _rest: str) -> None:
    _send_capabilities(world, session, "LIST", sorted(session.capabilities))


def _send_capabilities(world: World, session: Session, subcommand: str, names: list[str]) -> None:
    target = session.user.nick or "*"
    space = _space(world, session, subcommand)
    if session.cap_version < CAP_302:  # older clients cannot know that another line follows
        session.tell("CAP", target, subcommand, in_one_line(names, space))
        return
    *others, last = in_lines(names, space)
    for line in others:
        session.tell("CAP", target, subcommand, "*", line)
    session.tell("CAP", target, subcommand, last)


def _space(world: World, session: Session, subcommand: str) -> int:
    """Bytes of capabilities in one CAP line."""
    frame = ("CAP", (session.user.nick or "*", subcommand, "*", ""), world.settings.name)
    return MAX_BODY - body_size(Message(*frame))


def _cap_req(world: World, session: Session, wanted: str) -> None:
    session.negotiating = not session.registered
    changed = _changed_capabilities(world, session, wanted.split())
    subcommand = "NAK" if changed is None else "ACK"
    space = _space(world, session, subcommand)
    fits = len(wanted.encode()) <= space  # then the request is repeated unchanged
    for line in [wanted] if fits else in_lines(wanted.split(), space):
        session.tell("CAP", session.user.nick or "*", subcommand, line)
    if changed is not None:
        session.agree_on(changed)


def _changed_capabilities(world: World, session: Session, words: list[str]) -> Capabilities | None:
    """The capabilities after a REQ, which is accepted as a whole; None if it is refused."""
    names = set(session.capabilities)
    for word in words:
        name = word.removeprefix("-")
        if not offers(world, session, name) and not word.startswith("-"):
            return None
        if not word.startswith("-"):
            names.add(name)
        elif name == "cap-notify" and session.cap_version >= CAP_302:
            return None  # implied by 302; a client cannot disable it
        else:
            names.discard(name)
    return frozenset(names)


def _cap_end(world: World, session: Session, _rest: str) -> Steps | None:
    if session.registered:
        return None
    session.negotiating = False
    return register_if_complete(world, session)


_CAP_SUBCOMMANDS = {"LS": _cap_ls, "LIST": _cap_list, "REQ": _cap_req, "END": _cap_end}


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
    """The same for a member of rooms, in a step of its own: to check a new name takes half a
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
    name = f"~{username}"[: limits.username]
    apply(world, Identified(session.user.id, name, realname))
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

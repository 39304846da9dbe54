"""Registration and leaving: CAP, PASS, NICK, USER, PING, PONG, QUIT (Modern IRC, "Connection
Messages"; IRCv3 capability-negotiation)."""

import hmac

from chatroom.chat import flood
from chatroom.chat.commands.about import send_isupport, send_lusers, send_motd
from chatroom.chat.commands.modes import USER_MODES
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Identified, NickChanged, Registered
from chatroom.chat.state.model import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.chat.sts import sts_value
from chatroom.wire.capabilities import CAP_302, CAPABILITIES, Capabilities, in_lines, in_one_line
from chatroom.wire.lookalikes import resembles
from chatroom.wire.message import MAX_BODY, Message, body_size
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
    RPL_CREATED,
    RPL_MYINFO,
    RPL_WELCOME,
    RPL_YOURHOST,
)

# CAP


def cap(world: World, session: Session, message: Message) -> None:
    """CAP <subcommand> [<capabilities>]"""
    subcommand = message.params[0].upper()
    handler = _CAP_SUBCOMMANDS.get(subcommand)
    if handler is None:
        raise Refused(ERR_INVALIDCAPCMD, message.params[0])
    handler(world, session, message.param(1))


def _cap_ls(world: World, session: Session, version: str) -> None:
    number = int(version) if version.isascii() and version.isdigit() else 0
    session.cap_version = max(session.cap_version, min(number, CAP_302))
    session.negotiating = not session.registered
    if number >= CAP_302:
        session.agree_on(session.capabilities | {"cap-notify"})
    names = sorted(filter(world.offers, CAPABILITIES))
    if sts := sts_value(world, session):
        names.append(sts)
    _send_capabilities(world, session, "LS", names)


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
        if not world.offers(name):
            return None
        if not word.startswith("-"):
            names.add(name)
        elif name == "cap-notify" and session.cap_version >= CAP_302:
            return None  # implied by 302; a client cannot disable it
        else:
            names.discard(name)
    return frozenset(names)


def _cap_end(world: World, session: Session, _rest: str) -> None:
    if not session.registered:
        session.negotiating = False
        _register_if_complete(world, session)


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


def nick(world: World, session: Session, message: Message) -> None:
    """NICK <nickname>"""
    wanted = message.param(0)
    if not wanted:
        raise Refused(ERR_NONICKNAMEGIVEN)
    try:
        name = nickname(wanted, world.limits.nickname)
    except InvalidName as fault:
        raise Refused(ERR_ERRONEUSNICKNAME, wanted, fill=(fault,)) from None
    server = world.settings.name
    if resembles(name, (server, server.partition(".")[0])):
        raise Refused(ERR_ERRONEUSNICKNAME, wanted, fill=("this nickname is reserved",))
    if not world.is_free(name, session.user):
        raise Refused(ERR_NICKNAMEINUSE, name)
    other = world.lookalike(name, session.user)
    if other is not None:
        why = f"this nickname looks like {other.nick}, who is here"
        raise Refused(ERR_ERRONEUSNICKNAME, wanted, fill=(why,))
    if not session.registered:
        apply(world, NickChanged(session.user.id, name, world.log.position, world.now), session)
        _register_if_complete(world, session)
    elif name != session.user.nick:
        apply(world, NickChanged(session.user.id, name, world.log.position, world.now), session)


def user(world: World, session: Session, message: Message) -> None:
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
    _register_if_complete(world, session)


def _register_if_complete(world: World, session: Session) -> None:
    if (
        session.registered
        or session.negotiating
        or not (session.user.nick and session.user.username)
    ):
        return
    expected = world.settings.password
    if not hmac.compare_digest(session.password.encode(), expected.encode()) and expected:
        refuse_password(world, session)
        return
    session.password = ""
    apply(world, Registered(session.user.id, world.log.position))
    welcome(world, session)


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
    send_lusers(world, session)
    send_motd(world, session)


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


def error(_world: World, _session: Session, _message: Message) -> None:
    """ERROR is for servers; from a client it means nothing (RFC 2812 section 3.7.4)."""

"""Requests about the server: VERSION, TIME, INFO, ADMIN, LINKS, MAP, LUSERS, MOTD, HELP (Modern
IRC, "Server Queries and Commands")."""

from chatroom.chat.commands.isupport import send_isupport
from chatroom.chat.dispatch import Command
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_this_server
from chatroom.wire.message import Message, as_middle
from chatroom.wire.numerics import (
    ERR_HELPNOTFOUND,
    ERR_NOADMININFO,
    ERR_NOMOTD,
    RPL_ADMINEMAIL,
    RPL_ADMINLOC1,
    RPL_ADMINLOC2,
    RPL_ADMINME,
    RPL_ENDOFHELP,
    RPL_ENDOFINFO,
    RPL_ENDOFLINKS,
    RPL_ENDOFMOTD,
    RPL_GLOBALUSERS,
    RPL_HELPSTART,
    RPL_HELPTXT,
    RPL_INFO,
    RPL_LINKS,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
    RPL_MAP,
    RPL_MAPEND,
    RPL_MOTD,
    RPL_MOTDSTART,
    RPL_TIME,
    RPL_VERSION,
)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
"""As `strftime` has them, but whatever the process's locale."""


def version(world: World, session: Session, message: Message) -> None:
    """VERSION [<server>]"""
    require_this_server(world, message.param(0))
    session.reply(RPL_VERSION, world.version_token, world.settings.name, fill=("IRC, netcat",))
    send_isupport(world, session)


def time(world: World, session: Session, message: Message) -> None:
    """TIME [<server>]: UTC seconds, and the server's local time in words."""
    require_this_server(world, message.param(0))
    now = world.now
    moment = world.local(now)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    words = f"{day}, {moment:%d} {month} {moment:%Y, %H:%M:%S %Z}"
    session.reply(RPL_TIME, world.settings.name, str(int(now)), fill=(words,))


def info(world: World, session: Session, message: Message) -> None:
    """INFO [<server>]"""
    require_this_server(world, message.param(0))
    for line in (
        f"{world.version}: a chat room on one port, for IRC clients, netcat and our own client.",
        "One process, one event loop, in Python; MIT licensed.",
        f"Up since {world.started_text}.",
    ):
        session.reply(RPL_INFO, fill=(line,))
    session.reply(RPL_ENDOFINFO)


def admin(world: World, session: Session, message: Message) -> None:
    """ADMIN [<server>]"""
    require_this_server(world, message.param(0))
    settings = world.settings
    texts = (settings.admin_location, settings.admin_organisation, settings.admin_email)
    if not any(texts):
        raise Refused(ERR_NOADMININFO, settings.name)
    session.reply(RPL_ADMINME, settings.name)
    for numeric, text in zip((RPL_ADMINLOC1, RPL_ADMINLOC2, RPL_ADMINEMAIL), texts, strict=True):
        session.reply(numeric, fill=(text,))


def links(world: World, session: Session, _message: Message) -> None:
    """LINKS: one server, linked to itself."""
    settings = world.settings
    session.reply(RPL_LINKS, settings.name, settings.name, fill=(settings.description,))
    session.reply(RPL_ENDOFLINKS, "*")


def map_(world: World, session: Session, _message: Message) -> None:
    """MAP: one server, and how many people are on it."""
    session.reply(RPL_MAP, fill=(world.settings.name, world.registered))
    session.reply(RPL_MAPEND)


def lusers(world: World, session: Session, _message: Message) -> None:
    """LUSERS"""
    send_lusers(world, session)


def send_lusers(world: World, session: Session) -> None:
    """Send the number of people, and of rooms: all of them, also secret ones, as other servers do.

    It tells that there are rooms which LIST does not show, as it tells how many people are
    invisible, but not which.
    """
    session.reply(RPL_LUSERCLIENT, fill=(world.registered - world.invisible, world.invisible))
    session.reply(RPL_LUSEROP, str(len(world.operators)))
    session.reply(RPL_LUSERUNKNOWN, str(world.unregistered))
    session.reply(RPL_LUSERCHANNELS, str(len(world.rooms)))
    session.reply(RPL_LUSERME, fill=(world.registered,))
    counts = (world.registered, world.most_registered)
    for numeric in (RPL_LOCALUSERS, RPL_GLOBALUSERS):
        session.reply(numeric, *map(str, counts), fill=counts)


def motd(world: World, session: Session, message: Message) -> None:
    """MOTD [<server>]"""
    require_this_server(world, message.param(0))
    send_motd(world, session)


def send_motd(world: World, session: Session) -> None:
    """Send the message of the day, or ERR_NOMOTD."""
    settings = world.settings
    if not settings.motd:
        session.reply(ERR_NOMOTD)
        return
    session.reply(RPL_MOTDSTART, fill=(settings.name,))
    for line in settings.motd.splitlines():
        session.reply(RPL_MOTD, fill=(line,))
    session.reply(RPL_ENDOFMOTD)


def send_help(session: Session, commands: dict[str, Command], subject: str) -> None:
    """HELP [<command>], from the command table. Raises Refused (524)."""
    if not subject:
        _send_help_lines(
            session, "*", ["Commands (HELP <command> explains one):", *_in_rows(commands)]
        )
        return
    row = commands.get(subject.upper())
    if row is None:
        raise Refused(ERR_HELPNOTFOUND, subject if as_middle(subject) == subject else "*")
    _send_help_lines(session, row.name, [f"{row.name} {row.usage}".rstrip(), row.help])


def _send_help_lines(session: Session, subject: str, lines: list[str]) -> None:
    first, *others = lines
    session.reply(RPL_HELPSTART, subject, fill=(first,))
    for line in ("", *others):
        session.reply(RPL_HELPTXT, subject, fill=(line,))
    session.reply(RPL_ENDOFHELP, subject, fill=("End of help",))


def _in_rows(commands: dict[str, Command], columns: int = 8) -> list[str]:
    names = sorted(commands)
    return [" ".join(names[i : i + columns]) for i in range(0, len(names), columns)]

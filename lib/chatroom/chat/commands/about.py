"""Requests about the server: VERSION, TIME, INFO, ADMIN, LINKS, STATS, LUSERS, MOTD, HELP (Modern
IRC, "Server Queries and Commands"), and ISUPPORT."""

from functools import lru_cache

from chatroom.chat.commands.directory import ELIST
from chatroom.chat.commands.people import USERHOST_MOST
from chatroom.chat.dispatch import Command
from chatroom.chat.limits import Limits
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.monitors import MOST
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_this_server
from chatroom.wire.isupport import format_tokens
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import ACCOUNT, MUTE, ROOM_PREFIX
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
    RPL_ISUPPORT,
    RPL_LINKS,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
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


@lru_cache(maxsize=16)  # everybody gets the same lines, but for the address by which they came
def isupport_lines(
    network: str, limits: Limits, keeps_history: bool, needs_account: bool, filehost: str = ""
) -> list[tuple[str, ...]]:
    """The tokens of each RPL_ISUPPORT: one row each (Modern IRC, "RPL_ISUPPORT Parameters").

    `filehost` is the address for uploads, or "".
    """
    targets, rooms = limits.targets, limits.rooms_at_once
    tokens = {
        "ACCOUNTEXTBAN": ACCOUNT[0],
        "AWAYLEN": str(limits.away),
        "BOT": "B",
        "CASEMAPPING": "ascii",  # the only true value that clients know; UTF8MAPPING has the rest
        "CHANLIMIT": f"{ROOM_PREFIX}:{limits.rooms_per_user}",
        "CHANMODES": ROOM_MODES.chanmodes,
        "CHANNELLEN": str(limits.room_name),
        "CHANTYPES": ROOM_PREFIX,
        "CHATHISTORY": str(limits.chathistory),
        "ELIST": ELIST,
        "EXCEPTS": "e",
        "EXTBAN": f",{ACCOUNT[0]}{MUTE[0]}",
        "HOSTLEN": "45",  # an IPv6 address with an IPv4 tail
        "INVEX": "I",
        "KEYLEN": str(limits.key),
        "KICKLEN": str(limits.reason),
        "KNOCK": "",
        "MAXLIST": ",".join(f"{letter}:{limits.list_entries}" for letter in ROOM_MODES.lists),
        "MODES": str(limits.mode_changes),
        "MONITOR": str(MOST),
        "MSGREFTYPES": "msgid,timestamp",
        "NAMELEN": str(limits.realname),
        "NETWORK": network,
        "NICKLEN": str(limits.nickname),
        "PREFIX": ROOM_MODES.prefix,
        "SAFELIST": "",  # LIST comes in steps, as fast as the client reads
        "STATUSMSG": ROOM_MODES.prefix_symbols,
        "TBAN": "",  # our own: clients know that there is this command
        "TARGMAX": f"JOIN:{rooms},KICK:{targets},LIST:{targets},MONITOR:,NAMES:{targets},"
        f"NOTICE:{targets},PART:{rooms},PRIVMSG:{targets},TAGMSG:{targets},USERHOST:{USERHOST_MOST},"
        f"WHOIS:{targets}",
        "TOPICLEN": str(limits.topic),
        "USERLEN": str(limits.username),
        "UTF8MAPPING": "rfc8265",
        "UTF8ONLY": "",
        "WHOX": "",
    }
    if needs_account:
        tokens["draft/ACCOUNTREQUIRED"] = ""
    if filehost:
        tokens["soju.im/FILEHOST"] = tokens["draft/FILEHOST"] = filehost
    if not keeps_history:
        del tokens["CHATHISTORY"], tokens["MSGREFTYPES"]
    return format_tokens(tokens)


def send_isupport(world: World, session: Session) -> None:
    """Send all RPL_ISUPPORT lines."""
    lines = isupport_lines(
        world.settings.network,
        world.limits,
        world.keeps_history,
        world.needs_account,
        world.filehost(session),
    )
    for tokens in lines:
        # Like `reply`, but without checking each of so many words, which are our own.
        words = (session.user.nick or "*", *tokens, RPL_ISUPPORT.text)
        session.send(Message(RPL_ISUPPORT.code, words, world.settings.name))


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

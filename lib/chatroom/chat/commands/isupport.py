"""ISUPPORT: the server's features and limits as tokens (Modern IRC, "Feature Advertisement"; IRCv3
draft/extended-isupport)."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from chatroom.chat.commands.directory import ELIST
from chatroom.chat.commands.people import USERHOST_MOST
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import EXTENDED_ISUPPORT
from chatroom.wire.isupport import format_tokens, grouped
from chatroom.wire.message import Message
from chatroom.wire.names import ACCOUNT, MUTE, ROOM_PREFIX
from chatroom.wire.numerics import ERR_NOTREGISTERED, RPL_ISUPPORT

BATCH = "draft/isupport"


def isupport(world: World, session: Session, _message: Message) -> None:
    """ISUPPORT: all tokens; before registration only with draft/extended-isupport."""
    if not session.registered and EXTENDED_ISUPPORT not in session.capabilities:
        raise Refused(ERR_NOTREGISTERED)
    send_isupport(world, session)


_FIXED = {
    "ACCOUNTEXTBAN": ACCOUNT[0],
    "BOT": "B",
    "CASEMAPPING": "ascii",  # the only true value that clients know; UTF8MAPPING has the rest
    "CHANMODES": ROOM_MODES.chanmodes,
    "CHANTYPES": ROOM_PREFIX,
    "ELIST": ELIST,
    "EXCEPTS": "e",
    "EXTBAN": f",{ACCOUNT[0]}{MUTE[0]}",
    "HOSTLEN": "45",  # an IPv6 address with an IPv4 tail
    "INVEX": "I",
    "KNOCK": "",
    "MSGREFTYPES": "msgid,timestamp",
    "PREFIX": ROOM_MODES.prefix,
    "SAFELIST": "",  # LIST comes in steps, as fast as the client reads
    "STATUSMSG": ROOM_MODES.prefix_symbols,
    "TBAN": "",  # our own: clients know that there is this command
    "UTF8MAPPING": "rfc8265",
    "UTF8ONLY": "",
    "WHOX": "",
    "soju.im/SAFERATE": "",  # who sends too fast is slowed down, and never disconnected
}
"""The tokens that are the same on every server of this version."""


def _limit_tokens(limits: Limits) -> dict[str, str]:
    targets, rooms = limits.targets, limits.rooms_at_once
    return {
        "AWAYLEN": str(limits.away),
        "CHANLIMIT": f"{ROOM_PREFIX}:{limits.rooms_per_user}",
        "CHANNELLEN": str(limits.room_name),
        "CHATHISTORY": str(limits.chathistory),
        "KEYLEN": str(limits.key),
        "KICKLEN": str(limits.reason),
        "MAXLIST": ",".join(f"{letter}:{limits.list_entries}" for letter in ROOM_MODES.lists),
        "MODES": str(limits.mode_changes),
        "MONITOR": str(limits.monitor),
        "NAMELEN": str(limits.realname),
        "NICKLEN": str(limits.nickname),
        "TARGMAX": f"JOIN:{rooms},KICK:{targets},LIST:{targets},MONITOR:,NAMES:{targets},"
        f"NOTICE:{targets},PART:{rooms},PRIVMSG:{targets},TAGMSG:{targets},USERHOST:{USERHOST_MOST},"
        f"WHOIS:{targets}",
        "TOPICLEN": str(limits.topic),
        "USERLEN": str(limits.username),
    }


@lru_cache(maxsize=16)  # everybody gets the same lines, but for the address by which they came
def isupport_lines(
    network: str,
    limits: Limits,
    keeps_history: bool,
    has_accounts: bool,
    needs_account: bool,
    filehost: str = "",
    denied_tags: str = "",
    icon: str = "",
) -> list[tuple[str, ...]]:
    """The tokens of each RPL_ISUPPORT: one row each (Modern IRC, "RPL_ISUPPORT Parameters").

    `filehost` is the address for uploads, `denied_tags` is for CLIENTTAGDENY, and `icon` is as the
    settings have it; "" leaves the token out.
    """
    tokens = {**_FIXED, **_limit_tokens(limits), "NETWORK": network}
    if has_accounts:
        tokens["draft/AUTHTOKEN"] = ""
    if needs_account:
        tokens["draft/ACCOUNTREQUIRED"] = ""
    if denied_tags:
        tokens["CLIENTTAGDENY"] = denied_tags
    if icon:
        tokens["draft/ICON"] = icon
    if filehost:
        tokens["soju.im/FILEHOST"] = tokens["draft/FILEHOST"] = filehost
    if not keeps_history:
        del tokens["CHATHISTORY"], tokens["MSGREFTYPES"]
    return format_tokens(dict(sorted(tokens.items())))


def _lines_for(world: World, filehost: str) -> list[tuple[str, ...]]:
    settings = world.settings
    return isupport_lines(
        settings.network,
        world.limits,
        world.keeps_history,
        world.has_accounts,
        world.needs_account,
        filehost,
        world.client_tags.value,
        settings.icon,
    )


def send_isupport(world: World, session: Session) -> None:
    """Send all RPL_ISUPPORT lines."""
    _send_lines(world, session, _lines_for(world, world.filehost(session)))


def _send_lines(world: World, session: Session, lines: list[tuple[str, ...]]) -> None:
    """Send these tokens: in a batch of their own to clients with draft/extended-isupport."""
    if EXTENDED_ISUPPORT not in session.capabilities:
        for tokens in lines:
            session.send(_numeric(world, session, tokens))
        return
    with batch(session, BATCH) as send:
        for tokens in lines:
            send(_numeric(world, session, tokens))


def _numeric(world: World, session: Session, tokens: tuple[str, ...]) -> Message:
    # Like `Session.reply`, but without checking each of so many words, which are our own.
    words = (session.user.nick or "*", *tokens, RPL_ISUPPORT.text)
    return Message(RPL_ISUPPORT.code, words, world.settings.name)


AT_ONCE = 50
"""Sessions that get an announcement in one step."""


class Tokens:
    """The tokens before something changed, such as the configuration, or those of another process
    (`snapshot`); without those that depend on the way by which a client has come."""

    def __init__(self, world: World, taken: Iterable[str] | None = None) -> None:
        self._world = world
        self._before = self._now() if taken is None else dict.fromkeys(taken)

    def snapshot(self) -> list[str]:
        """The tokens as plain values."""
        return list(self._before)

    def _now(self) -> dict[str, None]:
        return {word: None for words in _lines_for(self._world, "") for word in words}

    def announce(self) -> Steps:
        """Send every client the tokens that have another value now, and `-NAME` for those that are
        gone."""
        before, after = self._before, self._now()
        kept = {word.partition("=")[0] for word in after}
        gone = {f"-{name}": None for name in map(_name, before) if name not in kept}
        changed = grouped([*(word for word in after if word not in before), *gone])
        if not changed:
            return
        for count, session in enumerate(list(_listening(self._world)), 1):
            if not session.closing:
                _send_lines(self._world, session, changed)
            if not count % AT_ONCE:
                yield


def _name(word: str) -> str:
    return word.partition("=")[0]


def _listening(world: World) -> Iterator[Session]:
    """The sessions of IRC clients that have had the tokens."""
    for user in world.users.values():
        for session in user.sessions if user.registered else ():
            if isinstance(session, Session) and not session.shows_rooms_itself:
                yield session

"""What somebody may do who has logged in by a token: one row for each command.

A token stands for less than its account: it is good for some rooms or for all, for reading, for
writing, or for both, and never for the account itself. Browsers' tokens are an exception
(`Token.is_limited`). All doors and HTTP ask `why_not`; what may be read is asked again for each
room, in `reading.gaps_for`.
"""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.refusals import Failed
from chatroom.chat.session import Session
from chatroom.chat.state.model import User
from chatroom.wire.message import Message, parse_tags
from chatroom.wire.tokens import READ, WRITE, Token

Rooms = Callable[[Message], list[str]]


class Scope(NamedTuple):
    """A row: READ, WRITE, or "" for what every token may; and the rooms or people to which the
    message is addressed, as it names them."""

    needs: str = ""
    rooms: Rooms | None = None


def _listed(index: int) -> Rooms:
    return lambda message: message.param(index).split(",")


def _named(index: int) -> Rooms:
    return lambda message: [message.param(index)]


def _searched(message: Message) -> list[str]:
    return [parse_tags(message.param(0)).get("in", "")]


_FREE = Scope()
_READS, _READS_LISTED = Scope(READ, _named(0)), Scope(READ, _listed(0))
_WRITES, _WRITES_LISTED = Scope(WRITE, _named(0)), Scope(WRITE, _listed(0))

SCOPES = {
    **dict.fromkeys(
        (*("ADMIN", "AUTHENTICATE", "AWAY", "CAP", "ERROR", "HELP", "INFO", "ISON"),
         *("ISUPPORT", "LINKS", "LUSERS", "MONITOR", "MOTD", "NICK", "PASS", "PING", "PONG"),
         *("QUIT", "TIME", "USER", "USERHOST", "VERSION", "WHOIS", "WHOWAS", "CHANSERV", "CS"),
         *("IDENTIFY", "NICKSERV", "NS")),
        _FREE,
    ),
    **dict.fromkeys(("NAMES", "LIST", "JOIN", "PART"), _READS_LISTED),
    **dict.fromkeys(("WHO", "MARKREAD"), _READS),
    "CHATHISTORY": Scope(READ, _named(1)),
    "SEARCH": Scope(READ, _searched),
    **dict.fromkeys(("NOTICE", "PRIVMSG", "TAGMSG", "KICK"), _WRITES_LISTED),
    **dict.fromkeys(("MODE", "REDACT", "REDACTALL", "TBAN", "TOPIC"), _WRITES),
    "INVITE": Scope(WRITE, _named(1)),
}  # fmt: skip
"""By command. What has no row is not for tokens: the account, other names of rooms, the server.
Services (`commands.services`) ask by themselves."""

_ASKING = {"MODE": 1, "TOPIC": 1}
"""Commands that only ask if they have no more parameters than that."""


def why_not(token: Token, message: Message) -> str:
    """Why a token is not good for a command, in a sentence without its full stop; "" if it is."""
    if not token.is_limited:
        return ""
    row = SCOPES.get(message.command)
    if row is None:
        return "You have logged in by a token, which is not good for that: use your password"
    needs = row.needs
    if len(message.params) <= _ASKING.get(message.command, 0):
        needs = READ
    if needs == READ and not token.reads:
        return "Your token is not good for reading"
    if needs == WRITE and not token.writes:
        return "Your token is only good for reading"
    if row.rooms is not None and token.rooms and not _covers(token, row.rooms(message)):
        return "Your token is not good for that room"
    return ""


def _covers(token: Token, targets: list[str]) -> bool:
    return token.covers_all([target.lstrip("~&@%+") for target in targets])


def require_scope(session: Session, message: Message) -> None:
    """Raises Failed for a command for which the session's token is not good."""
    if session.key is not None and (why := why_not(session.key, message)):
        raise Failed(message.command, "TOKEN_SCOPE", text=why)


# Who shares what


def is_limited(session: object) -> bool:
    """Whether a session stands for less than its account."""
    key = session.key if isinstance(session, Session) else None
    return key is not None and key.is_limited


def is_confined(session: object) -> bool:
    """Whether a session hears less than the other connections of its account."""
    key = session.key if isinstance(session, Session) else None
    return key is not None and key.is_confined


def are_alike(one: Session, other: object) -> bool:
    """Whether two sessions may be connections of one user, who hear and may do the same."""
    if not (is_limited(one) or is_limited(other)):
        return True
    assert isinstance(other, Session)
    return one.key is not None and other.key is not None and one.key.number == other.key.number


def has_limited(user: User) -> bool:
    """Whether a user's connections have logged in by a limited token."""
    return any(map(is_limited, user.sessions))


def has_confined(user: User) -> bool:
    """Whether a user's connections hear less than others of their account."""
    return any(map(is_confined, user.sessions))

"""NickServ and ChanServ, for people and programs that are used to them.

They use the functions of `accounts`, `account_registration`, `ownership` and `modes`, and have no
rules of their own. Messages to them go to nobody else, are not recorded, and are answered by
NOTICE.
"""

from collections.abc import Mapping
from typing import NamedTuple

from chatroom.chat.commands import chanserv, nickserv
from chatroom.chat.commands.service import Say, ServiceCommand
from chatroom.chat.dispatch import Handler
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.scopes import is_limited
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold


class _Service(NamedTuple):
    name: str
    commands: Mapping[str, ServiceCommand]
    aliases: Mapping[str, str]


_SERVICES = {
    fold(service.name): service
    for service in (
        _Service("NickServ", nickserv.COMMANDS, nickserv.ALIASES),
        _Service("ChanServ", chanserv.COMMANDS, chanserv.ALIASES),
    )
}
_LONGEST = max(map(len, _SERVICES))
_HELP = "HELP"


def is_service(target: str) -> bool:
    """Whether a message to that target is for a service: `NickServ`, or `NickServ@anything`, as on
    networks where the host proves that it is the real one."""
    return _bare(target) in _SERVICES


def _bare(target: str) -> str:
    """The folded name without a host; only its beginning is looked at."""
    return fold(target[: _LONGEST + 1].partition("@")[0])


def serve(world: World, session: Session, target: str, text: str, silent: bool) -> Steps | None:
    """Answer what was said to a service. `silent`: it was a NOTICE, which nobody answers."""
    service = _SERVICES[_bare(target)]

    def say(line: str) -> None:
        source = f"{service.name}!{service.name}@{world.settings.name}"
        session.send(Message("NOTICE", (session.user.nick, line), source))

    words = text.split()
    if silent:
        return None
    if not world.has_accounts:
        say("There are no accounts on this server.")
        return None
    name = words[0].upper() if words else _HELP
    if name == _HELP:
        _help(service, say)
        return None
    row = service.commands.get(service.aliases.get(name, name))
    if row is None:
        say("I do not know that command. Say HELP to me.")
        return None
    if is_limited(session) and not row.by_token:
        say("You have logged in by a token, which is not good for that: use your password.")
        return None
    if len(words) <= row.minimum:
        say(f"Usage: {service.aliases.get(name, name)} {row.usage}")
        return None
    why = _why_not(world, session, row, words[1:]) if row.secret else ""
    if why:
        say(f"{why}.")
        return None
    try:
        _, *arguments = text.split(None, row.most) if row.most else words
        return row.handler(world, session, arguments, say)
    except Refused as refusal:
        say(f"{refusal.sentence}.")
        return None


def aliased(name: str, *words: str) -> Handler:
    """The handler of a command that tells a service something: NS IDENTIFY ... is the same as
    PRIVMSG NickServ :IDENTIFY ..., as on servers where clients are used to that."""

    def tell(world: World, session: Session, message: Message) -> Steps | None:
        return serve(world, session, name, " ".join((*words, *message.params)), silent=False)

    return tell


ALIASES = frozenset({"CHANSERV", "CS", "IDENTIFY", "NICKSERV", "NS"})
"""The names of these commands. No connection begins with one of them."""


def _why_not(world: World, session: Session, row: ServiceCommand, words: list[str]) -> str:
    """Why a command with a password is refused; "" if it is not."""
    more = [] if row.most else words[row.secret :]
    is_address = row.email and len(more) == 1 and "@" in more[0]
    if not more or is_address:
        return why_no_secret(world, session)
    return (
        why_no_secret(world, session)
        or "I cannot take a password with spaces; use SASL, or /quote REGISTER"
    )


def _help(service: _Service, say: Say) -> None:
    say("I am a part of this server. Nobody else sees what you tell me. My commands:")
    for name, row in service.commands.items():
        say(f"{name} {row.usage}".rstrip() + f": {row.help}")
    say(f"{_HELP}: show this")

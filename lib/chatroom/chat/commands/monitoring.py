"""MONITOR: a client keeps a list of nicknames on the server, and is notified at once when one of
them comes or goes (IRCv3 MONITOR). Nobody learns that they are watched, as with ISON."""

from collections.abc import Callable, Iterable, Iterator

from chatroom.chat.output.answers import Steps
from chatroom.chat.output.metadata import sync
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.targets import split
from chatroom.wire.capabilities import in_lines
from chatroom.wire.message import Message
from chatroom.wire.metadata import is_aware
from chatroom.wire.names import InvalidName, nickname
from chatroom.wire.numerics import (
    ERR_MONLISTFULL,
    ERR_NEEDMOREPARAMS,
    RPL_ENDOFMONLIST,
    RPL_MONLIST,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
    Numeric,
)

_LINE = 350
"""Bytes of nicknames, or of their addresses, in one line of an answer."""


AT_ONCE = 8
"""Nicknames that are checked in one step: one takes up to 0.05 ms."""


LISTED_AT_ONCE = 100
"""Nicknames of a list that are shown in one step: 0.3 ms."""


def monitor(world: World, session: Session, message: Message) -> Steps | None:
    """MONITOR + <nickname>{,<nickname>} | - <nickname>{,<nickname>} | C | L | S"""
    action = _ACTIONS.get(message.params[0].upper())
    if action is None:
        raise Refused(ERR_NEEDMOREPARAMS, "MONITOR")
    return action(world, session, split(message.param(1)))


def _add(world: World, session: Session, targets: list[str]) -> Steps:
    """Add to the list, and tell which of them are online. Raises Refused (461, 734)."""
    if not targets:
        raise Refused(ERR_NEEDMOREPARAMS, "MONITOR")
    known: list[str] = []
    most = world.limits.monitor
    for number, target in enumerate(targets):
        name = _nickname(world, target)
        if name and not world.monitors.watch(session, name, most):
            yield from _tell_status(world, session, known)
            (left, *_) = in_lines(targets[number:], _LINE)
            raise Refused(ERR_MONLISTFULL, str(most), left.replace(" ", ","))
        known.append(name or target)
        if not (number + 1) % AT_ONCE:
            yield
    yield from _tell_status(world, session, known)


def _nickname(world: World, target: str) -> str:
    """The nickname as it is shown; "" if nobody can have it, because it is a mask, for example."""
    try:
        return nickname(target, world.limits.nickname)
    except InvalidName:
        return ""


def _remove(world: World, session: Session, targets: list[str]) -> None:
    if not targets:
        raise Refused(ERR_NEEDMOREPARAMS, "MONITOR")
    for target in targets:
        world.monitors.ignore(session, target)


def _clear(world: World, session: Session, _targets: list[str]) -> None:
    world.monitors.clear(session)


def _list(world: World, session: Session, _targets: list[str]) -> Steps:
    for nicks in _portions(world, session):
        _tell(session, RPL_MONLIST, nicks)
        yield
    session.reply(RPL_ENDOFMONLIST)


def _status(world: World, session: Session, _targets: list[str]) -> Steps:
    for nicks in _portions(world, session):
        yield from _tell_status(world, session, nicks)
        yield


def _portions(world: World, session: Session) -> Iterator[list[str]]:
    nicks = list(world.monitors.list_of(session).values())
    return (nicks[at : at + LISTED_AT_ONCE] for at in range(0, len(nicks), LISTED_AT_ONCE))


def _tell_status(world: World, session: Session, nicks: Iterable[str]) -> Steps:
    """Who is online, with the metadata of these for clients that know them (metadata-3, "Automatic
    synchronization"); and who is not."""
    found = {nick: world.find(nick) for nick in nicks}
    online = [user for user in found.values() if user]
    _tell(session, RPL_MONONLINE, [user.source for user in online])
    _tell(session, RPL_MONOFFLINE, [nick for nick, user in found.items() if not user])
    for count, user in enumerate(online if is_aware(session.capabilities) else ()):
        if count and count % AT_ONCE == 0:
            yield
        yield from sync(world, session, user)


def _tell(session: Session, numeric: Numeric, words: Iterable[str]) -> None:
    for line in in_lines(words, _LINE):
        if line:
            session.reply(numeric, fill=(line.replace(" ", ","),))


_ACTIONS: dict[str, Callable[[World, Session, list[str]], Steps | None]] = {
    "+": _add,
    "-": _remove,
    "C": _clear,
    "L": _list,
    "S": _status,
}

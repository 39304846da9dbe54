"""STATS (Modern IRC, "STATS message"): one row for each letter. Most are for operators."""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.commands.banishing import listed
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import BAN, SEE, require_privilege
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorActed
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_this_server
from chatroom.wire.message import Message
from chatroom.wire.numerics import (
    RPL_ENDOFSTATS,
    RPL_STATSCOMMANDS,
    RPL_STATSDLINE,
    RPL_STATSKLINE,
    RPL_STATSLINKINFO,
    RPL_STATSOLINE,
    RPL_STATSUPTIME,
)

_ENTRIES_PER_STEP = 10


class _Row(NamedTuple):
    """A letter's answer, and the privilege that it needs; "" for everybody's."""

    send: Callable[[World, Session], Steps]
    privilege: str = ""


def stats(world: World, session: Session, message: Message) -> Steps:
    """STATS <letter> [<server>]: an unknown letter has an empty answer."""
    require_this_server(world, message.param(1))
    letter = message.params[0][:1]
    row = _ROWS.get(letter)
    if row is not None:
        if row.privilege:
            require_privilege(session.user, row.privilege)
            apply(world, OperatorActed(session.user.id, f"STATS {letter}", world.now))
        yield from row.send(world, session)
    session.reply(RPL_ENDOFSTATS, letter)


def _uptime(world: World, session: Session) -> Steps:
    seconds = int(world.clock - world.started_clock)
    hours, rest = divmod(seconds, 3600)
    session.reply(RPL_STATSUPTIME, fill=(hours // 24, hours % 24, rest // 60, rest % 60))
    return
    yield


def _bans(world: World, session: Session, *, addresses: bool) -> Steps:
    """An empty list is said to be empty: other clients show nothing for the end of a list."""
    count = 0
    numeric, letter = (RPL_STATSDLINE, "D") if addresses else (RPL_STATSKLINE, "K")
    for count, ban in enumerate(listed(world, addresses=addresses), 1):
        params = (letter, ban.target, ban.setter, str(int(ban.at)))
        session.reply(numeric, *params, fill=(ban.words(world.now),))
        if count % _ENTRIES_PER_STEP == 0:
            yield
    if not count:
        session.tell("NOTE", "STATS", "NO_BANS", "No server bans")


def _operators(world: World, session: Session) -> Steps:
    for user in list(world.operators):
        if user.operator is not None:
            words = f"{user.operator.name}, class {user.operator.kind}"
            session.reply(RPL_STATSOLINE, "O", user.address, "*", user.nick, fill=(words,))
        yield


def _links(world: World, session: Session) -> Steps:
    """The connections of people. What is not counted is "*": messages and kilobytes, both ways."""
    for count, user in enumerate(list(world.users.values()), 1):
        for each in user.sessions if user.registered else ():
            name = f"{user.nick}[{user.username}@{each.host}]"
            open_for = str(int(world.clock - each.since))
            queued = str(each.peer.backlog)
            session.reply(RPL_STATSLINKINFO, name, queued, "*", "*", "*", "*", open_for)
        if count % _ENTRIES_PER_STEP == 0:
            yield


def _commands(world: World, session: Session) -> Steps:
    for count, (name, times) in enumerate(sorted(world.usage.items()), 1):
        session.reply(RPL_STATSCOMMANDS, name, str(times))
        if count % _ENTRIES_PER_STEP == 0:
            yield


_ROWS = {
    "l": _Row(_links, SEE),
    "m": _Row(_commands, SEE),
    "o": _Row(_operators, SEE),
    "u": _Row(_uptime),
    "k": _Row(lambda world, session: _bans(world, session, addresses=False), BAN),
    "d": _Row(lambda world, session: _bans(world, session, addresses=True), BAN),
}

"""Operators of the server, their commands and their bans: the part of `apply` for these, and for
changes of the configuration."""

import logging
from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.changes.telling import tell_own
from chatroom.chat.state.events import (
    Killed,
    LimitsChanged,
    OperatorActed,
    OperatorMade,
    OperatorsNamed,
    OperatorUnmade,
    ServerBanLifted,
    ServerBansEnded,
    ServerBanSet,
    ServerBansRestored,
)
from chatroom.chat.state.model import Operator, User
from chatroom.chat.state.server_bans import ServerBan
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message

log = logging.getLogger("chatroom")


def _operator_made(world: World, event: OperatorMade, by: Recipient | None) -> None:
    user = world.users[event.user]
    was = user.operator is not None
    operator = Operator(event.name, event.kind, event.privileges, event.by_account)
    world.make_operator(user, operator)
    log.warning(
        "%s (%s) is an operator of the server as %s, class %s",
        *map(visible, (user.nick, user.address, event.name, event.kind)),
    )
    _audit(world, user, f"became an operator, class {event.kind}", event.at)
    if not was:
        tell_own(user, world.message_from(user, "MODE", user.nick, "+o", at=event.at), by)


def _operator_unmade(world: World, event: OperatorUnmade, by: Recipient | None) -> None:
    unmake_operator(world, world.users[event.user], event.at, by)


def unmake_operator(world: World, user: User, at: float, by: Recipient | None) -> None:
    """The user is no longer an operator of the server."""
    _audit(world, user, "is no longer an operator", at)
    world.make_operator(user, None)
    log.warning("%s is no longer an operator of the server", visible(user.nick))
    lost = "-os" if "s" in user.flags else "-o"
    user.set_flag("s", False)
    tell_own(user, world.message_from(user, "MODE", user.nick, lost, at=at), by)


def _operator_acted(world: World, event: OperatorActed, _by: Recipient | None) -> None:
    user = world.users[event.user]
    log.warning("Operator %s: %s", *map(visible, (user.nick, event.what)))
    _audit(world, user, event.what, event.at)


def _audit(world: World, user: User, what: str, at: float) -> None:
    """Record an act in the audit log, and send a notice to operators with user mode s who may read
    that log."""
    name = user.operator.name if user.operator else ""
    world.audit.note(at, user.source, name, what)
    for other in world.operators:
        if other is not user and "s" in other.flags and other.has("audit"):
            text = f"*** Notice -- {user.nick} ({name}): {what}"
            params = (other.nick, text[:_LONGEST_NOTICE])
            line = Message("NOTICE", params, world.fanout.server_name, world.time_tag(at))
            for session in other.sessions:
                session.send_now(line)


_LONGEST_NOTICE = 300
"""Characters; the longest line is that of a KLINE, whose mask and reason are cut."""


def _killed(world: World, event: Killed, by: Recipient | None) -> None:
    operator, user = world.users[event.by], world.users[event.user]
    line = world.message_from(operator, "KILL", user.nick, event.reason, at=event.at)
    tell_own(user, line, by if operator is user else None)


def _server_ban_set(world: World, event: ServerBanSet, _by: Recipient | None) -> None:
    ban = ServerBan(
        event.target, event.is_address, event.setter, event.at, event.until, event.reason
    )
    set_server_ban(world, ban)


def set_server_ban(world: World, ban: ServerBan) -> None:
    """Set a ban of the server, and save it."""
    world.add_server_ban(ban)
    world.log.save_server_ban(ban.key, list(ban))


def _server_ban_lifted(world: World, event: ServerBanLifted, _by: Recipient | None) -> None:
    world.drop_server_ban(event.key)
    world.log.save_server_ban(event.key, None)


def _server_bans_ended(world: World, event: ServerBansEnded, _by: Recipient | None) -> None:
    for key in world.drop_ended_server_bans(event.at):
        world.log.save_server_ban(key, None)


def _server_bans_restored(world: World, event: ServerBansRestored, _by: Recipient | None) -> None:
    for values in event.bans:
        world.add_server_ban(ServerBan(*values))


def _limits_changed(world: World, event: LimitsChanged, _by: Recipient | None) -> None:
    world.set_limits(event.limits)


def _operators_named(world: World, event: OperatorsNamed, _by: Recipient | None) -> None:
    world.name_operators(event.operators, event.owners)


APPLY_OPERATORS: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    Killed: _killed,
    LimitsChanged: _limits_changed,
    OperatorActed: _operator_acted,
    OperatorMade: _operator_made,
    OperatorUnmade: _operator_unmade,
    OperatorsNamed: _operators_named,
    ServerBanLifted: _server_ban_lifted,
    ServerBanSet: _server_ban_set,
    ServerBansEnded: _server_bans_ended,
    ServerBansRestored: _server_bans_restored,
}
"""The events, and what applies them."""

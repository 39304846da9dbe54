"""Who is an operator of the server: people who are logged in to an account that the configuration
names, and people who have sent OPER with a password from the configuration.

Nobody is an operator by coming first to such a name: people cannot register accounts that the
configuration names (`commands.accounts`).
"""

from chatroom.chat.ports import Recipient
from chatroom.chat.privileges import class_of
from chatroom.chat.scopes import has_limited
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade, OperatorUnmade
from chatroom.chat.state.model import Operator, User
from chatroom.chat.state.world import World
from chatroom.wire.names import fold
from chatroom.wire.numerics import RPL_YOUREOPER


def operator_of(world: World, name: str, by_account: bool) -> Operator:
    """The operator that the configuration describes for an account, or for a name of OPER."""
    kind, privileges = class_of(world.operator_settings, name)
    return Operator(name, kind, privileges, by_account)


def account_for(world: World, user: User) -> str:
    """The account, named in the configuration, that makes the user an operator; "" if none does,
    or if they have logged in by a token that is good for less."""
    if has_limited(user):
        return ""
    return world.operator_accounts.get(fold(user.account), "") if user.account else ""


def recognise(world: World, session: Session) -> None:
    """Called when the user has come in, or logged in: perhaps they are an operator by that."""
    name = account_for(world, session.user)
    if name and session.user.operator is None:
        promote(world, session, operator_of(world, name, by_account=True))


def promote(world: World, session: Session, operator: Operator) -> None:
    """Make the user an operator, and tell them (381)."""
    _make(world, session.user, operator, session)
    session.reply(RPL_YOUREOPER, fill=(operator.kind,))


def _make(world: World, user: User, operator: Operator, by: Recipient | None = None) -> None:
    name, kind, privileges, by_account = operator
    apply(world, OperatorMade(user.id, name, kind, privileges, by_account, world.now), by)


def review(world: World) -> None:
    """The configuration was read again: who is an operator follows from the new one."""
    passwords = {fold(name) for name in world.operator_settings.passwords}
    for user in list(world.operators):
        operator = user.operator
        if operator is None:
            continue
        by_account = operator.by_account
        named = account_for(world, user) if by_account else fold(operator.name) in passwords
        if not named:
            apply(world, OperatorUnmade(user.id, world.now))
        elif (now := operator_of(world, operator.name, by_account)) != operator:
            _make(world, user, now)
    for user in [one for one in world.people() if one.account and one.operator is None]:
        if name := account_for(world, user):
            _make(world, user, operator_of(world, name, by_account=True))

"""OPER (Modern IRC, "OPER message"): become an operator of the server.

Owners of accounts that the configuration names are operators as soon as they are logged in. OPER is
for names with a password, and for those who have given the rights up.
"""

from dataclasses import dataclass
from functools import partial

from chatroom.chat import flood
from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import ask_keeper, too_often
from chatroom.chat.dispatch import Handler
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import require_privilege
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.server_operators import account_for, operator_of, promote
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorActed
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_NEEDMOREPARAMS, ERR_NOOPERHOST, ERR_PASSWDMISMATCH


@dataclass(frozen=True, slots=True)
class Reserved:
    """A handler that is restricted to operators of the server whose class has the privilege. The
    audit log notes what they do, except what was refused."""

    privilege: str
    handler: Handler

    def __call__(self, world: World, session: Session, message: Message) -> Steps | None:
        """Carry out the command. Raises Refused (481)."""
        user = session.user
        require_privilege(user, self.privilege)
        steps = self.handler(world, session, message)
        what = " ".join((message.command, *message.params))
        apply(world, OperatorActed(user.id, what, world.now))
        return steps


def reserved(privilege: str, handler: Handler) -> Handler:
    """Returns `handler`, restricted to operators of the server with this privilege."""
    return Reserved(privilege, handler)


def oper(world: World, session: Session, message: Message) -> None:
    """OPER [<name>] [<password>]: without a password, by one's account."""
    account = account_for(world, session.user)
    name = message.param(0) or account
    if account and len(message.params) < _WITH_PASSWORD and fold(name) == fold(account):
        promote(world, session, operator_of(world, account, by_account=True))
        return
    if len(message.params) < _WITH_PASSWORD:
        raise Refused(ERR_NEEDMOREPARAMS, "OPER")
    if why := why_no_secret(world, session):
        raise Refused(ERR_NOOPERHOST, fill=(why,))
    if not world.operator_settings.passwords:
        raise Refused(ERR_NOOPERHOST, fill=("This server has no operators with passwords",))
    password = " ".join(message.params[1:])  # people forget the colon before two words

    def answered(answer: Answer) -> None:
        _answered(world, session, name, answer)

    ask_keeper(
        world,
        session,
        partial(world.operator_keeper.verify, name, password, session.host),
        answered,
    )


_WITH_PASSWORD = 2


def _answered(world: World, session: Session, name: str, answer: Answer) -> None:
    if answer.verdict is Verdict.TOO_OFTEN:
        raise Refused(ERR_PASSWDMISMATCH, fill=(too_often(answer.wait),))
    known = {fold(one): one for one in world.operator_settings.passwords}  # it may have changed
    if answer.verdict is not Verdict.DONE or fold(name) not in known:
        flood.wait_at_least(world, session, answer.wait)
        raise Refused(ERR_PASSWDMISMATCH, fill=(_WRONG,))
    promote(world, session, operator_of(world, known[fold(name)], by_account=False))


_WRONG = "The name or the password is wrong"

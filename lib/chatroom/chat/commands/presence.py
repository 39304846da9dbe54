"""What people say of themselves: AWAY (Modern IRC; IRCv3 draft/pre-away), SETNAME (IRCv3 setname),
and staying without a connection."""

from collections.abc import Callable
from functools import partial

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.away import set_away
from chatroom.chat.commands.accounts import ask_keeper
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AlwaysOnSet, RealnameChanged
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_NOTREGISTERED, RPL_NOWAWAY, RPL_UNAWAY

PRE_AWAY = "draft/pre-away"


def away(world: World, session: Session, message: Message) -> None:
    """AWAY [<text>]: on this connection. Before registration, only with draft/pre-away."""
    if not session.registered and PRE_AWAY not in session.capabilities:
        raise Refused(ERR_NOTREGISTERED)
    set_away(world, session, message.param(0)[: world.limits.away])
    session.reply(RPL_NOWAWAY if session.away else RPL_UNAWAY)


def setname(world: World, session: Session, message: Message) -> None:
    """SETNAME <real name> (IRCv3 setname). Raises Failed."""
    realname = message.params[0]
    longest = world.limits.realname
    if not realname.strip() or len(realname) > longest:
        why = f"A real name has between 1 and {longest} characters"
        raise Failed("SETNAME", "INVALID_REALNAME", text=why)
    if realname != session.user.realname:
        apply(world, RealnameChanged(session.user.id, realname, world.now), session)
    elif "setname" in session.capabilities:  # an answer, but no news for others
        session.send(world.message_from(session.user, "SETNAME", realname, at=world.now))


SWITCH = {
    **dict.fromkeys(("on", "true", "yes", "1", "enabled"), True),
    **dict.fromkeys(("off", "false", "no", "0", "disabled"), False),
    "default": None,
}
"""What people say -> whether the users of their account stay."""


def set_always_on(
    world: World, session: Session, on: bool | None, told: Callable[[str], None]
) -> None:
    """Set whether the user stays in their rooms without a connection; None: as the configuration
    says. `told` is called later, with a sentence."""
    account = session.user.account
    if not account:
        told("Log in first.")
        return

    def changed(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            apply(world, AlwaysOnSet(account, on, world.now))

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            told(about_always_on(world, session))
        else:
            told("That cannot be stored right now; try again later.")

    ask_keeper(world, session, partial(world.keeper.set_always_on, account, on), answered, changed)


def about_always_on(world: World, session: Session) -> str:
    """Whether the user stays without a connection, as a sentence."""
    account = session.user.account
    if not account:
        return "Log in first."
    if not world.is_always_on(account):
        return "Always-on is off: you leave your rooms when your last connection ends."
    stay = "Always-on is on: you stay in your rooms when your last connection ends"
    if session.user.folded != fold(account):
        return f"{stay}, if your nickname is {account} then."
    if session.shows_rooms_itself:
        return f"{stay}. This connection is an exception: when it ends, you leave as usual."
    return f"{stay}."

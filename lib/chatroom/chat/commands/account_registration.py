"""REGISTER and VERIFY: people make accounts themselves (IRCv3 draft/account-registration)."""

from collections.abc import Callable
from functools import partial

from chatroom.chat import nicknames
from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import (
    ask_keeper,
    log_in,
    refuse_weak,
)
from chatroom.chat.commands.arrival import is_reserved
from chatroom.chat.refusals import Failed
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import InvalidName, fold, nickname


def register(world: World, session: Session, message: Message) -> None:
    """REGISTER <account> <email> <password>: the e-mail address is not used, and not kept."""
    wanted, _, password = message.params[:3]

    def registered(name: str) -> None:
        session.tell("REGISTER", "SUCCESS", name, "You now have an account, and are logged in")

    register_account(world, session, wanted, password, registered)


def register_account(
    world: World,
    session: Session,
    wanted: str,
    password: str,
    registered: Callable[[str], None],
    shown: Callable[[Callable[[Answer], None]], Callable[[Answer], None]] = lambda act: act,
) -> None:
    """Register an account and log in to it; "*" uses the nickname as its name.

    Then call `registered` with the name. Raises Failed, here and later, in the answer to the
    command: `shown` may wrap the function that does so.
    """
    _refuse_registration(world, session)
    name = _account_name(world, session, wanted)
    refuse_weak("REGISTER", name, password)

    def added(answer: Answer) -> None:
        session.registering = False
        if answer.verdict is Verdict.DONE:
            apply(world, AccountAdded(name, number=answer.number))
            nicknames.enforce_name(world, name, besides=session.user)  # it was taken meanwhile

    def answered(answer: Answer) -> None:
        if answer.verdict is not Verdict.DONE:
            code, text = _NOT_REGISTERED[answer.verdict]
            raise Failed("REGISTER", code, name, text=text.format(answer.text))
        registered(name)
        log_in(world, session, name)

    session.registering = True
    ask_keeper(
        world,
        session,
        partial(world.keeper.register, name, password, session.host),
        shown(answered),
        added,
    )


_NOT_REGISTERED = {
    Verdict.TAKEN: ("ACCOUNT_EXISTS", "There is already an account of that name"),
    Verdict.UNFIT: ("UNACCEPTABLE_PASSWORD", "That cannot be a password: {}"),
    Verdict.TOO_OFTEN: (
        "TEMPORARILY_UNAVAILABLE",
        "Too many accounts are being registered from your address; try again later",
    ),
    Verdict.WRONG: ("TEMPORARILY_UNAVAILABLE", "Accounts cannot be registered right now"),
    Verdict.FAILED: ("TEMPORARILY_UNAVAILABLE", "Accounts cannot be stored right now"),
}


def _refuse_registration(world: World, session: Session) -> None:
    """Refuse a session that may not register an account at all. Raises Failed."""

    def refuse(code: str, *context: str, text: str) -> Failed:
        return Failed("REGISTER", code, *context, text=text)

    if not world.has_accounts:
        raise refuse("TEMPORARILY_UNAVAILABLE", "*", text="There are no accounts on this server")
    why = why_no_secret(world, session)
    if why:
        raise refuse("SECURE_CONNECTION_REQUIRED", "*", text=why)
    if not world.account_settings.registration:
        text = "Only the operator of this server registers accounts; ask them"
        raise refuse("TEMPORARILY_UNAVAILABLE", "*", text=text)
    if not session.registered and not early_registration(world):
        raise refuse("COMPLETE_CONNECTION_REQUIRED", text="Complete the connection first")
    if session.user.account:
        text = f"You are logged in as {session.user.account} already"
        raise refuse("ALREADY_AUTHENTICATED", session.user.account, text=text)
    if session.registering:
        raise refuse("TEMPORARILY_UNAVAILABLE", "*", text="Your last REGISTER is being carried out")
    if not (session.user.nick or session.claimed):
        raise refuse("NEED_NICK", "*", text="Choose a nickname first")


def early_registration(world: World) -> bool:
    """Whether a client may register before it is let in: not if the server has a password."""
    return world.account_settings.before_connect and not world.settings.password


def _account_name(world: World, session: Session, wanted: str) -> str:
    """The name for an account. Raises Failed."""
    nick = session.user.nick or session.claimed
    try:
        name = nick if wanted == "*" else nickname(wanted, world.limits.nickname)
    except InvalidName as fault:
        raise Failed("REGISTER", "BAD_ACCOUNT_NAME", as_middle(wanted), text=str(fault)) from None
    if fold(name) != fold(nick) and not world.account_settings.custom_names:
        text = f"Your account has to have your nickname, {nick}, as its name"
        raise Failed("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", name, text=text)
    if world.accounts.find(name) is not None:
        code, text = _NOT_REGISTERED[Verdict.TAKEN]
        raise Failed("REGISTER", code, name, text=text)
    why = _why_not_free(world, session, name)
    if why:
        raise Failed("REGISTER", "BAD_ACCOUNT_NAME", name, text=why)
    return name


def _why_not_free(world: World, session: Session, name: str) -> str:
    """Why a valid name cannot be that of an account; "" if it can."""
    if is_reserved(world, name):
        return "This name is reserved"
    if fold(name) in world.operator_accounts:  # its owner would run the server
        return "This name is reserved for an operator, who adds it by `chatroom-server account add`"
    if world.named.is_owner(name):  # its owner would own the room
        return "This name is reserved; the operator adds it by `chatroom-server account add`"
    other = world.accounts.imitated_by(name)
    if other is not None:
        return f"This name looks like {other.name}, who has an account"
    if world.holder(name) not in (None, session.user):
        return "Somebody else uses that nickname right now"
    here = world.lookalike(name, session.user)
    return f"This name looks like {here.nick}, who is here" if here is not None else ""


def verify(world: World, session: Session, message: Message) -> None:
    """VERIFY <account> <code>: always refused, because registrations are complete without a
    code."""
    account = as_middle(message.params[0])
    if not session.registered and not early_registration(world):
        text = "Complete the connection first"
        raise Failed("VERIFY", "COMPLETE_CONNECTION_REQUIRED", text=text)
    if session.user.account:
        text = f"You are logged in as {session.user.account} already"
        raise Failed("VERIFY", "ALREADY_AUTHENTICATED", session.user.account, text=text)
    text = "Accounts here need no code; REGISTER is enough"
    raise Failed("VERIFY", "INVALID_CODE", account, text=text)

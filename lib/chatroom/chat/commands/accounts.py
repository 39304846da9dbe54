"""Accounts: AUTHENTICATE, REGISTER, VERIFY (IRCv3 sasl-3.1 and 3.2, draft/account-registration).

The keeper of the accounts checks passwords in a worker. Its answer comes back as a call, in the
loop's thread; until then the session goes on. If it has gone, or has begun something else, the
answer concerns nobody any more, except that an account that was made is made.
"""

from collections.abc import Callable
from functools import partial

from chatroom.chat import flood, nicknames
from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.commands.arrival import is_reserved
from chatroom.chat.connections import expel
from chatroom.chat.dispatch import attempt_steps
from chatroom.chat.login import Login
from chatroom.chat.named_operators import promote_everywhere
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import later
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.server_operators import recognise
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn, LoggedOut
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import InvalidName, fold, nickname
from chatroom.wire.numerics import (
    ERR_NICKLOCKED,
    ERR_SASLABORTED,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from chatroom.wire.sasl import (
    ABORT,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    SaslError,
    SaslTooLong,
    chunked,
    external_response,
    plain_response,
)
from chatroom.wire.scram import MECHANISM as SCRAM
from chatroom.wire.scram import client_first

WRONG = "the account or the password is wrong"

# AUTHENTICATE


def authenticate(world: World, session: Session, message: Message) -> None:
    """AUTHENTICATE <mechanism>, then AUTHENTICATE <chunk>; AUTHENTICATE * aborts."""
    word = message.params[0]
    login = session.login
    if word == ABORT:
        session.login = None
        raise Refused(ERR_SASLABORTED)
    if login is None:
        _begin(world, session, word)
        return
    if login.waiting:
        raise Refused(ERR_SASLFAIL, fill=("the last answer is still being checked",))
    try:
        data = login.chunks.add(word)
        if data is not None:
            _MECHANISMS[login.mechanism](world, session, login, data)
    except SaslTooLong:
        session.login = None
        raise Refused(ERR_SASLTOOLONG) from None
    except SaslError as error:
        session.login = None
        raise Refused(ERR_SASLFAIL, fill=(error,)) from None


def _begin(world: World, session: Session, word: str) -> None:
    why = why_no_secret(world, session)
    if why:
        raise Refused(ERR_SASLFAIL, fill=(why,))
    offered = mechanisms(world, session)
    mechanism = word.upper()
    if "sasl" not in session.capabilities or mechanism not in offered:
        session.reply(RPL_SASLMECHS, ",".join(offered) or "*")
        raise Refused(ERR_SASLFAIL, fill=("there is no such mechanism here",))
    session.login = Login(mechanism)
    session.tell("AUTHENTICATE", "+")


def mechanisms(world: World, session: Session) -> list[str]:
    """The mechanisms by which this session can log in."""
    if not world.has_accounts:
        return []
    return [name for name in _MECHANISMS if name != "EXTERNAL" or session.transport.fingerprint]


def _plain(world: World, session: Session, login: Login, data: bytes) -> None:
    acting_as, account, password = plain_response(data)
    _refuse_other(acting_as, account)

    def answered(answer: Answer) -> None:
        if session.login is login:
            session.login = None
            if answer.verdict is not Verdict.DONE:
                raise Refused(ERR_SASLFAIL, fill=(why_not(answer),))
            _succeed(world, session, account)

    login.waiting = True
    check_password(world, session, account, password, answered)


def _scram(world: World, session: Session, login: Login, data: bytes) -> None:
    if login.proven:  # the client's empty message after the server's last one
        session.login = None
        if login.exchange is None or not world.keeper.is_current(login.account, login.exchange):
            raise Refused(ERR_SASLFAIL, fill=(WRONG,))  # the password was changed meanwhile
        _succeed(world, session, login.account)
    elif login.exchange is None:
        first = client_first(data)
        _refuse_other(first.acting_as, first.account)
        wait = world.keeper.refuses_now(first.account, session.host)
        if wait:
            session.login = None
            raise Refused(ERR_SASLFAIL, fill=(too_often(wait),))
        login.account = first.account
        login.exchange = world.keeper.exchange(first)
        if login.exchange is None:
            session.login = None
            raise Refused(ERR_SASLFAIL, fill=("accounts cannot be read right now",))
        _send(session, login.exchange.challenge)
    elif wait := world.keeper.refuses_now(login.account, session.host):
        session.login = None  # many may have begun before the first of them failed
        raise Refused(ERR_SASLFAIL, fill=(too_often(wait),))
    else:
        _prove(world, session, login, login.exchange.finish(data))


def _prove(world: World, session: Session, login: Login, signature: bytes | None) -> None:
    """The client's proof has been checked; a right one is answered by the server's own.

    Raises Refused.
    """
    if signature is None:
        session.login = None
        wait = world.keeper.count_failure(login.account, session.host)
        flood.wait_at_least(world, session, wait)
        raise Refused(ERR_SASLFAIL, fill=(WRONG,))
    world.keeper.count_success(login.account, session.host)
    login.proven = True
    _send(session, signature)


def _external(world: World, session: Session, _login: Login, data: bytes) -> None:
    session.login = None
    wanted = external_response(data)
    account = world.keeper.owner_of(session.transport.fingerprint)
    if account is None or (wanted and fold(wanted) != fold(account)):
        raise Refused(ERR_SASLFAIL, fill=("your certificate belongs to no such account",))
    _succeed(world, session, account)


_MECHANISMS: dict[str, Callable[[World, Session, Login, bytes], None]] = {
    "PLAIN": _plain,
    SCRAM: _scram,
    "EXTERNAL": _external,
}
"""One row for each mechanism, with what handles the client's messages."""


def _refuse_other(acting_as: str, account: str) -> None:
    """Nobody may act as somebody else. Raises SaslError."""
    if acting_as and fold(acting_as) != fold(account):
        raise SaslError("you can only use the account that you log in to")


def _send(session: Session, data: bytes) -> None:
    for chunk in chunked(data):
        session.tell("AUTHENTICATE", chunk)


def _succeed(world: World, session: Session, account: str) -> None:
    log_in(world, session, account)
    session.reply(RPL_SASLSUCCESS)


# For all doors


def log_in(world: World, session: Session, name: str) -> None:
    """Log a session's user in to an account, whose password they know.

    Raises Refused: 902 for a suspended account, 904 for one that was removed meanwhile.
    """
    account = world.accounts.find(name)
    if account is None:
        raise Refused(ERR_SASLFAIL, fill=(WRONG,))
    ban = world.server_bans.of_account(account.name, world.now)
    if ban is not None:
        why = f"This account is banned from this server{ban.words(world.now)}"
        raise Refused(ERR_NICKLOCKED, fill=(why,))
    if account.suspended:
        raise Refused(ERR_NICKLOCKED, fill=("This account is suspended",))
    _stay_alone(world, session, account.name)
    apply(world, LoggedIn(session.user.id, account.name, world.now), session)
    promote_everywhere(world, session.user, session)
    if session.registered:
        nicknames.enforce(world, session.user)
        recognise(world, session)
        world.on_back(session.user)


def _stay_alone(world: World, session: Session, account: str) -> None:
    """End the user's other connections if they would become another account's: whoever is there
    has not shown its password."""
    if fold(session.user.account) == fold(account):
        return
    for other in session.user.sessions:
        if other is not session:
            world.on_expelled(other, OTHER_ACCOUNT)


OTHER_ACCOUNT = "Another connection of yours logged in to another account"
"""Why a connection ends."""


def log_out(world: World, session: Session) -> None:
    """Log the session's user out, on all of their connections, which end where nobody may be
    without an account."""
    user = session.user
    if not user.account:
        return
    account = user.account
    if world.needs_account:
        session.closing = f"You need an account here, and left {account}"
        for other in user.sessions:
            if other is not session:
                world.on_expelled(other, session.closing)
        return
    apply(world, LoggedOut(user.id, world.now), session)
    nicknames.enforce(world, user)


def why_not(answer: Answer) -> str:
    """Why a password was not accepted."""
    if answer.verdict is Verdict.TOO_OFTEN:
        return too_often(answer.wait)
    return WRONG if answer.verdict is Verdict.WRONG else "accounts cannot be used right now"


def too_often(seconds: float) -> str:
    """That there were too many tries."""
    return f"too many wrong passwords; try again in {max(1, round(seconds))} seconds"


# REGISTER


def register(world: World, session: Session, message: Message) -> None:
    """REGISTER <account> <email> <password>: the e-mail address is not used, and not kept."""
    wanted, _, password = message.params[:3]

    def registered(name: str) -> None:
        session.tell("REGISTER", "SUCCESS", name, "You have an account now, and are logged in")

    register_account(world, session, wanted, password, registered)


def register_account(
    world: World,
    session: Session,
    wanted: str,
    password: str,
    registered: Callable[[str], None],
    shown: Callable[[Callable[[Answer], None]], Callable[[Answer], None]] = lambda act: act,
) -> None:
    """Register an account, "*" for one with the nickname as its name, and log in to it; then call
    `registered` with its name. Raises Failed, here and later, in the answer to the command:
    `shown` may wrap what does that."""
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
        session,
        partial(world.keeper.register, name, password, session.host),
        shown(answered),
        added,
    )


_NOT_REGISTERED = {
    Verdict.TAKEN: ("ACCOUNT_EXISTS", "There is an account of that name already"),
    Verdict.UNFIT: ("UNACCEPTABLE_PASSWORD", "That cannot be a password: {}"),
    Verdict.TOO_OFTEN: (
        "TEMPORARILY_UNAVAILABLE",
        "Too many accounts are being registered from your address; try again later",
    ),
    Verdict.WRONG: ("TEMPORARILY_UNAVAILABLE", "Accounts cannot be registered right now"),
    Verdict.FAILED: ("TEMPORARILY_UNAVAILABLE", "Accounts cannot be stored right now"),
}


def _refuse_registration(world: World, session: Session) -> None:
    """Whether this session may register an account at all. Raises Failed."""

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
    """Whether a client may register before it is let in: not where a password keeps people out."""
    return world.account_settings.before_connect and not world.settings.password


def _account_name(world: World, session: Session, wanted: str) -> str:
    """The name for an account. Raises Failed."""
    nick = session.user.nick or session.claimed
    try:
        name = nick if wanted == "*" else nickname(wanted, world.limits.nickname)
    except InvalidName as fault:
        raise Failed("REGISTER", "BAD_ACCOUNT_NAME", as_middle(wanted), text=str(fault)) from None
    if fold(name) != fold(nick) and not world.account_settings.custom_names:
        text = f"Your account has to be called {nick}, as you are"
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
    if fold(name) in world.operator_accounts:  # whoever had it would run the server
        return "This name is reserved for an operator, who adds it by `chatroom-server account add`"
    if world.names_owner(name):  # whoever had it would own the room
        return "This name is reserved; the operator adds it by `chatroom-server account add`"
    other = world.accounts.imitated_by(name)
    if other is not None:
        return f"This name looks like {other.name}, who has an account"
    if world.holder(name) not in (None, session.user):
        return "Somebody else uses that nickname right now"
    here = world.lookalike(name, session.user)
    return f"This name looks like {here.nick}, who is here" if here is not None else ""


def refuse_weak(command: str, name: str, password: str) -> None:
    """Refuse a password that is easily guessed, or too long. Raises Failed."""
    if len(password.encode()) > LONGEST_PASSWORD:
        text = f"A password has at most {LONGEST_PASSWORD} bytes"
        raise Failed(command, "UNACCEPTABLE_PASSWORD", name, text=text)
    if len(password) < SHORTEST_PASSWORD:
        text = f"A password has at least {SHORTEST_PASSWORD} characters"
        raise Failed(command, "WEAK_PASSWORD", name, text=text)
    if fold(password) == fold(name) or len(set(password)) == 1:
        raise Failed(command, "WEAK_PASSWORD", name, text="That password is too easily guessed")


def set_password(
    world: World, session: Session, password: str, answered: Callable[[Answer], None]
) -> None:
    """Give the user's account another password, and end its other connections, because somebody
    else may know the old one. `answered` is called later. Raises Failed."""
    account = session.user.account
    refuse_weak("PASSWORD", account, password)

    def changed(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            expel(world, account, PASSWORD_CHANGED, session)

    ask_keeper(session, partial(world.keeper.set_password, account, password), answered, changed)


PASSWORD_CHANGED = "The password of your account was changed"
"""Why a connection ends."""


def verify(world: World, session: Session, message: Message) -> None:
    """VERIFY <account> <code>: no registration here has to be verified."""
    account = as_middle(message.params[0])
    if not session.registered and not early_registration(world):
        text = "Complete the connection first"
        raise Failed("VERIFY", "COMPLETE_CONNECTION_REQUIRED", text=text)
    if session.user.account:
        text = f"You are logged in as {session.user.account} already"
        raise Failed("VERIFY", "ALREADY_AUTHENTICATED", session.user.account, text=text)
    text = "No account here waits for a code; REGISTER is enough"
    raise Failed("VERIFY", "INVALID_CODE", account, text=text)


# The keeper's answers


def check_password(
    world: World,
    session: Session,
    account: str,
    password: str,
    answered: Callable[[Answer], None],
) -> None:
    """Have a password checked. `answered` is called with the answer later; what it replies, or
    raises, is the answer to the command."""

    def slowed(answer: Answer) -> None:
        if answer.verdict is Verdict.WRONG:
            flood.wait_at_least(world, session, answer.wait)
        answered(answer)

    ask_keeper(session, partial(world.keeper.verify, account, password, session.host), slowed)


def ask_keeper(
    session: Session,
    request: Callable[[Answered], None],
    answered: Callable[[Answer], None],
    whatever_happens: Callable[[Answer], None] = lambda _answer: None,
) -> None:
    """Ask the keeper for something. `answered` is called with the answer, unless the session has
    gone by then, and may reply and raise Refused; `whatever_happens` is called before it."""
    reply = later(session)

    def act(answer: Answer) -> Steps:
        answered(answer)
        return
        yield

    def hear(answer: Answer) -> None:
        whatever_happens(answer)
        if session in session.user.sessions:
            for _ in reply(attempt_steps(session, act(answer))):
                pass

    request(hear)

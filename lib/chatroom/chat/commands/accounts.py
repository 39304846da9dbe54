"""Logging in to an account and out of it, and its password: what every door and command uses.

The keeper of the accounts checks passwords in a worker. Its answer comes back as a call, in the
loop's thread; until then the session's further lines wait. If the session has ended or has begun
something else by then, the answer is dropped; but an account that was made stays.
"""

from collections.abc import Callable
from functools import partial

from chatroom.chat import flood, nicknames
from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.connections import expel, put_out
from chatroom.chat.dispatch import attempt_steps
from chatroom.chat.named_operators import promote_everywhere
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.holding import hold_lines
from chatroom.chat.output.labelled_replies import later
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.scopes import are_alike, is_confined
from chatroom.chat.server_operators import recognise
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LoggedIn, LoggedOut
from chatroom.chat.state.world import World
from chatroom.wire.names import fold
from chatroom.wire.numerics import (
    ERR_NICKLOCKED,
    ERR_SASLFAIL,
)
from chatroom.wire.sasl import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
)
from chatroom.wire.tokens import HOOK, Token, looks_like_token

WRONG = "the account or the password is wrong"


def log_in(world: World, session: Session, name: str, key: Token | None = None) -> None:
    """Log a session's user in to an account, whose password they know, or else by the token `key`.

    Raises Refused: 902 for a suspended account, 904 for one that was removed meanwhile, or that
    has too many connections, or if the token is not good for that.
    """
    account = world.accounts.find(name)
    if account is None:
        raise Refused(ERR_SASLFAIL, fill=(WRONG,))
    if why := why_locked(world, account.name):
        raise Refused(ERR_NICKLOCKED, fill=(why,))
    if key is not None and (why := _why_not_by(session, key)):
        raise Refused(ERR_SASLFAIL, fill=(why,))
    _refuse_crowd(world, session, account.name)
    session.key = key
    _stay_alone(world, session, account.name)
    apply(world, LoggedIn(session.user.id, account.name, world.now), session)
    promote_everywhere(world, session.user, session)
    if session.registered:
        nicknames.enforce(world, session.user)
        recognise(world, session)
        if not is_confined(session):
            world.on_back(session.user)


def _why_not_by(session: Session, key: Token) -> str:
    """Why nobody may log in by that token here; "" if they may."""
    if key.kind == HOOK:
        return "a hook only posts, by its address"
    if not key.reads:
        return "a token that is not good for reading works over HTTP only"
    if key.is_confined and session.user.rooms:
        return "log in by this token before you enter a room"
    return ""


def why_locked(world: World, name: str) -> str:
    """Why nobody may use an account, although it exists; "" if they may."""
    ban = world.server_bans.of_account(name, world.now)
    if ban is not None:
        return f"This account is banned from this server{ban.words(world.now)}"
    account = world.accounts.find(name)
    return "This account is suspended" if account is not None and account.suspended else ""


def _refuse_crowd(world: World, session: Session, account: str) -> None:
    """Raises Refused if as many connections use the account as may: all of them end together when
    its password changes, and each takes a tenth of a millisecond."""
    most = world.limits.connections_per_account
    if not most or fold(session.user.account) == fold(account):
        return
    if sum(len(user.sessions) for user in world.logged_in(account)) >= most:
        raise Refused(ERR_SASLFAIL, fill=(f"{most} connections use this account already",))


def _stay_alone(world: World, session: Session, account: str) -> None:
    """End the user's other connections if they would become another account's: the people on them
    have not shown its password. So for a token that is good for less, or more, than theirs."""
    same = fold(session.user.account) == fold(account)
    for other in session.user.sessions:
        if other is not session and not (same and are_alike(session, other)):
            world.on_expelled(other, OTHER_ACCOUNT)


OTHER_ACCOUNT = "Another connection of yours logged in to another account"
"""Why a connection ends."""


def log_out(world: World, session: Session) -> None:
    """Log the session's user out, on all of their connections. If the server requires an account,
    the connections end."""
    user = session.user
    if not user.account:
        return
    account = user.account
    for each in user.sessions:
        assert isinstance(each, Session)
        each.key = None
    if world.needs_account:
        put_out(world, user, f"You need an account here, and have logged out of {account}", session)
        return
    apply(world, LoggedOut(user.id, world.now), session)
    nicknames.enforce(world, user)


def why_not(answer: Answer) -> str:
    """Why a password was not accepted."""
    if answer.verdict is Verdict.TOO_OFTEN:
        return too_often(answer.wait)
    return WRONG if answer.verdict is Verdict.WRONG else "accounts cannot be used right now"


def too_often(seconds: float) -> str:
    """The sentence for too many tries."""
    return f"too many wrong passwords; try again in {max(1, round(seconds))} seconds"


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

    spared = session.key.number if session.key is not None else 0
    request = partial(world.keeper.set_password, account, password, spared=spared)
    ask_keeper(world, session, request, answered, changed)


PASSWORD_CHANGED = "The password of your account was changed"
"""Why a connection ends."""


def check_password(
    world: World,
    session: Session,
    account: str,
    password: str,
    answered: Callable[[Answer], None],
) -> None:
    """Have a password, or a token, checked. `answered` is called with the answer later; what it
    replies, or raises, is the answer to the command. A token in the answer goes to `log_in`."""

    def slowed(answer: Answer) -> None:
        if answer.verdict is Verdict.WRONG:
            flood.wait_at_least(world, session, answer.wait)
        answered(answer)

    request = partial(verify, world, account, password, session.host)
    ask_keeper(world, session, request, slowed)


def verify(world: World, account: str, secret: str, host: str, answered: Answered) -> None:
    """Check an account's password, or a token of it, which is in the answer then. `answered` is
    called later."""
    if not looks_like_token(secret):
        world.keeper.verify(account, secret, host, answered)
        return

    def checked(answer: Answer) -> None:
        owner = world.accounts.numbered(answer.token.account) if answer.token else None
        if wait := world.keeper.refuses_now(account, host):
            answer = Answer(Verdict.TOO_OFTEN, wait)
        elif owner is None or fold(owner.name) != fold(account):
            # counted for the address only: nobody guesses tokens, but programs repeat revoked ones
            answer = Answer(Verdict.WRONG, world.on_wrong_password(host))
        answered(answer)

    world.tokens.check(secret, host, checked)


def ask_keeper(
    world: World,
    session: Session,
    request: Callable[[Answered], None],
    answered: Callable[[Answer], None],
    whatever_happens: Callable[[Answer], None] = lambda _answer: None,
) -> None:
    """Ask the keeper for something. `answered` is called with the answer, unless the session has
    gone by then, and may reply and raise Refused; `whatever_happens` is called before it. The
    session's further lines wait for the answer."""
    reply, release = later(session), hold_lines(world, session)

    def act(answer: Answer) -> Steps:
        answered(answer)
        return
        yield

    def hear(answer: Answer) -> None:
        release()
        whatever_happens(answer)
        if session in session.user.sessions:
            for _ in reply(attempt_steps(session, act(answer))):
                pass

    request(hear)

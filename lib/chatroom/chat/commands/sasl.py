"""AUTHENTICATE: logging in to an account (IRCv3 sasl-3.1 and 3.2)."""

from collections.abc import Callable

from chatroom.chat import flood
from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import (
    WRONG,
    check_password,
    log_in,
    too_often,
    why_not,
)
from chatroom.chat.login import Login
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import (
    ERR_SASLABORTED,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from chatroom.wire.sasl import (
    ABORT,
    SaslError,
    SaslTooLong,
    chunked,
    external_response,
    plain_response,
)
from chatroom.wire.scram import MECHANISM as SCRAM
from chatroom.wire.scram import client_first
from chatroom.wire.tokens import Token


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
        raise Refused(ERR_SASLFAIL, fill=("this server does not have that mechanism",))
    session.login = Login(mechanism)
    session.tell("AUTHENTICATE", "+")


def mechanisms(world: World, session: Session) -> list[str]:
    """The mechanisms by which this session can log in."""
    if not world.has_accounts:
        return []
    external = session.transport.fingerprint or session.offered
    return [name for name in _MECHANISMS if name != "EXTERNAL" or external]


def _plain(world: World, session: Session, login: Login, data: bytes) -> None:
    acting_as, account, password = plain_response(data)
    _refuse_other(acting_as, account)

    def answered(answer: Answer) -> None:
        if session.login is login:
            session.login = None
            if answer.verdict is not Verdict.DONE:
                raise Refused(ERR_SASLFAIL, fill=(why_not(answer),))
            _succeed(world, session, account, answer.token)

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
    key = world.tokens.numbered(session.offered, session.host)
    owner = world.accounts.numbered(key.account) if key is not None else None
    account = world.keeper.owner_of(session.transport.fingerprint)
    if account is not None:
        key = None
    elif owner is not None:
        account = owner.name
    if account is None or (wanted and fold(wanted) != fold(account)):
        why = "your browser does not stay logged in to that account any more"
        if not session.offered:
            why = "your certificate does not belong to that account"
        raise Refused(ERR_SASLFAIL, fill=(why,))
    _succeed(world, session, account, key)


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


def _succeed(world: World, session: Session, account: str, key: Token | None = None) -> None:
    log_in(world, session, account, key)
    session.reply(RPL_SASLSUCCESS)

"""Who asks by HTTP: one row for each scheme of the header Authorization, or a browser's cookie.

    Basic    account and password, or account and token
    Bearer   a token, or a ticket, which is good once (TOKEN GENERATE over IRC)
    cookie   a browser that stays logged in (`sessions.py`)

Passwords are checked by the same keeper as at every other door, in a worker, with the same limits
on guessing. They are taken only where the chat would take them (`chat/secrecy.py`).
"""

import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import too_often, verify, why_locked
from chatroom.chat.flood import wait_at_least
from chatroom.chat.privileges import FILES, class_of
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.state.world import World
from chatroom.server.token_keeper import TokenKeeper
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, text
from chatroom.wire.names import fold
from chatroom.wire.sasl import LONGEST_PASSWORD
from chatroom.wire.tokens import HOOK, READ, WRITE, Token

LONGEST = 1000
"""Characters of a header that are looked at."""

LONGEST_COOKIE = 4000

CHALLENGE = ("WWW-Authenticate", 'Basic realm="Chatroom", charset="UTF-8"')


class Person(NamedTuple):
    """Somebody with an account. `key` is the token by which they ask, if they ask by one."""

    name: str
    number: int
    key: Token | None = None

    @property
    def is_owner(self) -> bool:
        """Whether they may do all that the account can do."""
        return self.key is None or not self.key.is_limited


Known = Callable[[Person | Response], None]
"""Called with who it is, or with the refusal."""


class Authorization:
    """Finds out who asks. For the loop's thread."""

    def __init__(self, world: World, tokens: Callable[[], TokenKeeper | None]) -> None:
        self._world = world
        self._tokens = tokens

    def is_claimed(self, request: Request) -> bool:
        """Whether a request says who asks."""
        return bool(request.header("authorization") or self.cookie(request))

    def cookie(self, request: Request) -> str:
        """The token in the browser's cookie; "" if there is none that may be looked at."""
        if why_no_secret(self._world, request.session):
            return ""
        start = f"{cookie_name(request)}="
        words = request.header("cookie")[:LONGEST_COOKIE].split(";")
        found = (word.strip()[len(start) :] for word in words if word.strip().startswith(start))
        return next(found, "")

    def ask(self, request: Request, known: Known, needs: str = "") -> None:
        """Find out who asks, of a request that is claimed; `known` is called, perhaps later.
        `needs` is READ or WRITE: a token has to be good for that."""

        def fit(who: Person | Response) -> None:
            known(_unfit(who.key, needs) or who if isinstance(who, Person) else who)

        if request.header("authorization"):
            self._ask(request, fit)
        else:
            self.by_cookie(request, fit)

    def by_cookie(self, request: Request, known: Known) -> None:
        """Find out who a browser is, by its cookie alone. `known` is called at once."""
        known(self._by_token(request, self.cookie(request)))

    def _ask(self, request: Request, known: Known) -> None:
        if why := why_no_secret(self._world, request.session):
            known(text(403, f"{why}.", close=True))
            return
        scheme, _, value = request.header("authorization")[:LONGEST].partition(" ")
        check = _SCHEMES.get(scheme.lower())
        if check is None:
            known(text(401, f"Authorization works by {', '.join(_SCHEMES)} here.", CHALLENGE))
            return
        check(self, request, value.strip(), known)

    def basic(self, request: Request, value: str, known: Known) -> None:
        """RFC 7617: account and password."""
        name, password = _read_basic(value)
        if not name or not password or len(password.encode()) > LONGEST_PASSWORD:
            known(_unknown(request))
            return

        def answered(answer: Answer) -> None:
            done = answer.verdict is Verdict.DONE
            known(self._person(name, answer.token) if done else _no(request, answer))

        verify(self._world, name, password, request.session.host, answered)

    def bearer(self, request: Request, value: str, known: Known) -> None:
        """RFC 6750: a token or a ticket."""
        who = self._by_token(request, value)
        if isinstance(who, Response):
            wait = self._world.on_wrong_password(request.session.host)
            wait_at_least(self._world, request.session, wait)
        known(who)

    def hook(self, request: Request, secret: str) -> Token | None:
        """The hook whose token is in an address; None if there is none, or it may not be used."""
        keeper = self._tokens()
        token = keeper.find(secret, request.session.host) if keeper else None
        if token is None or token.kind != HOOK:
            wait = self._world.on_wrong_password(request.session.host)
            wait_at_least(self._world, request.session, wait)
            return None
        account = self._world.accounts.numbered(token.account)
        locked = account is None or why_locked(self._world, account.name)
        return None if locked else token

    def _by_token(self, request: Request, secret: str) -> Person | Response:
        keeper = self._tokens()
        token = keeper.find(secret, request.session.host) if keeper else None
        number = token.account if token else keeper.redeem(secret) if keeper else 0
        account = self._world.accounts.numbered(number)
        if account is None or (token is not None and token.kind == HOOK):
            return unauthorized(request, "The token is wrong, or was revoked.")
        return self._person(account.name, token)

    def _person(self, name: str, key: Token | None = None) -> Person | Response:
        account = self._world.accounts.find(name)
        if account is None:  # removed meanwhile
            return text(403, "There is no such account.")
        if why := why_locked(self._world, account.name):
            return text(403, f"{why}.")
        return Person(account.name, account.number, key)

    def is_current(self, person: Person) -> bool:
        """Whether the account may still be used."""
        key, account = person.key, self._world.accounts.numbered(person.number)
        if key is not None and self._world.tokens.numbered(key.number, "") is None:
            return False
        return account is not None and not why_locked(self._world, account.name)

    def may_remove_files(self, person: Person) -> bool:
        """Whether they are an operator of the server who may remove files of others."""
        name = self._world.operator_accounts.get(fold(person.name), "") if person.is_owner else ""
        return bool(name) and FILES in class_of(self._world.operator_settings, name)[1]


_SCHEMES: dict[str, Callable[[Authorization, Request, str, Known], None]] = {
    "basic": Authorization.basic,
    "bearer": Authorization.bearer,
}
"""The schemes, in lower case."""


def _unfit(key: Token | None, needs: str) -> Response | None:
    if key is None or not key.is_limited:
        return None
    if needs == READ and not key.reads:
        return text(403, "Your token is not good for reading.")
    if needs == WRITE and not key.writes:
        return text(403, "Your token is only good for reading.")
    return None


def cookie_name(request: Request) -> str:
    """The name of this server's cookie. Browsers share cookies among all ports of a host, and a
    page in the clear cannot replace the cookie of one over TLS (RFC 6265bis, `__Host-`)."""
    _, colon, port = request.host.rpartition(":")
    if not colon or not port.isdigit():
        port = "443" if request.https else "80"
    return f"{'__Host-' if request.https else ''}chatroom-{port}"


def _read_basic(value: str) -> tuple[str, str]:
    """Account and password; ("", "") for what is not that."""
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, password) if colon else ("", "")


def _no(request: Request, answer: Answer) -> Response:
    if answer.verdict is Verdict.TOO_OFTEN:
        wait = str(max(1, round(answer.wait)))
        words = too_often(answer.wait)
        return text(429, f"{words[:1].upper()}{words[1:]}.", ("Retry-After", wait))
    if answer.verdict is Verdict.WRONG:
        return _unknown(request)
    return text(503, "Accounts cannot be used right now.", ("Retry-After", "10"))


def _unknown(request: Request) -> Response:
    return unauthorized(request, "The account or the password is wrong.")


def unauthorized(request: Request, words: str) -> Response:
    """401. A page's own requests get no challenge, to which the browser would ask for a password
    in a window of its own."""
    if request.header("sec-fetch-mode") in ("", "navigate"):
        return text(401, words, CHALLENGE)
    return text(401, words)

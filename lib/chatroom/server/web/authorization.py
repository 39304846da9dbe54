"""Who asks by HTTP: one row for each scheme of the header Authorization.

Passwords are checked by the same keeper as at every other door, in a worker, with the same limits
on guessing. They are taken only where the chat would take them (`chat/secrecy.py`).
"""

import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import too_often, why_locked
from chatroom.chat.privileges import FILES, class_of
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.state.world import World
from chatroom.server.web.request import Request
from chatroom.server.web.response import Response, text
from chatroom.wire.names import fold
from chatroom.wire.sasl import LONGEST_PASSWORD

LONGEST = 1000
"""Characters of a header that are looked at."""

CHALLENGE = ("WWW-Authenticate", 'Basic realm="Chatroom", charset="UTF-8"')


class Person(NamedTuple):
    """Somebody with an account."""

    name: str
    number: int


Known = Callable[[Person | Response], None]
"""Called with who it is, or with the refusal."""


class Authorization:
    """Finds out who asks. For the loop's thread."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, request: Request, known: Known) -> None:
        """Check the Authorization of a request that has one; `known` is called, perhaps later."""
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
            known(self._person(name) if answer.verdict is Verdict.DONE else _no(request, answer))

        self._world.keeper.verify(name, password, request.session.host, answered)

    def _person(self, name: str) -> Person | Response:
        account = self._world.accounts.find(name)
        if account is None:  # removed meanwhile
            return text(403, "There is no such account.")
        if why := why_locked(self._world, account.name):
            return text(403, f"{why}.")
        return Person(account.name, account.number)

    def is_current(self, person: Person) -> bool:
        """Whether the account may still be used."""
        account = self._world.accounts.numbered(person.number)
        return account is not None and not why_locked(self._world, account.name)

    def may_remove_files(self, person: Person) -> bool:
        """Whether they are an operator of the server who may remove files of others."""
        name = self._world.operator_accounts.get(fold(person.name), "")
        return bool(name) and FILES in class_of(self._world.operator_settings, name)[1]


_SCHEMES: dict[str, Callable[[Authorization, Request, str, Known], None]] = {
    "basic": Authorization.basic
}
"""The schemes, in lower case."""


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

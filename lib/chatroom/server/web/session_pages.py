"""/session: who a browser is, and whether it stays so. /tokens: the tokens of one's account."""

from collections.abc import Callable

from chatroom.chat.accounts_port import Answer as Told
from chatroom.chat.accounts_port import Verdict
from chatroom.server.web.authorization import Person, unauthorized
from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Pending, Response, as_json, text
from chatroom.server.web.sessions import set_cookie
from chatroom.wire.names import bare
from chatroom.wire.reference import format_time
from chatroom.wire.tokens import DEVICE, Token

_LATER = "Tokens cannot be changed right now."


def who(request: Request, web: WebHost) -> Answer:
    """GET /session: the account to which the browser's cookie belongs, or null."""
    if not web.authorization.cookie(request):
        return as_json(200, {"account": None})
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Person) and who.key is not None and who.key.kind == DEVICE:
            found = {"account": who.name, "device": who.key.name}
            pending.resolve(
                as_json(200, found, *set_cookie(request, web.authorization.cookie(request)))
            )
        else:
            pending.resolve(as_json(200, {"account": None}, *set_cookie(request, "")))

    web.authorization.by_cookie(request, known)
    return pending


def stay(request: Request, web: WebHost) -> Answer:
    """POST /session with a ticket, or with the password: set the cookie."""
    if not request.header("authorization"):
        return unauthorized(request, "Send a ticket as a Bearer token: TOKEN GENERATE SESSION.")
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Response):
            pending.resolve(who)
        elif not who.is_owner:
            pending.resolve(text(403, "A token is not good for that: log in by your password."))
        else:
            web.sessions.add(who, request, lambda told: added(who, told))

    def added(person: Person, told: Told) -> None:
        if told.verdict is not Verdict.DONE or told.token is None:
            pending.resolve(text(503, _LATER))
            return
        found = {"account": person.name, "device": told.token.name}
        pending.resolve(as_json(201, found, *set_cookie(request, told.secret)))

    web.authorization.ask(request, known)
    return pending


def leave(request: Request, web: WebHost) -> Answer:
    """DELETE /session: the browser does not stay logged in any more."""
    gone = Response(204, set_cookie(request, ""))
    if not web.authorization.cookie(request):
        return gone
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Person) and who.key is not None and who.key.kind == DEVICE:
            web.sessions.revoke(who, who.key.name, revoked)
        else:
            pending.resolve(gone)

    def revoked(told: Told) -> None:
        done = told.verdict in (Verdict.DONE, Verdict.WRONG)
        pending.resolve(gone if done else text(503, _LATER))

    web.authorization.by_cookie(request, known)
    return pending


def tokens(request: Request, web: WebHost) -> Answer:
    """GET /tokens: the tokens of one's account, and the browsers that stay logged in to it."""

    def show(person: Person, pending: Pending) -> None:
        found = web.sessions.all(person)
        if found is None:
            pending.resolve(text(503, "Tokens cannot be read right now."))
        else:
            pending.resolve(as_json(200, [_shown(token, person.key) for token in found]))

    return _for_owner(request, web, show)


def _shown(token: Token, here: Token | None) -> dict[str, object]:
    return {
        "name": token.name,
        "kind": token.kind,
        "rooms": [bare(room) for room in token.rooms] or None,
        "read": token.reads,
        "write": token.writes,
        "created": format_time(round(token.created * 1000)),
        "used": format_time(round(token.used * 1000)) if token.used else None,
        "host": token.host,
        "agent": token.agent,
        "here": here is not None and here.number == token.number,
    }


def revoke(request: Request, web: WebHost) -> Answer:
    """DELETE /tokens/{name}"""

    def remove(person: Person, pending: Pending) -> None:
        def revoked(told: Told) -> None:
            if told.verdict is Verdict.DONE:
                pending.resolve(Response(204))
            elif told.verdict is Verdict.WRONG:
                pending.resolve(text(404, "You have no token of that name."))
            else:
                pending.resolve(text(503, _LATER))

        web.sessions.revoke(person, request.parts["name"], revoked)

    return _for_owner(request, web, remove)


def _for_owner(request: Request, web: WebHost, act: Callable[[Person, Pending], None]) -> Answer:
    """Act for somebody who may do all that the account can do."""
    if not web.authorization.is_claimed(request):
        return unauthorized(request, "That needs an account: send its name and password.")
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Response):
            pending.resolve(who)
        elif not who.is_owner:
            pending.resolve(text(403, "A token is not good for that: use the password."))
        else:
            act(who, pending)

    web.authorization.ask(request, known)
    return pending

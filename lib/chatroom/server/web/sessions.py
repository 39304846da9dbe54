"""Browsers that stay logged in: each has a token of its own, in a cookie.

The page logs in over its WebSocket, and asks there for a ticket (`TOKEN GENERATE SESSION`). With
that as a Bearer token, `POST /session` sets the cookie. No script can read it (HttpOnly), not even
one that somebody managed to inject; no other site's page makes the browser send it
(SameSite=Strict). A WebSocket whose opening request carried it logs in by SASL EXTERNAL.
"""

import re
from collections.abc import Callable

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.tokens import end_sessions
from chatroom.chat.state.world import World
from chatroom.server.web.authorization import Authorization, Person, cookie_name
from chatroom.server.web.request import Request
from chatroom.server.web.response import Headers
from chatroom.wire.tokens import DEVICE, Token

COOKIE_SECONDS = 400 * 86_400
"""Browsers keep no cookie for longer."""

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
             ("CriOS", "Chrome"), ("Chrom", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
"""What is in a User-Agent -> how people call that; the first one counts."""

_UNPRINTABLE = re.compile(r"[^ -~]")


class Sessions:
    """The browsers' tokens, for the loop's thread."""

    def __init__(self, world: World, authorization: Authorization) -> None:
        self._world = world
        self._authorization = authorization

    def offered(self, request: Request) -> int:
        """The number of the token in a request's cookie; 0 if none is good."""
        if not self._authorization.cookie(request):
            return 0
        found: list[int] = []

        def known(who: object) -> None:
            if isinstance(who, Person) and who.key is not None and who.key.kind == DEVICE:
                found.append(who.key.number)

        self._authorization.by_cookie(request, known)
        return found[0] if found else 0

    def add(self, person: Person, request: Request, added: Callable[[Answer], None]) -> None:
        """Let the browser stay logged in; `added` is called later, with the token on disk."""
        agent = request.header("user-agent")
        shown = _UNPRINTABLE.sub("", agent)[:200]
        token = Token(
            *(0, person.number, DEVICE, device_name(agent)), host=request.session.host, agent=shown
        )
        self._world.tokens.create(token, added)

    def all(self, person: Person) -> list[Token] | None:
        """All tokens of somebody's account; None if they cannot be read."""
        return self._world.tokens.of_account(person.number)

    def revoke(self, person: Person, name: str, done: Callable[[Answer], None]) -> None:
        """Revoke a token, and end the connections that logged in by it; `done` is called later."""

        def revoked(answer: Answer) -> None:
            if answer.verdict is Verdict.DONE and answer.token is not None:
                end_sessions(self._world, person.name, answer.token.number)
            done(answer)

        self._world.tokens.revoke(person.number, name, revoked)


def device_name(agent: str) -> str:
    """A short name for a browser, from its User-Agent: Firefox-Linux."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "Browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser}-{system}" if system else browser


def set_cookie(request: Request, secret: str) -> Headers:
    """The header that sets the cookie; "" removes it."""
    seconds = COOKIE_SECONDS if secret else 0
    secure = "; Secure" if request.https else ""
    value = f"{cookie_name(request)}={secret}; Path=/; Max-Age={seconds}; HttpOnly"
    return (("Set-Cookie", f"{value}; SameSite=Strict{secure}"),)

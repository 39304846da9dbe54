"""Tokens of one's account: making, listing and revoking them. For NickServ, the plain door's
/token, and the client, which asks NickServ.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import ask_keeper
from chatroom.chat.connections import dismiss
from chatroom.chat.output.answers import Steps
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.names import InvalidName, bare, fold, nickname, prefixed, room_name
from chatroom.wire.tokens import API, BOTH, HOOK, READ, SCOPES, WRITE, Token, is_token_name

Say = Callable[[str], None]

USAGE = (
    "CREATE <name> [<rooms>] [read|write] | HOOK <name> <room> [<template>] | LIST | REVOKE <name>"
)

REVOKED = "The token by which you logged in was revoked"
"""Why a connection ends."""

MOST_ROOMS = 20
"""Rooms that a token may name."""

LONGEST_TEMPLATE = 300

TOKENS_PER_STEP = 10
"""Tokens that are listed in one step of an answer."""

_SCOPES = {READ: READ, WRITE: WRITE, "read,write": BOTH, "write,read": BOTH}

_NOT_MADE = {
    Verdict.TAKEN: "you have a token of that name",
    Verdict.TOO_MANY: "you have as many tokens as you may have; revoke one",
    Verdict.TOO_OFTEN: "there is too much to do right now; try again later",
}
_LATER = "tokens cannot be stored right now"


class Unfit(Exception):
    """The words do not describe a token. `str()` says why, without the full stop."""


def tokens(world: World, session: Session, words: list[str], say: Say) -> Steps | None:
    """TOKEN CREATE, HOOK, LIST, REVOKE"""
    action = _ACTIONS.get(words[0].upper() if words else "LIST")
    if action is None:
        say(f"Usage: TOKEN {USAGE}")
    elif not session.user.account:
        say("Log in first.")
    elif why := why_no_secret(world, session):
        say(f"{why}.")
    else:
        return action(world, session, words[1:], say)
    return None


def _list(world: World, session: Session, _words: list[str], say: Say) -> Steps:
    account = session.user.account
    found = world.tokens.of_account(world.accounts.number_of(account))
    if found is None:
        say("Tokens cannot be read right now.")
    elif not found:
        say(f"{account} has no tokens, and no browser stays logged in.")
    else:
        say(f"These are the tokens of {account}.")
        for count, token in enumerate(found):
            if count % TOKENS_PER_STEP == 0:
                yield  # reading all of them has taken time, too
            here = session.key is not None and session.key.number == token.number
            say(f"{described(token)}{' (this connection)' if here else ''}")


def described(token: Token) -> str:
    """A token in one line for its owner."""
    used = "never used"
    if token.used:
        used = f"last used {_day(token.used)}{f' from {token.host}' * bool(token.host)}"
    return f"{token.name}: {good_for(token)}, made {_day(token.created)}, {used}"


def good_for(token: Token) -> str:
    """What a token is good for."""
    if not token.is_limited:
        return f"a browser that stays logged in ({token.agent})" if token.agent else "a browser"
    rooms = ", ".join(bare(room) for room in token.rooms) or "all rooms"
    kind = "posts to" if token.kind == HOOK else f"{SCOPES[token.scope]},"
    return f"{kind} {rooms}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def described_by(words: list[str], longest: int) -> Token:
    """The token that `NAME [ROOMS] [read|write]` describes: ROOMS is one word, with commas.
    `longest`: characters of a room's name. Raises Unfit."""
    if not words:
        raise Unfit("Give the token a name, such as `deploy`")
    name, *rest = words
    scope = BOTH
    if rest and rest[-1].lower() in _SCOPES:
        scope = _SCOPES[rest.pop().lower()]
    return Token(0, 0, API, _name(name), _rooms(" ".join(rest), longest), scope)


def hook_of(words: list[str], longest: int, longest_nick: int = 30) -> Token:
    """The hook that `NAME ROOM [TEMPLATE]` describes. Raises Unfit."""
    if len(words) < 2:
        raise Unfit("Give the hook a name and a room, such as `grafana ops`")
    name, room, *template = words
    rooms = _rooms(room, longest)
    if len(rooms) != 1:
        raise Unfit("A hook posts to one room")
    agent = " ".join(template)
    if len(agent) > LONGEST_TEMPLATE:
        raise Unfit(f"A template has at most {LONGEST_TEMPLATE} characters")
    try:
        nickname(_name(name), longest_nick)
    except InvalidName as error:
        raise Unfit(f"A hook's name is its nickname: {error}") from None
    return Token(0, 0, HOOK, name, rooms, WRITE, agent=agent)


def _name(word: str) -> str:
    if not is_token_name(word):
        raise Unfit("A token's name has at most 32 letters, digits, dots, dashes and underscores")
    return word


def _rooms(words: str, longest: int) -> tuple[str, ...]:
    names = [word for word in words.replace(",", " ").split() if word.lower() not in ("all", "*")]
    if len(names) > MOST_ROOMS:
        raise Unfit(f"A token can name at most {MOST_ROOMS} rooms")
    try:
        return tuple(dict.fromkeys(fold(room_name(prefixed(name), longest)) for name in names))
    except InvalidName as error:
        raise Unfit(str(error)) from None


def _making(describe: Callable[[list[str], int], Token]) -> Callable[..., None]:
    def make(world: World, session: Session, words: list[str], say: Say) -> None:
        try:
            token = describe(words, world.limits.room_name)
        except Unfit as error:
            say(f"{error}. Usage: TOKEN {USAGE}")
            return
        _make(world, session, token, say)

    return make


def _make(world: World, session: Session, token: Token, say: Say) -> None:
    number = world.accounts.number_of(session.user.account)

    def answered(answer: Answer) -> None:
        if answer.verdict is not Verdict.DONE or answer.token is None:
            say(f"The token was not made: {_NOT_MADE.get(answer.verdict, _LATER)}.")
            return
        say(f"The token {token.name} ({good_for(answer.token)}) is shown below, and never again.")
        say(answer.secret)
        if token.kind == HOOK:
            url = world.own_url(session, f"/hooks/{answer.secret}")
            say(f"Programs post to {url or 'this server, at /hooks/ with the token behind it'}")

    request = partial(world.tokens.create, replace(token, account=number))
    ask_keeper(world, session, request, answered)


def _revoke(world: World, session: Session, words: list[str], say: Say) -> None:
    if len(words) != 1:
        say("Say which: TOKEN REVOKE <name>")
        return
    name = words[0]

    def revoked(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE and answer.token is not None:
            end_sessions(world, session.user.account, answer.token.number, session)

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE and answer.token is not None:
            say(f"The token {answer.token.name} is revoked.")
        elif answer.verdict is Verdict.WRONG:
            say(f"You have no token {name}.")
        else:
            say("Tokens cannot be changed right now; try again later.")

    number = world.accounts.number_of(session.user.account)
    ask_keeper(world, session, partial(world.tokens.revoke, number, name), answered, revoked)


def end_sessions(world: World, account: str, number: int, by: Session | None = None) -> None:
    """End the connections that logged in by a token, which was revoked. The one that revoked it
    itself has proved to be its owner's, and stays."""
    for user in world.logged_in(account):
        for session in user.sessions:
            if session is by or not isinstance(session, Session):
                continue
            if session.key is not None and session.key.number == number:
                dismiss(world, session, REVOKED)


def end_sessions_without_token(world: World, account: str) -> None:
    """End the connections whose tokens are gone: the operator has revoked them."""
    for user in world.logged_in(account):
        for session in user.sessions:
            key = session.key if isinstance(session, Session) else None
            if key is not None and world.tokens.numbered(key.number, "") is None:
                end_sessions(world, account, key.number)


_ACTIONS: dict[str, Callable[..., Steps | None]] = {
    "CREATE": _making(described_by),
    "ADD": _making(described_by),
    "HOOK": _making(hook_of),
    "LIST": _list,
    "REVOKE": _revoke,
    "DEL": _revoke,
    "REMOVE": _revoke,
}

"""TOKEN: short-lived tokens for the services beside the chat (draft/authtoken).

Who is logged in here gets a token that is good once, within five minutes, for this server's own
services over HTTP: a browser stays logged in by it (`POST /session`), a client uploads a file.
"""

from collections.abc import Callable

from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.refusals import Failed
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message

CAPABILITY = "draft/authtoken"

SERVICES = {
    "SESSION": ("/session", "browsers that stay logged in"),
    "FILEHOST": ("/files", "uploads"),
}
"""A service -> the path of its URL, and what it is for."""


def token(world: World, session: Session, message: Message) -> None:
    """TOKEN SERVICELIST | GENERATE <service> | VALIDATE ..."""
    action = _ACTIONS.get(message.params[0].upper())
    if action is None:
        raise Failed("TOKEN", "INVALID_PARAMS", message.params[0], text="Unknown subcommand")
    action(world, session, message)


def _list(world: World, session: Session, _message: Message) -> None:
    if not _url(world, session, ""):
        session.tell("NOTE", "TOKEN", "NO_SERVICES", "There are no services here")
        return
    with batch(session, CAPABILITY, "*", "*") as send:
        for name, (path, words) in SERVICES.items():
            params = ("SERVICE", name, _url(world, session, path), words)
            send(Message("TOKEN", params, world.settings.name))


def _generate(world: World, session: Session, message: Message) -> None:
    name = message.param(1).upper()
    if name not in SERVICES or not _url(world, session, ""):
        raise Failed("TOKEN", "UNKNOWN_SERVICE", message.param(1) or "*", text="No such service")
    if why := why_no_secret(world, session):
        raise Failed("TOKEN", "NO_PERMISSIONS", name, text=why)
    if not session.user.account:
        raise Failed("TOKEN", "ACCOUNT_REQUIRED", text="Log in to an account first")
    ticket = world.tokens.ticket(world.accounts.number_of(session.user.account))
    if not ticket:
        raise Failed("TOKEN", "INTERNAL_ERROR", text="There are no tokens right now")
    session.tell("TOKEN", "GENERATE", name, _url(world, session, SERVICES[name][0]), ticket)


def _validate(_world: World, _session: Session, _message: Message) -> None:
    raise Failed("TOKEN", "NO_PERMISSIONS", text="Only this server itself checks its tokens")


def _url(world: World, session: Session, path: str) -> str:
    return world.own_url(session, path)


_ACTIONS: dict[str, Callable[[World, Session, Message], None]] = {
    "GENERATE": _generate,
    "SERVICELIST": _list,
    "VALIDATE": _validate,
}

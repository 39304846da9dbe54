"""TOKEN: short-lived tokens for the services beside the chat (draft/authtoken).

Who is logged in here gets a token that is good once, within five minutes, for this server's own
services over HTTP: a browser stays logged in by it (`POST /session`), a client uploads a file.
"""

from collections.abc import Callable

from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, as_middle
from chatroom.wire.numerics import ERR_NOTREGISTERED

CAPABILITY = "draft/authtoken"

_Url = Callable[[World, Session], str]


SERVICES: dict[str, tuple[_Url, str]] = {
    "SESSION": (
        lambda world, session: world.own_url(session, "/session"),
        "browsers that stay logged in",
    ),
    "FILEHOST": (lambda world, session: world.filehost(session), "uploads"),
}
"""A service -> its URL, which is "" where there is none, and what it is for."""


def token(world: World, session: Session, message: Message) -> None:
    """TOKEN SERVICELIST | GENERATE <service> | VALIDATE ...: before registration, only the last."""
    subcommand = message.params[0].upper()
    action = _ACTIONS.get(subcommand)
    if not session.registered and action is not _validate:
        raise Refused(ERR_NOTREGISTERED)
    if action is None:
        name = as_middle(message.params[0])
        raise Failed("TOKEN", "UNKNOWN_COMMAND", name, text=f"No such subcommand TOKEN {name}")
    action(world, session, message)


def _urls(world: World, session: Session) -> dict[str, str]:
    """The services that there are for this session, with their URLs."""
    urls = {name: url_of(world, session) for name, (url_of, _) in SERVICES.items()}
    return {name: url for name, url in urls.items() if url}


def _list(world: World, session: Session, _message: Message) -> None:
    send_services(world, session)


def send_services(world: World, session: Session) -> None:
    """List the services, as SERVICELIST does; also after RPL_ISUPPORT to clients that agreed on
    the capability before ("Capability")."""
    urls = _urls(world, session)
    if not urls:
        session.tell("NOTE", "TOKEN", "NO_SERVICES", "There are no services here")
        return
    with batch(session, CAPABILITY, "*", "*") as send:
        for name, url in urls.items():
            params = ("SERVICE", name, url, SERVICES[name][1])
            send(Message("TOKEN", params, world.settings.name))


AT_ONCE = 20
"""Sessions that get an announcement in one step: finding out a URL takes a while."""


def announce_services(world: World) -> Steps:
    """Tell clients with the capability what services there are after a change ("Capability")."""
    sessions = [one for user in world.users.values() for one in user.sessions]
    for count, session in enumerate(sessions, 1):
        if (
            isinstance(session, Session)
            and session.registered
            and not session.closing
            and CAPABILITY in session.capabilities
        ):
            urls = _urls(world, session)
            for name in SERVICES:
                what = ("NEW", name, urls[name]) if name in urls else ("DEL", name)
                session.tell("TOKEN", *what)
        if not count % AT_ONCE:
            yield


def _generate(world: World, session: Session, message: Message) -> None:
    name, scope = message.param(1).upper(), message.param(2)
    url = _urls(world, session).get(name)
    if url is None:
        unknown = as_middle(message.param(1)) or "*"
        raise Failed("TOKEN", "UNKNOWN_SERVICE", unknown, text="No such service")
    if scope:
        why = "A token of this server is for all that its service does"
        raise Failed("TOKEN", "INVALID_SCOPE", as_middle(scope), text=why)
    if why := why_no_secret(world, session):
        raise Failed("TOKEN", "NO_PERMISSIONS", "*", text=why)
    if not session.user.account:
        raise Failed("TOKEN", "ACCOUNT_REQUIRED", text="Log in to an account first")
    ticket = world.tokens.ticket(world.accounts.number_of(session.user.account))
    if not ticket:
        raise Failed("TOKEN", "INTERNAL_ERROR", text="There are no tokens right now")
    session.tell("TOKEN", "GENERATE", name, url, ticket)


def _validate(_world: World, _session: Session, message: Message) -> None:
    name = as_middle(message.param(1)) or "*"
    raise Failed("TOKEN", "NO_PERMISSIONS", name, text="Only this server itself checks its tokens")


_ACTIONS: dict[str, Callable[[World, Session, Message], None]] = {
    "GENERATE": _generate,
    "SERVICELIST": _list,
    "VALIDATE": _validate,
}

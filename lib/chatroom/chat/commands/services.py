"""NickServ: for people and programs that are used to it. It is a door to the functions of
`accounts` and `registration`, and has no rules of its own.

Whatever is said to it goes to nobody, is recorded nowhere, and is answered by NOTICE.
"""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import (
    check_password,
    log_in,
    log_out,
    register_account,
    set_password,
    why_not,
)
from chatroom.chat.commands.registration import nick
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold

NICKSERV = "NickServ"

Say = Callable[[str], None]


class _Row(NamedTuple):
    """A command of NickServ: its arguments, its help, its handler, and how many words it needs.

    `secret`: its words contain a password, and are not taken in the clear; `most` is then how many
    it takes, so that nobody gets a password that is cut at its first space.
    """

    usage: str
    help: str
    handler: Callable[[World, Session, list[str], Say], Steps | None]
    minimum: int = 0
    secret: bool = False
    most: int = 0


def is_service(target: str) -> bool:
    """Whether a message to that target is for a service: `NickServ`, or `NickServ@anything`, as on
    networks where the host proves that it is the real one."""
    return fold(target[: len(NICKSERV) + 1].removesuffix("@")) == fold(NICKSERV)


def serve(world: World, session: Session, text: str, silent: bool) -> Steps | None:
    """Answer what was said to NickServ. `silent`: it was a NOTICE, which nobody answers."""

    def say(line: str) -> None:
        source = f"{NICKSERV}!{NICKSERV}@{world.settings.name}"
        session.send(Message("NOTICE", (session.user.nick, line), source))

    words = text.split()
    if silent:
        return None
    if not world.has_accounts:
        say("There are no accounts on this server.")
        return None
    name = words[0].upper() if words else "HELP"
    row = _COMMANDS.get(_ALIASES.get(name, name))
    if row is None:
        say("I do not know that command. Say HELP to me.")
        return None
    if len(words) <= row.minimum:
        say(f"Usage: {_ALIASES.get(name, name)} {row.usage}")
        return None
    why = _why_not(world, session, row, words[1:])
    if why:
        say(f"{why}.")
        return None
    try:
        return row.handler(world, session, words[1:], say)
    except Refused as refusal:
        say(f"{refusal.sentence}.")
        return None


def _why_not(world: World, session: Session, row: _Row, words: list[str]) -> str:
    """Why a command with a password is not carried out; "" if it is."""
    if not row.secret:
        return ""
    why = why_no_secret(world, session)
    if why or len(words) <= row.most or (row.handler is _register and _is_email(words[1:])):
        return why
    return "A password with spaces cannot be given to me; use SASL, or /quote REGISTER"


def _is_email(words: list[str]) -> bool:
    """REGISTER has an e-mail address on other networks; here it is neither used nor kept."""
    return len(words) == 1 and "@" in words[0]


def _in_words(say: Say, action: Callable[[Answer], None]) -> Callable[[Answer], None]:
    """The same, where a refusal becomes a sentence of NickServ's."""

    def act(answer: Answer) -> None:
        try:
            action(answer)
        except Refused as refusal:
            say(f"{refusal.sentence}.")

    return act


def _register(world: World, session: Session, words: list[str], say: Say) -> None:
    def registered(name: str) -> None:
        say(f"You have the account {name} now, and are logged in.")

    register_account(world, session, "*", words[0], registered, lambda act: _in_words(say, act))


def _identify(world: World, session: Session, words: list[str], say: Say) -> None:
    *names, password = words[:2]
    account = names[0] if names else session.wanted or session.user.nick

    def answered(answer: Answer) -> None:
        if answer.verdict is not Verdict.DONE:
            say(f"You are not logged in: {why_not(answer)}.")
            return
        log_in(world, session, account)
        say(f"You are logged in as {session.user.account}.")

    check_password(world, session, account, password, _in_words(say, answered))


def _logout(world: World, session: Session, _words: list[str], say: Say) -> None:
    was = session.user.account
    log_out(world, session)
    say("You are logged out." if was else "You are not logged in.")


def _regain(world: World, session: Session, words: list[str], say: Say) -> Steps | None:
    name = words[0]
    account = world.accounts.find(name)
    if account is None:
        say(f"The nickname {name} is not registered.")
        return None
    if fold(session.user.account) != fold(account.name):
        say(f"Log in first: IDENTIFY {account.name} <password>")
        return None
    steps = nick(world, session, Message("NICK", (account.name,)))
    say(f"You are {account.name} from now on.")
    return steps


def _info(world: World, session: Session, words: list[str], say: Say) -> None:
    name = words[0] if words else session.user.account or session.user.nick
    account = world.accounts.find(name)
    if account is None:
        say(f"There is no account {name}.")
        return
    here = ", ".join(user.nick for user in world.logged_in(account.name) if user.registered)
    say(f"{account.name} is a registered account, {f'here as {here}' if here else 'not here now'}.")


def _set(world: World, session: Session, words: list[str], say: Say) -> None:
    if words[0].upper() != "PASSWORD":
        say("Usage: SET PASSWORD <new password>")
        return
    password = words[1]
    if not session.user.account:
        say("Log in first.")
        return

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            say("Your password was changed.")
        else:
            say(f"Your password was not changed: {answer.text or why_not(answer)}.")

    set_password(world, session, password, answered)


def _help(_world: World, _session: Session, _words: list[str], say: Say) -> None:
    say("I am a part of this server. What you say to me goes to nobody else. I know:")
    for name, row in _COMMANDS.items():
        say(f"{name} {row.usage}".rstrip() + f": {row.help}")


_COMMANDS = {
    "REGISTER": _Row("<password>", "register your nickname", _register, 1, True, 1),
    "IDENTIFY": _Row("[<account>] <password>", "log in", _identify, 1, True, 2),
    "LOGOUT": _Row("", "log out", _logout),
    "REGAIN": _Row("<nickname>", "take your nickname back, or use it here too", _regain, 1),
    "INFO": _Row("[<account>]", "whether there is such an account", _info),
    "SET": _Row("PASSWORD <new password>", "change your password", _set, 2, True, 2),
    "HELP": _Row("", "show this", _help),
}
_ALIASES = {"ID": "IDENTIFY", "LOGIN": "IDENTIFY", "GHOST": "REGAIN", "RECOVER": "REGAIN",
            "RELEASE": "REGAIN"}  # fmt: skip

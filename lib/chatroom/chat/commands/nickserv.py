"""NickServ's commands: one row for each."""

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands import tokens
from chatroom.chat.commands.account_registration import register_account
from chatroom.chat.commands.accounts import (
    check_password,
    log_in,
    log_out,
    set_password,
    why_not,
)
from chatroom.chat.commands.certificates import certificates
from chatroom.chat.commands.presence import SWITCH, about_always_on, set_always_on
from chatroom.chat.commands.registration import nick
from chatroom.chat.commands.service import Say, ServiceCommand, in_words
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import SEE
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold


def _register(world: World, session: Session, words: list[str], say: Say) -> None:
    def registered(name: str) -> None:
        say(f"You have the account {name} now, and are logged in.")

    register_account(world, session, "*", words[0], registered, lambda act: in_words(say, act))


def _identify(world: World, session: Session, words: list[str], say: Say) -> None:
    *names, password = words[:2]
    account = names[0] if names else session.wanted or session.user.nick

    def answered(answer: Answer) -> None:
        if answer.verdict is not Verdict.DONE:
            say(f"You are not logged in: {why_not(answer)}.")
            return
        log_in(world, session, account, answer.token)
        say(f"You are logged in as {session.user.account}.")

    check_password(world, session, account, password, in_words(say, answered))


def _logout(world: World, session: Session, _words: list[str], say: Say) -> None:
    was = session.user.account
    log_out(world, session)
    say("You are logged out." if was else "You are not logged in.")


def _regain(world: World, session: Session, words: list[str], say: Say) -> Steps | None:
    name, *passwords = words[:2]
    account = world.accounts.find(name)
    if account is not None and fold(session.user.account) == fold(account.name):
        say(f"You are {account.name} from now on.")
        return nick(world, session, Message("NICK", (account.name,)))
    if not passwords:  # whether or not there is such an account
        say(f"Log in first: IDENTIFY {name} <password>")
        return None

    def answered(answer: Answer) -> None:
        if answer.verdict is not Verdict.DONE:
            say(f"You are not logged in: {why_not(answer)}.")
            return
        log_in(world, session, name, answer.token)
        _take_back(world, session, name, say)

    check_password(world, session, name, passwords[0], in_words(say, answered))
    return None


def _take_back(world: World, session: Session, name: str, say: Say) -> None:
    """Take one's own nickname after logging in.

    If another connection uses it, the session cannot join it here, because all rooms would have to
    be shown, which is too much work for a keeper's answer.
    """
    say(f"You are logged in as {session.user.account}.")
    holder = world.holder(name)
    if holder in (None, session.user) or fold(holder.account) != fold(session.user.account):
        for _ in nick(world, session, Message("NICK", (session.user.account,))) or ():
            pass
    else:
        say(f"Another connection of yours uses {holder.nick}: NICK {holder.nick} adds this one.")


def _info(world: World, session: Session, words: list[str], say: Say) -> None:
    """An account's owner and operators may know of it. Others get one answer for all names, so
    nobody can try out names here; WHOIS shows people who are logged in."""
    own = session.user.account
    name = words[0] if words else own
    if not name:
        say("You are not logged in.")
        return
    if fold(name) != fold(own) and not session.user.has(SEE):
        say("Only the owner of an account and operators of the server can ask for it.")
        return
    account = world.accounts.find(name)
    if account is None:
        say(f"There is no account {name}.")
        return
    here = ", ".join(user.nick for user in world.logged_in(account.name) if user.registered)
    say(f"{account.name} is a registered account, {f'here as {here}' if here else 'not here now'}.")


def _set(world: World, session: Session, words: list[str], say: Say) -> None:
    option, value = words[0].upper(), words[1].rstrip() if len(words) > 1 else ""
    if option == "ALWAYS-ON" and value.lower() in SWITCH:
        set_always_on(world, session, SWITCH[value.lower()], say)
        return
    if option == "ALWAYS-ON":
        wrong = "Always-on can be on, off or default." if value else ""
        say(wrong or about_always_on(world, session))
        return
    if option != "PASSWORD" or not value:
        say(f"Usage: SET {_SETTINGS}")
        return
    if not session.user.account:
        say("Log in first.")
        return

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            say("Your password was changed.")
        else:
            say(f"Your password was not changed: {answer.text or why_not(answer)}.")

    set_password(world, session, value, answered)


_SETTINGS = "PASSWORD <new password> | ALWAYS-ON [on|off|default]"


COMMANDS = {
    "REGISTER": ServiceCommand(
        "<password>", "register your nickname", _register, 1, secret=1, email=True
    ),
    "IDENTIFY": ServiceCommand(
        "[<account>] <password>", "log in", _identify, 1, secret=2, by_token=True
    ),
    "LOGOUT": ServiceCommand("", "log out", _logout, by_token=True),
    "REGAIN": ServiceCommand(
        "<nickname> [<password>]",
        "take your nickname back, or use it here too",
        _regain,
        1,
        secret=2,
    ),
    "CERT": ServiceCommand(
        "ADD | LIST | DEL <fingerprint>",
        "certificates that log in to your account (SASL EXTERNAL)",
        certificates,
    ),
    "TOKEN": ServiceCommand(
        tokens.USAGE,
        "tokens that programs use instead of your password, and browsers that stay logged in",
        tokens.tokens,
    ),
    "INFO": ServiceCommand(
        "[<account>]",
        "about your account (operators: about any account)",
        _info,
        by_token=True,
    ),
    "SET": ServiceCommand(
        _SETTINGS,
        "change your password; stay in your rooms without a connection",
        _set,
        1,
        secret=2,
        most=2,
    ),
}
ALIASES = {"ID": "IDENTIFY", "LOGIN": "IDENTIFY", "GHOST": "REGAIN", "RECOVER": "REGAIN",
            "RELEASE": "REGAIN"}  # fmt: skip

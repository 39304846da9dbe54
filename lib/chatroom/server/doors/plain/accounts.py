"""Accounts at the plain door: /register, /login, /logout, /password.

A password is asked for in a line of its own, which is neither a command nor talk. Telnet is asked
not to show it; other programs show what is typed, and the question says so.
"""

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import why_not
from chatroom.server.doors.plain.account_host import NO_ACCOUNTS
from chatroom.server.doors.plain.person import Person, Question, Takes
from chatroom.text.display import visible
from chatroom.wire.sasl import SHORTEST_PASSWORD

NOT_LOGGED_IN = "You are not logged in. /login logs in, /register makes an account, exit leaves."
ALONE = "Type /{} alone: the server then asks for the password, so that it is not in a command."
TOO_LONG = "No account has such a long name."
UNCHANGED = "Nothing was changed."
AGAIN = "Type the password again, or press Enter alone to {}:"

TRIES = 3
"""A password is asked for this many times before the next line is talk again."""


def register(door: Person, rest: str) -> None:
    """/register [NAME]"""
    account = door.session.user.account
    if len(rest.split()) > 1:
        door.say(ALONE.format("register"))
    elif len(rest) > door.host.facts.limits.nickname:
        door.say(TOO_LONG)
    elif account:
        door.say(f"You are logged in as {visible(account)} already.")
    elif _may_ask(door):
        name = rest or door.session.user.nick
        _ask_new_password(door, f"the account {visible(name)}", "register", rest)


def _register(door: Person, name: str, password: str) -> None:
    def registered(account: str) -> None:
        door.say(f"The account {visible(account)} is yours. Your password logs you in anywhere.")

    accounts = door.host.plain.accounts
    door.attempt(accounts.register, door.session, name or "*", password, registered)


def login(door: Person, rest: str) -> None:
    """/login [NAME]"""
    if len(rest.split()) > 1:
        door.say(ALONE.format("login [NAME]"))
    elif len(rest) > door.host.facts.limits.nickname:
        door.say(TOO_LONG)
    elif _may_ask(door):
        name = rest or door.session.wanted or door.session.user.nick
        question = Question("login", (name, TRIES))
        door.ask_secret(f"The password of {visible(name)}:", question)


def _log_in(door: Person, name: str, tries: int, password: str) -> None:
    """Log in. After a wrong password the next line is taken for a password as well: people type it
    again at once, and it must not be sent to the room."""

    def answered(answer: Answer) -> None:
        door.release()
        if answer.verdict is Verdict.DONE:
            door.attempt(door.host.plain.accounts.log_in, door.session, name, answer)
        elif answer.verdict is Verdict.WRONG and tries > 1:
            words = f"You are not logged in: {why_not(answer)}. {AGAIN.format('stop')}"
            door.ask_secret(words, Question("login", (name, tries - 1)))
        else:
            door.say(f"You are not logged in: {why_not(answer)}.")

    if password:
        door.hold()  # until it is known who says the next line
        door.host.plain.accounts.check_password(door.session, name, password, answered)
    else:
        door.say("You are not logged in.")


def logout(door: Person, _rest: str) -> None:
    """/logout"""
    if door.session.user.account:
        door.host.plain.accounts.log_out(door.session)
    else:
        _say_not_logged_in(door)


def password(door: Person, rest: str) -> None:
    """/password"""
    account = door.session.user.account
    if rest:
        door.say(ALONE.format("password"))
    elif not account:
        _say_not_logged_in(door)
    elif _may_ask(door):
        _ask_new_password(door, f"the account {visible(account)}", "change", account)


def _change(door: Person, _account: str, new: str) -> None:
    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            door.say("Your password was changed.")
        else:
            door.say(f"Your password was not changed: {answer.text or why_not(answer)}.")

    door.attempt(door.host.plain.accounts.set_password, door.session, new, answered)


_WITH_A_NEW_ONE = {"change": _change, "register": _register}
"""What is done with a new password: `(door, name, password)`."""


def _ask_new_password(
    door: Person, whose: str, purpose: str, name: str, tries: int = TRIES
) -> None:
    """Ask for a new password twice, because it is typed unseen; then do with it what the `purpose`
    says. If it is too short, or the two differ, ask again, because people type it again at once."""
    question = Question("new password", (whose, purpose, name, tries))
    least = f"of {SHORTEST_PASSWORD} characters or more"
    door.ask_secret(f"A new password for {whose}, {least}:", question)


def _take_new(door: Person, whose: str, purpose: str, name: str, tries: int, word: str) -> None:
    if not word:
        door.say(UNCHANGED)
    elif len(word) < SHORTEST_PASSWORD:
        _refuse_new(door, "That password is too short.", whose, purpose, name, tries)
    else:
        question = Question("new password again", (whose, purpose, name, tries, word))
        door.ask_secret("Repeat it:", question)


def _take_again(
    door: Person, whose: str, purpose: str, name: str, tries: int, word: str, again: str
) -> None:
    if again == word:
        _WITH_A_NEW_ONE[purpose](door, name, word)
    else:
        _refuse_new(door, "The two passwords are different.", whose, purpose, name, tries)


def _refuse_new(door: Person, why: str, whose: str, purpose: str, name: str, tries: int) -> None:
    if tries > 1:
        door.say(f"{why} Press Enter alone to stop.")
        _ask_new_password(door, whose, purpose, name, tries - 1)
    else:
        door.say(f"{why} {UNCHANGED}")


def _say_not_logged_in(door: Person) -> None:
    why = door.host.plain.accounts.why_no_password(door.session)
    door.say(f"{NO_ACCOUNTS}." if why == NO_ACCOUNTS else NOT_LOGGED_IN)


def _may_ask(door: Person) -> bool:
    """Whether a password may be typed here; otherwise say why not."""
    why = door.host.plain.accounts.why_no_password(door.session)
    if why:
        door.say(f"{why}.")
    return not why


def token(door: Person, rest: str) -> None:
    """/token create NAME [ROOMS] [read|write], /token hook, /token list, /token revoke NAME"""

    def act() -> None:
        steps = door.host.plain.accounts.tokens(door.session, rest.split(), door.say)
        if steps is not None:
            door.start(steps)

    if door.session.user.account:
        door.attempt(act)
    else:
        _say_not_logged_in(door)


TAKES: Takes = {
    "login": _log_in,
    "new password": _take_new,
    "new password again": _take_again,
}

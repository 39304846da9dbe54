"""The questions that lead a person at the plain door into a room: for the server's password, a
nickname, the password of the account that owns it, and a room.

Each `_take_` function takes the answer to one question; `Person.question` is the one that is open.
"""

import hmac

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import why_not
from chatroom.chat.output.answers import Steps
from chatroom.chat.settings import Settings
from chatroom.server.doors.plain.accounts import AGAIN, TRIES
from chatroom.server.doors.plain.listing import show_rooms
from chatroom.server.doors.plain.person import Person, Question, Takes
from chatroom.text.display import visible
from chatroom.wire.numerics import ERR_PASSWDMISMATCH

PASSWORD_TRIES = 3
"""Wrong passwords after which the door closes."""

ASK_NICKNAME = "Choose a nickname:"
ASK_PASSWORD = "This server needs a password. Type it:"

_WAYS_OUT = frozenset({"exit", "/quit", "/exit", "/q", "/bye"})
"""Words that leave before registration, in any case; in a conversation the commands have rows."""


def first_question(settings: Settings) -> str:
    """The question that the greeting ends with."""
    return ASK_PASSWORD if settings.password else ASK_NICKNAME


def begin(door: Person) -> None:
    """Wait for the answer to the first question, which the greeting has asked."""
    if door.host.facts.settings.password:
        door.question = Question("password", (PASSWORD_TRIES,))
    else:
        door.question = Question("nickname")


# The server's password


def _take_password(door: Person, tries: int, text: str) -> None:
    """Check the password now, so that nobody chooses a nickname for nothing; NICK and USER check it
    again."""
    expected = door.host.facts.settings.password
    if hmac.compare_digest(text.encode(), expected.encode()) or not expected:
        door.run("PASS", text)
        door.say(ASK_NICKNAME)
        door.question = Question("nickname")
    elif _leaves(text):
        door.run("QUIT")
    else:
        _ask_password_again(door, tries - 1)


def _ask_password_again(door: Person, tries: int) -> None:
    door.session.reply(ERR_PASSWDMISMATCH, fill=("Password incorrect",))
    door.host.plain.refuse_password(door.session)
    if tries:
        door.say(ASK_PASSWORD)
        door.question = Question("password", (tries,))
    else:
        door.session.closing = "Password incorrect"


# The nickname


def _take_nickname(door: Person, text: str) -> None:
    if _leaves(text):
        door.run("QUIT")
        return
    nick = text.strip()
    if _belongs_to_others(door, nick):
        words = (
            f"{visible(nick)} has an account. Type its password,"
            " or press Enter alone for another name:"
        )
        door.ask_secret(words, Question("proof", (nick, TRIES)))
        return
    _come_in(door, nick)


def _belongs_to_others(door: Person, nick: str) -> bool:
    """Whether its owner could log in to have that nickname."""
    accounts = door.host.plain.accounts
    if len(nick) > door.host.facts.limits.nickname or accounts.why_no_password(door.session):
        return False
    return accounts.is_for_others(door.session, nick)


def _take_proof(door: Person, nick: str, tries: int, password: str) -> None:
    """Log in to have that nickname. After a wrong password the next line is taken for one, too: it
    must not become the nickname."""
    if not password:
        door.say(ASK_NICKNAME)
        return

    accounts = door.host.plain.accounts

    def answered(answer: Answer) -> None:
        door.release()
        if answer.verdict is Verdict.DONE:
            door.attempt(accounts.log_in, door.session, nick, answer)
            _come_in(door, nick)
            return
        why = f"That was not accepted: {why_not(answer)}."
        if answer.verdict is Verdict.WRONG and tries > 1:
            words = f"{why} {AGAIN.format('choose another name')}"
            door.ask_secret(words, Question("proof", (nick, tries - 1)))
        else:
            door.say(why)
            door.say(ASK_NICKNAME)

    door.hold()
    accounts.check_password(door.session, nick, password, answered)


def _come_in(door: Person, nick: str) -> None:
    session = door.session
    door.run("NICK", nick)
    if not (session.user.nick or session.claimed):
        door.say(ASK_NICKNAME)
        return
    if not session.user.username:
        door.run("USER", session.user.nick or nick, "0", "*", session.user.nick or nick)
    if session.registered:
        ask_room(door)
    else:
        session.claimed = ""
        door.say(ASK_NICKNAME)


# The room


def ask_room(door: Person) -> None:
    """Show the rooms, and ask for one."""
    door.question = Question("room")
    door.start(_ask_room(door))


def _ask_room(door: Person) -> Steps:
    yield from show_rooms(door)
    door.say(_room_question(door))


def _room_question(door: Person) -> str:
    return f"Choose a room [{visible(door.host.facts.settings.room)}]:"


def _take_room(door: Person, text: str) -> None:
    text = text.strip()
    if text.startswith("/") or is_exit(text):
        door.talk(text)
    elif not door.enter(text or door.host.facts.settings.room):
        door.say(_room_question(door))


TAKES: Takes = {
    "nickname": _take_nickname,
    "password": _take_password,
    "proof": _take_proof,
    "room": _take_room,
}


# Words that leave


def is_exit(text: str) -> bool:
    """Whether the person typed `exit`."""
    return len(text) == 4 and text.lower() == "exit"  # the length first, because lines may be long


def _leaves(text: str) -> bool:
    text = text.strip()
    return len(text) <= 5 and text.lower() in _WAYS_OUT

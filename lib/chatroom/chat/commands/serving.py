"""Other commands of operators of the server: REHASH, WALLOPS, GLOBAL, AUDIT, SAMODE, SAJOIN."""

from chatroom.chat.commands.modes import change_anyway
from chatroom.chat.commands.rooms import enter_anyway
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import AUDIT
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_user
from chatroom.wire.message import Message
from chatroom.wire.numerics import ERR_NEEDMOREPARAMS, ERR_NOSUCHCHANNEL, RPL_REHASHING

MOST_ENTRIES = 50
ENTRIES = 10
"""The most entries that AUDIT shows, and the number that it shows by default."""

ENTRIES_PER_STEP = 10
"""Entries that AUDIT sends in one step."""

PEOPLE_PER_STEP = 20
"""People who get a GLOBAL or WALLOPS in one step."""

PEOPLE_LOOKED_AT = 1000
"""People among whom WALLOPS looks for listeners in one step."""


def rehash(world: World, session: Session, _message: Message) -> None:
    """REHASH: read the configuration again, as SIGHUP does; the result is told later."""
    session.reply(RPL_REHASHING, "chatroom.toml")  # a name, and not the path, which is nobody's
    world.on_rehash(session)


def wallops(world: World, session: Session, message: Message) -> Steps:
    """WALLOPS <text>: to all operators of the server, and to everybody who has set user mode w."""
    return _tell_listeners(world, session, _announcement(message))


def _tell_listeners(world: World, session: Session, text: str) -> Steps:
    line = world.message_from(session.user, "WALLOPS", text, at=world.now)
    told = 0
    for count, user in enumerate(world.people(), 1):
        if told >= PEOPLE_PER_STEP or count % PEOPLE_LOOKED_AT == 0:
            told = 0
            yield
        if not (user.operator or "w" in user.flags):
            continue
        told += 1
        for each in user.sessions:
            if each is session:
                each.send(line)
            else:
                each.send_now(line)


def global_(world: World, session: Session, message: Message) -> Steps:
    """GLOBAL <text>: a notice to everybody who is here."""
    text = f"[To everybody] {_announcement(message)}"
    return _tell_everybody(world, session, text)


def _tell_everybody(world: World, session: Session, text: str) -> Steps:
    for count, user in enumerate(world.people(), 1):
        if count % PEOPLE_PER_STEP == 0:
            yield
        if user.is_leaving:
            continue
        line = world.message_from(session.user, "NOTICE", user.nick, text, at=world.now)
        for each in user.sessions:
            each.send_now(line)


def _announcement(message: Message) -> str:
    """The text, which has to fit into a line with any sender's name. Raises Failed."""
    text = message.params[0]
    if len(text.encode()) > _LONGEST:
        why = f"An announcement has at most {_LONGEST} bytes"
        raise Failed(message.command, "TOO_LONG", text=why)
    return text


_LONGEST = 320


def audit(world: World, session: Session, message: Message) -> Steps:
    """AUDIT [<number>]: the last entries of the audit log."""
    word = message.param(0)
    count = int(word[:4]) if word.isascii() and word.isdigit() else ENTRIES
    return _send_entries(session, world.audit.recent(max(1, min(count, MOST_ENTRIES))))


def _send_entries(session: Session, entries: list[str]) -> Steps:
    for number, line in enumerate(entries):
        if number % ENTRIES_PER_STEP == 0:  # before the first, too: reading them took a while
            yield
        session.tell("NOTE", AUDIT.upper(), "ENTRY", line[:_LONGEST])
    if not entries:
        session.tell("NOTE", AUDIT.upper(), "EMPTY", "The audit log is empty")


def samode(world: World, session: Session, message: Message) -> Steps | None:
    """SAMODE <room> <changes> [<parameters>]: change modes and ranks of a room without having a
    rank there. Raises Refused (403, 461)."""
    name, *rest = message.params
    room = world.find_room(name)
    if room is None:
        raise Refused(ERR_NOSUCHCHANNEL, name or "*")
    return change_anyway(world, session, room, rest)


def sajoin(world: World, session: Session, message: Message) -> Steps:
    """SAJOIN [<nickname>] <room>: enter a room, or have somebody enter it, whatever its modes
    but z."""
    *nicks, name = message.params[:2]
    user = require_user(world, nicks[0]) if nicks else session.user
    sessions = [one for one in user.sessions if isinstance(one, Session)]
    if not name:
        raise Refused(ERR_NEEDMOREPARAMS, "SAJOIN")
    if any(one.shows_rooms_itself for one in sessions):
        text = "They use netcat, where a person is in one room at a time"
        raise Failed("SAJOIN", "ONE_ROOM_ONLY", user.nick, text=text)
    return enter_anyway(world, sessions, name, session)

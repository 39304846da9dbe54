"""What people in charge of a room type at the plain door: ranks, bans, modes."""

from collections.abc import Callable, Sequence

from chatroom.chat.rights import SEE_BANS, SEE_EXCEPTIONS, may
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.server.doors.plain.person import Person, Question, Takes
from chatroom.server.doors.plain.words import NOWHERE
from chatroom.text.display import visible
from chatroom.text.operator_words import NAMES_A_ROOM, OperatorWord, is_count
from chatroom.text.times import span
from chatroom.wire.names import MUTE, bare, prefixed

MOST_AT_ONCE = 8
"""People who get a rank by one line."""

Handler = Callable[[Person, str], None]

_LONGEST_NAME = 150
_LONGEST_TEXT = 400
"""Characters that are looked at: no nickname or mask is that long, and no line of IRC has more."""

_FOR_EVER = "0"
_LIFTED = "-"
"""Instead of a time (`commands.bans`)."""


def rank(letter: str, sign: str) -> Handler:
    """Give or take a rank, of one person or of several."""

    def handler(door: Person, rest: str) -> None:
        if room := _room(door):
            nicks = rest.split(None, MOST_AT_ONCE)
            if len(nicks) > MOST_AT_ONCE:
                door.say(f"Name {MOST_AT_ONCE} people at most.")
                return
            names = [nick[:_LONGEST_NAME] for nick in nicks]
            door.run("MODE", room.name, sign + letter * len(names), *names)

    return handler


def kick(door: Person, rest: str) -> None:
    """/kick NICK [REASON]"""
    if room := _room(door):
        nick, _, reason = rest.partition(" ")
        door.run("KICK", room.name, nick[:_LONGEST_NAME], *_if_any(reason))


def ban(door: Person, rest: str) -> None:
    """/ban NICK|MASK [TIME] [REASON]: a person who is here is kicked as well."""
    if room := _room(door):
        who, time, reason = _timed(rest)
        bans = room.bans_set
        door.run("TBAN", room.name, time, who, *reason)
        user = door.host.plain.find_user(who)
        if user in room.members and room.bans_set > bans:
            door.run("KICK", room.name, who, *reason)


def mute(door: Person, rest: str) -> None:
    """/mute NICK|MASK [TIME] [REASON]"""
    if room := _room(door):
        who, time, reason = _timed(rest)
        door.run("TBAN", room.name, time, MUTE + who, *reason)


def lift(kind: str) -> Handler:
    """Lift bans, or mutes."""

    def handler(door: Person, rest: str) -> None:
        if room := _room(door):
            door.run("TBAN", room.name, _LIFTED, kind + rest.split()[0][:_LONGEST_NAME])

    return handler


_EMPTY = {
    "b": (SEE_BANS, "Nobody is banned or muted here."),
    "e": (SEE_EXCEPTIONS, "Nobody is exempt from the bans here."),
    "I": (SEE_EXCEPTIONS, "Nobody may enter without an invitation here."),
}
"""The mode of each list -> the right to see it, and what is said if it is empty."""


def listed(letter: str) -> Handler:
    """Show a list of the room, or say that it is empty to those who may see it."""
    right, nothing = _EMPTY[letter]

    def handler(door: Person, _rest: str) -> None:
        if room := _room(door):
            door.run("MODE", room.name, letter)
            if not room.lists[letter] and may(room, door.session.user, right):
                door.say(nothing)

    return handler


def audit(door: Person, rest: str) -> None:
    """/audit [N]"""
    if rest and not is_count(rest):
        door.say("Usage: /audit [N]")
    elif room := _room(door):
        door.run("AUDIT", room.name, *rest[:_LONGEST_NAME].split()[:1])


def as_operator(word: OperatorWord) -> Handler:
    """Commands of operators of the server. Others get a refusal."""

    def handler(door: Person, rest: str) -> None:
        if wrong := word.usage_if_wrong(rest[:_LONGEST_TEXT]):
            door.say(wrong)
            return
        params = word.split(rest[:_LONGEST_TEXT])
        if word.name in NAMES_A_ROOM:
            at = NAMES_A_ROOM[word.name]
            params[at] = prefixed(params[at])
        door.start(door.doing(word.command, *params), acts=True)

    return handler


def oper(door: Person, rest: str) -> None:
    """/oper [NAME]: its password is asked for; without a name, by one's account."""
    name = rest.split()[0][:_LONGEST_NAME] if rest else ""
    if len(rest.split(None, 1)) > 1:
        door.say("Usage: /oper [NAME]; the password is asked for, so that nobody sees it.")
    elif name:
        words = f"The password of the operator {visible(name)}:"
        door.ask_secret(words, Question("operator", (name,)))
    elif not door.session.user.account:
        door.say("Usage: /oper NAME, or log in to an operator's account: /login")
    else:
        door.run("OPER")


def _become_operator(door: Person, name: str, password: str) -> None:
    if password:
        door.run("OPER", name, password)
    else:
        door.say("Nothing was changed.")


def rename_room(door: Person, rest: str) -> None:
    """/rename-room NAME [REASON]"""
    if room := _room(door):
        name, _, reason = rest.partition(" ")
        wanted = prefixed(name[:_LONGEST_NAME])
        door.start(door.doing("RENAME", room.name, wanted, *_if_any(reason)), acts=True)


def redact(door: Person, rest: str) -> None:
    """/redact all from NICK [REASON]"""
    words = rest.split(None, 3)
    if [word.lower() for word in words[:2]] != ["all", "from"] or len(words) < 3:
        door.say("Usage: /redact all from NICK [REASON]")
    elif room := _room(door):
        reason = words[3:] and _if_any(words[3])
        door.start(door.doing("REDACTALL", room.name, words[2][:_LONGEST_NAME], *reason), acts=True)


def mode(door: Person, rest: str) -> None:
    """/mode [CHANGES]"""
    letter = rest.removeprefix("+")
    if letter in _EMPTY:
        listed(letter)(door, rest)
    elif room := _room(door):
        door.start(door.doing("MODE", room.name, *rest[:_LONGEST_TEXT].split()), acts=True)


REGISTERED = "{} belongs to your account now. The ranks that you give here are kept."
ACCEPTED = "{} belongs to your account, too, from now on."
DROPPED = "{} belongs to nobody any more."


def register_room(door: Person, _rest: str) -> None:
    """/register-room"""
    _own(door, door.host.plain.accounts.register_room, REGISTERED)


def accept_room(door: Person, _rest: str) -> None:
    """/accept-room"""
    _own(door, door.host.plain.accounts.accept_room, ACCEPTED)


def drop_room(door: Person, _rest: str) -> None:
    """/drop-room"""
    _own(door, door.host.plain.accounts.drop_room, DROPPED)


def _own(door: Person, act: Callable[[Session, str], object], words: str) -> None:
    room = _room(door)

    def try_it(name: str) -> None:
        act(door.session, name)
        door.say(words.format(visible(bare(name))))

    if room is not None:
        door.attempt(try_it, room.name)


def _room(door: Person) -> Room | None:
    if door.room is None:
        door.say(NOWHERE)
    return door.room


def _timed(rest: str) -> tuple[str, str, Sequence[str]]:
    """`bob 2h so much spam` -> bob, 2h, and the reason if there is one. A word that is not a time
    belongs to the reason."""
    who, _, more = rest.partition(" ")
    who = who[:_LONGEST_NAME]
    time, _, reason = more.strip().partition(" ")
    try:
        span(time)
    except ValueError:
        return who, _FOR_EVER, _if_any(more)
    return who, time, _if_any(reason)


def _if_any(text: str) -> Sequence[str]:
    text = text.strip()[:_LONGEST_TEXT]
    return (text,) if text else ()


TAKES: Takes = {"operator": _become_operator}

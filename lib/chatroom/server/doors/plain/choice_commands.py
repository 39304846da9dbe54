"""The commands by which people choose what they see: /ignore, /unignore, /set."""

from chatroom.server.doors.plain.choices import Choices, Ignored
from chatroom.server.doors.plain.person import Person
from chatroom.server.doors.plain.words import shown_word
from chatroom.text.display import visible
from chatroom.wire.names import fold

MOST_IGNORED = 50
"""Nicknames that one person may ignore."""

_OF_MASKS = frozenset("*?!@")
"""These characters cannot occur in a nickname."""


def ignore(door: Person, rest: str) -> None:
    """/ignore [NICK]"""
    door.host.plain.settle_nicknames()  # so that nickname changes in this tick take effect first
    ignored = door.choices.ignored
    if not rest:
        names = ", ".join(_called(door.choices, one) for one in _typed(door.choices))
        door.say(f"Ignoring: {names}" if names else "You are not ignoring anyone.")
        return
    nick = rest.split()[0]
    if len(nick) > door.host.facts.limits.nickname:  # checked before any work on it
        door.say("No nickname is that long.")
        return
    folded = fold(nick)
    if folded == door.session.user.folded:
        door.say("You cannot ignore yourself.")
    elif _OF_MASKS.intersection(nick):
        door.say("/ignore needs a nickname. Masks such as bob* or *!*@host do not work here.")
    elif len(nick) > door.host.facts.limits.nickname:
        door.say("No nickname is that long.")
    elif folded not in ignored and len(_typed(door.choices)) >= MOST_IGNORED:
        door.say(f"You can ignore {MOST_IGNORED} people at most. /unignore somebody first.")
    else:
        door.choose(door.choices._replace(ignored={**ignored, folded: Ignored(nick, folded)}))
        door.say(visible(f"You are ignoring {nick} until you leave. /unignore {nick} stops that."))


def unignore(door: Person, rest: str) -> None:
    """/unignore NICK"""
    door.host.plain.settle_nicknames()
    typed = rest.split()[0]
    ignored = dict(door.choices.ignored)
    possible = len(typed) <= door.host.facts.limits.nickname
    one = ignored.get(fold(typed)) if possible else None
    if one is None:
        door.say(f"You are not ignoring {shown_word(typed)}.")
        return
    for folded in door.choices.names_of(one.typed):
        del ignored[folded]
    door.choose(door.choices._replace(ignored=ignored))
    door.say(visible(f"You are no longer ignoring {one.nick}."))


def _typed(choices: Choices) -> list[Ignored]:
    return [one for folded, one in choices.ignored.items() if folded == one.typed]


def _called(choices: Choices, one: Ignored) -> str:
    """`bob`, or `bob (now ann)`."""
    later = [choices.ignored[folded].nick for folded in choices.names_of(one.typed)]
    now = [nick for nick in later if nick != one.nick]
    return visible(f"{one.nick} (now {now[0]})" if now else one.nick)


_SWITCH = {"on": True, "off": False}


def set_(door: Person, rest: str) -> None:
    """/set [bell on|off], /set always-on [on|off]"""
    words = rest.lower().split()
    if words[:1] == ["always-on"] and len(words) < 3:
        door.tell("NickServ", f"SET ALWAYS-ON {' '.join(words[1:])}".strip())
    elif not words or words == ["bell"]:
        state = "on" if door.choices.bell else "off"
        when = "It" if door.choices.bell else "When on, it"
        door.say(
            f"The bell is {state}. {when} rings when somebody says your name or writes to you."
        )
        if not words and door.session.user.account:
            door.tell("NickServ", "SET ALWAYS-ON")
    elif len(words) == 2 and words[0] == "bell" and words[1] in _SWITCH:
        door.choose(door.choices._replace(bell=_SWITCH[words[1]]))
        door.say(f"The bell is {words[1]}.")
    else:
        door.say("Usage: /set bell on|off, or /set always-on on|off|default")

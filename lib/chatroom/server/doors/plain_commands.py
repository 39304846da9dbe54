"""The slash commands of the plain door: one row for each."""

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from chatroom.chat import flood
from chatroom.server.doors.plain_history import history, search
from chatroom.wire.names import bare
from chatroom.wire.prose import ACTION, visible

if TYPE_CHECKING:
    from chatroom.server.doors.plain import PlainDoor


_LONGEST_GUESSED = 32
"""Characters of an unknown command that are compared with those there are, and shown."""


class PlainCommand(NamedTuple):
    """One row: what follows the name, what it does, and the least number of words it needs.

    `cost` is what it takes from the flood allowance, where a line of talk costs 1.
    """

    usage: str
    help: str
    handler: "Callable[[PlainDoor, str], None]"
    minimum: int = 0
    cost: int = 1


def command(door: "PlainDoor", text: str) -> None:
    """Carry out what stands behind the slash."""
    name, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    row = PLAIN_COMMANDS.get(name.lower())
    if row is None:
        door.say(_unknown(name))
    elif len(rest.split()) < row.minimum:
        door.say(f"Usage: /{name.lower()} {row.usage}")
    else:
        flood.spend(door.session, row.cost - 1)  # the line itself is paid
        row.handler(door, rest)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:_LONGEST_GUESSED].lower(), PLAIN_COMMANDS, 1)
    guess = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
    return f"There is no command /{visible(name[:_LONGEST_GUESSED])}. {guess}"


def _help(door: "PlainDoor", _rest: str) -> None:
    heads = {f"/{name} {row.usage}".rstrip(): row.help for name, row in PLAIN_COMMANDS.items()}
    width = max(map(len, heads))
    for head, text in heads.items():
        door.say(f"{head:{width}}  {text}")
    door.say(f"{'exit':{width}}  leave the chat")


def _leave(door: "PlainDoor", rest: str) -> None:
    if door.room is not None:
        door.run("PART", door.room.name, *([rest] if rest else []))
    door.ask_room()


def _join(door: "PlainDoor", rest: str) -> None:
    door.enter(rest)


def _who(door: "PlainDoor", rest: str) -> None:
    if rest:
        door.run("WHOIS", rest.split()[0])
    elif door.room is None:
        door.say("You are in no room.")
    else:
        door.say(f"In {visible(bare(door.room.name))}. {door.who_is_here(door.room)}")


def _msg(door: "PlainDoor", rest: str) -> None:
    nick, _, text = rest.partition(" ")
    door.tell(nick, text.strip())


def _me(door: "PlainDoor", rest: str) -> None:
    if door.room is None:
        door.say("You are in no room.")
    else:
        door.tell(door.room.name, rest, form=ACTION + "{}\x01")


def _topic(door: "PlainDoor", rest: str) -> None:
    if door.room is None:
        door.say("You are in no room.")
    elif rest:
        door.run("TOPIC", door.room.name, rest)
    else:
        topic = door.room.topic
        door.say(f"Topic: {visible(topic)}" if topic else "There is no topic.")


PLAIN_COMMANDS = {
    "help": PlainCommand("", "this list", _help),
    "rooms": PlainCommand("", "the rooms there are, and how many are in them",
                          lambda door, _rest: door.start(door.show_rooms())),
    "join": PlainCommand("ROOM [KEY]", "go into another room", _join, 1),
    "leave": PlainCommand("[REASON]", "leave the room, and choose another", _leave),
    "who": PlainCommand("[NICK]", "who is here, or who somebody is", _who),
    "nick": PlainCommand("NICK", "take another nickname",
                         lambda door, rest: door.run("NICK", rest), 1),
    "msg": PlainCommand("NICK TEXT", "say something to one person only", _msg, 2),
    "me": PlainCommand("TEXT", "say what you do", _me, 1),
    "history": PlainCommand("[N | more]", "what was said before", history, cost=2),
    "search": PlainCommand("WORDS | more",
                           'find it: tea te* "hot tea" from:bob in:den after:2026-11-20',
                           search, 1, cost=4),
    "topic": PlainCommand("[TEXT]", "show the room's topic, or set it", _topic),
    "quit": PlainCommand("[REASON]", "leave the chat",
                         lambda door, rest: door.run("QUIT", *([rest] if rest else []))),
}  # fmt: skip

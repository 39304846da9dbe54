"""The slash commands: one row for each. /help, usage and suggestions follow from the rows."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from chatroom.client.view import Line

if TYPE_CHECKING:
    from chatroom.client.chat import Chat

SAY_SLASH = "//TEXT says a line that begins with a slash; exit is like /quit."
SEARCHABLE = 'words, "phrases", begin*; from:NICK in:ROOM before:2026-11-20 after:'


class CommandError(Exception):
    """What was typed cannot be done; `str()` tells the person why."""


class Command(NamedTuple):
    """One row: at least `needs` arguments, at most `takes`; the last one is the rest of the line.

    `shown` is whether the line as it was typed stays in sight.
    """

    name: str
    usage: str
    help: str
    handler: Callable[["Chat", list[str]], None]
    needs: int = 0
    takes: int = 1
    shown: bool = True


def run(chat: "Chat", text: str) -> None:
    """Do what a line such as `/join games` says. Raises CommandError, or wire's ProtocolError."""
    word, _, rest = text.removeprefix("/").partition(" ")
    command = _find(word.lower())
    arguments = rest.split(None, command.takes - 1) if command.takes else []
    if arguments:
        arguments[-1] = arguments[-1].rstrip()
    if len(arguments) < command.needs:
        raise CommandError(f"Usage: /{command.name} {command.usage}")
    if command.shown:
        chat.screen.typed_command(text)
    command.handler(chat, arguments)


def _find(word: str) -> Command:
    name = _ALIASES.get(word, word)
    if name in COMMANDS:
        return COMMANDS[name]
    nearest = get_close_matches(word, [*COMMANDS, *_ALIASES], n=1, cutoff=0.6)
    advice = f"did you mean /{nearest[0]}?" if nearest else "/help lists the commands."
    raise CommandError(f"There is no command /{word}; {advice}")


def _room(chat: "Chat") -> str:
    if not chat.room:
        raise CommandError("You are in no room; /join ROOM")
    return chat.room


def _help(chat: "Chat", arguments: list[str]) -> None:
    rows = [_find(arguments[0].removeprefix("/").lower())] if arguments else COMMANDS.values()
    lines = [f"/{row.name} {row.usage}".ljust(24) + row.help for row in rows]
    chat.screen.show(Line("\n".join(lines if arguments else [*lines, SAY_SLASH])))


def _quit(chat: "Chat", arguments: list[str]) -> None:
    chat.leave(farewell=arguments[0] if arguments else "")


def _join(chat: "Chat", arguments: list[str]) -> None:
    state = chat.session.state
    room = state.room_meant(arguments[0])
    known = state.room(room)
    if known:
        chat.go_to(known.name)
    else:
        chat.session.send("JOIN", room, *arguments[1:])


def _leave(chat: "Chat", arguments: list[str]) -> None:
    """The current room, or the one that the first word names, if one is in it."""
    first, _, rest = (arguments or [""])[0].partition(" ")
    state = chat.session.state
    room = state.room(state.room_meant(first)) if first else None
    if room is not None:
        chat.session.send("PART", room.name, *filter(None, [rest.strip()]))
    else:
        chat.session.send("PART", _room(chat), *arguments)


def _rooms(chat: "Chat", _arguments: list[str]) -> None:
    chat.session.send("LIST")


def _who(chat: "Chat", arguments: list[str]) -> None:
    room = chat.session.state.room_meant(arguments[0]) if arguments else _room(chat)
    chat.session.send("NAMES", room)


def _nick(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send("NICK", arguments[0])


def _msg(chat: "Chat", arguments: list[str]) -> None:
    chat.tell(arguments[0], arguments[1])


def _me(chat: "Chat", arguments: list[str]) -> None:
    chat.say(arguments[0], action=True)


def _topic(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send("TOPIC", _room(chat), *arguments)


def _away(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send("AWAY", *arguments)


def _whois(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send("WHOIS", arguments[0])


def _kick(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send("KICK", _room(chat), *arguments)


def _invite(chat: "Chat", arguments: list[str]) -> None:
    state = chat.session.state
    room = state.room_meant(arguments[1]) if len(arguments) > 1 else _room(chat)
    chat.session.send("INVITE", arguments[0], room)


def _history(chat: "Chat", arguments: list[str]) -> None:
    chat.reader.history(_room(chat), arguments[0] if arguments else "")


def _search(chat: "Chat", arguments: list[str]) -> None:
    chat.searcher.search(arguments[0])


def _raw(chat: "Chat", arguments: list[str]) -> None:
    chat.session.send_raw(arguments[0])


COMMANDS = {
    row.name: row
    for row in (
        Command("help", "[COMMAND]", "shows this, or one command", _help),
        Command("join", "ROOM [KEY]", "goes into a room, new or not", _join, needs=1, takes=2),
        Command("leave", "[ROOM] [REASON]", "leaves a room, by default the current one", _leave),
        Command("rooms", "", "lists the rooms", _rooms, takes=0),
        Command("who", "[ROOM]", "lists who is in a room", _who),
        Command("msg", "NICK TEXT", "says something to one person", _msg, 2, 2, shown=False),
        Command("me", "TEXT", "tells what you do", _me, needs=1, shown=False),
        Command("history", "[N|more]", "shows the last lines, or older ones", _history),
        Command("search", "WORDS|more", f"finds {SEARCHABLE}", _search, needs=1),
        Command("topic", "[TEXT]", "tells or sets the room's topic", _topic),
        Command("nick", "NICK", "changes your nickname", _nick, needs=1),
        Command("away", "[TEXT]", "says that you are away, or back", _away),
        Command("whois", "NICK", "tells about a person", _whois, needs=1),
        Command("invite", "NICK [ROOM]", "asks someone in", _invite, needs=1, takes=2),
        Command("kick", "NICK [REASON]", "throws someone out of the room", _kick, 1, 2),
        Command("raw", "LINE", "sends a line of IRC as it is", _raw, needs=1),
        Command("quit", "[REASON]", "leaves the chat", _quit),
    )
}

_ALIASES = {"exit": "quit", "list": "rooms", "names": "who", "part": "leave"}
"""What those who know IRC type."""

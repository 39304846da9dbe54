"""The slash commands: one row for each. /help, usage and suggestions follow from the rows."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from chatroom.client.commands import people, reading, rooms, talking
from chatroom.client.commands.base import Command, CommandError
from chatroom.client.view import Line

if TYPE_CHECKING:
    from chatroom.client.chat import Chat

SAY_SLASH = "//TEXT says a line that begins with a slash; exit is like /quit."
SEARCHABLE = 'words, "phrases", begin*; from:NICK in:ROOM before:2026-11-20 after:'


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


def _help(chat: "Chat", arguments: list[str]) -> None:
    rows = [_find(arguments[0].removeprefix("/").lower())] if arguments else COMMANDS.values()
    lines = [f"/{row.name} {row.usage}".ljust(24) + row.help for row in rows]
    chat.screen.show(Line("\n".join(lines if arguments else [*lines, SAY_SLASH])))


COMMANDS = {
    row.name: row
    for row in (
        Command("help", "[COMMAND]", "shows this, or one command", _help),
        Command("join", "ROOM [KEY]", "goes into a room, new or not", rooms.join, needs=1, takes=2),
        Command(
            "leave", "[ROOM] [REASON]", "leaves a room, by default the current one", rooms.leave
        ),
        Command("rooms", "", "lists the rooms", rooms.rooms, takes=0),
        Command("who", "[ROOM]", "lists who is in a room", rooms.who),
        Command("msg", "NICK TEXT", "says something to one person", talking.msg, 2, 2, shown=False),
        Command("me", "TEXT", "tells what you do", talking.me, needs=1, shown=False),
        Command("history", "[N|more]", "shows the last lines, or older ones", reading.history),
        Command("search", "WORDS|more", f"finds {SEARCHABLE}", reading.search, needs=1),
        Command("topic", "[TEXT]", "tells or sets the room's topic", rooms.topic),
        Command("nick", "NICK", "changes your nickname", people.nick, needs=1),
        Command("away", "[TEXT]", "says that you are away, or back", people.away),
        Command("whois", "NICK", "tells about a person", people.whois, needs=1),
        Command("invite", "NICK [ROOM]", "asks someone in", rooms.invite, needs=1, takes=2),
        Command("kick", "NICK [REASON]", "throws someone out of the room", rooms.kick, 1, 2),
        Command("raw", "LINE", "sends a line of IRC as it is", talking.raw, needs=1),
        Command("quit", "[REASON]", "leaves the chat", talking.quit),
    )
}

_ALIASES = {"exit": "quit", "list": "rooms", "names": "who", "part": "leave"}
"""What those who know IRC type."""

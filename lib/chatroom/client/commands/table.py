"""The slash commands: one row for each. /help, usage and suggestions follow from the rows."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from chatroom.client.commands import choices, moving, people, reading, rooms, talking
from chatroom.client.commands.base import Command, CommandError, Unknown
from chatroom.client.view.columns import table

if TYPE_CHECKING:
    from chatroom.client.chat import Chat

WITHOUT_ROWS = (
    ("//TEXT", "says a line that begins with a slash"),
    ("exit", "leaves the chat, too"),
)
"""What else one may type."""

SEARCHABLE = 'words, "phrases", begin*; from:NICK in:ROOM before:2026-11-20 after:'


def run(chat: "Chat", text: str) -> None:
    """Do what a line such as `/join games` says. Raises CommandError, or wire's ProtocolError."""
    word, _, rest = text.removeprefix("/").partition(" ")
    try:
        command = find(word.lower())
    except CommandError as error:
        raise Unknown(str(error)) from None
    arguments = rest.split(None, command.takes - 1) if command.takes else []
    if arguments:
        arguments[-1] = arguments[-1].rstrip()
    if len(arguments) < command.needs:
        raise CommandError(f"Usage: /{command.name} {command.usage}")
    if command.shown:
        chat.talk.echo(text)
    command.handler(chat, arguments)


def leads_elsewhere(line: str) -> bool:
    """Whether a typed line may make another conversation the current one."""
    word = line[1:].partition(" ")[0].lower()
    return line.startswith("/") and _ALIASES.get(word, word) in _MOVING


def find(word: str) -> Command:
    """The row of that name or alias. Raises CommandError."""
    name = _ALIASES.get(word, word)
    if name in COMMANDS:
        return COMMANDS[name]
    nearest = get_close_matches(word, [*COMMANDS, *_ALIASES], n=1, cutoff=0.6)
    advice = f"did you mean /{nearest[0]}?" if nearest else "/help lists the commands."
    raise CommandError(f"There is no command /{word}; {advice}")


def _help(chat: "Chat", arguments: list[str]) -> None:
    rows = [find(arguments[0].removeprefix("/").lower())] if arguments else COMMANDS.values()
    cells = [(f"/{row.name} {row.usage}".rstrip(), row.help) for row in rows]
    chat.screen.show(table(cells if arguments else [*cells, *WITHOUT_ROWS]))


COMMANDS = {
    row.name: row
    for row in (
        Command("help", "[COMMAND]", "shows this, or one command", _help),
        Command("join", "ROOM [KEY]", "goes into a room, new or not", rooms.join, needs=1, takes=2),
        Command("leave", "[ROOM] [REASON]", "leaves a room, by default this one", rooms.leave),
        Command("rooms", "[PATTERN]", "lists the rooms, the fullest first", rooms.rooms),
        Command("who", "[ROOM]", "lists who is in a room", rooms.who),
        Command("query", "NICK [TEXT]", "talks with one person", moving.query, needs=1, takes=2),
        Command("switch", "[NAME|N]", "goes to another conversation, or lists them", moving.switch),
        Command("close", "", "ends this conversation", moving.close, takes=0),
        Command("msg", "NICK TEXT", "says something to one person", talking.msg, 2, 2, shown=False),
        Command("me", "TEXT", "tells what you do", talking.me, needs=1, shown=False),
        Command(
            "reply",
            "[N|NICK] TEXT",
            "answers a line: the last one, the Nth last, or NICK's",
            talking.reply,
            needs=1,
            shown=False,
        ),
        Command(
            "react", "[N|NICK] EMOJI", "puts :+1: to a line", talking.react, needs=1, shown=False
        ),
        Command(
            "unreact", "[N|NICK] EMOJI", "takes it away again", talking.unreact, 1, shown=False
        ),
        Command("redact", "[N] [REASON]", "takes back your last line", talking.redact),
        Command("history", "[N|more]", "shows the last lines, or older ones", reading.history),
        Command("search", "WORDS|more", f"finds {SEARCHABLE}", reading.search, needs=1),
        Command("context", "N", "shows what was said around a line found", reading.context, 1),
        Command("topic", "[TEXT]", "tells or sets the room's topic", rooms.topic),
        Command("nick", "NICK", "changes your nickname", people.nick, needs=1),
        Command("away", "[TEXT]", "says that you are away, or back", people.away),
        Command("whois", "NICK", "tells about a person", people.whois, needs=1),
        Command("invite", "NICK [ROOM]", "asks someone in", rooms.invite, needs=1, takes=2),
        Command("kick", "NICK [REASON]", "throws someone out of the room", rooms.kick, 1, 2),
        Command("ignore", "[NICK|MASK]", "does not show what someone says", choices.ignore),
        Command("unignore", "NICK|MASK", "shows it again", choices.unignore, needs=1),
        Command("highlight", "[WORD]", "counts a word like your name, or not", choices.highlight),
        Command("log", "[on|off]", "writes what is said into files", choices.log),
        Command("paste", "[on|off]", "asks before several pasted lines are sent", choices.paste),
        Command(
            "set", "[SETTING [VALUE]]", "lists the settings, or sets one", choices.set_, takes=2
        ),
        Command("save", "", "keeps the settings for the next time", choices.save, takes=0),
        Command("yes", "", "has done what you were offered", moving.yes, takes=0),
        Command("no", "", "does not have it done", moving.no, takes=0),
        Command("reconnect", "", "calls the server now, or anew", moving.reconnect, takes=0),
        Command("raw", "LINE", "sends a line of IRC as it is", talking.raw, needs=1),
        Command("quit", "[REASON]", "leaves the chat", talking.quit),
    )
}

_MOVING = frozenset({"join", "leave", "query", "switch", "close"})

_ALIASES = {"exit": "quit", "list": "rooms", "names": "who", "part": "leave", "win": "switch"}
"""What those who know IRC type."""

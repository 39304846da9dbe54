"""The slash commands: one row for each. /help, usage and suggestions follow from the rows."""

from collections.abc import Iterator
from difflib import get_close_matches

from chatroom.client.errors import CommandError, Unknown
from chatroom.client.ui.commands import (
    accounts,
    buffers,
    files,
    help,
    history,
    messages,
    moderation,
    people,
    rooms,
    settings,
)
from chatroom.client.ui.commands.base import Command, Tools
from chatroom.client.ui.commands.moderation import rank
from chatroom.client.ui.entries import is_command
from chatroom.text.operator_words import OPERATOR_WORDS

SEARCHABLE = 'words, "phrases", begin*, from:NICK, in:ROOM, with:NICK, after:DATE, before:DATE'


def run(tools: Tools, text: str) -> None:
    """Carry out a line such as `/join games`. Raises CommandError, or wire's ProtocolError."""
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
        tools.display.echo(text)
    command.handler(tools, arguments)


def leads_elsewhere(line: str) -> bool:
    """Whether a typed line may switch to another conversation."""
    word = line[1:].partition(" ")[0].lower()
    return line.startswith("/") and ALIASES.get(word, word) in _MOVING


def goes_unnoticed(line: str) -> bool:
    """Whether a typed line is a command that nobody else notices, such as /who."""
    word, *rest = line.removeprefix("/").split()[:100] or [""]
    row = COMMANDS.get(ALIASES.get(word.lower(), word.lower()))
    if row is None or row.unnoticed is None or not is_command(line):
        return False
    return row.needs <= len(rest) <= row.unnoticed


def find(word: str) -> Command:
    """The row of that name or alias. Raises CommandError."""
    name = ALIASES.get(word, word)
    if name in COMMANDS:
        return COMMANDS[name]
    nearest = get_close_matches(word, [*COMMANDS, *ALIASES], n=1, cutoff=0.6)
    advice = f"did you mean /{nearest[0]}?" if nearest else "/help lists the commands."
    raise CommandError(f"There is no command /{word}; {advice}")


def _help(tools: Tools, arguments: list[str]) -> None:
    name = arguments[0].removeprefix("/").lower() if arguments else ""
    if not name:
        tools.context.screen.show(help.overview(tools.context.session.state.is_operator))
    elif name == help.ALL:
        is_operator = tools.context.session.state.is_operator
        tools.context.screen.show(help.everything(COMMANDS, is_operator))
    elif name in help.GROUPS:
        tools.context.screen.show(help.about_group(name, COMMANDS))
    else:
        tools.context.screen.show(help.about(find(name)))


def _of_operators() -> Iterator[Command]:
    for word in OPERATOR_WORDS:
        takes = 1 if word.usage else 0
        handler = moderation.as_operator(word)
        yield Command(word.name, word.usage, word.help, handler, min(word.needs, 1), takes)


def _ranks() -> Iterator[Command]:
    """Two rows for each rank: to give it, and to take it away."""
    yield Command("voice", "NICK", "lets people speak in a moderated room", rank("v", "+"), 1)
    yield Command("devoice", "NICK", "takes a voice away", rank("v", "-"), 1)
    for name, letter, words in (
        ("op", "o", "an operator"),
        ("halfop", "h", "a half-operator"),
        ("admin", "a", "an admin"),
        ("owner", "q", "an owner"),
    ):
        yield Command(name, "NICK", f"makes somebody {words} of the room", rank(letter, "+"), 1)
        yield Command(f"de{name}", "NICK", f"removes somebody as {words}", rank(letter, "-"), 1)


COMMANDS = {
    row.name: row
    for row in (
        Command(
            "help", "[COMMAND|GROUP|all]", "lists the commands, or explains one", _help, unnoticed=1
        ),
        Command(
            "join",
            "ROOM [KEY]",
            "enters a room, or creates a new one",
            rooms.join,
            needs=1,
            takes=2,
        ),
        Command("leave", "[ROOM] [REASON]", "leaves the room you name, or this one", rooms.leave),
        Command("rooms", "[PATTERN]", "lists the rooms, largest first", rooms.rooms, unnoticed=1),
        Command("who", "[ROOM]", "lists the people in a room", rooms.who, unnoticed=1),
        Command(
            "query",
            "NICK [TEXT]",
            "opens a private conversation with one person",
            buffers.query,
            needs=1,
            takes=2,
            unnoticed=1,
        ),
        Command(
            "switch",
            "[NAME|N]",
            "switches to another conversation, or lists them",
            buffers.switch,
            unnoticed=1,
        ),
        Command(
            "close",
            "",
            "closes this conversation; leaves the room if it is one",
            buffers.close,
            takes=0,
        ),
        Command(
            "msg",
            "NICK TEXT",
            "sends one person a private message",
            messages.msg,
            2,
            2,
            shown=False,
        ),
        Command(
            "me",
            "TEXT",
            "describes what you are doing: * alice waves",
            messages.me,
            needs=1,
            shown=False,
        ),
        Command(
            "send",
            "FILE [TEXT]",
            "sends a file, with a text if you like; Ctrl-C stops it",
            files.send,
            needs=1,
        ),
        Command(
            "get",
            "[N] [PATH]",
            "saves the last file that was shown, or file N, in a folder or under a name",
            files.get,
        ),
        Command(
            "reply",
            "[N|NICK] TEXT",
            "answers the last message, the Nth from the end, or NICK's last",
            messages.reply,
            needs=1,
            shown=False,
        ),
        Command(
            "react",
            "[N|NICK] EMOJI",
            "reacts to a message with an emoji",
            messages.react,
            needs=1,
            shown=False,
        ),
        Command(
            "unreact", "[N|NICK] EMOJI", "removes a reaction", messages.unreact, 1, shown=False
        ),
        Command(
            "redact",
            "[N] [REASON]",
            "deletes your last message, or the Nth from the end; all from NICK: theirs",
            messages.redact,
        ),
        Command(
            "history",
            "[N|more]",
            "shows the last lines, or older ones",
            history.history,
            unnoticed=1,
        ),
        Command(
            "search", "WORDS|more", f"finds {SEARCHABLE}", history.search, needs=1, unnoticed=20
        ),
        Command(
            "context",
            "N",
            "shows the lines around result N of the last search",
            history.context,
            1,
            unnoticed=1,
        ),
        Command("topic", "[TEXT]", "shows the room's topic, or changes it", rooms.topic),
        Command("nick", "NICK", "changes your nickname", people.nick, needs=1),
        Command("setname", "TEXT", "changes your real name", people.setname, needs=1),
        Command(
            "away", "[TEXT]", "marks you as away; without a text, marks you as back", people.away
        ),
        Command(
            "whois",
            "NICK",
            "shows what the server knows about a person",
            people.whois,
            needs=1,
            unnoticed=1,
        ),
        Command(
            "invite", "NICK [ROOM]", "invites someone into a room", rooms.invite, needs=1, takes=2
        ),
        Command(
            "knock", "ROOM [TEXT]", "asks to be let into a closed room", rooms.knock, 1, takes=2
        ),
        Command(
            "invite-link",
            "[ROOM] [qr]",
            "shows the address of the room for a browser, also as a QR code",
            files.invite_link,
            unnoticed=2,
        ),
        Command("kick", "NICK [REASON]", "removes someone from the room", rooms.kick, 1, 2),
        Command(
            "ban",
            "NICK|MASK [TIME] [REASON]",
            "keeps somebody out of the room, perhaps for a time such as 2h",
            moderation.ban,
            1,
            2,
        ),
        Command("unban", "NICK|MASK", "lifts the bans that match somebody", moderation.unban, 1),
        Command(
            "mute",
            "NICK|MASK [TIME] [REASON]",
            "lets somebody read, but not speak, perhaps for a time such as 2h",
            moderation.mute,
            1,
            2,
        ),
        Command("unmute", "NICK|MASK", "lifts the mutes that match somebody", moderation.unmute, 1),
        Command("bans", "", "lists the room's bans and mutes", moderation.listed("b"), takes=0),
        Command(
            "invites",
            "",
            "lists who may enter without an invitation",
            moderation.listed("I"),
            takes=0,
        ),
        Command("mode", "[CHANGES]", "shows the room's modes, or changes them", moderation.mode),
        *_ranks(),
        *_of_operators(),
        Command(
            "register-room",
            "[ROOM]",
            "makes a room yours, so that it stays and the ranks in it are kept",
            moderation.ask_chanserv("REGISTER"),
        ),
        Command(
            "accept-room",
            "[ROOM]",
            "accepts a room of which somebody has made you an owner",
            moderation.ask_chanserv("ACCEPT"),
        ),
        Command(
            "drop-room",
            "[ROOM]",
            "gives up a room of yours; it ends when the last person leaves",
            moderation.ask_chanserv("DROP"),
        ),
        Command(
            "audit",
            "[N]",
            "lists what those in charge of the room did last (N: how many entries)",
            moderation.audit,
        ),
        Command(
            "rename-room",
            "NAME [REASON]",
            "gives the room another name; everything else stays",
            moderation.rename_room,
            needs=1,
            takes=2,
        ),
        Command(
            "register",
            "[ACCOUNT] [EMAIL]",
            "makes an account, so that your nickname is yours; asks for a password",
            accounts.register,
            shown=False,
        ),
        Command(
            "login",
            "[ACCOUNT]",
            "logs in to your account; asks for the password",
            accounts.login,
            shown=False,
        ),
        Command(
            "certificate",
            "[add|del [SHA256]]",
            "lists, adds or removes certificates that log in to your account",
            accounts.certificate,
        ),
        Command(
            "token",
            "[create NAME [ROOMS] [read|write]|hook NAME ROOM|list|revoke NAME]",
            "makes, lists or revokes tokens that programs use instead of your password",
            accounts.token,
        ),
        Command("logout", "", "logs out of your account", accounts.logout, takes=0),
        Command(
            "oper",
            "[NAME]",
            "makes you an operator of the server; asks for the password",
            accounts.oper,
            shown=False,
        ),
        Command("password", "", "changes your account's password", accounts.password, shown=False),
        Command(
            "ignore",
            "[NICK|MASK]",
            "hides a person's messages; without a name, lists the people you ignore",
            settings.ignore,
        ),
        Command(
            "unignore", "NICK|MASK", "shows a person's messages again", settings.unignore, needs=1
        ),
        Command(
            "highlight",
            "[WORD]",
            "rings the bell for a word, as for your name, or stops ringing for it",
            settings.highlight,
        ),
        Command("log", "[on|off]", "turns the log files on or off", settings.log),
        Command(
            "paste",
            "[on|off]",
            "turns the question before a multi-line paste on or off",
            settings.paste,
        ),
        Command(
            "set", "[SETTING [VALUE]]", "lists the settings, or changes one", settings.set_, takes=2
        ),
        Command("save", "", "saves the settings for next time", settings.save, takes=0),
        Command("yes", "", "accepts the client's offer", buffers.yes, takes=0),
        Command("no", "", "declines the client's offer", buffers.no, takes=0),
        Command("reconnect", "", "reconnects to the server at once", buffers.reconnect, takes=0),
        Command("raw", "LINE", "sends a line to the server as it is", messages.raw, needs=1),
        Command("quit", "[REASON]", "leaves the chat", messages.quit),
    )
}

_MOVING = frozenset({"join", "leave", "query", "switch", "close"})

ALIASES = {
    **dict.fromkeys(("exit", "q", "bye"), "quit"),
    "list": "rooms", "names": "who", "part": "leave", "win": "switch",
}  # fmt: skip
"""Names that people know from other IRC clients."""

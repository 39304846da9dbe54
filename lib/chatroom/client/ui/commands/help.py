"""The texts of /help: the commands in groups that fit in a small window, and details of each."""

from collections.abc import Mapping, Sequence

from chatroom.client.ui.commands.base import Command
from chatroom.client.view.lines import Line, table
from chatroom.text.operator_words import OPERATOR_WORDS

ACCOUNT, MODERATE, OPERATOR = "account", "moderate", "operator"
"""The commands for one's account, for those in charge of a room, and for operators of the server:
too many for the overview."""

GROUPS = {
    "talk": ("msg", "me", "query", "reply", "yes", "no"),
    "lines": ("react", "unreact", "redact", "send"),
    "rooms": ("join", "leave", "rooms", "who", "topic"),
    "people": ("whois", "nick", "away", "invite", "kick"),
    "hear": ("ignore", "unignore", "highlight"),
    "past": ("history", "search", "context", "get"),
    "go": ("switch", "close", "reconnect", "quit"),
    "setup": ("set", "save", "log", "paste", "raw"),
    ACCOUNT: (
        *("register", "login", "logout", "password", "certificate", "token", "oper", "setname"),
    ),
    MODERATE: (
        *("ban", "unban", "mute", "unmute", "bans", "invites", "mode", "voice", "devoice", "op"),
        *("deop", "halfop", "dehalfop", "admin", "deadmin", "owner", "deowner"),
        *("register-room", "accept-room", "drop-room", "rename-room", "audit"),
        *("invite-link", "knock"),
    ),
    OPERATOR: tuple(word.name for word in OPERATOR_WORDS),
}
"""All commands except /help itself. A row of the overview is at most 40 columns wide."""

HEAD = "Also /help talk, account, moderate, all."
HEAD_OF_OPERATORS = "Also /help moderate, operator, all."
ALL = "all"

_WITHOUT_ROWS = {
    "talk": (("//TEXT", "sends /TEXT as a message"),),
    "go": (("exit", "also leaves the chat"),),
}
"""Other things that can be typed."""

_EXAMPLES = {
    "search": (
        ("/search tea cake", "lines with both words"),
        ("/search hel*", "words that begin with hel"),
        ('/search "the tea" from:bob', "this phrase, said by bob"),
        ("/search tea in:general", "only in this room"),
        ("/search tea after:2026-11-20", "said on that day or later"),
        ("/search tea before:2026-11-20", "said on an earlier day"),
        ("/search more", "the next lines of the last search"),
    ),
    "reply": (
        ("/reply yes", "answers the last line that somebody else wrote"),
        ("/reply 3 yes", "answers the third line from the end"),
        ("/reply bob yes", "answers bob's last line"),
    ),
    "react": (
        ("/react :+1:", "reacts to the last line that somebody else wrote"),
        ("/react bob :tada:", "reacts to bob's last line"),
    ),
    "ban": (
        ("/ban bob", "until it is lifted; bob is removed as well"),
        ("/ban bob 2h spam", "for two hours, and why; 30m, 1d12h and 2w are times too"),
        ("/ban *!*@192.0.2.7", "everybody from there"),
    ),
    "mode": (
        ("/mode +m", "only people with a voice may speak; /mode -m ends that"),
        ("/mode +i", "by invitation only"),
        ("/mode +k KEY", "with a key"),
        ("/mode +W 30", "slow: one message every 30 seconds from each person"),
    ),
    "send": (
        ("/send cat.png", "sends a file of the current directory"),
        ('/send "my cat.png" look', "a name with spaces, and a text"),
    ),
    "get": (
        ("/get", "saves the last file that was shown"),
        ("/get 3", "saves file 3"),
        ("/get 3 ~/pictures", "saves it in this folder"),
    ),
    "invite-link": (
        ("/invite-link", "the address of this room"),
        ("/invite-link tea qr", "that of tea, also as a QR code"),
    ),
    "history": (
        ("/history", "the last lines again"),
        ("/history 100", "the last hundred"),
        ("/history more", "the previous page"),
    ),
    "ignore": (
        ("/ignore bob", "by nickname"),
        ("/ignore *!*@an.example", "everybody from that host"),
    ),
    "set": (
        ("/set", "all settings"),
        ("/set joins", "one of them"),
        ("/set joins hide", "changes it"),
    ),
}


def overview(is_operator: bool = False) -> Line:
    """The names of all commands, a row for each group. Only operators of the server are told of
    their own ones."""
    rows = [
        (group, " ".join(f"/{name}" for name in names))
        for group, names in GROUPS.items()
        if group not in (ACCOUNT, MODERATE, OPERATOR)
    ]
    return table(rows, head=HEAD_OF_OPERATORS if is_operator else HEAD)


def everything(commands: Mapping[str, Command], is_operator: bool = False) -> Line:
    """A row for each command."""
    shown = [group for group in GROUPS if is_operator or group != OPERATOR]
    groups = [row for group in shown for row in _group(group, commands)]
    return table([_row(commands["help"]), *groups])


def about_group(group: str, commands: Mapping[str, Command]) -> Line:
    """The commands of a group."""
    return table(_group(group, commands))


def about(command: Command) -> Line:
    """One command, with examples if there are some."""
    examples = _EXAMPLES.get(command.name, ())
    indented = [(f"  {typed}", meaning) for typed, meaning in examples]
    name, words = _row(command)
    return table(indented, head=f"{name}  {words}") if indented else table([(name, words)])


def _group(group: str, commands: Mapping[str, Command]) -> Sequence[tuple[str, str]]:
    return [_row(commands[name]) for name in GROUPS[group]] + [*_WITHOUT_ROWS.get(group, ())]


def _row(command: Command) -> tuple[str, str]:
    return f"/{command.name} {command.usage}".rstrip(), command.help

"""The command for settings, and those for single settings."""

from chatroom.client.config.settings import SETTINGS, Setting
from chatroom.client.errors import CommandError
from chatroom.client.ui.accounts import SERVICE
from chatroom.client.ui.commands.base import Tools
from chatroom.client.view.lines import Tone, info_line, table
from chatroom.text.display import visible

ALWAYS_ON = "always-on"
"""Whether the person stays in their rooms without a connection, if they have an account."""

_ALWAYS_ON = (
    ALWAYS_ON,
    "...",
    f"you stay in your rooms without a connection, if you have an account: /set {ALWAYS_ON} shows"
    " it (on, off or default)",
)
"""Its row in the list of settings, where the server is not asked for its value."""


def set_(tools: Tools, arguments: list[str]) -> None:
    """Show all settings, show one, or set one. One is the account's, and not the client's."""
    if arguments and arguments[0] == ALWAYS_ON:
        tools.services.ask(SERVICE, " ".join(("SET ALWAYS-ON", *arguments[1:])))
        return
    if len(arguments) > 1:
        tools.context.settings.set(arguments[0], arguments[1])
    name = arguments[0] if arguments else ""
    if name and name not in SETTINGS:
        raise CommandError(f"There is no setting {name}; /set lists them.")
    rows = [SETTINGS[name]] if name else SETTINGS.values()
    cells = [_cells(row, tools.context.settings[row.name]) for row in rows]
    if not name:
        cells.append(_ALWAYS_ON)
    tools.context.screen.show(table(cells, Tone.NEWS))


def _cells(row: Setting, value: str) -> tuple[str, ...]:
    return row.name, visible(value) or "(none)", f"{row.meaning} ({row.expected})"


def save(tools: Tools, _arguments: list[str]) -> None:
    """Save the settings for the next run."""
    tools.context.screen.show(
        info_line(tools.context.services.save(tools.context.settings.changed()))
    )


def ignore(tools: Tools, arguments: list[str]) -> None:
    """Ignore somebody; without a name, list the ignored people."""
    if arguments:
        _add(tools, "ignore", arguments[0])
    masks = tools.context.settings["ignore"]
    tools.context.screen.show(
        info_line(f"Ignoring: {visible(masks)}" if masks else "You are not ignoring anyone.")
    )


def unignore(tools: Tools, arguments: list[str]) -> None:
    """No longer ignore somebody."""
    if not _remove(tools, "ignore", arguments[0]):
        raise CommandError(f"You are not ignoring {arguments[0]}.")
    tools.context.screen.show(info_line(f"No longer ignoring {visible(arguments[0])}."))


def highlight(tools: Tools, arguments: list[str]) -> None:
    """Let a word ring like our name, or no longer; without one, list these words."""
    for word in arguments[0].split() if arguments else ():
        if not _remove(tools, "highlight", word):
            _add(tools, "highlight", word)
    words = tools.context.settings["highlight"]
    told = (
        f"The bell also rings for: {visible(words)}"
        if words
        else "The bell rings only for your name."
    )
    tools.context.screen.show(info_line(told))


def log(tools: Tools, arguments: list[str]) -> None:
    """Turn the log on or off."""
    tools.context.screen.show(info_line(f"The log is {_switched(tools, 'log', arguments)}."))


def paste(tools: Tools, arguments: list[str]) -> None:
    """Turn the question before pasted lines on or off."""
    value = _switched(tools, "paste", arguments)
    tools.context.screen.show(info_line(f"The question before a multi-line paste is {value}."))


def _switched(tools: Tools, name: str, arguments: list[str]) -> str:
    """Set the setting if there is a value, and return its value."""
    if arguments:
        tools.context.settings.set(name, arguments[0])
    return tools.context.settings[name]


def _add(tools: Tools, name: str, word: str) -> None:
    words = tools.context.settings.words(name)
    fold = tools.context.session.state.fold
    if fold(word) not in map(fold, words):
        tools.context.settings.set(name, " ".join((*words, word)))


def _remove(tools: Tools, name: str, word: str) -> bool:
    """Remove a word. Returns whether it was there."""
    fold = tools.context.session.state.fold
    words = tools.context.settings.words(name)
    left = [each for each in words if fold(each) != fold(word)]
    tools.context.settings.set(name, " ".join(left))
    return len(left) < len(words)

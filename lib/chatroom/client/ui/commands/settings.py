"""How the person wants it: settings, and those that have commands of their own."""

from typing import TYPE_CHECKING

from chatroom.client.config.settings import SETTINGS, Setting
from chatroom.client.ui.commands.base import CommandError
from chatroom.client.view import Tone, info_line
from chatroom.client.view.columns import table
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def set_(chat: "Chat", arguments: list[str]) -> None:
    """Tell all settings, tell one, or set one."""
    if len(arguments) > 1:
        chat.settings.set(arguments[0], arguments[1])
    name = arguments[0] if arguments else ""
    if name and name not in SETTINGS:
        raise CommandError(f"There is no setting {name}; /set lists them.")
    rows = [SETTINGS[name]] if name else SETTINGS.values()
    cells = [_cells(row, chat.settings[row.name]) for row in rows]
    chat.screen.show(table(cells, Tone.NEWS))


def _cells(row: Setting, value: str) -> tuple[str, ...]:
    return row.name, visible(value) or "(none)", f"{row.meaning} ({row.expected})"


def save(chat: "Chat", _arguments: list[str]) -> None:
    """Keep the settings for the next time."""
    chat.screen.show(info_line(chat.services.save(chat.settings.changed())))


def ignore(chat: "Chat", arguments: list[str]) -> None:
    """Hear somebody no more; without a name, tell whom one does not hear."""
    if arguments:
        _add(chat, "ignore", arguments[0])
    masks = chat.settings["ignore"]
    chat.screen.show(info_line(f"Ignoring: {visible(masks)}" if masks else "Ignoring nobody."))


def unignore(chat: "Chat", arguments: list[str]) -> None:
    """Hear somebody again."""
    if not _remove(chat, "ignore", arguments[0]):
        raise CommandError(f"You are not ignoring {arguments[0]}.")
    chat.screen.show(info_line(f"No longer ignoring {visible(arguments[0])}."))


def highlight(chat: "Chat", arguments: list[str]) -> None:
    """A word counts like one's name, or no more; without one, tell which do."""
    for word in arguments[0].split() if arguments else ():
        if not _remove(chat, "highlight", word):
            _add(chat, "highlight", word)
    words = chat.settings["highlight"]
    told = f"Ringing like your name: {visible(words)}" if words else "Only your name rings."
    chat.screen.show(info_line(told))


def log(chat: "Chat", arguments: list[str]) -> None:
    """Write what is said into files, or no more."""
    chat.screen.show(info_line(f"The log is {_switched(chat, 'log', arguments)}."))


def paste(chat: "Chat", arguments: list[str]) -> None:
    """Ask before several pasted lines are sent, or no more."""
    value = _switched(chat, "paste", arguments)
    chat.screen.show(info_line(f"The question before a multi-line paste is {value}."))


def _switched(chat: "Chat", name: str, arguments: list[str]) -> str:
    """The setting's value, after it was perhaps set."""
    if arguments:
        chat.settings.set(name, arguments[0])
    return chat.settings[name]


def _add(chat: "Chat", name: str, word: str) -> None:
    words = chat.settings.words(name)
    fold = chat.session.state.fold
    if fold(word) not in map(fold, words):
        chat.settings.set(name, " ".join((*words, word)))


def _remove(chat: "Chat", name: str, word: str) -> bool:
    """Whether it was there."""
    fold = chat.session.state.fold
    words = chat.settings.words(name)
    left = [each for each in words if fold(each) != fold(word)]
    chat.settings.set(name, " ".join(left))
    return len(left) < len(words)

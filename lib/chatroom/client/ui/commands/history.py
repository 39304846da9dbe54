"""The past."""

from typing import TYPE_CHECKING

from chatroom.client.ui.commands.base import CommandError, current_room

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def history(chat: "Chat", arguments: list[str]) -> None:
    """The last lines, or older ones."""
    chat.scrollback.history(current_room(chat), arguments[0] if arguments else "")


def search(chat: "Chat", arguments: list[str]) -> None:
    """Find words in the history."""
    chat.search.search(arguments[0])


def context(chat: "Chat", arguments: list[str]) -> None:
    """What was said around a line that a search found."""
    number = arguments[0]
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise CommandError("Usage: /context N, a number that /search showed")
    chat.scrollback.around(chat.search.line(int(number)))

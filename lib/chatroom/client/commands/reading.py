"""The past."""

from typing import TYPE_CHECKING

from chatroom.client.commands.base import current_room

if TYPE_CHECKING:
    from chatroom.client.chat import Chat


def history(chat: "Chat", arguments: list[str]) -> None:
    """The last lines, or older ones."""
    chat.reader.history(current_room(chat), arguments[0] if arguments else "")


def search(chat: "Chat", arguments: list[str]) -> None:
    """Find words in the history."""
    chat.searcher.search(arguments[0])

"""Commands that show the past."""

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools, current_room

IN_TALK = "/history works only in a room; /switch ROOM switches to one."


def history(tools: Tools, arguments: list[str]) -> None:
    """The last lines, or older ones."""
    tools.scrollback.history(current_room(tools, IN_TALK), arguments[0] if arguments else "")


def search(tools: Tools, arguments: list[str]) -> None:
    """Search the history."""
    tools.search.search(arguments[0])


def context(tools: Tools, arguments: list[str]) -> None:
    """Show the lines around a result of a search."""
    number = arguments[0]
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise CommandError("Usage: /context N, a number that /search showed")
    tools.scrollback.around(tools.search.line(int(number)))

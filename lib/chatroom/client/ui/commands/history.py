"""Commands that show the past."""

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools, current_room


def history(tools: Tools, arguments: list[str]) -> None:
    """The last lines of a room or a private conversation, or older ones."""
    here = tools.display.here
    where = here if here and not tools.display.room else current_room(tools, "")
    tools.scrollback.history(where, arguments[0] if arguments else "")


def search(tools: Tools, arguments: list[str]) -> None:
    """Search the history."""
    tools.search.search(arguments[0])


def context(tools: Tools, arguments: list[str]) -> None:
    """Show the lines around a result of a search."""
    number = arguments[0]
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise CommandError("Usage: /context N, a number that /search showed")
    tools.scrollback.around(tools.search.line(int(number)))

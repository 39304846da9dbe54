"""What every command's row has, and what its handler may raise."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


NOWHERE = "You are not in a room. Type /join ROOM."


class CommandError(Exception):
    """What was typed cannot be done; `str()` tells the person why."""


class Unheard(CommandError):
    """A text has nobody to go to; it stays in the input line."""


class Unknown(CommandError):
    """There is no such command: perhaps it was meant as a text."""


class Command(NamedTuple):
    """One row: at least `needs` arguments, at most `takes`; the last one is the rest of the line.

    `shown` is whether the line as it was typed stays in sight.
    """

    name: str
    usage: str
    help: str
    handler: Callable[["Chat", list[str]], None]
    needs: int = 0
    takes: int = 1
    shown: bool = True


def current_room(chat: "Chat") -> str:
    """The room that one is in. Raises CommandError where it is none."""
    if not chat.room:
        raise CommandError(NOWHERE)
    if chat.display.absent:
        raise CommandError(chat.display.absent)
    return chat.room

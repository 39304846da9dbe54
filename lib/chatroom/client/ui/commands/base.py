"""The type of a command's row, and the objects that its handler gets."""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.client.errors import NOWHERE, CommandError
from chatroom.client.ui.accounts import Accounts
from chatroom.client.ui.composer import Composer
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.files import Files
from chatroom.client.ui.offers import Offers
from chatroom.client.ui.scrollback import Scrollback
from chatroom.client.ui.search import SearchPager
from chatroom.client.ui.service_answers import ServiceAnswers
from chatroom.text.display import visible


class Tools(NamedTuple):
    """The objects that handlers use. `leave` ends the client, with these last words."""

    context: Context
    display: Display
    composer: Composer
    scrollback: Scrollback
    search: SearchPager
    offers: Offers
    accounts: Accounts
    services: ServiceAnswers
    files: Files
    leave: Callable[[str], None]


class Command(NamedTuple):
    """One row: at least `needs` arguments, at most `takes`; the last one is the rest of the line.

    `shown`: the typed line stays on the screen. `unnoticed`: with at most this many words after its
    name, the command only shows something or switches, and nobody else notices it; None if it
    always does more.
    """

    name: str
    usage: str
    help: str
    handler: Callable[[Tools, list[str]], None]
    needs: int = 0
    takes: int = 1
    shown: bool = True
    unnoticed: int | None = None


def current_room(tools: Tools, advice: str) -> str:
    """The current room. Raises CommandError if there is none; in a private conversation the error
    ends with `advice`, which says what works there."""
    if not tools.display.here:
        raise CommandError(NOWHERE)
    if not tools.display.room:
        raise CommandError(
            f"This is a private conversation with {visible(tools.display.here)}. {advice}"
        )
    if tools.display.absent:
        raise CommandError(tools.display.absent)
    return tools.display.room

"""What every command's row has, and what its handler may raise."""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.client.errors import NOWHERE, CommandError
from chatroom.client.ui.composer import Composer
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.offers import Offers
from chatroom.client.ui.scrollback import Scrollback
from chatroom.client.ui.search import SearchPager
from chatroom.text.display import visible


class Tools(NamedTuple):
    """What commands are done with. `leave` ends the visit, with these last words."""

    context: Context
    display: Display
    composer: Composer
    scrollback: Scrollback
    search: SearchPager
    offers: Offers
    leave: Callable[[str], None]


class Command(NamedTuple):
    """One row: at least `needs` arguments, at most `takes`; the last one is the rest of the line.

    `shown` is whether the line as it was typed stays in sight. `unnoticed`: with at most so many
    words behind its name, it shows something or leads elsewhere, and nobody else notices; None if
    it always does more.
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

"""Keeps reactions to lines that are not on the screen until these are shown.

The reactions on a page of the history may be to lines before its oldest line. People who page back
come to these lines, and see the reactions below them. Sans I/O.
"""

from collections.abc import Sequence

from chatroom.client.protocol.events import Gone, Reacted, Said
from chatroom.client.view.lines import ViewContext
from chatroom.client.view.past import beside
from chatroom.client.view.said import QUOTED_CHARACTERS
from chatroom.wire.message import NO_TAGS

WAITING = 200
"""The most reactions that are kept, in all rooms; the oldest are forgotten. Each takes 1 KB at
most."""

_Entry = Said | Gone | Reacted


class Unplaced:
    """The kept reactions, by folded room."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[object, ...], Reacted] = {}

    def sort(self, room: str, page: Sequence[_Entry], place: ViewContext) -> list[_Entry]:
        """The page with the reactions that can be shown: those to unknown lines are kept for later,
        and kept ones to lines of this page are added at its end."""
        known = beside(page, place).known
        shown: list[_Entry] = []
        unseen: list[Reacted] = []
        for each in page:
            if isinstance(each, Reacted) and each.msgid and not known(each.msgid):
                unseen.append(each)
            else:
                shown.append(each)
        shown += self._take(room, {each.tags.get("msgid") for each in page})
        for reaction in unseen:
            self._keep(room, reaction)
        return shown

    def _take(self, room: str, msgids: set[str | None]) -> list[Reacted]:
        waiting = self._waiting.items()
        found = [key for key, each in waiting if key[0] == room and each.msgid in msgids]
        return [self._waiting.pop(key) for key in found]

    def _keep(self, room: str, reaction: Reacted) -> None:
        """Keep only what is shown of the reaction, and only once."""
        text = reaction.reaction[:QUOTED_CHARACTERS]
        small = reaction._replace(reaction=text, source="", tags=NO_TAGS)
        self._waiting[room, small.sender, small.msgid, text, small.removed] = small
        if len(self._waiting) > WAITING:
            del self._waiting[next(iter(self._waiting))]

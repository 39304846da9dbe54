"""Requests that need several pages of a history: a room's messages, and the results of a search."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Protocol, TypeVar

from chatroom.client.history.cursor import HistoryCursor
from chatroom.client.history.search_pages import Search, attributes, further, identity
from chatroom.client.library.errors import Refused
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Event, Found, Gone, HistoryPage, Said
from chatroom.text.search_query import QueryError, parse_query
from chatroom.wire.capabilities import SEARCH_BY_MSGID

_E = TypeVar("_E", bound=Event)

SEARCH_PAGE = 100
"""The most messages of one SEARCH, because servers return at most this many at once."""


class Asker(Protocol):
    """Can send requests to the server; a `Conversation` is one."""

    @property
    def page_limit(self) -> int:
        """The most messages of one CHATHISTORY."""
        ...

    @property
    def rooms(self) -> list[str]:
        """The rooms that we are in."""
        ...

    def offers(self, capability: str) -> bool:
        """Whether a capability is active."""
        ...

    def ask(self, answer: type[_E], command: str, *params: str) -> _E:
        """Send a command and wait for the event that answers it."""
        ...

    def join(self, room: str) -> None:
        """Enter one more room."""
        ...


class Pages:
    """The pages of one room's history. If they may not be read from outside, it enters the room."""

    def __init__(self, chat: Asker, room: str) -> None:
        self._chat = chat
        self._room = room
        self._fruitless = 0
        self._at_end = False
        self._seen: OrderedDict[int, None] = OrderedDict()

    def after(self, reached: HistoryCursor) -> Iterator[Said]:
        """The messages after a place, the oldest first."""
        while True:
            lines = self._new(self._page("AFTER", reached.after, self._chat.page_limit))
            if not self._fruitful(lines):
                return
            yield from (line for line in lines if isinstance(line, Said))
            if self._at_end:
                return
            reached = HistoryCursor.line(lines[-1])

    def last(self, number: int) -> list[Said]:
        """The last messages, the oldest first."""
        found: deque[Said] = deque()
        subcommand, reference = "LATEST", "*"
        while len(found) < number and not self._at_end:
            limit = min(self._chat.page_limit, number - len(found))
            lines = self._new(self._page(subcommand, reference, limit))
            if not self._fruitful(lines):
                break
            found.extendleft(line for line in reversed(lines) if isinstance(line, Said))
            subcommand, reference = "BEFORE", HistoryCursor.line(lines[0]).before
        return list(found)[-number:]

    def _page(self, subcommand: str, reference: str, limit: int) -> tuple[Said | Gone, ...]:
        words = (subcommand, self._room, reference, str(limit))
        try:
            page = self._chat.ask(HistoryPage, "CHATHISTORY", *words)
        except Refused:
            if self._room in self._chat.rooms:
                raise
            self._chat.join(self._room)
            page = self._chat.ask(HistoryPage, "CHATHISTORY", *words)
        self._at_end = page.is_last
        return page.lines

    def _new(self, lines: tuple[Said | Gone, ...]) -> list[Said | Gone]:
        """The lines that were on no page before: pages that are requested by time overlap."""
        new = [line for line in lines if hash(line.tags.get("msgid", "")) not in self._seen]
        for msgid in filter(None, (line.tags.get("msgid") for line in new)):
            self._seen[hash(msgid)] = None
        while len(self._seen) > LIMITS.remembered:
            self._seen.popitem(last=False)
        return new

    def _fruitful(self, lines: list[Said | Gone]) -> bool:
        """Whether to request another page. Otherwise a server that sends page after page without a
        message would never let us end."""
        self._fruitless = (
            0 if any(isinstance(line, Said) for line in lines) else self._fruitless + 1
        )
        return bool(lines) and self._fruitless < LIMITS.fruitless_pages


def search(chat: Asker, text: str, number: int) -> list[Said]:
    """The newest messages that match, at most `number`, the oldest of them first. Raises
    Refused."""
    try:
        query = parse_query(text, None)
    except QueryError as error:
        raise Refused(f"This cannot be searched: {error}.") from None
    found: list[Said] = []
    following: Search | None = Search(attributes(query), lines=min(SEARCH_PAGE, number))
    while following and len(found) < number:
        asked = following
        event = chat.ask(Found, *asked.message)
        lines = [line for line in reversed(event.lines) if identity(line) not in asked.seen]
        found += lines
        following = further(asked, lines, chat.offers(SEARCH_BY_MSGID))
    return found[:number][::-1]

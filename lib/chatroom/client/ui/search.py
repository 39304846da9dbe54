"""Searches the history (soju.im/search), and shows the results page by page."""

from collections import deque

from chatroom.client.errors import CommandError
from chatroom.client.history.search_pages import SEARCH_LINES, Search, attributes, further, identity
from chatroom.client.protocol.events import Found, Said
from chatroom.client.ui.context import Context
from chatroom.client.view.lines import ViewContext, info_line
from chatroom.client.view.past import found
from chatroom.text.search_query import QueryError, parse_query
from chatroom.wire.capabilities import SEARCH_BY_MSGID
from chatroom.wire.message import Message, fits


class SearchPager:
    """The searches under way, and where the last one ended."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._searches: deque[Search] = deque()
        self._further: Search | None = None
        self._found: list[Said] = []

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return bool(self._searches)

    def search(self, text: str) -> None:
        """/search WORDS, /search more. Dates are in local time. Raises CommandError."""
        if not self._context.session.agreed("soju.im/search"):
            raise CommandError("This server does not search its history.")
        if text == "more":
            if self._further is None:
                raise CommandError("Search for something first.")
            self._queue(self._further)
            return
        try:
            self._queue(Search(attributes(parse_query(text, None))))
        except QueryError as error:
            raise CommandError(f"This cannot be searched: {error}.") from None

    def line(self, number: int) -> Said:
        """A result by its number. Raises CommandError."""
        if not self._found:
            raise CommandError("Search for something first.")
        if not 1 <= number <= len(self._found):
            found = "line" if len(self._found) == 1 else "lines"
            raise CommandError(f"The last search found only {len(self._found)} {found}.")
        return self._found[number - 1]

    def _queue(self, search: Search) -> None:
        """Send one search after the other, so that it is known which one is answered."""
        if not fits(Message(search.message[0], search.message[1:])):
            raise CommandError("That is too long to search for.")
        self._searches.append(search)
        if len(self._searches) == 1:
            self._send()
        else:
            self._context.screen.show(info_line("Another search is still under way."))

    def _send(self) -> None:
        self._context.session.send(*self._searches[0].message)

    def _answered(self) -> None:
        self._searches.popleft()
        if self._searches:
            self._send()

    def refused(self, message: Message) -> None:
        """The server refused something, which has been shown: find out whether it was the
        search."""
        refused = message.param(0 if message.command == "FAIL" else 1)
        if self._searches and refused == "SEARCH":
            self._answered()

    def found(self, event: Found, place: ViewContext) -> None:
        """Show the results of a search, the newest first."""
        if not self._searches:
            return
        asked = self._searches[0]
        lines = [line for line in reversed(event.lines) if identity(line) not in asked.seen]
        lines = lines[:SEARCH_LINES]
        self._found = [*(self._found if asked.goes_on else []), *lines]
        shown = list(found(lines, place, len(self._found) - len(lines) + 1))
        self._further = further(asked, lines, self._context.session.agreed(SEARCH_BY_MSGID))
        if len(lines) == SEARCH_LINES:
            shown.append(info_line("/search more shows older ones."))
        elif asked.goes_on:
            shown.append(info_line("Nothing older was found."))
        elif not lines:
            shown.append(info_line("Nothing was found."))
        self._context.screen.show(*shown)
        self._answered()

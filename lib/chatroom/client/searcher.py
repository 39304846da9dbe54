"""Searching the history (soju.im/search): what is asked, and what was found, page by page."""

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from chatroom.client import view
from chatroom.client.commands.base import CommandError
from chatroom.client.events import Found, Said
from chatroom.client.screen import Screen
from chatroom.client.session import Session
from chatroom.client.view import Place, news
from chatroom.wire.message import Message, fits
from chatroom.wire.query import Query, QueryError, parse_query
from chatroom.wire.reference import format_time
from chatroom.wire.tags import format_tags

SEARCH_LINES = 10


class Search(NamedTuple):
    """A search. On its further pages, what was `seen` at the time at which the last one ended:
    there they begin (soju.im/search, "at or before")."""

    attributes: Mapping[str, str]
    seen: frozenset[Hashable] = frozenset()

    @property
    def message(self) -> tuple[str, str]:
        """The command and its parameter."""
        limit = str(SEARCH_LINES + len(self.seen))
        return "SEARCH", format_tags({**self.attributes, "limit": limit})


class Searcher:
    """The searches that are under way, and where the last one ended."""

    def __init__(self, session: Session, screen: Screen) -> None:
        self._session = session
        self._screen = screen
        self._searches: deque[Search] = deque()
        self._further: Search | None = None
        self._found: list[Said] = []

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return bool(self._searches)

    def search(self, text: str) -> None:
        """/search WORDS, /search more. Dates are this place's. Raises CommandError."""
        if not self._session.agreed("soju.im/search"):
            raise CommandError("This server does not search its history")
        if text == "more":
            if self._further is None:
                raise CommandError("Search for something first")
            self._queue(self._further)
            return
        try:
            self._queue(Search(_attributes(parse_query(text, None))))
        except QueryError as error:
            raise CommandError(f"This cannot be searched: {error}") from None

    def line(self, number: int) -> Said:
        """A line that was found, by the number in front of it. Raises CommandError."""
        if not self._found:
            raise CommandError("Search for something first")
        if not 1 <= number <= len(self._found):
            raise CommandError(
                f"There is no line {number}; the last search found {len(self._found)}"
            )
        return self._found[number - 1]

    def _queue(self, search: Search) -> None:
        """One after the other, so that it is known which one is answered."""
        if not fits(Message(search.message[0], search.message[1:])):
            raise CommandError("That is too long to search for")
        self._searches.append(search)
        if len(self._searches) == 1:
            self._send()
        else:
            self._screen.show(news("Another search is still under way."))

    def _send(self) -> None:
        self._session.send(*self._searches[0].message)

    def _answered(self) -> None:
        self._searches.popleft()
        if self._searches:
            self._send()

    def refused(self, message: Message) -> None:
        """The server refused something, and that has been shown: was it the search?"""
        refused = message.param(0 if message.command == "FAIL" else 1)
        if self._searches and refused == "SEARCH":
            self._answered()

    def found(self, event: Found, place: Place) -> None:
        """Show what a search has found, the newest first."""
        if not self._searches:
            return
        attributes, seen = self._searches[0]
        lines = [line for line in reversed(event.lines) if _identity(line) not in seen]
        lines = lines[:SEARCH_LINES]
        self._found = [*(self._found if seen else []), *lines]
        shown = list(view.found(lines, place, len(self._found) - len(lines) + 1))
        self._further = _further(attributes, seen, lines)
        if len(lines) == SEARCH_LINES:
            shown.append(news("/search more shows older ones."))
        elif seen:
            shown.append(news("Nothing older was found."))
        elif not lines:
            shown.append(news("Nothing was found."))
        self._screen.show(*shown)
        self._answered()


_KEYS = ("from:", "in:", "before:", "after:")


def _attributes(query: Query) -> dict[str, str]:
    """The query as a SEARCH says it (soju.im/search, "Standard search attributes")."""
    attributes = {"text": " ".join(map(_quoted, query.terms))}
    attributes |= {"from": query.author, "in": query.room}
    if query.after is not None:
        attributes["after"] = format_time(query.after)
    if query.before is not None:
        attributes["before"] = format_time(query.before - 1)  # which SEARCH includes
    return {key: value for key, value in attributes.items() if value}


def _quoted(term: str) -> str:
    """A phrase in quotes, so that it stays one."""
    phrase = term.startswith(_KEYS) or any(character.isspace() for character in term)
    return f'"{term}"' if phrase else term


def _identity(line: Said) -> Hashable:
    return line.tags.get("msgid") or (line.tags.get("time"), line.sender, line.text)


def _further(
    attributes: Mapping[str, str], seen: frozenset[Hashable], lines: Sequence[Said]
) -> Search | None:
    """The search for what is older than these lines, the newest first; None where there is none."""
    time = lines[-1].tags.get("time") if lines else None
    if not time:
        return None
    here = frozenset(_identity(line) for line in lines if line.tags.get("time") == time)
    earlier = seen if attributes.get("before") == time else frozenset()
    return Search({**attributes, "before": time}, here | earlier)

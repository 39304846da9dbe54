"""The requests of a search (soju.im/search), and of its further pages."""

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chatroom.client.protocol.events import Said
from chatroom.text.search_query import Query
from chatroom.wire.message import format_tags
from chatroom.wire.reference import format_time

SEARCH_LINES = 10


class Search(NamedTuple):
    """A search for `lines` messages, or a further page of one (`goes_on`).

    If the server can do that (`SEARCH_BY_MSGID`), a further page begins at the last message of the
    page before. Otherwise it begins at that message's time (soju.im/search, "at or before"), and
    `seen` contains the lines that will be repeated, with their times. Usually that is a line or
    two; there are more if the server's clock was set back, because then the times are not in order.
    """

    attributes: Mapping[str, str]
    seen: Mapping[Hashable, str] = MappingProxyType({})
    lines: int = SEARCH_LINES
    goes_on: bool = False

    @property
    def message(self) -> tuple[str, str]:
        """The command and its parameter."""
        limit = str(self.lines + len(self.seen))
        return "SEARCH", format_tags({**self.attributes, "limit": limit})


_KEYS = ("from:", "in:", "with:", "before:", "after:")


def attributes(query: Query) -> dict[str, str]:
    """The query as the attributes of SEARCH (soju.im/search, "Standard search attributes")."""
    attributes = {"text": " ".join(map(_quoted, query.terms))}
    attributes |= {"from": query.author, "in": query.room or query.partner}
    if query.after is not None:
        attributes["after"] = format_time(query.after)
    if query.before is not None:
        attributes["before"] = format_time(query.before - 1)  # which SEARCH includes
    return {key: value for key, value in attributes.items() if value}


def _quoted(term: str) -> str:
    """A phrase in quotes, so that it stays a phrase."""
    phrase = term.lower().startswith(_KEYS) or any(character.isspace() for character in term)
    return f'"{term}"' if phrase else term


def identity(line: Said) -> Hashable:
    """What identifies a line on the next page: a number, because texts may be long."""
    return hash(line.tags.get("msgid") or (line.tags.get("time"), line.sender, line.text))


def further(asked: Search, lines: Sequence[Said], by_msgid: bool) -> Search | None:
    """The search for messages older than these lines, which begin with the newest; None if there
    are none.

    `by_msgid`: the server can begin at a message.
    """
    last = lines[-1].tags if lines else {}
    time, msgid = last.get("time"), last.get("msgid")
    before = asked.attributes.get("before", "")
    if by_msgid and msgid:
        until = before.partition(_MSGID)[0].removesuffix(",")  # what the person asked for
        before = ",".join(filter(None, (until, _MSGID + msgid)))
        return Search({**asked.attributes, "before": before}, lines=asked.lines, goes_on=True)
    if not time:
        return None
    here = {identity(line): line.tags.get("time", "") for line in lines}
    again = {each: at for each, at in {**asked.seen, **here}.items() if at and at <= time}
    return Search({**asked.attributes, "before": time}, again, asked.lines, goes_on=True)


_MSGID = "msgid="

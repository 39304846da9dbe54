"""What is said to a server that searches (soju.im/search), and how the next page is asked for."""

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chatroom.client.protocol.events import Said
from chatroom.text.search_query import Query
from chatroom.wire.message import format_tags
from chatroom.wire.reference import format_time

SEARCH_LINES = 10


class Search(NamedTuple):
    """A search, or a further page of one (`goes_on`), with so many `lines`.

    Where the server can (`SEARCH_BY_MSGID`), a further page begins at the message with which the
    last one ended. Otherwise it begins at that message's time (soju.im/search, "at or before"), and
    `seen` is what comes again there, with its times: usually a line or two. It is more where the
    server's clock was set back, for then times do not fall from line to line.
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


_KEYS = ("from:", "in:", "before:", "after:")


def attributes(query: Query) -> dict[str, str]:
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
    phrase = term.lower().startswith(_KEYS) or any(character.isspace() for character in term)
    return f'"{term}"' if phrase else term


def identity(line: Said) -> Hashable:
    """By which a line is known again on the next page: a number, as texts may be long."""
    return hash(line.tags.get("msgid") or (line.tags.get("time"), line.sender, line.text))


def further(asked: Search, lines: Sequence[Said], by_msgid: bool) -> Search | None:
    """The search for what is older than these lines, the newest first; None where there is none.

    `by_msgid`: whether the server can begin at a message.
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

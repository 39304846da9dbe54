"""What people search for: words, "exact phrases", beginnings*, from:nick in:room before: after:.

All parts must hold. A date is 2026-11-20, or 2026-11-20T15:00, in UTC unless it names an offset.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from chatroom.wire.names import prefixed

MOST_TERMS = 20


class QueryError(Exception):
    """A query that cannot be understood. `str()` says why, for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search. `terms` are words and phrases as typed, a beginning with its star.

    `after` and `before` are UTC milliseconds: at or after, and before. `room` has its `#`.
    """

    terms: tuple[str, ...] = ()
    author: str = ""
    room: str = ""
    after: int | None = None
    before: int | None = None


_PART = re.compile(
    r"""\s*(?:
        (?P<key>from|in|before|after):(?P<value>\S*)
      | "(?P<phrase>[^"]*)"
      | (?P<open>")
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)
_SEARCHABLE = ("L", "N", "M", "Co", "So")
"""General categories of what makes a word: letters, digits, and symbols such as emoji."""


def parse_query(text: str, zone: tzinfo | None = UTC) -> Query:
    """Raises QueryError. `zone` is what dates are in that name no offset; None: this place's."""
    query = Query()
    for part in _PART.finditer(text.strip()):
        if part["open"]:
            raise QueryError('a phrase begins with " but does not end with one')
        if part["key"]:
            query = _with(query, part["key"], part["value"], zone)
        else:
            query = replace(query, terms=(*query.terms, _term(part["phrase"], part["word"])))
    if len(query.terms) > MOST_TERMS:
        raise QueryError(f"a search has at most {MOST_TERMS} words")
    if query == Query():
        raise QueryError("type what to search for")
    return query


def _term(phrase: str | None, word: str | None) -> str:
    term = phrase if word is None else word
    if not term or not any(unicodedata.category(one).startswith(_SEARCHABLE) for one in term):
        raise QueryError(f"there is nothing to search for in '{term or ''}'")
    return term


def _with(query: Query, key: str, value: str, zone: tzinfo | None) -> Query:
    if not value:
        raise QueryError(f"something must follow {key}:")
    if key == "from":
        return replace(query, author=value)
    if key == "in":
        return replace(query, room=prefixed(value))
    at = _moment(key, value, zone)
    return replace(query, after=at) if key == "after" else replace(query, before=at)


def _moment(key: str, value: str, zone: tzinfo | None) -> int:
    """UTC milliseconds; `after:` a day means from the next day on."""
    try:
        moment = datetime.fromisoformat(value)
        if key == "after" and len(value) <= len("2026-11-20"):
            moment += timedelta(days=1)
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
    except (ValueError, OverflowError):
        raise QueryError(f"'{value}' is no date; expected one such as 2026-11-20") from None
    return round(moment.timestamp() * 1000)

"""Parses searches: words, "exact phrases", beginnings*, from:nick in:room with:nick before:
after:.

All parts must match. A date is 2026-11-20, or 2026-11-20T15:00, in UTC unless it has an offset.

The limits below bound the cost of a search. With 800,000 messages made of three words, the worst
case that we found, each word of a phrase costs up to 0.17 s, each character of an unspaced script
0.09 s, a single word 0.06 s, and a beginning of three letters or more 1.7 s and 30 MB, whether it
finds anything or not. Among ordinary messages all of them cost milliseconds.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from chatroom.wire.names import prefixed
from chatroom.wire.words import count, outgrows

LONGEST_QUERY = 500
"""Characters of a whole query, as typed and expanded (`words.outgrows`). This is checked first,
before anything else processes the text."""

LONGEST_QUERY_BYTES = 1000
"""Bytes of a whole query in UTF-8: letters of large alphabets are the most expensive to prepare."""

LONGEST_NAME = 100
"""Characters of a nickname or a room: no server gives longer ones."""

MOST_WORDS = 20
"""Words, including those in phrases. A pasted sentence has a dozen."""

MOST_CHARACTERS = 60
"""Characters of scripts without spaces, and symbols, each of which is searched as a word: a pasted
sentence."""

MOST_BEGINNINGS = 2
"""Words that end with a star."""

_SHOWN = 40
"""Characters of a text that an error repeats."""


class QueryError(Exception):
    """The query is invalid. `str()` gives the reason, for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search. `terms` are words and phrases as typed, a beginning with its star.

    `after` (inclusive) and `before` (exclusive) are UTC milliseconds. `room` has its `#`. With a
    `partner` only what was said between the two of them in private is searched. With
    `oldest_first`, the search begins at `after`, and not at the newest message.
    """

    terms: tuple[str, ...] = ()
    author: str = ""
    room: str = ""
    after: int | None = None
    before: int | None = None
    partner: str = ""
    oldest_first: bool = False


_PART = re.compile(
    r"""\s*(?:
        (?P<key>from|in|with|before|after):(?:"(?P<quoted>[^"]*)"|(?P<value>\S*))
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s"]+(?:(?<=\d)"[^\s"]*)*|")
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""A quote after a digit is text, because it means inches, and so is an unpaired quote."""

_PLAIN = str.maketrans("\u201c\u201d\u201e\u201f\0", '"""" ')
"""Quotes as phones write them; and NUL, at which SQLite would stop reading, and which only HTTP can
bring."""


def parse_query(text: str, zone: tzinfo | None = UTC) -> Query:
    """Parse a query. `zone` applies to dates without an offset; None means the local zone. Raises
    QueryError."""
    _check_length(text)
    query = Query()
    typed: list[str] = []
    for part in _PART.finditer(text.translate(_PLAIN).strip()):
        if part["key"]:
            value = part["value"] if part["quoted"] is None else part["quoted"].strip()
            query = _with(query, part["key"].lower(), value, zone)
        else:
            typed.append(part["word"] if part["phrase"] is None else part["phrase"])
    terms = _terms(each.replace('"', " ").strip() for each in typed)
    query = replace(query, terms=tuple(terms))
    if query == Query():
        raise QueryError(
            f"there is nothing to search for in '{_shown(typed[0])}'"
            if typed
            else "type what to search for"
        )
    return query


def checked_name(name: str) -> str:
    """Check a nickname or room to search for. Raises QueryError if it is longer than any can be."""
    if len(name) > LONGEST_NAME:
        raise QueryError(f"a name has at most {LONGEST_NAME} characters")
    return name


def _check_length(text: str) -> None:
    """Raises QueryError if the text is too long to be processed."""
    if len(text) > LONGEST_QUERY or outgrows(text, LONGEST_QUERY):
        raise QueryError(f"a search has at most {LONGEST_QUERY} characters")
    if len(text.encode(errors="surrogatepass")) > LONGEST_QUERY_BYTES:
        raise QueryError(f"a search has at most {LONGEST_QUERY_BYTES} bytes")


def _terms(typed: Iterable[str]) -> Iterator[str]:
    """The terms that contain anything to search, which a dash between words does not.

    Raises QueryError at the first term that would make the search too expensive.
    """
    words = characters = beginnings = 0
    for text in typed:
        more, unspaced = count(text)
        if not (more or unspaced):
            continue
        words += more
        characters += unspaced
        beginnings += text.endswith("*")
        if words > MOST_WORDS:
            raise QueryError(f"a search has at most {MOST_WORDS} words")
        if characters > MOST_CHARACTERS:
            raise QueryError(
                f"a search has at most {MOST_CHARACTERS} symbols and characters of scripts without"
                " spaces"
            )
        if beginnings > MOST_BEGINNINGS:
            raise QueryError(f"a search has at most {MOST_BEGINNINGS} words that end with *")
        yield text


def _with(query: Query, key: str, value: str, zone: tzinfo | None) -> Query:
    if not value:
        raise QueryError(f"{key}: needs a value")
    if key == "from":
        return replace(query, author=checked_name(value))
    if key == "in":
        return replace(query, room=prefixed(checked_name(value)))
    if key == "with":
        return replace(query, partner=checked_name(value))
    at = _moment(key, value, zone)
    return replace(query, after=at) if key == "after" else replace(query, before=at)


def _moment(key: str, value: str, zone: tzinfo | None) -> int:
    """A date as UTC milliseconds; `after:` with a day means from the next day on."""
    try:
        moment = datetime.fromisoformat(value)
        if key == "after" and len(value) <= len("2026-11-20"):
            moment += timedelta(days=1)
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
    except (ValueError, OverflowError):
        why = f"'{_shown(value)}' is not a date; expected one such as 2026-11-20"
        raise QueryError(why) from None
    return round(moment.timestamp() * 1000)


def _shown(text: str) -> str:
    """A text for an error message, which must fit into a line."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

"""References into a history: msgids and timestamps (IRCv3 chathistory, "MSGREFTYPES")."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from chatroom.wire.client_tags import is_reaction
from chatroom.wire.message import Message, new_message

LAST_ID = 2**62
"""Higher than every message's number."""


class Point(NamedTuple):
    """A place in a history: UTC milliseconds and the message's number. Points are ordered."""

    at: int
    number: int


def just_before(at: int) -> Point:
    """The point before all messages of that millisecond."""
    return Point(at, -LAST_ID)


def just_after(at: int) -> Point:
    """The point after all messages of that millisecond."""
    return Point(at, LAST_ID)


@lru_cache(maxsize=64)  # a tick's messages share their millisecond
def format_time(at: int) -> str:
    """UTC milliseconds in the format of IRCv3 server-time: 2026-11-20T15:00:15.000Z."""
    return _second(at // 1000) + _MILLISECONDS[at % 1000]


_MILLISECONDS = [f".{number:03}Z" for number in range(1000)]


_MINUTES = [f"T{hour:02}:{minute:02}:" for hour in range(24) for minute in range(60)]
_SECONDS = [f"{number:02}" for number in range(60)]


@lru_cache(maxsize=64)
def _second(at: int) -> str:
    """Format a second. Messages of a page have different seconds, and `datetime` would take twice
    as long."""
    day, second = divmod(at, 86_400)
    return _day(day) + _MINUTES[second // 60] + _SECONDS[second % 60]


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * 86_400, UTC).isoformat()[: len("2026-11-20")]


_LEAP_SECOND = re.compile(r"(:\d\d):60(?!\d)")


def above_zero(text: str) -> int:
    """Parse a positive number; 0 for any other text."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def parse_time(text: str) -> int:
    """UTC milliseconds of a server-time timestamp. Raises ValueError."""
    if not text.endswith("Z"):
        raise ValueError(f"{text!r} does not end in Z")
    moment = datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59", text))
    return round(moment.timestamp() * 1000)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
_BASE = len(_PAIRS)


def base36(number: int) -> str:
    """A number in base 36, as in msgids."""
    pair = _PAIRS[number % _BASE]  # twice as fast as divmod
    rest = number // _BASE
    return _beginning(rest) + pair if rest else pair.lstrip("0") or "0"


_beginning = lru_cache(maxsize=64)(base36)  # a page's messages share theirs


def from_base36(digits: str) -> int:
    """The number for these digits; 0 for an invalid one, or one that no message can have."""
    if not (digits.isascii() and digits.isalnum() and len(digits) < 13):
        return 0
    number = int(digits, 36)
    return number if base36(number) == digits else 0


def msgid_of(number: int, suffix: str) -> str:
    """The msgid of a message: its number, and the suffix that distinguishes this history, or this
    run of a server without one, from all others."""
    return f"{base36(number)}-{suffix}"


def with_tags(message: Message, time: str, msgid: str) -> Message:
    """The message with these two tags, which replace earlier ones.

    Tags of the server come first (message-tags, "Client-only tags").
    """
    command, params, source, tags = message
    # the usual case; merging would take twice as long
    if not tags or (len(tags) == 1 and "time" in tags):
        return new_message((command, params, source, {"time": time, "msgid": msgid}))
    stamp = {"time": time, "msgid": msgid}
    return new_message((command, params, source, {**stamp, **server_tags_first(tags), **stamp}))


def server_tags_first(tags: Mapping[str, str]) -> dict[str, str]:
    """Put the server's tags first: after client-only tags they might exceed the limit."""
    return dict(sorted(tags.items(), key=lambda item: item[0].startswith("+")))


REDACTION, REACTION = "REDACT", "TAGMSG"
"""Events that a history contains but does not count; of tag-only messages, these are the
reactions."""

KEPT = "TAGMSG to be kept"
"""Among the commands that somebody wants of a history: tag-only messages that are no reactions, but
that their authors want to be kept (persist). Without it, TAGMSG are reactions only."""


def counts(message: Message) -> bool:
    """Whether a message counts towards a client's limit.

    Redactions do not count (message-redaction, "Chat history"), and neither do reactions: twenty
    lines are twenty lines however many people liked them.
    """
    command = message.command
    return command != REDACTION and (command != REACTION or not is_reaction(message.tags))


def counted(messages: Iterable[Message]) -> int:
    """The number of messages that count towards a client's limit."""
    return sum(map(counts, messages))


class Redaction(NamedTuple):
    """A message of a room was deleted. `number` is the place in the order of redactions, `place`
    the deleted message's (UTC milliseconds), `at` the time of the redaction (the same)."""

    number: int
    msgid: str
    source: str
    reason: str
    place: int
    at: int


MOST_REDACTIONS = 500
"""Redactions on one page, so that a request for one message does not return a million lines."""


def fills(messages: Iterable[Message], limit: int) -> bool:
    """Whether these messages, which were read with this limit, are as many as one page may have. So
    there may be more; otherwise there are none."""
    redactions = count = 0
    for message in messages:
        redactions += message.command == REDACTION
        count += counts(message)
    return count >= limit or redactions >= MOST_REDACTIONS


class HistoryError(Exception):
    """The history cannot be read or written at the moment. `str()` gives the reason in one line,
    for an operator."""


class HistoryBusy(HistoryError):
    """Somebody else writes to the history, mostly a worker of the server, and will soon be done."""

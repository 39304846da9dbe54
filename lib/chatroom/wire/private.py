"""Names of the logs of private conversations.

A conversation of two accounts has a log of its own, as a room has. Its name consists of the
accounts' numbers, because nicknames change hands and accounts are renamed, but numbers are never
given again. It begins with a character that no room and no rank has, so nobody can address it.

In the log a message has that name as its target, and the number of its author's account as a tag.
Neither is for people: `chat.conversations.as_shown` replaces them.
"""

from chatroom.wire.message import Message
from chatroom.wire.once import ONCE

PREFIX = "="

BY = "chatroom/by"
"""The tag with the number of the account that said it, in the logs of rooms too. Clients can send
only tags with a +."""

WAITS = "chatroom/waits"
"""The tag of a message whose addressee was not there."""

OWN_TAGS = frozenset({BY, WAITS, ONCE})

_STATE = ">"


def state_of(account: int) -> str:
    """The name under which the history keeps the state of an account, beside the rooms' states."""
    return f"{_STATE}{account}"


def account_of(name: str) -> int:
    """The number of the account whose state is kept under that name; 0 if it is not such a name."""
    return int(name[1:]) if name.startswith(_STATE) else 0


LAST = "?"
"""Comes after all of these names, as PREFIX comes before them."""


def log_of(one: int, other: int) -> str:
    """The log of a conversation of these two accounts, in either order: `=3=7`."""
    low, high = sorted((one, other))
    return f"{PREFIX}{low}{PREFIX}{high}"


def without_own_tags(message: Message) -> Message:
    """The message without the tags that are not for people."""
    if OWN_TAGS.isdisjoint(message.tags):
        return message
    tags = {key: value for key, value in message.tags.items() if key not in OWN_TAGS}
    return message._replace(tags=tags)


def is_private(log: str) -> bool:
    """Whether it is the log of a conversation."""
    return log.startswith(PREFIX)


def parties(log: str) -> tuple[int, int]:
    """The numbers of the accounts of a conversation, the lower one first."""
    _, low, high = log.split(PREFIX)
    return int(low), int(high)


def partner(log: str, number: int) -> int | None:
    """The other account in a conversation of this one, which may be itself; None if this account is
    not in the conversation."""
    low, high = parties(log)
    if number == low:
        return high
    return low if number == high else None


def patterns(number: int) -> tuple[str, str]:
    """GLOB patterns (SQLite) for the logs of all conversations of an account."""
    return f"{PREFIX}{number}{PREFIX}*", f"{PREFIX}*{PREFIX}{number}"

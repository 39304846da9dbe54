"""Messages that were said for a request with an Idempotency-Key (HTTP): which request, which part.

The tag is the history's own: a request that is repeated after a crash finds by it what was said.
"""

import re
from typing import NamedTuple

from chatroom.wire.reference import format_time

ONCE = "chatroom/once"
"""The tag. Clients can send only tags with a +."""


class Once(NamedTuple):
    """Of which request a message is, and which of its messages, from 0 on. `key` and `request` are
    hashes, of letters and digits. As a text it is the tag's value."""

    key: str
    request: str
    part: int

    def __str__(self) -> str:
        return f"{self.key}-{self.request}-{self.part}"


_ONCE = re.compile(r"(\w{1,64})-(\w{1,64})-(\d{1,9})", re.ASCII)


def read_once(text: str) -> Once | None:
    """The value of a tag ONCE; None if it is not one."""
    match = _ONCE.fullmatch(text)
    return Once(match[1], match[2], int(match[3])) if match else None


class SaidOnce(NamedTuple):
    """A message of a request: `at` is its time, UTC milliseconds."""

    once: Once
    msgid: str
    at: int

    @property
    def time(self) -> str:
        """The message's time tag."""
        return format_time(self.at)

"""What a reader yields."""

from collections.abc import Mapping
from typing import NamedTuple


class Happened(NamedTuple):
    """Something that happened in a room of another program.

    `room` and `who` are the names there; `who` is also what people are told apart by, unless
    `identity` is given. `at` is in UTC milliseconds. `text` is the last parameter, `others` are
    those between it and the room. `key` identifies a message in its room; without one, its content
    does. `parent` is the key of the message that it answers, or reacts to.
    """

    room: str
    at: int
    who: str
    command: str
    text: str = ""
    others: tuple[str, ...] = ()
    key: str = ""
    parent: str = ""
    address: str = ""
    identity: str = ""
    tags: Mapping[str, str] = {}


_LONGEST_ACTION = 300


def action(text: str) -> str:
    """What `/me` sends (CTCP ACTION). It is on one line, so a longer text is an ordinary one."""
    fits = len(text.encode(errors="replace")) <= _LONGEST_ACTION and len(text.splitlines()) <= 1
    return f"\x01ACTION {text}\x01" if fits else f"* {text}"

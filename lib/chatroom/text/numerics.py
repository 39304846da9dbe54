"""Puts the numeric replies of a server into words for people. Refusals are `display.explain`."""

from collections.abc import Callable
from datetime import datetime

from chatroom.text.display import visible
from chatroom.text.sentences import REPLIES
from chatroom.wire.formatting import with_marks
from chatroom.wire.message import Message
from chatroom.wire.names import bare, split_mask

MISSING = [""] * 8
"""For parameters that a server leaves out. No sentence names one with a larger number than 7."""


def reply_words(message: Message) -> str | None:
    """The sentence for a reply, passed through `visible`; None if there is no row for it."""
    if writer := _WRITERS.get(message.command):
        return visible(writer(message))
    template = REPLIES.get(message.command)
    if template is None:
        return None
    params = [visible(bare(param)) for param in message.params]
    text = visible(with_marks(message.params[-1])) if message.params else ""
    return template.format(*params, *MISSING, text=text).rstrip()


def _idle(message: Message) -> str:
    """317: seconds of silence, and perhaps since when they are here (UTC seconds)."""
    silent = f"{message.param(1)} has been idle for {_duration(message.param(2))}"
    since = message.param(3)
    if not _is_number(since):
        return f"{silent}."
    return f"{silent}, online since {_moment(since)}."


def _opened(message: Message) -> str:
    """329: when the room was created (UTC seconds)."""
    since = message.param(2)
    if not _is_number(since):
        return f"{bare(message.param(1))}: {since}"
    return f"{bare(message.param(1))} has existed since {_moment(since)}."


def _moment(seconds: str) -> str:
    return f"{datetime.fromtimestamp(int(seconds)):%Y-%m-%d %H:%M}"


def _duration(seconds: str) -> str:
    if not _is_number(seconds):
        return f"{seconds} seconds"
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _is_number(text: str) -> bool:
    """Whether it is a number of seconds, up to some ten thousand years of them."""
    return text.isascii() and text.isdigit() and len(text) <= 11


def _in_rooms(message: Message) -> str:
    """319: rooms, each with the prefixes held there in front."""
    rooms = message.params[-1].split() if message.params else []
    names = (room.lstrip("~&@%+!") if "#" in room else room for room in rooms)
    return f"{message.param(1)} is in {', '.join(map(bare, names))}."


def _banned(message: Message) -> str:
    """367: a ban or a mute, by whom it was set, and what our server says besides."""
    kind, mask = split_mask(message.param(2))
    verb = "Muted in" if kind else "Banned from"
    setter = f", by {message.param(3)}" if message.param(3) else ""
    more = f", {message.param(5)}" if message.param(5) else ""
    return f"{verb} {bare(message.param(1))}: {mask}{setter}{more}"


def _knocks(message: Message) -> str:
    """710: somebody, by their mask, asks to be let into a room."""
    nick, room = message.param(2).partition("!")[0], bare(message.param(1))
    _, colon, why = message.params[-1].partition(": ") if message.params else ("", "", "")
    asks = f"{nick} asks to be let into {room}{f' ({why})' if colon else ''}"
    return f"{asks}; /invite {nick} {room} does that."


_WRITERS: dict[str, Callable[[Message], str]] = {
    "317": _idle,
    "319": _in_rooms,
    "329": _opened,
    "367": _banned,
    "710": _knocks,
}

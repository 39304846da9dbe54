"""What a server answers, as sentences: one row for each numeric (Modern IRC, "Numerics") and for
each FAIL of the history (IRCv3 chathistory and message-redaction, soju.im/search)."""

import re
from collections.abc import Callable
from datetime import datetime

from chatroom.client.view.sentences import full_stop
from chatroom.text.display import explain, visible
from chatroom.wire.message import Message
from chatroom.wire.names import bare

_SENTENCES = {
    "221": "Your modes: {1}",
    "301": "{1} is away: {text}",
    "305": "You are no longer marked as away.",
    "306": "You are marked as away.",
    "307": "{1} {text}",
    "311": "{1} is {2}@{3}, real name: {text}",
    "312": "{1} is connected to {2} ({text})",
    "313": "{1} {text}",
    "314": "{1} was {2}@{3}, real name: {text}",
    "324": "Modes of {1}: {2} {3} {4}",
    "330": "{1} is logged in as {2}",
    "335": "{1} {text}",
    "338": "{1} really is at {2} {3}",
    "341": "You invited {1} to {2}",
    "351": "The server runs {1}: {text}",
    "367": "Banned from {1}: {2}",
    "391": "The time at {1}: {text}",
    "671": "{1} {text}",
}
"""A numeric -> a sentence; `{1}` is its second parameter and so on, `{text}` its last."""


def _idle(message: Message) -> str:
    """317: seconds of silence, and perhaps since when they are here (UTC seconds)."""
    silent = f"{message.param(1)} has been idle for {_duration(message.param(2))}"
    since = message.param(3)
    if not _is_number(since):
        return silent
    return f"{silent}, online since {datetime.fromtimestamp(int(since)):%Y-%m-%d %H:%M}"


def _duration(seconds: str) -> str:
    if not _is_number(seconds):
        return f"{seconds} seconds"
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _is_number(text: str) -> bool:
    """Of seconds, up to some ten thousand years of them."""
    return text.isascii() and text.isdigit() and len(text) <= 11


def _in_rooms(message: Message) -> str:
    """319: rooms, each with the prefixes held there in front."""
    rooms = _text(message).split()
    names = (room.lstrip("~&@%+!") if "#" in room else room for room in rooms)
    return f"{message.param(1)} is in {', '.join(map(bare, names))}"


def _text(message: Message) -> str:
    """The last parameter; a server may have left out all of them."""
    return message.params[-1] if message.params else ""


_CONNECTING = re.compile(r"is connecting from \S*@(?P<host>\S+) (?P<address>\S+)")


def _connecting(message: Message) -> str:
    """378: what InspIRCd and UnrealIRCd say of somebody's host and address, once if it is one."""
    text = _text(message)
    told = _CONNECTING.fullmatch(text)
    if told is None:
        return f"{message.param(1)} {text}"
    address = "" if told["host"] == told["address"] else f" ({told['address']})"
    return f"{message.param(1)} is connecting from {told['host']}{address}"


def _using_modes(message: Message) -> str:
    """379: nothing where it is none."""
    text = _text(message).rstrip()
    return "" if text.endswith(" +") else f"{message.param(1)} {text}"


_WRITERS: dict[str, Callable[[Message], str]] = {
    "317": _idle,
    "319": _in_rooms,
    "378": _connecting,
    "379": _using_modes,
}


def numeric_text(message: Message) -> str:
    """The numeric in words, visible; without a row of its own, its parameters as they came."""
    if writer := _WRITERS.get(message.command):
        return visible(full_stop(writer(message).strip()))
    words = [bare(param) for param in message.params]
    template = _SENTENCES.get(message.command)
    if template is None:
        return visible(" ".join(words[1:]))
    text = _text(message)
    return visible(full_stop(template.format(*words, *[""] * 5, text=text).rstrip()))


_FAILURES = {
    ("CHATHISTORY", "INVALID_TARGET"): "You cannot read the history of {3}.",
    ("CHATHISTORY", "MESSAGE_ERROR"): "The history of {3} cannot be read right now.",
    ("SEARCH", "INVALID_PARAMS"): "This cannot be searched: {text}.",
    ("SEARCH", "INTERNAL_ERROR"): "The search could not be run.",
    ("REDACT", "INVALID_TARGET"): "You cannot delete messages in {2}.",
    ("REDACT", "REDACT_FORBIDDEN"): "You cannot delete that message.",
    ("REDACT", "REDACT_WINDOW_EXPIRED"): "It is too late to delete that message.",
    ("REDACT", "UNKNOWN_MSGID"): "There is no such message, or it is too old.",
}
"""A FAIL's command and code -> a sentence; `{2}` is its third parameter, `{text}` its last."""

_ANNOUNCEMENT = "Invalid parameters: "


PASSWORD_REFUSED = "464"
PASSWORD_WANTED = "This server wants a password."
"""What its refusal means for one who has given none."""


def refusal_text(message: Message) -> str:
    """A refusal as one sentence, visible."""
    template = _FAILURES.get((message.param(0), message.param(1)))
    if template is None or message.command != "FAIL":
        return explain(message)
    words = [bare(param) for param in message.params]
    text = words[-1].removeprefix(_ANNOUNCEMENT).rstrip(".")
    inside = text[:1].lower() + text[1:]
    return visible(template.format(*words, *[""] * 4, text=inside))

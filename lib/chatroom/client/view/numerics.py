"""Answers of the server as sentences: numerics (`text.sentences`), and one row for each FAIL of the
history (IRCv3 chathistory and message-redaction, soju.im/search)."""

import re
from collections.abc import Callable

from chatroom.text.display import explain, full_stop, visible
from chatroom.text.numerics import reply_words
from chatroom.wire.message import Message
from chatroom.wire.names import bare


def _text(message: Message) -> str:
    """The last parameter; a server may have left out all of them."""
    return message.params[-1] if message.params else ""


_CONNECTING = re.compile(r"is connecting from \S*@(?P<host>\S+) (?P<address>\S+)")


def _connecting(message: Message) -> str:
    """378: InspIRCd and UnrealIRCd report somebody's host and address; if they are the same, it is
    shown once."""
    text = _text(message)
    told = _CONNECTING.fullmatch(text)
    if told is None:
        return f"{message.param(1)} {text}"
    address = "" if told["host"] == told["address"] else f" ({told['address']})"
    return f"{message.param(1)} is connecting from {told['host']}{address}"


def _using_modes(message: Message) -> str:
    """379: "" if there are no modes."""
    text = _text(message).rstrip()
    return "" if text.endswith(" +") else f"{message.param(1)} {text}"


_OF_OTHERS: dict[str, Callable[[Message], str]] = {
    "378": _connecting,
    "379": _using_modes,
}


def numeric_text(message: Message) -> str:
    """The numeric as a visible text; without a row of its own, its parameters."""
    if writer := _OF_OTHERS.get(message.command):
        return visible(full_stop(writer(message).strip()))
    words = reply_words(message)
    if words is None:
        return visible(" ".join(bare(param) for param in message.params[1:]))
    return full_stop(words)


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
"""The meaning of the refusal if no password was given."""


def refusal_text(message: Message) -> str:
    """The refusal as one visible sentence."""
    template = _FAILURES.get((message.param(0), message.param(1)))
    if template is None or message.command != "FAIL":
        return explain(message)
    words = [bare(param) for param in message.params]
    text = words[-1].removeprefix(_ANNOUNCEMENT).rstrip(".")
    inside = text[:1].lower() + text[1:]
    return visible(template.format(*words, *[""] * 4, text=inside))

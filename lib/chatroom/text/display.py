"""Puts messages into words for people: shared by the plain door and the terminal client.

All text from others passes through `visible` before it reaches a terminal.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from chatroom.text.sentences import REFUSALS
from chatroom.wire.message import Message
from chatroom.wire.names import bare

_JOINED = "\u0620-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
"""Scripts whose letters join (Arabic to Mongolian), and the parts of emoji."""

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
"""The flag of a region: a black flag and its letters as tags (UTS 51, emoji_tag_sequence)."""

_FLAGS = re.compile(f"({_FLAG})")

_LOST_JOINERS = tuple(
    (
        joiner,
        re.compile(f"{joiner}(?![{_JOINED}])|(?<![{_JOINED}]){joiner}"),
        rf"\\u{ord(joiner):04x}",
    )
    for joiner in "\u200c\u200d"
)
"""Between letters that join, these characters are part of the spelling. Elsewhere they are made
visible. Each row has a pattern for those places, and what is shown there."""

_DANGEROUS = (
    *((0x00, 0x1F), (0x7F, 0x9F)),  # C0, DEL, C1: among them the escape character
    *((0x061C, 0x061C), (0x200E, 0x200F)),  # these reverse the text that follows
    *((0x202A, 0x202E), (0x2066, 0x2069)),
    *((0x2028, 0x2029), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),  # line breaks; invisible characters
    *((0x200B, 0x200B), (0x2060, 0x2064), (0xE0000, 0xE007F)),
    (0xD800, 0xDFFF),  # halves of characters, which cannot be written at all
)


def _written_out(code: int) -> str:
    if code == 0x09:
        return "    "
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_WRITTEN_OUT = {
    chr(code): _written_out(code) for low, high in _DANGEROUS for code in range(low, high + 1)
}

ACTION = "\x01ACTION "
"""The beginning of a CTCP ACTION (CTCP, "ACTION"); it usually ends with \\x01."""


def visible(text: str) -> str:
    """`text` with all characters that a terminal might obey made visible: ESC is `^[`.

    The work for each character is done in C, because a line may consist of them.
    """
    if text.isprintable():  # there are none
        return text
    for joiner, lost, shown in _LOST_JOINERS:
        if joiner in text:
            text = lost.sub(shown, text)
    if "\U0001f3f4" not in text:
        return _without_dangerous(text)
    parts = _FLAGS.split(text)  # every second one is a flag
    parts[::2] = map(_without_dangerous, parts[::2])
    return "".join(parts)


def _without_dangerous(text: str) -> str:
    return "".join(map(_WRITTEN_OUT.get, text, text))


def action(text: str) -> str | None:
    """The action, if `text` is a CTCP ACTION, else None."""
    if not text.startswith(ACTION):
        return None
    return text.removeprefix(ACTION).removesuffix("\x01")


def quit_reason(text: str) -> str:
    """The reason of a QUIT without `Quit: `, which only means that the person wanted to leave
    (Modern IRC, "QUIT message")."""
    return text.removeprefix("Quit: ") if text.strip() not in ("Quit", "Quit:") else ""


def byte_count(count: int) -> str:
    """`1 byte`, `2 bytes`."""
    return "1 byte" if count == 1 else f"{count} bytes"


def local_moment(tags: Mapping[str, str], now: float) -> datetime:
    """The `time` tag (IRCv3 server-time), or else `now` (UTC seconds), in local time.

    A leap second, `:60`, is shown as the second before it.
    """
    try:
        return _moment(tags["time"])
    except (KeyError, ValueError, OverflowError):
        return datetime.fromtimestamp(now).astimezone()


def _moment(tag: str) -> datetime:
    said = datetime.fromisoformat(tag.replace(":60", ":59"))
    return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone()


def local_time(tags: Mapping[str, str], now: float) -> str:
    """`HH:MM:SS` of `local_moment`."""
    try:
        return _local_time(tags["time"], time.tzname)
    except (KeyError, ValueError, OverflowError):
        return f"{local_moment({}, now):%H:%M:%S}"


@lru_cache(maxsize=16)
def _local_time(tag: str, _zone: tuple[str, str]) -> str:
    """The messages of a tick have the same time, and converting it to local time takes longer than
    the rest of their words. `time.tzset` may change the zone."""
    return f"{_moment(tag):%H:%M:%S}"


def day_marker(day: date) -> str:
    """`--- Friday, 20 November 2026 ---`, the line above the messages of that day."""
    return f"--- {_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year} ---"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


_BY_TEXT = {
    ("464", "Password required"): "This server wants a password.",
    ("470", "The room has been renamed"): "{1} is called {2} now.",
}
"""Sentences for refusals whose text says more than the number."""

_CANNOT_SEND = "Cannot send to this room: "
_OWNED = "Nickname belongs to an account"
_BANNED = "Cannot join room (+b): "


def _own_reason(code: str, text: str) -> tuple[str, str] | None:
    """The sentence and the text where our server says which of several reasons it is; other
    servers' texts do not."""
    if code == "404" and text.startswith(_CANNOT_SEND):
        return "You cannot speak in {1}: {text}.", text.removeprefix(_CANNOT_SEND)
    if code == "433" and text.startswith(_OWNED):
        return "The nickname {1} belongs to an account.", text
    if code == "474" and text.startswith(_BANNED):
        return "You cannot join {1}: {text}.", text.removeprefix(_BANNED)
    if code == "482" and text.startswith("Only "):
        return "{text}.", text
    if code == "477" and text.startswith("Only "):
        return "{1} gets no private messages from people without an account.", text
    return None


_OWN_WORDS = re.compile(r"^[^:]+: ")

_SAID_TWICE = frozenset({"432", "476"})
"""The texts of these begin like the sentence."""


def explain(message: Message) -> str:
    """A refusal (a numeric, FAIL, WARN, NOTE or ERROR) as one sentence for a person, passed through
    `visible`."""
    text = message.params[-1] if message.params else ""
    template = _BY_TEXT.get((message.command, text)) or REFUSALS.get(message.command)
    words = [bare(param) for param in message.params]
    if template and (reason := _own_reason(message.command, text)):
        template, text = reason
    elif template and message.command in _SAID_TWICE:
        text = _OWN_WORDS.sub("", text)
    elif message.command == "417":
        text = _what_is_too_long(text)
    elif message.command == "696":
        text = text[:1].lower() + text[1:]
    if template is None:
        subject = " ".join(words[1:-1]) if message.command.isdigit() else ""
        sentence = f"{subject}: {text}" if subject else text
    else:
        padded = [*words, *[""] * 3]
        sentence = template.format(*padded, text=text.rstrip("."))
    return visible(sentence)


def full_stop(text: str) -> str:
    """The text with a full stop, unless a colon announces something that does not belong to the
    sentence: somebody's words, a list, a command."""
    whole = not text or text.endswith((".", "!", "?", "…")) or ": " in text
    return text if whole else f"{text}."


def _what_is_too_long(text: str) -> str:
    """The part of 417's text that says what is too long, and by how much; other servers may not say
    that."""
    found = _OWN_WORDS.match(text)
    if found is None:
        return "That line is too long to send"
    words = " ".join(bare(word) for word in text[found.end() :].split(" "))
    return words[:1].upper() + words[1:]

"""Checks each message from the server before it is processed.

A message with an impossible name is dropped as a whole, because a shortened name would be somebody
else's. Tags that we would have to send back, and that do not fit in a line, are dropped.
"""

from collections.abc import Mapping

from chatroom.client.limits import LIMITS, Exceeds, weight
from chatroom.wire.message import NO_TAGS, Message

_NAMES: Mapping[str, tuple[int, ...]] = {
    "001": (0,),
    "311": (1,),
    "315": (1,),
    "318": (1,),
    "322": (1,),
    "324": (1,),
    "331": (1,),
    "332": (1,),
    "352": (1, 5),
    "353": (2,),
    "366": (1,),
    "BATCH": (0, 1, 2),
    "INVITE": (0, 1),
    "JOIN": (0,),
    "KICK": (0, 1),
    "MARKREAD": (0,),
    "MODE": (0,),
    "NICK": (0,),
    "NOTICE": (0,),
    "PART": (0,),
    "PRIVMSG": (0,),
    "REDACT": (0,),
    "RENAME": (0, 1),
    "TAGMSG": (0,),
    "TOPIC": (0,),
}
"""The parameters that are names of people or rooms, or masks. The handlers deal with empty ones."""

_NAMED = frozenset({"NICK", "JOIN", "RENAME"})
"""The commands whose name must not be empty."""

_SENT_BACK = {
    "batch": LIMITS.tag,
    "label": LIMITS.tag,
    "msgid": LIMITS.msgid,
    "time": LIMITS.tag,
    "+draft/reply": LIMITS.msgid,
    "+reply": LIMITS.msgid,
}
"""Tags whose values are references: each has to fit in a line, as one word."""


def admitted(message: Message) -> tuple[Message, str]:
    """The message without inadmissible tags, and the name of the limit that these exceed, or "".

    Raises Exceeds for a message that is dropped.
    """
    command, params, source, tags = message
    if not _is_source(source):
        raise Exceeds("source")
    for index in _NAMES.get(command, ()):
        if index < len(params) and not _is_name(params[index]):
            raise Exceeds("name")
    if command in _NAMED and not message.param(0):
        raise Exceeds("name")
    if len(params) > LIMITS.params:
        message = message._replace(params=params[: LIMITS.params])
    if not tags:
        return message, ""
    kept, exceeded = _admitted_tags(tags)
    return (message if kept is tags else message._replace(tags=kept)), exceeded


def _admitted_tags(tags: Mapping[str, str]) -> tuple[Mapping[str, str], str]:
    if len(tags) > LIMITS.tags:
        tags = dict([*tags.items()][: LIMITS.tags])
    wrong = [
        key
        for key, value in tags.items()
        if key in _SENT_BACK and not _is_word(value, _SENT_BACK[key])
    ]
    if not wrong:
        return tags, ""
    kept = {key: value for key, value in tags.items() if key not in wrong}
    return kept or NO_TAGS, "msgid" if "msgid" in wrong else ""


def is_name(text: str) -> bool:
    """Whether it can be the name of a person or a room."""
    return bool(text) and _is_name(text)


def _is_name(text: str) -> bool:
    return _is_word(text, LIMITS.name)


def _is_source(text: str) -> bool:
    if not _is_word(text, LIMITS.source):
        return False
    return len(text) * 4 <= LIMITS.name or _is_word(text.partition("!")[0], LIMITS.name)


def _is_word(text: str, longest: int) -> bool:
    """Whether it has no space and no control characters.

    `longest` is in bytes of UTF-8.
    """
    if len(text) > longest or " " in text:
        return False
    if text.isascii():
        return text.isprintable()
    return not any(each.isspace() or each < " " or "\x7f" <= each < "\xa0" for each in text) and (
        len(text) * 4 <= longest or len(text.encode(errors="replace")) <= longest
    )


def message_weight(message: Message) -> int:
    """The approximate memory of a message in bytes."""
    size = weight(message.source, *message.params)
    return size + weight(*message.tags, *message.tags.values()) if message.tags else size

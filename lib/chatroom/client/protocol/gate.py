"""What of a server's message is taken, before anything else looks at it.

A message whose names are impossible is left out as a whole: a name that was cut would be somebody
else's. Of tags, those are left out that we would send back and that do not fit a line.
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
    "MODE": (0,),
    "NICK": (0,),
    "NOTICE": (0,),
    "PART": (0,),
    "PRIVMSG": (0,),
    "REDACT": (0,),
    "TAGMSG": (0,),
    "TOPIC": (0,),
}
"""The parameters that are names of people or rooms, or masks. An empty one is the handler's."""

_NAMED = frozenset({"NICK", "JOIN"})
"""Commands that give a name, which so must not be empty."""

_SENT_BACK = {
    "batch": LIMITS.tag,
    "label": LIMITS.tag,
    "msgid": LIMITS.msgid,
    "time": LIMITS.tag,
    "+draft/reply": LIMITS.msgid,
    "+reply": LIMITS.msgid,
}
"""Tags whose values are references: they have to fit a line, as one word."""


def admitted(message: Message) -> tuple[Message, str]:
    """The message as it is taken, and the name of a limit that its tags exceed, or "".

    Raises Exceeds for one that is left out.
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
    """Whether that can be the name of somebody, or of a room."""
    return bool(text) and _is_name(text)


def _is_name(text: str) -> bool:
    return _is_word(text, LIMITS.name)


def _is_source(text: str) -> bool:
    if not _is_word(text, LIMITS.source):
        return False
    return len(text) * 4 <= LIMITS.name or _is_word(text.partition("!")[0], LIMITS.name)


def _is_word(text: str, longest: int) -> bool:
    """Whether it has no space, and nothing that a terminal or a line's end could be.

    `longest` counts bytes of UTF-8.
    """
    if len(text) > longest or " " in text:
        return False
    if text.isascii():
        return text.isprintable()
    return not any(each.isspace() or each < " " or "\x7f" <= each < "\xa0" for each in text) and (
        len(text) * 4 <= longest or len(text.encode(errors="replace")) <= longest
    )


def message_weight(message: Message) -> int:
    """Bytes of memory that a message takes, about."""
    size = weight(message.source, *message.params)
    return size + weight(*message.tags, *message.tags.values()) if message.tags else size

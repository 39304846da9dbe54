"""Prints messages as lines for people or as JSON objects.

For people, formatting is removed, control characters are made visible, and times are local. JSON
has the original texts, the server's room names, and times in UTC.
"""

import json
import re
import time
from collections.abc import Mapping

from chatroom.client.protocol.events import Said, TakenBack
from chatroom.client.view.rich import plain
from chatroom.text.display import action, local_moment, visible
from chatroom.wire.names import bare
from chatroom.wire.reference import format_time

_CTCP = "\x01"
_FURTHER = "\n    "
"""Before each further line of a message, so that none looks like a message of its own."""


def is_speech(said: Said) -> bool:
    """Whether it is speech or an action, and not another CTCP query."""
    return not said.text.startswith(_CTCP) or action(said.text) is not None


def said_text(said: Said, with_room: bool) -> str:
    """`[2026-11-20 15:00:15] ops <bob> hello`."""
    moment = local_moment(said.tags, time.time())
    room = f"{visible(bare(said.room))} " if with_room and said.room else ""
    return f"[{moment:%Y-%m-%d %H:%M:%S}] {room}{_words(said)}"


def _words(said: Said) -> str:
    doing, sender = action(said.text), visible(said.sender)
    if doing is not None:
        return f"* {sender} {plain(doing)}"
    left, right = "--" if said.notice else "<>"
    lines = _FURTHER.join(plain(line) for line in said.text.split("\n"))
    return f"{left}{sender}{right} {lines}"


def said_json(said: Said) -> str:
    """The keys are those of docs/library.md."""
    doing = action(said.text)
    kind = "notice" if said.notice else "message"
    fields = {
        "type": kind if doing is None else "action",
        "time": _time(said.tags),
        "room": said.room,
        "nick": said.sender,
        "text": said.text if doing is None else doing,
        "msgid": said.tags.get("msgid", ""),
    }
    if said.answers:
        fields["reply_to"] = said.answers
    return to_json(fields)


def taken_back_text(event: TakenBack, with_room: bool) -> str:
    """`-- bob took back a message`."""
    where = f" in {visible(bare(event.room))}" if with_room and event.room else ""
    return f"-- {visible(event.by)} deleted a message{where}"


def taken_back_json(event: TakenBack) -> str:
    """`msgid` is that of the deleted message."""
    return to_json(
        {
            "type": "redaction",
            "time": _time({}),
            "room": event.room,
            "nick": event.by,
            "text": event.reason,
            "msgid": event.msgid,
        }
    )


def _time(tags: Mapping[str, str]) -> str:
    return tags.get("time") or format_time(round(time.time() * 1000))


def to_json(fields: Mapping[str, object]) -> str:
    """One line. Control characters are escaped, which does not change the JSON value."""
    return _INVISIBLE.sub(_escaped, json.dumps(fields, ensure_ascii=False))


_INVISIBLE = re.compile(r"[^ -~](?<!\w)")
"""The characters that `visible` may replace; it decides."""


def _escaped(found: re.Match[str]) -> str:
    return found[0] if visible(found[0]) == found[0] else json.dumps(found[0])[1:-1]

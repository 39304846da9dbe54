"""A message in a line: for people, as JSON, or as an event of a stream (Server-Sent Events)."""

import json
from collections.abc import Callable
from typing import NamedTuple

from chatroom.store.render import text_line
from chatroom.text.display import ACTION
from chatroom.wire.formatting import with_marks
from chatroom.wire.message import Message
from chatroom.wire.names import bare
from chatroom.wire.reference import REDACTION


class Format(NamedTuple):
    """How messages are sent: what begins a stream, a message, and what shows that a silent
    connection is alive."""

    type: str
    line: Callable[[Message], bytes]
    begin: bytes = b""
    silence: bytes = b"\n"


def as_values(message: Message) -> dict[str, object]:
    """A message as plain values."""
    if message.command == REDACTION:
        return _redaction(message)
    words, tags = message.param(1), message.tags
    kind = "notice" if message.command == "NOTICE" else "message"
    if words.startswith(ACTION):
        kind, words = "action", words.removeprefix(ACTION).removesuffix("\x01")
    reply_to = tags.get("+draft/reply") or tags.get("+reply")
    return {
        "msgid": tags["msgid"],
        "time": tags["time"],
        "room": bare(message.params[0]),
        "from": message.source.partition("!")[0],
        "kind": kind,
        "text": words,
        **({"reply_to": reply_to} if reply_to else {}),
        **({"account": tags["account"]} if "account" in tags else {}),
        **({"bot": True} if "bot" in tags else {}),
    }


def _redaction(message: Message) -> dict[str, object]:
    return {
        "kind": "redaction",
        "redacts": message.params[1],
        "time": message.tags["time"],
        "room": bare(message.params[0]),
        "from": message.nick,
        **({"reason": message.params[2]} if message.param(2) else {}),
    }


def _json(message: Message) -> str:
    return json.dumps(as_values(message), ensure_ascii=False, separators=(",", ":"))


def _json_line(message: Message) -> bytes:
    return f"{_json(message)}\n".encode()


def _event(message: Message) -> bytes:
    kind = "event: redaction\n" if message.command == REDACTION else ""
    return f"{kind}id: {message.tags['msgid']}\ndata: {_json(message)}\n\n".encode()


def _text(message: Message) -> bytes:
    """The text as people read it, with `*bold*` in place of codes that only IRC clients know."""
    *place, words = message.params
    return text_line(message._replace(params=(*place, with_marks(words)))).encode()


EVENTS = "events"
FORMATS = {
    "text": Format("text/plain; charset=utf-8", _text),
    "jsonl": Format("application/x-ndjson", _json_line),
    EVENTS: Format("text/event-stream", _event, b": connected\n\n", b": silence\n\n"),
}

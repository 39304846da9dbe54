"""The history as lines of JSON, one message a line: written for an export, checked for an import.

A line holds everything that is known about a message, so that an export can be imported elsewhere:

    {"room": "#general", "time": "2026-11-20T15:00:15.000Z", "msgid": "1a-9f8e7d",
     "source": "bob!bob@192.0.2.7", "account": "", "command": "PRIVMSG",
     "params": ["#general", "hello"], "tags": {}}

If the clock had been set back when a message was said, its time is earlier than that of the message
before; then `"placed"` is the time that determines its place in the order. `"sealed": true` marks a
message of a closed room: where it is imported, nobody can read it, or anything that was said in
that room before it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from chatroom.store.rows import COMMANDS
from chatroom.wire.message import MAX_SERVER_TAGS, Message, encode_tags
from chatroom.wire.modes import RANK_SYMBOLS
from chatroom.wire.multiline import LINES
from chatroom.wire.names import InvalidName, fold, room_name
from chatroom.wire.reference import format_time, parse_time

LONGEST_LINE = 65_536
"""Bytes. A message of 512 bytes with all its tags, written out as \\u escapes, is shorter."""

_LONGEST_ROOM = 64
_END_OF_TIME = 32_503_680_000_000  # the year 3000; new messages need later places
_SERVER_TAGS = 256  # bytes of the tags that the server adds again: time and msgid
_RANKS = RANK_SYMBOLS  # in front of a room: only members of this rank got it
_RESERVED_TAGS = frozenset({"time", "msgid"})

_WORD = re.compile(r"[^\s\x00-\x20\x7f:][^\s\x00-\x20\x7f]{0,199}")
_SOURCE = re.compile(r"[^ \0\r\n]{1,1000}")
_TAG = re.compile(r"[^;= \0\r\n]{1,1000}")
_BREAKS = re.compile(r"[\0\r\n]")
_UNSPEAKABLE = re.compile(r"[\0\r]")

_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
"""Characters that JSON does not escape, but that a terminal or an editor might obey."""


_encode = json.JSONEncoder(ensure_ascii=False).encode


class Entry(NamedTuple):
    """One row of the history. `message` has its `time` and `msgid` among the tags.

    `placed` is its place in the order (UTC milliseconds) if that is not its time.
    """

    room: str
    message: Message
    account: str = ""
    sealed: bool = False
    placed: int | None = None


class BadLine(Exception):
    """The line is not an entry; `args` are its faults, each with the expected value."""


def entry_line(entry: Entry) -> str:
    """Write the entry as one line of JSON, with its line end."""
    tags = dict(entry.message.tags)
    fields: dict[str, Any] = {
        "room": entry.room,
        "time": tags.pop("time"),
        "msgid": tags.pop("msgid"),
        "source": entry.message.source,
        "account": entry.account,
        "command": entry.message.command,
        "params": entry.message.params,
        "tags": tags,
    }
    if entry.sealed:
        fields["sealed"] = True
    if entry.placed is not None:
        fields["placed"] = format_time(entry.placed)
    text = _encode(fields)
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def read_entry(line: bytes) -> Entry:
    """Parse an entry from a line of JSON. Raises BadLine.

    Its time may be in the future, for the clock may have been wrong when it was said.
    """
    fields = {"account": "", "tags": {}, "sealed": False, "placed": None, **_object(line)}
    faults = [f"{key}: unknown key" for key in fields if key not in _EXPECTED]
    for key, (expected, fits) in _EXPECTED.items():
        if key not in fields:
            faults.append(f"{key}: expected {expected}, found nothing")
        elif not fits(fields[key]):
            faults.append(f"{key}: expected {expected}, found {_shown(fields[key])}")
    if not faults:
        faults += _disagreements(fields)
    if faults:
        raise BadLine(*faults)
    tags = {"time": fields["time"], "msgid": fields["msgid"], **fields["tags"]}
    message = Message(fields["command"], tuple(fields["params"]), fields["source"], tags)
    placed = None if fields["placed"] is None else parse_time(fields["placed"])
    return Entry(fields["room"], message, fields["account"], fields["sealed"], placed)


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadLine(f"expected at most {LONGEST_LINE} bytes")
    try:
        found = json.loads(line.decode())
        if b"\\u" in line:
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeError:
        raise BadLine("expected UTF-8 text") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadLine('expected a JSON object, such as {"room": "#general", ...}')
    return found


def _shown(value: object) -> str:
    text = json.dumps(value)  # only ASCII, so that it is safe to print
    return text if len(text) <= 60 else f"{text[:57]}..."


# What each key may hold


def _is_room(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        room_name(value[1:] if value[:1] in _RANKS else value, _LONGEST_ROOM)
    except InvalidName:
        return False
    return True


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and 0 <= parse_time(value) < _END_OF_TIME
    except (ValueError, OverflowError):
        return False


def _is(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _are_params(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str) and not _UNSPEAKABLE.search(each) for each in value
    )


def _are_tags(value: object) -> bool:
    if not isinstance(value, dict) or not _RESERVED_TAGS.isdisjoint(value):
        return False
    named = all(_TAG.fullmatch(key) for key in value)
    return named and all(isinstance(each, str) and "\0" not in each for each in value.values())


_EXPECTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "room": ("a room such as #general", _is_room),
    "time": ("a time such as 2026-11-20T15:00:15.000Z", _is_time),
    "msgid": ("a word of at most 200 characters", _is(_WORD)),
    "source": ("a source such as bob!bob@192.0.2.7", _is(_SOURCE)),
    "account": ("an account's name, or nothing in quotes", lambda v: v == "" or _is(_SOURCE)(v)),
    "command": (f"one of {', '.join(COMMANDS)}", lambda v: isinstance(v, str) and v in COMMANDS),
    "params": ("a list of texts", _are_params),
    "tags": ("an object of texts, without time and msgid", _are_tags),
    "sealed": ("true or false", lambda value: isinstance(value, bool)),
    "placed": ("a time, or null", lambda value: value is None or _is_time(value)),
}
"""Key -> the expected value, in words and as a test. Keys without a default are required."""

_PARAMS = {
    "PRIVMSG": (2, 2), "NOTICE": (2, 2), "TAGMSG": (1, 1), "REDACT": (2, 3),
    "JOIN": (1, 3), "PART": (1, 2), "QUIT": (0, 1), "KICK": (2, 3),
    "NICK": (1, 1), "TOPIC": (2, 2), "MODE": (2, 100),
}  # fmt: skip
"""Command -> the minimum and the maximum of parameters."""

_ROOMLESS = frozenset({"QUIT", "NICK"})


def _disagreements(fields: dict[str, Any]) -> list[str]:
    """Errors in the combination of keys that are valid on their own."""
    faults = []
    command, params, room = fields["command"], fields["params"], fields["room"]
    least, most = _PARAMS[command]
    if not least <= len(params) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        faults.append(f"params: expected {count} for {command}, found {len(params)}")
    elif any(_BREAKS.search(each) for each in (params[:-1] if LINES in fields["tags"] else params)):
        faults.append(f"params: expected texts without line breaks, found {_shown(params)}")
    elif LINES in fields["tags"] and command not in ("PRIVMSG", "NOTICE"):
        faults.append(f"tags: expected no {LINES} with {command}")
    elif command not in _ROOMLESS and fold(params[0]) != fold(room):
        faults.append(f"params: expected {_shown(room)} first, found {_shown(params[0])}")
    if fields["placed"] is not None and parse_time(fields["placed"]) < parse_time(fields["time"]):
        faults.append(f"placed: expected none before its time, found {_shown(fields['placed'])}")
    if len(encode_tags(fields["tags"])) > MAX_SERVER_TAGS - _SERVER_TAGS:
        faults.append(f"tags: expected at most {MAX_SERVER_TAGS - _SERVER_TAGS} bytes")
    return faults

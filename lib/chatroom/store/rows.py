"""A message as a row of the table `message`, both ways."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from chatroom.wire.message import Message
from chatroom.wire.reference import base36, format_time

COMMANDS = (
    "PRIVMSG", "NOTICE", "JOIN", "PART", "QUIT", "KICK", "NICK", "TOPIC", "MODE", "TAGMSG",
    "REDACT",
)  # fmt: skip
"""What is kept; a message's `command` is its index here. Append only."""

NUMBER_OF = {command: number for number, command in enumerate(COMMANDS)}

_SERVER_TAGS = frozenset({"time", "msgid"})
"""Tags that are made again from the row's own columns."""

INSERT_MESSAGE = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)"

MESSAGE_COLUMNS = "message.id, at, room.name, sender.source, command, text, more"

SELECT_MESSAGE = f"""
SELECT {MESSAGE_COLUMNS}
FROM message JOIN room ON room.id = message.room JOIN sender ON sender.id = message.sender
"""


def as_message(row: tuple[Any, ...], suffix: str) -> Message:
    """The message behind a row of MESSAGE_COLUMNS, in a database with this suffix."""
    number, at, room, source, command, text, more_text = row
    tags = {"time": format_time(at), "msgid": msgid_of(number, suffix)}
    if not more_text:
        return Message(COMMANDS[command], (room, text), source, tags)
    more = json.loads(more_text)
    if "msgid" in more:
        tags["msgid"] = more["msgid"]
    params = tuple(more["params"]) if "params" in more else (room, text)
    return Message(COMMANDS[command], params, source, {**tags, **more.get("tags", {})})


def read_suffix(connection: sqlite3.Connection, table: str = "meta") -> str:
    """What makes this database's msgids its own."""
    return str(connection.execute(f"SELECT value FROM {table} WHERE key = 'suffix'").fetchone()[0])


def msgid_of(number: int, suffix: str) -> str:
    """The msgid of a message of this database."""
    return f"{base36(number)}-{suffix}"


def with_tags(message: Message, time: str, msgid: str) -> Message:
    """The message with these two tags, whatever it has had for them."""
    command, params, source, tags = message
    if not tags:
        return Message(command, params, source, {"time": time, "msgid": msgid})
    return Message(command, params, source, {**tags, "time": time, "msgid": msgid})


def more_of(params: tuple[str, ...] | None, tags: Mapping[str, str]) -> str | None:
    """The column of that name: what a plain (room, text) does not say."""
    kept = {key: value for key, value in tags.items() if key not in _SERVER_TAGS}
    more: dict[str, Any] = {} if params is None else {"params": params}
    if kept:
        more["tags"] = kept
    return json.dumps(more, ensure_ascii=False) if more else None

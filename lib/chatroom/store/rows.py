"""Converts messages to rows of the table `message` and back."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from itertools import chain, groupby
from typing import Any

from chatroom.store.database import HISTORY_FILE, StoreError
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.private import BY, is_private, without_own_tags
from chatroom.wire.reference import Point, format_time, msgid_of, server_tags_first

COMMANDS = (
    "PRIVMSG", "NOTICE", "JOIN", "PART", "QUIT", "KICK", "NICK", "TOPIC", "MODE", "TAGMSG",
    "REDACT",
)  # fmt: skip
"""The commands that are kept; a message's `command` is its index here. Append only."""

NUMBER_OF = {command: number for number, command in enumerate(COMMANDS)}

REDACTABLE = ("PRIVMSG", "NOTICE", "TAGMSG")
"""The commands that can be redacted."""

SAID = "(command < 2 OR command = 10)"
"""PRIVMSG, NOTICE, and REDACT in their place: the contents of a room's pages. The index
message_said has only these, so that the cost of a page does not depend on joins and leaves."""

EVENT = "(command > 1 AND command <> 10)"
"""All other commands. Both conditions are written so that SQLite builds no list for each row."""

REACTED = "command = 9"
"""TAGMSG, which is among the events too. The index message_reaction has only these, for pages of
messages with their reactions, so that the cost does not depend on joins and leaves."""

_SAID_COMMANDS = frozenset(COMMANDS[number] for number in (0, 1, 10))

_EVERYWHERE = frozenset({NUMBER_OF["NICK"], NUMBER_OF["QUIT"]})
"""Commands whose first parameter is not the room."""

_SERVER_TAGS = frozenset({"time", "msgid"})
"""Tags that are derived from the row's own columns."""


BRANCHES = (("INDEXED BY message_said", SAID), ("INDEXED BY message_event", EVENT))
"""The two indexes over (room, at), which share the rows, each with its condition."""

_REACTIONS = ("INDEXED BY message_reaction", REACTED)


def branches_of(commands: Collection[str]) -> list[tuple[str, str]]:
    """The indexes that contain these commands, each with its condition."""
    numbers = ", ".join(map(str, sorted(NUMBER_OF[command] for command in commands)))
    said, event = BRANCHES
    others = _SAID_COMMANDS.union(commands) - _SAID_COMMANDS
    branches = [] if _SAID_COMMANDS.isdisjoint(commands) else [said]
    if others:
        branches.append(_REACTIONS if others == {"TAGMSG"} else event)
    return [(index, f"{condition} AND command IN ({numbers})") for index, condition in branches]


LOWER_ACCOUNT = "substr(folded, 2, instr(substr(folded, 2), '=') - 1)"
HIGHER_ACCOUNT = "substr(folded, instr(substr(folded, 2), '=') + 2)"
"""Of the log of a conversation (`wire.private`), whose name is `=3=7`: 3 and 7. The indexes
room_lower and room_higher have these."""

COLUMNS = 8
"""Columns of the table message. The last two, `more` and `told`, are NULL in most rows; such rows
are inserted without them, because the sqlite3 module takes as long for each None as for the rest of
the row."""

AT_ONCE = 25
"""Rows that one statement inserts if there are many: this saves a third of the work for each."""


def _insert(columns: int, rows: int = 1) -> str:
    """The INSERT statement. OR FAIL is enough, because the transaction is rolled back after an
    error. Otherwise SQLite keeps a copy of each page for the statement, which doubles the cost of
    many rooms."""
    names = "" if columns == COLUMNS else "(id, room, at, sender, command, text)"
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR FAIL INTO message {names} VALUES {', '.join([row] * rows)}"


INSERT_MESSAGE = _insert(COLUMNS)
_INSERT = {columns: _insert(columns) for columns in (COLUMNS - 2, COLUMNS)}
_INSERT_SOME = {columns: _insert(columns, AT_ONCE) for columns in _INSERT}


def columns_of(room: str, message: Message) -> tuple[str, int, str, str | None]:
    """The values of `sender.source`, command, text and more for a message in this room."""
    command, params, source, tags = message
    plain = len(params) == 2 and params[0] == room
    more = None if plain and not tags else extra_columns(None if plain else params, tags)
    return source, NUMBER_OF[command], params[1] if plain else "", more


def room_id(connection: sqlite3.Connection, name: str) -> int:
    """The room's number; a new one if it has none. SQLite's errors pass through."""
    folded = fold(name)
    connection.execute("INSERT OR IGNORE INTO room (folded, name) VALUES (?, ?)", (folded, name))
    found = connection.execute("SELECT id FROM room WHERE folded = ?", (folded,))
    return int(found.fetchone()[0])


def sender_id(connection: sqlite3.Connection, source: str) -> int:
    """The sender's number; a new one if it has none. SQLite's errors pass through."""
    connection.execute("INSERT OR IGNORE INTO sender (source) VALUES (?)", (source,))
    found = connection.execute("SELECT id FROM sender WHERE source = ? AND account = ''", (source,))
    return int(found.fetchone()[0])


def insert_messages(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows, within the caller's transaction. Rows without `more` and `told` may end before
    these columns. SQLite's errors pass through."""
    for columns, alike in groupby(rows, len):
        some = list(alike)
        many = len(some) - len(some) % AT_ONCE
        for begin in range(0, many, AT_ONCE):
            values = chain.from_iterable(some[begin : begin + AT_ONCE])
            connection.execute(_INSERT_SOME[columns], tuple(values))
        if some[many:]:
            connection.executemany(_INSERT[columns], some[many:])


MESSAGE_COLUMNS = "message.id, at, room.name, sender.source, command, text, more, told"

SHOWN = "ifnull(told, at)"
"""The displayed time; see history.py about the two times."""


def select_message(index: str = "") -> str:
    """SELECT and FROM for MESSAGE_COLUMNS."""
    return (
        f"SELECT {MESSAGE_COLUMNS} FROM message {index}"
        " JOIN room ON room.id = message.room JOIN sender ON sender.id = message.sender"
    )


SELECT_MESSAGE = select_message()


def select_rows(
    connection: sqlite3.Connection,
    room: str,
    limit: int,
    commands: Collection[str],
    after: Point | None,
    before: Point | None,
    newest: bool,
) -> list[tuple[Any, ...]]:
    """At most `limit` rows of MESSAGE_COLUMNS between two points, in the order of time.

    If there are more, the newest or the oldest of them. SQLite's errors pass through.
    """
    conditions = ["message.room = (SELECT id FROM room WHERE folded = ?)"]
    values: list[Any] = [fold(room)]
    for bound, sign in ((after, ">"), (before, "<")):
        if bound is not None:
            conditions.append(f"(at, message.id) {sign} (?, ?)")
            values += bound
    direction = "DESC" if newest else "ASC"
    rows: list[tuple[Any, ...]] = []
    for index, wanted in branches_of(commands):
        rows += connection.execute(
            f"{select_message(index)} WHERE {' AND '.join([*conditions, wanted])}"
            f" ORDER BY at {direction}, message.id {direction} LIMIT ?",
            (*values, limit),
        )
    rows.sort(key=place_of)
    return rows[-limit:] if newest else rows[:limit]


def place_of(row: tuple[Any, ...]) -> tuple[int, int]:
    """The position of a row of MESSAGE_COLUMNS in the order."""
    return row[1], row[0]


def as_message(row: tuple[Any, ...], suffix: str) -> Message:
    """Convert a row of MESSAGE_COLUMNS, in a database with this suffix, to a message."""
    number, at, room, source, command, text, more_text, told = row
    time = format_time(at if told is None else told)
    tags = {"time": time, "msgid": msgid_of(number, suffix)}
    if not more_text:
        return Message(COMMANDS[command], (room, text), source, tags)
    more = json.loads(more_text)
    if "msgid" in more:
        tags["msgid"] = more["msgid"]
    params = tuple(more["params"]) if "params" in more else (room, text)
    if params[:1] != (room,) and params and command not in _EVERYWHERE:
        params = (_place_now(params[0], room), *params[1:])
    tags |= server_tags_first(more.get("tags", {}))
    message = Message(COMMANDS[command], params, source, tags)
    return message if is_private(room) else without_own_tags(message)


def _place_now(said: str, room: str) -> str:
    """The room of a message, which may have been renamed since; `said`: what it was called then."""
    was_renamed = said[:1] == room[:1] and fold(said) != fold(room)
    return room if was_renamed else said


def account_in(more: str | None) -> int:
    """The number of the account that said a message, from its column `more`; 0 if there is none."""
    return int(json.loads(more).get("tags", {}).get(BY, 0)) if more else 0


def read_suffix(connection: sqlite3.Connection, table: str = "meta") -> str:
    """The suffix of this database's msgids. Raises StoreError if it has none."""
    row = connection.execute(f"SELECT value FROM {table} WHERE key = 'suffix'").fetchone()
    if row is None:
        raise StoreError(f"{HISTORY_FILE} is damaged: it has lost the ending of its msgids")
    return str(row[0])


def as_sent(message: Message) -> Message:
    """The message as people saw it live: QUIT and NICK are one message for several rooms, and have
    no msgid (chathistory, "Returned message notes")."""
    if message.command not in ("QUIT", "NICK"):
        return message
    return message._replace(tags={k: v for k, v in message.tags.items() if k != "msgid"})


def extra_columns(params: tuple[str, ...] | None, tags: Mapping[str, str]) -> str | None:
    """The column `more`: everything beyond a plain (room, text)."""
    kept = {key: value for key, value in tags.items() if key not in _SERVER_TAGS}
    more: dict[str, Any] = {} if params is None else {"params": params}
    if kept:
        more["tags"] = kept
    return json.dumps(more, ensure_ascii=False) if more else None

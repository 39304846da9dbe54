"""Writes messages and states of rooms into the database, in transactions of the loop's connection.

`Recording` decides what is written when. The writer remembers the numbers of rooms and senders, so
that a message of somebody known needs no look-up.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from chatroom.store import once, rows
from chatroom.store.change_file import SERVER_BAN
from chatroom.store.database import store_error
from chatroom.store.journal import Pending
from chatroom.store.personal import WRITE
from chatroom.store.rows import NUMBER_OF, extra_columns
from chatroom.wire.message import Message
from chatroom.wire.once import ONCE

CANNOT_WRITE = "Cannot write the history"

CACHED_NAMES = 20_000
"""Senders, and rooms, whose numbers are cached: at most 11 MB of the one, and 9 of the other."""


class Writer:
    """The transactions of one connection to the database.

    It uses no context managers: as generators they would cost a lone message a tenth of its commit.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rooms: dict[str, int] = {}
        self._senders: dict[str, int] = {}
        self._others_version = 0  # SQLite's data_version: changes when others write
        self._once: list[Pending] = []  # of the rows in `_rows`, those with the tag ONCE

    def write(
        self,
        messages: Iterable[Pending],
        changes: Mapping[tuple[str, str], tuple[str, object]],
    ) -> None:
        """Write messages and changes of states in one transaction. Raises StoreError; then nothing
        was written."""
        self.begin()
        try:
            rows.insert_messages(self._connection, self._rows(messages))
            if self._once:
                once.add(self._connection, self._once)
            for (_, column), (name, value) in changes.items():
                self.write_change(column, name, value)
            self._connection.execute("COMMIT")
        except BaseException as error:
            self.undo(error)
            raise

    def begin(self) -> None:
        """Begin a transaction; the caller ends it with COMMIT, or with `undo` after an error.

        Workers delete unused names, so the numbers in memory are forgotten if somebody else has
        written. From here on nobody can.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise store_error(CANNOT_WRITE, error) from error
        if version != self._others_version:
            self._others_version = version
            self._rooms.clear()
            self._senders.clear()

    def undo(self, error: BaseException) -> None:
        """Roll back a failed transaction. Raises an error of SQLite or the system as StoreError."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._rooms.clear()  # names that this transaction made are gone with it
        self._senders.clear()
        if isinstance(error, (sqlite3.Error, OSError)):
            raise store_error(CANNOT_WRITE, error) from error

    def room_id(self, name: str) -> int:
        """The number of a room; a new one is added. Within a transaction."""
        return bounded(self._rooms).setdefault(name, rows.room_id(self._connection, name))

    def sender_id(self, source: str) -> int:
        """The number of a sender; a new one is added. Within a transaction."""
        return bounded(self._senders).setdefault(source, rows.sender_id(self._connection, source))

    def forget_rooms(self) -> None:
        """Forget the numbers of rooms: some have other names now."""
        self._rooms.clear()

    def _rows(self, messages: Iterable[Pending]) -> list[tuple[Any, ...]]:
        """The messages as rows of the database: the hot path of a commit."""
        room_of, sender_of = self._rooms.get, self._senders.get
        rows: list[tuple[Any, ...]] = []
        event: Message | None = None
        more: str | None = None  # NICK and QUIT are one event in each of many rooms
        usual: Mapping[str, str] | None = None  # tags that have this `more`: a tick's, mostly
        self._once = []
        for number, at, room, message, told in messages:
            command, params, source, tags = message
            plain = len(params) == 2 and params[0] == room
            if plain:
                if tags is not usual:
                    more, usual = extra_columns(None, tags), tags
                    if ONCE in tags:  # those of no other message
                        self._once.append((number, at, room, message, told))
            elif message is not event:
                more, usual = extra_columns(params, tags), None
            event = None if plain else message
            row = (
                number,
                room_of(room) or self.room_id(room),
                at,
                sender_of(source) or self.sender_id(source),
                NUMBER_OF[command],
                params[1] if plain else "",
            )
            rows.append(row if more is None and told is None else (*row, more, told))
        return rows

    def write_change(self, column: str, name: str, value: object) -> None:
        """Write a change of a room's, an account's or a ban's state. Within a transaction."""
        if isinstance(value, dict | list):  # only now, for a state may change often
            value = json.dumps(value, ensure_ascii=False)
        execute = self._connection.execute
        if column in WRITE:
            WRITE[column](self._connection, name, value)
        elif column != SERVER_BAN:
            execute(f"UPDATE room SET {column} = ? WHERE id = ?", (value, self.room_id(name)))
        elif value is None:
            execute("DELETE FROM server_ban WHERE key = ?", (name,))
        else:
            execute("INSERT OR REPLACE INTO server_ban (key, state) VALUES (?, ?)", (name, value))


def bounded(cache: dict[str, int]) -> dict[str, int]:
    """The cache, emptied if it is full: then names are only looked up again."""
    if len(cache) >= CACHED_NAMES:
        cache.clear()
    return cache

"""What the history's database keeps of people, beside what they said: how far they have read, their
metadata, and in which rooms they stay (`accounts.always_on`). All by the numbers of their accounts.

`History` writes it with the rooms' states, in the transaction of a tick.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from chatroom.store.database import HISTORY_FILE, StoreError

MARKER, MARKERS = "read_marker", "read_markers"
METADATA, USER = "account_metadata", "always_on"
"""Kinds of changes: one marker, all of an account, its metadata, one user. The name of the first is
made by `marker_name`, those of the others are an account's number."""


def marker_name(account: int, conversation: str) -> str:
    """The name of a change of that marker."""
    return f"{account} {conversation}"


def _write_marker(connection: sqlite3.Connection, name: str, value: object) -> None:
    account, _, conversation = name.partition(" ")
    if value is None:
        query = "DELETE FROM read_marker WHERE account = ? AND conversation = ?"
        connection.execute(query, (int(account), conversation))
    else:
        query = "INSERT OR REPLACE INTO read_marker VALUES (?, ?, ?)"
        connection.execute(query, (int(account), conversation, value))


def _drop_markers(connection: sqlite3.Connection, name: str, _value: object) -> None:
    connection.execute("DELETE FROM read_marker WHERE account = ?", (int(name),))


def _write_user(connection: sqlite3.Connection, name: str, value: object) -> None:
    if value is None:
        connection.execute("DELETE FROM always_on WHERE account = ?", (int(name),))
    else:
        connection.execute("INSERT OR REPLACE INTO always_on VALUES (?, ?)", (int(name), value))


def _write_metadata(connection: sqlite3.Connection, name: str, value: object) -> None:
    if value is None:
        connection.execute("DELETE FROM account_metadata WHERE account = ?", (int(name),))
    else:
        query = "INSERT OR REPLACE INTO account_metadata VALUES (?, ?)"
        connection.execute(query, (int(name), value))


WRITE: Mapping[str, Callable[[sqlite3.Connection, str, object], None]] = {
    MARKER: _write_marker,
    MARKERS: _drop_markers,
    METADATA: _write_metadata,
    USER: _write_user,
}
"""The kinds, and what writes a change. SQLite's errors pass through."""


def read_markers(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    """All markers: account, conversation, UTC milliseconds. SQLite's errors pass through."""
    return connection.execute("SELECT account, conversation, at FROM read_marker").fetchall()


def read_metadata(connection: sqlite3.Connection) -> dict[int, Mapping[str, str]]:
    """The metadata of all accounts. Raises StoreError if one is damaged. SQLite's errors pass
    through."""
    return _states(connection, "account_metadata", "metadata are")


def read_users(connection: sqlite3.Connection) -> dict[int, Mapping[str, Any]]:
    """The users who stay, by account. Raises StoreError if one is damaged. SQLite's errors pass
    through."""
    return _states(connection, "always_on", "a user is")


def _states(connection: sqlite3.Connection, table: str, what: str) -> dict[int, Mapping[str, Any]]:
    rows = connection.execute(f"SELECT account, state FROM {table} ORDER BY account").fetchall()
    try:
        return {account: json.loads(state) for account, state in rows}
    except ValueError as error:
        raise StoreError(f"{HISTORY_FILE} is damaged: {what} not valid JSON") from error


def forget_account(connection: sqlite3.Connection, account: int) -> None:
    """The account was removed. Part of a transaction."""
    _drop_markers(connection, str(account), None)
    _write_metadata(connection, str(account), None)
    _write_user(connection, str(account), None)

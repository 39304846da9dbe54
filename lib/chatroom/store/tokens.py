"""The tokens of accounts, in the history's database beside the accounts.

A change is one transaction, durable when the method returns. The loop reads; changes are left to
workers. Each thread needs a `TokenStore` of its own.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from chatroom.store.database import (
    as_store_error,
    open_for_worker,
    transaction,
)
from chatroom.wire.tokens import DEVICE, Token, digest

MOST = 100
"""Tokens of one account that are not browsers'."""

MOST_DEVICES = 50
"""Browsers that stay logged in to one account; beyond that, the one that was unused for the longest
time is logged out."""

_COLUMNS = "id, account, kind, name, rooms, scope, created, used, host, agent"


class TokenExists(Exception):
    """The account has a token of that name."""


class TooManyTokens(Exception):
    """The account has as many tokens as it may have."""


class TokenStore:
    """The tokens of one data directory. Methods may raise StoreError."""

    def __init__(self, directory: Path, durability: str = "power") -> None:
        """Open the database. `durability` is a key of DURABILITIES. Raises StoreError."""
        self._connection = open_for_worker(directory, durability)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    # Reading

    def find(self, token: str) -> Token | None:
        """What is known of a token."""
        return next(iter(self._tokens("digest = ?", digest(token))), None)

    def numbered(self, number: int) -> Token | None:
        """The token with that number, which is never given again."""
        return next(iter(self._tokens("id = ?", number)), None)

    def of_account(self, account: int) -> list[Token]:
        """The tokens of an account, the oldest first."""
        return self._tokens("account = ? ORDER BY id", account)

    def _tokens(self, condition: str, *values: object) -> list[Token]:
        with as_store_error("Cannot read the tokens"):
            query = f"SELECT {_COLUMNS} FROM token WHERE {condition}"
            return [_token(row) for row in self._connection.execute(query, values).fetchall()]

    # Changes

    def add(self, token: str, new: Token) -> Token:
        """Store a token; `new` says what it is good for, and its number does not matter. A browser
        whose name is taken gets a number behind it. Raises TokenExists and TooManyTokens."""
        with as_store_error("Cannot store the token"), transaction(self._connection):
            if new.kind == DEVICE:
                self._make_room(new.account)
            elif self._count(new.account, DEVICE, same=False) >= MOST:
                raise TooManyTokens(new.name)
            name = self._free_name(new)
            values = (digest(token), new.account, new.kind, name, name.lower())
            more = (json.dumps(new.rooms), new.scope, _ms(new.created), _ms(new.used))
            try:
                added = self._connection.execute(
                    "INSERT INTO token (digest, account, kind, name, folded, rooms, scope, created,"
                    " used, host, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*values, *more, new.host, new.agent),
                )
            except sqlite3.IntegrityError:
                raise TokenExists(new.name) from None
        found = self.numbered(added.lastrowid or 0)
        assert found is not None
        return found

    def _count(self, account: int, kind: str, same: bool) -> int:
        query = "SELECT count(*) FROM token WHERE account = ? AND (kind = ?) = ?"
        (count,) = self._connection.execute(query, (account, kind, same)).fetchone()
        return int(count)

    def _make_room(self, account: int) -> None:
        if self._count(account, DEVICE, same=True) >= MOST_DEVICES:
            self._connection.execute(
                "DELETE FROM token WHERE id = (SELECT id FROM token WHERE account = ?"
                " AND kind = ? ORDER BY used, id LIMIT 1)",
                (account, DEVICE),
            )

    def _free_name(self, new: Token) -> str:
        if new.kind != DEVICE:
            return new.name
        taken = {token.name.lower() for token in self.of_account(new.account)}
        names = (f"{new.name}-{count}" for count in range(2, len(taken) + 3))
        return next(name for name in (new.name, *names) if name.lower() not in taken)

    def remove(self, account: int, name: str) -> Token | None:
        """Remove an account's token of that name, in whatever case. Returns what it was."""
        found = self._tokens("account = ? AND folded = ?", account, name.lower())
        for token in found:
            with as_store_error("Cannot remove the token"), transaction(self._connection):
                self._connection.execute("DELETE FROM token WHERE id = ?", (token.number,))
        return found[0] if found else None

    def note_use(self, number: int, at: float, host: str) -> None:
        """A token was used; `at` is now, in UTC seconds."""
        with as_store_error("Cannot store the use of a token"), transaction(self._connection):
            self._connection.execute(
                "UPDATE token SET used = ?, host = ? WHERE id = ?", (_ms(at), host, number)
            )


def remove_of_account(connection: sqlite3.Connection, account: int) -> None:
    """The account was removed. Part of the caller's transaction."""
    connection.execute("DELETE FROM token WHERE account = ?", (account,))


def remove_devices(connection: sqlite3.Connection, name: str, spared: int) -> None:
    """The account's password was changed: log its browsers out, except the one with the token
    `spared`. `name` is the account's folded name. Part of the caller's transaction."""
    connection.execute(
        "DELETE FROM token WHERE kind = ? AND id <> ?"
        " AND account = (SELECT id FROM account WHERE folded = ?)",
        (DEVICE, spared, name),
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _token(row: tuple[Any, ...]) -> Token:
    number, account, kind, name, rooms, scope, created, used, host, agent = row
    return Token(
        *(number, account, kind, name, tuple(json.loads(rooms)), scope),
        created=created / 1000,
        used=used / 1000,
        host=host,
        agent=agent,
    )

"""The accounts of people: names, the keys that verify their passwords, certificates, flags.

They are in the history's database, so that a backup has them, and in tables of their own. A change
is one transaction, which is durable when the method returns. The loop reads; it leaves changes to a
worker, because they may have to wait for others who write. Each thread needs an `AccountStore` of
its own.

No password is stored, and nothing from which one could log in: see `wire.scram.Keys`.
"""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatroom.store.account_traces import erase_traces, rename_traces
from chatroom.store.database import (
    as_store_error,
    open_for_worker,
    store_error,
    transaction,
)
from chatroom.store.erasure import is_marked, mark
from chatroom.store.files.index import remove_of_account
from chatroom.store.personal import forget_account
from chatroom.store.tokens import remove_devices
from chatroom.store.tokens import remove_of_account as remove_tokens
from chatroom.wire.names import fold
from chatroom.wire.scram import Keys

ALWAYS_ON = "always_on"
"""The flag of an account whose user stays without a connection, or does not; without it, the
configuration decides."""

_COLUMNS = "name, created, suspended, reason, flags, id"

_HIGHEST = "SELECT ifnull(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'highest_account'"
"""The highest number of a removed account. Numbers are not given again, because conversations of
the removed account would belong to the new one."""


class AccountExists(Exception):
    """There is an account of that name."""


class NoAccount(Exception):
    """No account has that name."""


class CertificateTaken(Exception):
    """The certificate logs in to another account; `args` has its name."""


class TooManyCertificates(Exception):
    """The account has as many certificates as it may have."""


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as people may see it. `created` and `suspended` are UTC seconds; `suspended` is 0
    for an account that is not, and `reason` says why it is. No other account ever has its
    `number`."""

    name: str
    created: float
    suspended: float = 0.0
    reason: str = ""
    flags: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0


class AccountStore:
    """The accounts of one data directory. Methods may raise StoreError.

    A name is found in whatever case or width.
    """

    def __init__(self, directory: Path, durability: str = "power") -> None:
        """Open the database, or create it if it is missing. `durability` is a key of DURABILITIES.
        Raises StoreError."""
        self._connection = open_for_worker(directory, durability)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    # Reading

    def all(self) -> list[StoredAccount]:
        """All accounts, by name."""
        return [_account(row) for row in self._rows("ORDER BY folded")]

    def find(self, name: str) -> StoredAccount | None:
        """The account of that name."""
        return next(map(_account, self._rows("WHERE folded = ?", fold(name))), None)

    def _rows(self, condition: str, *values: object) -> list[tuple[Any, ...]]:
        with as_store_error("Cannot read the accounts"):
            return self._connection.execute(
                f"SELECT {_COLUMNS} FROM account {condition}", values
            ).fetchall()

    def keys(self, name: str) -> Keys | None:
        """The keys of that account; None if there is no such account, or if it has no password."""
        with as_store_error("Cannot read the accounts"):
            row = self._connection.execute(
                "SELECT salt, rounds, stored, server FROM account WHERE folded = ?", (fold(name),)
            ).fetchone()
        return Keys(*row) if row and row[0] is not None else None

    def rounds(self) -> dict[int, int]:
        """The number of accounts whose passwords have this many rounds."""
        query = "SELECT rounds, count(*) FROM account WHERE salt IS NOT NULL GROUP BY rounds"
        with as_store_error("Cannot read the accounts"):
            return dict(self._connection.execute(query).fetchall())

    def is_erased(self, number: int) -> bool:
        """Whether what a removed account said is being erased."""
        with as_store_error("Cannot read the accounts"):
            return is_marked(self._connection, number)

    def owner_of(self, fingerprint: str) -> str | None:
        """The name of the account to which a certificate belongs."""
        with as_store_error("Cannot read the accounts"):
            row = self._connection.execute(
                "SELECT name FROM account JOIN account_certificate ON account.id = account"
                " WHERE fingerprint = ?",
                (fingerprint,),
            ).fetchone()
        return row and str(row[0])

    def certificates(self, name: str) -> list[str]:
        """The fingerprints of an account's certificates."""
        with as_store_error("Cannot read the accounts"):
            rows = self._connection.execute(
                "SELECT fingerprint FROM account_certificate"
                " JOIN account ON account.id = account WHERE folded = ? ORDER BY fingerprint",
                (fold(name),),
            ).fetchall()
        return [row[0] for row in rows]

    def secret(self) -> bytes:
        """A random secret of this database, made when it is first asked for: see
        `wire.scram.decoy`."""
        with as_store_error("Cannot read the accounts"), transaction(self._connection):
            self._connection.execute(
                "INSERT OR IGNORE INTO meta VALUES ('decoy', ?)", (secrets.token_hex(32),)
            )
            query = "SELECT value FROM meta WHERE key = 'decoy'"
            (text,) = self._connection.execute(query).fetchone()
        return bytes.fromhex(text)

    # Changes

    def add(self, name: str, keys: Keys, at: float) -> StoredAccount:
        """Add an account. `at` is now, in UTC seconds. Raises AccountExists."""
        values = (fold(name), name, round(at * 1000), keys.salt, keys.rounds, keys.stored)
        with as_store_error("Cannot store the account"):
            try:
                with transaction(self._connection):
                    added = self._connection.execute(
                        "INSERT INTO account"
                        " (id, folded, name, created, salt, rounds, stored, server)"
                        f" VALUES (1 + max((SELECT ifnull(max(id), 0) FROM account), ({_HIGHEST})),"
                        " ?, ?, ?, ?, ?, ?, ?)",
                        (*values, keys.server),
                    )
            except sqlite3.IntegrityError:
                raise AccountExists(name) from None
        return StoredAccount(name, round(at, 3), number=added.lastrowid or 0)

    def set_keys(self, name: str, keys: Keys, spared: int = 0) -> None:
        """Give an account another password, and log its browsers out, except the one with the token
        `spared`. Raises NoAccount."""
        values = (keys.salt, keys.rounds, keys.stored, keys.server)
        what = "salt = ?, rounds = ?, stored = ?, server = ?"
        with as_store_error("Cannot store the account"), transaction(self._connection):
            query = f"UPDATE account SET {what} WHERE folded = ?"
            done = self._connection.execute(query, (*values, fold(name)))
            remove_devices(self._connection, fold(name), spared)
        if not done.rowcount:
            raise NoAccount(name)

    def suspend(self, name: str, at: float, reason: str = "") -> None:
        """Suspend an account; `at` is now, in UTC seconds, or 0 to end that. Raises NoAccount."""
        self._update(name, "suspended = ?, reason = ?", round(at * 1000), reason)

    def set_flags(self, name: str, flags: Mapping[str, Any]) -> None:
        """Give an account other flags, as plain values. Raises NoAccount."""
        self._update(name, "flags = ?", json.dumps(flags, ensure_ascii=False, sort_keys=True))

    def set_flag(self, name: str, flag: str, value: object) -> None:
        """Set one of an account's flags, a plain value; None removes it. Raises NoAccount."""
        with as_store_error("Cannot store the account"), transaction(self._connection):
            query = "SELECT flags FROM account WHERE folded = ?"
            row = self._connection.execute(query, (fold(name),)).fetchone()
            if row is None:
                raise NoAccount(name)
            flags = {key: old for key, old in json.loads(row[0]).items() if key != flag}
            flags |= {} if value is None else {flag: value}
            text = json.dumps(flags, ensure_ascii=False, sort_keys=True)
            self._connection.execute(
                "UPDATE account SET flags = ? WHERE folded = ?", (text, fold(name))
            )

    def rename(self, name: str, new: str) -> None:
        """Give an account another name, in the rooms where it has ranks, too. Raises NoAccount and
        AccountExists."""
        try:
            self._update(name, "name = ?, folded = ?", new, fold(new), then=new)
        except sqlite3.IntegrityError:
            raise AccountExists(new) from None

    def _update(self, name: str, what: str, *values: object, then: str = "") -> None:
        """Change a row; `then` is the account's new name, if it has one."""
        try:
            with transaction(self._connection):
                done = self._connection.execute(
                    f"UPDATE account SET {what} WHERE folded = ?", (*values, fold(name))
                )
                if done.rowcount and then:
                    rename_traces(self._connection, name, then)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise store_error("Cannot store the account", error) from error
        if not done.rowcount:
            raise NoAccount(name)

    def remove(self, name: str, erase: bool = False) -> None:
        """Remove an account, its certificates, and its ranks in rooms; its name is free again.

        `erase`: have what it said erased (`erasure.py`), and its files now. Raises NoAccount."""
        account = self.find(name)
        if account is None:
            raise NoAccount(name)
        with as_store_error("Cannot store the account"), transaction(self._connection):
            self._connection.execute(
                "DELETE FROM account_certificate"
                " WHERE account = (SELECT id FROM account WHERE folded = ?)",
                (fold(name),),
            )
            query = "SELECT id FROM account WHERE folded = ?"
            for (number,) in self._connection.execute(query, (fold(name),)).fetchall():
                forget_account(self._connection, number)
                remove_tokens(self._connection, number)
            self._connection.execute(
                f"INSERT OR REPLACE INTO meta SELECT 'highest_account', max(id, ({_HIGHEST}))"
                " FROM account WHERE folded = ?",
                (fold(name),),
            )
            done = self._connection.execute("DELETE FROM account WHERE folded = ?", (fold(name),))
            if done.rowcount:
                rename_traces(self._connection, name, "")
            if done.rowcount and erase:
                erase_traces(self._connection, name)
                mark(self._connection, account.number)
                remove_of_account(self._connection, account.number)
        if not done.rowcount:
            raise NoAccount(name)

    def add_certificate(self, name: str, fingerprint: str, at: float, most: int) -> None:
        """Let a certificate log in to an account, which may have at most `most` of them. One that
        it has already stays. Raises NoAccount, CertificateTaken and TooManyCertificates."""
        with as_store_error("Cannot store the account"), transaction(self._connection):
            has = self.certificates(name)
            owner = self.owner_of(fingerprint)
            if owner is not None and fold(owner) != fold(name):
                raise CertificateTaken(owner)
            if owner is None and len(has) >= most:
                raise TooManyCertificates(name)
            done = self._connection.execute(
                "INSERT OR REPLACE INTO account_certificate (fingerprint, account, added)"
                " SELECT ?, id, ? FROM account WHERE folded = ?",
                (fingerprint, round(at * 1000), fold(name)),
            )
        if not done.rowcount:
            raise NoAccount(name)

    def remove_certificate(self, name: str, fingerprint: str) -> bool:
        """Stop it from logging in to that account. Returns whether it did."""
        with as_store_error("Cannot store the account"), transaction(self._connection):
            done = self._connection.execute(
                "DELETE FROM account_certificate WHERE fingerprint = ?"
                " AND account = (SELECT id FROM account WHERE folded = ?)",
                (fingerprint, fold(name)),
            )
        return bool(done.rowcount)


def _account(row: tuple[Any, ...]) -> StoredAccount:
    name, created, suspended, reason, flags, number = row
    return StoredAccount(name, created / 1000, suspended / 1000, reason, json.loads(flags), number)

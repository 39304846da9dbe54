"""The rows of uploaded files in the history's database."""

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

BLOCK = 4096
"""A file counts as at least so many bytes, which it takes on a disk: otherwise a quota would allow
a thousand million files of one byte."""

_COLUMNS = "id, digest, name, type, size, at, account, host, number"

_CHARGE = f"max(size, {BLOCK})"


class StoredFile(NamedTuple):
    """An uploaded file. `at` is in UTC milliseconds; `account` is the number of the uploader's
    account, or 0 for a guest, of whom only the host is known."""

    id: str
    digest: str
    name: str
    type: str
    size: int
    at: int
    account: int
    host: str = ""
    number: int = 0

    @property
    def charge(self) -> int:
        """The bytes that count for the limits."""
        return charge(self.size)


def charge(size: int) -> int:
    """The bytes that a file of that size counts for the limits."""
    return max(size, BLOCK)


def add(connection: sqlite3.Connection, file: StoredFile) -> None:
    """Add a row. Its number is the next one."""
    connection.execute(
        f"INSERT INTO file ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", file[:-1]
    )


def find(connection: sqlite3.Connection, id: str) -> StoredFile | None:
    """The file with that id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM file WHERE id = ?", (id,)).fetchone()
    return StoredFile(*row) if row else None


def of_accounts(connection: sqlite3.Connection, accounts: Collection[int]) -> list[StoredFile]:
    """The files of these accounts."""
    query = f"SELECT {_COLUMNS} FROM file WHERE account = ?"
    return [StoredFile(*row) for each in accounts for row in connection.execute(query, (each,))]


def oldest(connection: sqlite3.Connection, after: int, most: int) -> list[StoredFile]:
    """The files with the next higher numbers."""
    query = f"SELECT {_COLUMNS} FROM file WHERE number > ? ORDER BY number LIMIT ?"
    return [StoredFile(*row) for row in connection.execute(query, (after, most))]


def highest(connection: sqlite3.Connection) -> int:
    """The highest number that was given."""
    query = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'file'"
    (number,) = connection.execute(query).fetchone()
    return int(number)


def remove(connection: sqlite3.Connection, ids: Collection[str]) -> None:
    """Remove rows."""
    connection.executemany("DELETE FROM file WHERE id = ?", [(id,) for id in ids])


def take_back(
    connection: sqlite3.Connection, ids: Collection[str], account: int, host: str
) -> list[StoredFile]:
    """Remove the rows of those of these files that this account has uploaded, or for account 0 a
    guest at this host. Part of the caller's transaction. Returns them."""
    author = (account, "" if account else host)
    found = [find(connection, id) for id in ids]
    own = [file for file in found if file is not None and (file.account, file.host) == author]
    remove(connection, [file.id for file in own])
    return own


def remove_of_account(connection: sqlite3.Connection, account: int) -> None:
    """Remove all rows of an account. Part of the caller's transaction."""
    connection.execute("DELETE FROM file WHERE account = ?", (account,))


def has_content(connection: sqlite3.Connection, digest: str) -> bool:
    """Whether a row has that content."""
    query = "SELECT 1 FROM file WHERE digest = ? LIMIT 1"
    return connection.execute(query, (digest,)).fetchone() is not None


def digests(connection: sqlite3.Connection) -> set[str]:
    """All contents that have a row."""
    return {digest for (digest,) in connection.execute("SELECT DISTINCT digest FROM file")}


def contents(connection: sqlite3.Connection) -> dict[str, int]:
    """All contents that have a row, in order, and their sizes in bytes."""
    query = "SELECT digest, max(size) FROM file GROUP BY digest ORDER BY digest"
    return dict(connection.execute(query))


def usage(connection: sqlite3.Connection) -> dict[int, int]:
    """Account -> the bytes that its files count."""
    return dict(connection.execute(f"SELECT account, sum({_CHARGE}) FROM file GROUP BY account"))


def totals(connection: sqlite3.Connection) -> tuple[int, int]:
    """The number of files, and of the bytes of their contents, each content once."""
    (count,) = connection.execute("SELECT count(*) FROM file").fetchone()
    query = "SELECT ifnull(sum(size), 0) FROM (SELECT DISTINCT digest, size FROM file)"
    (size,) = connection.execute(query).fetchone()
    return int(count), int(size)

"""Checks of the database: whether SQLite can read all of it, and whether its rows fit together."""

import json
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from chatroom.store.checking.findings import RESTORE, Data, Finding, bounded
from chatroom.store.database import HISTORY_FILE
from chatroom.store.migrations import MIGRATIONS
from chatroom.store.rows import COMMANDS
from chatroom.wire.names import fold

_KEYS = "ifnull(length(salt), 0), ifnull(length(stored), 0), ifnull(length(server), 0)"


def check_pages(data: Data) -> Iterator[Finding]:
    """SQLite's own check of every page; with `quick`, without comparing indexes with tables."""
    assert data.rows is not None
    pragma = "quick_check(20)" if data.quick else "integrity_check(20)"
    try:
        verdicts = data.rows.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.DatabaseError as error:  # some damage keeps it from looking further
        verdicts = [(error,)]
    for (verdict,) in verdicts:
        if verdict != "ok":
            what = f"is damaged ({' '.join(str(verdict).split())})"
            yield data.finding(HISTORY_FILE, what, RESTORE)


def is_current(data: Data) -> bool:
    """Whether it has the tables of this version, which the following checks read."""
    assert data.rows is not None
    (version,) = data.rows.execute("PRAGMA user_version").fetchone()
    return bool(version == len(MIGRATIONS))


def check_version(data: Data) -> Iterator[Finding]:
    """The version of its format."""
    assert data.rows is not None
    (version,) = data.rows.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        what = f"is from a newer Chatroom (version {version} of its format)"
        yield data.finding(HISTORY_FILE, what, "update Chatroom")
    elif version < len(MIGRATIONS):
        what = (
            f"has version {version} of its format, and this Chatroom {len(MIGRATIONS)}: the next"
            " start updates it; what is in its tables was not checked"
        )
        yield data.note(HISTORY_FILE, what)


class Rule(NamedTuple):
    """Something that is not true of any row: a condition, and what it means in words. Without a
    remedy it is a note, because such rows do no harm: numbers are never given again."""

    table: str
    wrong: str
    what: str
    remedy: str


RULES = (
    Rule("message", "room NOT IN (SELECT id FROM room)", "messages belong to no room", RESTORE),
    Rule("message", "sender NOT IN (SELECT id FROM sender)", "messages have no sender", RESTORE),
    Rule("message", f"command NOT BETWEEN 0 AND {len(COMMANDS) - 1}",
         "messages are of an unknown kind", RESTORE),
    Rule("message", "more IS NOT NULL AND NOT json_valid(more)",
         "messages have tags that cannot be read", RESTORE),
    Rule("message", "typeof(text) <> 'text' OR typeof(at) <> 'integer'",
         "messages have a text or a time of the wrong type", RESTORE),
    Rule("foreign_msgid", "message NOT IN (SELECT id FROM message)",
         "msgids of imported messages belong to no message", ""),
    Rule("room", "state IS NOT NULL AND NOT json_valid(state)",
         "rooms have a state that cannot be read", RESTORE),
    Rule("account", f"({_KEYS}) <> (0, 0, 0) AND (rounds IS NULL OR 0 IN ({_KEYS}))",
         "accounts have incomplete keys, so nobody can log in to them",
         "give them another password: chatroom-server account password NAME"),
    Rule("account", "NOT json_valid(flags)", "accounts have flags that cannot be read", RESTORE),
    *(
        Rule(table, "account NOT IN (SELECT id FROM account)",
             f"rows of {table} belong to no account", "")
        for table in ("account_certificate", "token", "read_marker", "always_on",
                      "account_metadata")
    ),
    *(
        Rule(table, f"NOT json_valid({column})", f"rows of {table} cannot be read", RESTORE)
        for table, column in (("always_on", "state"), ("account_metadata", "state"),
                              ("server_ban", "state"), ("token", "rooms"))
    ),
    Rule("file", "length(digest) <> 64 OR digest GLOB '*[^0-9a-f]*' OR size < 0",
         "uploaded files have an invalid digest or size", RESTORE),
)  # fmt: skip
"""What would be foreign keys and constraints, if they cost nothing in each transaction."""


def check_rows(data: Data) -> Iterator[Finding]:
    """Every row against the rules."""
    assert data.rows is not None
    for name, table in (
        ("messages", "message"), ("rooms", "room"), ("accounts", "account"),
        ("uploaded files", "file"),
    ):  # fmt: skip
        (data.counts[name],) = data.rows.execute(f"SELECT count(*) FROM {table}").fetchone()
    for table, wrong, what, remedy in RULES:
        query = f"SELECT count(*) FROM {table} WHERE {wrong}"
        (count,) = data.rows.execute(query).fetchone()
        if count:
            found = data.finding(HISTORY_FILE, f"{count:,} {what}", remedy)
            yield found._replace(is_note=not remedy)
    if data.rows.execute("SELECT 1 FROM meta WHERE key = 'suffix'").fetchone() is None:
        yield data.finding(HISTORY_FILE, "has lost the ending of its msgids", RESTORE)


def check_names(data: Data) -> Iterator[Finding]:
    """Names are found under their folded form, in rooms' states too."""
    assert data.rows is not None
    for table in ("room", "account"):
        wrong = (
            data.finding(HISTORY_FILE, f"the {table} {name!r} is stored as {folded!r}", RESTORE)
            for name, folded in data.rows.execute(f"SELECT name, folded FROM {table}")
            if fold(name) != folded
        )
        yield from bounded(wrong, f"{table}s that are stored under another name")


def check_owners(data: Data) -> Iterator[Finding]:
    """Accounts that have ranks in rooms exist: else anyone who registers the name gets them."""
    assert data.rows is not None
    accounts = {name for (name,) in data.rows.execute("SELECT folded FROM account")}
    query = "SELECT name, state FROM room WHERE json_valid(state) AND state LIKE '%\"kept\"%'"
    ranked = (
        (room, account)
        for room, state in data.rows.execute(query)
        for account, *_ in json.loads(state).get("kept", ())
    )
    yield from bounded(
        (
            data.finding(
                HISTORY_FILE,
                f"{room} gives ranks to the account {account!r}, which does not exist",
                f"take them away, before somebody registers the name: chatroom-server account add"
                f" {account}, then account remove {account}",
            )
            for room, account in ranked
            if account not in accounts
        ),
        "ranks of accounts that do not exist",
    )

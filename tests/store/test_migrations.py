"""The schema's steps: append only, each in one transaction, from version 1 on."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from chatroom.store import database
from chatroom.store.database import HISTORY_FILE, StoreError, connect, migrate
from chatroom.store.history import History
from chatroom.store.migrations import MIGRATIONS
from store.talk import NOW, ask, say, texts

RELEASED = {
    1: "7f81ce6f8cba742198350b87795eca8630df802bb63bcc5a3be924f521c9855e",
    2: "df711ca305e48e71e07a83abb610edd9b5682e39ca05463d7fb828d8f8391218",
    3: "8aa2e053dc845b4a769ee029689304a5adf048257f9149477704a77a8a71f902",
    4: "2cb756e6dd424ddd4f295a0fe9189191551fd3d39963d60ca7f9a9ed00728c9d",
    5: "21aceab3fa551ab5e537a616f50a242e78a1ef29aeae657198ec0c10fee8588e",
    6: "8a1d6df83eae067dd94082d13bf376c23d7a0aa2edc6bfc55558be6fd9d3ecad",
    7: "cf06c17417088276ed408485e9fa1791a9756042ec0a2a18485b8144750743c9",
    8: "1ff535d1a384921274a9e7e6fd5ba20f75b719e3a87fbfdf9650cddb12b1fbe2",
    9: "9e54be3f49566d5f5357100089a55581b697b73cabd6db43a62b410c7f9ddd00",
    10: "bc11a274907b442d19932fd19ca3321138d1134beb6e6ebe3c12c63f898e22f5",
    11: "41a4077f9e0975cb74c5170cbee40a213211200cc02a8f72b79ae649ac07ba00",
    12: "0046ee427ff7cbc4b5f19350ef08d0cabba0220ce0ef6200d13bc4932f5e04f0",
    13: "bd80713e3ec7d033defac6b378e67e59f44a415fb2ac18caef541803b39dcecb",
}
"""SHA-256 of each script that a database somewhere may have run. Add to these, change none."""

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


def make(directory: Path, version: int) -> None:
    """A database as that version's first start made it, with a message in it."""
    connection = connect(directory / HISTORY_FILE)
    for script in MIGRATIONS[:version]:
        connection.executescript(script)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("INSERT INTO meta VALUES ('suffix', 'c0ffee')")
    connection.execute("INSERT INTO room (folded, name) VALUES ('#general', '#General')")
    connection.execute("INSERT INTO sender (source) VALUES ('alice!al@192.0.2.1')")
    connection.execute(
        "INSERT INTO message (id, room, at, sender, command, text)"
        " VALUES (46655, 1, ?, 1, 0, 'from long ago')",
        (round(NOW * 1000),),
    )
    connection.close()


def version(directory: Path) -> int:
    return int(ask(directory, "PRAGMA user_version")[0][0])


def test_released_scripts_never_change() -> None:
    hashes = {
        number: hashlib.sha256(script.encode()).hexdigest()
        for number, script in enumerate(MIGRATIONS, 1)
    }
    assert hashes == RELEASED


def test_scripts_end_where_their_last_statement_does() -> None:
    """What is left open would be dropped without a word."""
    for script in MIGRATIONS:
        assert sqlite3.complete_statement(script)
        assert "".join(database._statements(script)).strip() == script.strip()


@pytest.mark.parametrize("old", range(1, len(MIGRATIONS) + 1))
def test_every_version_is_brought_up(tmp_path: Path, old: int) -> None:
    """All that was said stays, under its msgid; the schema is a new database's."""
    make(tmp_path, old)
    (tmp_path / "new").mkdir()
    History(tmp_path / "new", "process").close()
    history = History(tmp_path, "process")
    assert version(tmp_path) == len(MIGRATIONS)
    assert ask(tmp_path, SCHEMA) == ask(tmp_path / "new", SCHEMA)
    assert texts(history) == ["from long ago"]
    assert history.author("#general", "zzz-c0ffee") == "alice!al@192.0.2.1"
    say(history, "today")
    history.close()
    again = History(tmp_path, "process")
    assert texts(again) == ["from long ago", "today"]
    again.close()


def test_a_step_that_fails_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so are the steps before it, so that the version which made the database can go on with
    it."""
    good = "CREATE TABLE good (a);\n"
    bad = "CREATE TABLE half (a);\nINSERT INTO half VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    make(tmp_path, 1)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, good, bad))
    with pytest.raises(StoreError, match=r"Cannot update .*history.db.*: no such table: nowhere$"):
        History(tmp_path, "process")
    assert version(tmp_path) == 1
    assert not {"good", "half", "account"} & {name for _, name, *_ in ask(tmp_path, SCHEMA)}
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, good, "CREATE TABLE half (a);\n"))
    History(tmp_path, "process").close()
    assert version(tmp_path) == len(MIGRATIONS) + 2


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    make(tmp_path, 1)
    newer = len(MIGRATIONS) + 1
    ask(tmp_path, f"PRAGMA user_version = {newer}")
    with pytest.raises(StoreError) as raised:
        History(tmp_path, "process")
    assert str(raised.value) == (
        f"{tmp_path}/history.db is from a newer Chatroom (version {newer} of its format, this one"
        f" knows {newer - 1}); update Chatroom, or choose another directory with --data"
    )
    assert version(tmp_path) == newer


def test_the_suffix_is_given_once(tmp_path: Path) -> None:
    """Msgids of a database are its own, and stay what they were."""
    connection = connect(tmp_path / HISTORY_FILE)
    suffixes = []
    for _ in range(2):
        migrate(connection, tmp_path / HISTORY_FILE)
        suffixes += connection.execute("SELECT value FROM meta WHERE key = 'suffix'").fetchall()
    connection.close()
    assert suffixes[0] == suffixes[1]

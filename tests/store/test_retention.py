"""What need not be kept goes: by days, by number in each room, in steps nobody notices."""

from pathlib import Path

import pytest

from chatroom.store import retention
from chatroom.store.database import StoreError
from chatroom.store.history import History
from chatroom.store.retention import MOST, PAUSE, STEP
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message
from store.talk import ALICE, NOW, ask, found, keeping, said, say, stranger, texts

DAY = 86_400.0


def whole(directory: Path) -> None:
    """FTS5's own opinion of the index."""
    ask(directory, "INSERT INTO words (words) VALUES ('integrity-check')", name="search.db")


def test_without_rules_nothing_goes(tmp_path: Path, history: History, index: SearchIndex) -> None:
    say(history, "one", at=0.0)
    assert keeping(tmp_path, index, 0, 0).run(NOW) == 0
    assert texts(history) == ["one"]


def test_by_days(tmp_path: Path, history: History, index: SearchIndex) -> None:
    """In all rooms, and to the millisecond."""
    say(history, "old", at=NOW - 2 * DAY - 0.001)
    say(history, "old too", room="#other", at=NOW - 2 * DAY - 0.001)
    say(history, "kept", at=NOW - 2 * DAY)
    say(history, "new", at=NOW)
    assert keeping(tmp_path, index, 2, 0).run(NOW) == 2
    assert texts(history) == ["kept", "new"]
    assert texts(history, "#other") == []


def test_by_number(tmp_path: Path, history: History, index: SearchIndex) -> None:
    say(history, *map(str, range(10)))
    say(history, "a", "b", "c", room="#just")
    say(history, "x", "y", room="#few")
    history.record("#general", said("waits"), NOW)
    assert keeping(tmp_path, index, 0, 3).run(NOW) == 7
    assert texts(history) == ["7", "8", "9", "waits"]
    assert texts(history, "#just") == ["a", "b", "c"]
    assert texts(history, "#few") == ["x", "y"]
    assert keeping(tmp_path, index, 0, 3).run(NOW) == 0


def test_by_both(tmp_path: Path, history: History, index: SearchIndex) -> None:
    """What either rule does not keep goes."""
    for days in range(5, -1, -1):
        say(history, f"{days} days ago", at=NOW - days * DAY)
    say(history, "rare", room="#rare", at=NOW)
    assert keeping(tmp_path, index, 3, 2).run(NOW) == 4
    assert texts(history) == ["1 days ago", "0 days ago"]
    assert texts(history, "#rare") == ["rare"]


@pytest.mark.parametrize("indexed", [True, False])
def test_in_steps_and_out_of_the_index(
    tmp_path: Path, history: History, index: SearchIndex, indexed: bool
) -> None:
    """Events, which never were in the index, and what it had not come to, are no trouble to it."""
    for number in range(3 * STEP):
        history.record("#general", Message("JOIN", ("#general",), ALICE), NOW - 9 * DAY)
        if number % 10 == 0:
            history.record("#general", said(f"old word{number}"), NOW - 9 * DAY)
    say(history, "new word")
    if indexed:
        index.update()
    assert keeping(tmp_path, index, 1, 0).run(NOW) == 3 * STEP * 11 // 10
    assert found(index, "word*") == ["new word"]
    assert found(index, "old") == []
    whole(tmp_path)
    entries = "SELECT count(*) FROM words WHERE words MATCH 'place : r*'"
    assert ask(tmp_path, entries, name="search.db") == [(1,)]


def test_a_redacted_message_goes_as_well(
    tmp_path: Path, history: History, index: SearchIndex
) -> None:
    """Whether the index was told of the redaction or not."""
    ids = say(history, "first secret", "second secret", "other", at=NOW - 9 * DAY)
    index.update()
    for number, msgid in enumerate(ids[:2]):
        gone = history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), ALICE))
        if number:
            index.forget(*gone)
            index.forget(*gone)
    assert keeping(tmp_path, index, 1, 0).run(NOW) == 3
    assert found(index, "secret") == []
    whole(tmp_path)


def test_a_run_has_an_end(
    tmp_path: Path, history: History, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may want to end; the next run goes on."""
    assert MOST * PAUSE / STEP < 1
    monkeypatch.setattr(retention, "MOST", 2 * STEP)
    say(history, *map(str, range(3 * STEP)), at=NOW - 9 * DAY)
    rules = keeping(tmp_path, index, 1, 0)
    assert [rules.run(NOW) for _ in range(3)] == [2 * STEP, STEP, 0]


def test_foreign_msgids_go_with_their_messages(
    tmp_path: Path, history: History, index: SearchIndex
) -> None:
    say(history, "imported", at=NOW - 9 * DAY)
    say(history, "stays")
    ask(tmp_path, "INSERT INTO foreign_msgid SELECT 'far-' || id, id FROM message")
    assert keeping(tmp_path, index, 1, 0).run(NOW) == 1
    rows = ask(tmp_path, "SELECT message.text FROM foreign_msgid JOIN message ON id = message")
    assert rows == [("stays",)]
    assert ask(tmp_path, "SELECT count(*) FROM foreign_msgid") == [(1,)]


@pytest.mark.parametrize("table", ["said", "events", "last", "foreign_msgid"])
def test_no_step_looks_through_a_whole_table(tmp_path: Path, history: History, table: str) -> None:
    """Whoever does keeps the loop waiting, with the write lock in its hand."""
    statement, values = {
        "said": (retention._OLDEST[0], (1, 2)),
        "events": (retention._OLDEST[1], (1, 2)),
        "last": (retention._LAST_OLD[0], (1, 2, 3, 4)),
        "foreign_msgid": ("DELETE FROM foreign_msgid WHERE message = ?", (1,)),
    }[table]
    plan = ask(tmp_path, f"EXPLAIN QUERY PLAN {statement}", *values)
    assert not [row for row in plan if row[3].startswith("SCAN")]


def test_a_locked_database(tmp_path: Path, history: History, index: SearchIndex) -> None:
    say(history, "old", at=NOW - 9 * DAY)
    with (
        stranger(tmp_path, "BEGIN IMMEDIATE"),
        pytest.raises(StoreError, match=r"^Cannot delete old messages: database is locked$"),
    ):
        keeping(tmp_path, index, 1, 0).run(NOW)
    assert texts(history) == ["old"]
    assert keeping(tmp_path, index, 1, 0).run(NOW) == 1

"""The write-ahead log: who begins it anew, and when its file is small again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.checkpoint import Checkpointer
from chatroom.store.history import History
from store.talk import ask, say, stranger, texts


@pytest.fixture
def checkpointer(tmp_path: Path, history: History) -> Iterator[Checkpointer]:
    with closing(Checkpointer(tmp_path)) as one:
        yield one


def size(directory: Path) -> int:
    return (directory / "history.db-wal").stat().st_size


def test_the_log_is_emptied(tmp_path: Path, history: History, checkpointer: Checkpointer) -> None:
    """Again and again; what was said is in the database's own file then."""
    for number in range(3):
        say(history, f"text{number}x" * 1000)
        assert size(tmp_path) > 8000
        assert checkpointer.run()
        assert size(tmp_path) < 8000
        assert f"text{number}x".encode() in (tmp_path / "history.db").read_bytes()
    assert len(texts(history)) == 3
    assert ask(tmp_path, "PRAGMA integrity_check") == [("ok",)]


def test_a_commit_of_the_loop_in_between_does_not_begin_it_anew(
    tmp_path: Path, history: History, checkpointer: Checkpointer
) -> None:
    """When all is moved, and the worker has not come to its own commit: the guard prevents it."""
    say(history, "one")
    _, worker = checkpointer._connections()
    before = checkpointer._salt()
    salts = []

    def traced(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            worker.set_trace_callback(None)
            say(history, "two")
            salts.append(checkpointer._salt())

    worker.set_trace_callback(traced)
    assert not checkpointer.run()
    say(history, "three")
    salts.append(checkpointer._salt())
    assert salts == [before, before]
    assert checkpointer.run()
    assert checkpointer._salt() != before
    assert texts(history) == ["one", "two", "three"]


def test_a_reader_keeps_it(tmp_path: Path, history: History, checkpointer: Checkpointer) -> None:
    """Nor does the loop begin it anew when the reader goes: the next checkpoint does."""
    say(history, "one")
    before = checkpointer._salt()
    with stranger(tmp_path, "BEGIN", "SELECT * FROM message"):
        for _ in range(3):
            say(history, "x" * 10_000)
            assert not checkpointer.run()
    say(history, "two")
    assert checkpointer._salt() == before
    assert size(tmp_path) > 40_000
    assert checkpointer.run()
    assert size(tmp_path) < 8000


def test_the_first_commit_does_not_begin_it_either(
    tmp_path: Path, history: History, checkpointer: Checkpointer
) -> None:
    """The start has done so, when nobody waited yet: here it is the second on the same data."""
    history.close()
    with closing(History(tmp_path, "process")) as second:
        before = checkpointer._salt()
        say(second, "one")
        assert len(before) == 8
        assert checkpointer._salt() == before


def test_trouble_is_told_and_passes(
    tmp_path: Path, history: History, checkpointer: Checkpointer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatroom.store.checkpoint.PATIENCE_MS", 1)
    say(history, "one")
    with (
        stranger(tmp_path, "BEGIN IMMEDIATE"),
        pytest.raises(Exception, match=r"^Cannot checkpoint the history: database is locked$"),
    ):
        checkpointer.run()
    say(history, "two")
    assert checkpointer.run()

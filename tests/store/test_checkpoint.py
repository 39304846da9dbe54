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


def commit_before(
    checkpointer: Checkpointer, history: History, begins: int
) -> tuple[bool, list[bytes]]:
    """A run, and the salts after commits of the loop just before the worker's first `begins`."""
    _, worker, _ = checkpointer._connections()
    salts: list[bytes] = []

    def traced(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE" and len(salts) < begins:
            say(history, "in between" * 100)
            salts.append(checkpointer._salt())

    worker.set_trace_callback(traced)
    emptied = checkpointer.run()
    worker.set_trace_callback(None)
    return emptied, salts


def test_a_loop_that_commits_all_the_time_does_not_make_it_grow(
    tmp_path: Path, history: History, checkpointer: Checkpointer
) -> None:
    """When the first part is moved, there is more already; the worker moves that as well."""
    say(history, "one")
    for _ in range(5):
        before = checkpointer._salt()
        emptied, salts = commit_before(checkpointer, history, 1)
        assert emptied
        assert salts == [before]
        assert size(tmp_path) < 8000
    assert len(texts(history)) == 6
    assert ask(tmp_path, "PRAGMA integrity_check") == [("ok",)]


def test_a_commit_of_the_loop_in_between_does_not_begin_it_anew(
    tmp_path: Path, history: History, checkpointer: Checkpointer
) -> None:
    """When all is moved, and the worker has not come to its own commit: the guard prevents it."""
    say(history, "one")
    before = checkpointer._salt()
    emptied, salts = commit_before(checkpointer, history, 2)
    assert not emptied
    say(history, "three")
    salts.append(checkpointer._salt())
    assert salts == [before] * 3
    assert checkpointer.run()
    assert checkpointer._salt() != before
    assert len(texts(history)) == 4


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

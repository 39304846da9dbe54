"""The data directory: whose it is, which version, who may read it, how durable it is."""

import os
import resource
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import (
    DURABILITIES,
    HISTORY_FILE,
    LOCK_FILE,
    DataDirectory,
    StoreError,
    connect,
)
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from store.talk import ask, say, stranger, texts

NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def as_nobody() -> Iterator[None]:
    """For root everything is writable; a test that wants a refusal is somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def refusal(path: Path) -> str:
    """The one line with which a server refuses the directory."""
    with pytest.raises(StoreError) as raised:
        DataDirectory(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_the_owner_can_read(tmp_path: Path, umask: int) -> None:
    """Also the files that SQLite makes beside ours, and whatever the umask says."""
    path = tmp_path / "state" / "chatroom"
    before = os.umask(umask)
    try:
        directory = DataDirectory(path)
        history, index = History(path, "process"), SearchIndex(path)
        say(history, "hello")
        index.update()
        modes = {file.name: mode(file) for file in path.iterdir()}
    finally:
        os.umask(before)
    index.close()
    history.close()
    directory.close()
    names = {"lock", "history.db", "history.db-wal", "history.db-shm", "history.journal"}
    names |= {"search.db", "search.db-wal", "search.db-shm"}
    assert modes == dict.fromkeys(names, 0o600)
    assert mode(path) == 0o700


def test_one_server_at_a_time(tmp_path: Path) -> None:
    first = DataDirectory(tmp_path)
    assert refusal(tmp_path) == (
        f"The data directory {tmp_path} is in use by another server (process {os.getpid()});"
        " stop it, or give this one another with --data"
    )
    first.close()
    second = DataDirectory(tmp_path)
    assert (tmp_path / LOCK_FILE).read_text() == f"{os.getpid()}\n"
    second.close()


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert refusal(file) == f"Cannot use the data directory {file}: file exists"
    assert refusal(file / "data").endswith("/file/data: not a directory")


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with as_nobody():
        assert refusal(tmp_path) == f"Cannot use the data directory {tmp_path}: permission denied"


def test_a_lock_that_cannot_be_written(tmp_path: Path) -> None:
    """As on a full disk: a refusal, no traceback; and the next one is not told of a holder."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert refusal(tmp_path) == f"Cannot use the data directory {tmp_path}: file too large"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE).write_text("Dear diary, " * 1000)
    with pytest.raises(StoreError, match=r"Cannot open \S+history.db: file is not a database$"):
        History(tmp_path, "process")
    assert (tmp_path / HISTORY_FILE).read_text().startswith("Dear diary")


def test_a_database_of_somebody_else(tmp_path: Path) -> None:
    ask(tmp_path, "CREATE TABLE bookmark (url TEXT)")
    with pytest.raises(StoreError, match=r"history.db is not Chatroom's; give another directory"):
        History(tmp_path, "process")
    assert ask(tmp_path, "SELECT name FROM sqlite_master") == [("bookmark",)]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    History(tmp_path, "process").close()
    (tmp_path / HISTORY_FILE).chmod(0o400)
    with as_nobody(), pytest.raises(StoreError, match=r"^Cannot (open|bring) \S*history.db"):
        History(tmp_path, "process")


def test_a_locked_database_at_the_start(tmp_path: Path) -> None:
    History(tmp_path, "process").close()
    ask(tmp_path, "DELETE FROM meta")
    with (
        stranger(tmp_path, "BEGIN IMMEDIATE"),
        pytest.raises(StoreError, match=r"history.db up to date: database is locked"),
    ):
        History(tmp_path, "process")


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("power", 2)])
def test_durability(tmp_path: Path, durability: str, synchronous: int) -> None:
    """In WAL mode 1, NORMAL, survives the process; 2, FULL, is an fsync in each commit."""
    history = History(tmp_path, durability)
    connection = history._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    assert set(DURABILITIES) == {"process", "power"}
    history.close()


def test_a_reader_from_outside_takes_nothing_away(tmp_path: Path) -> None:
    """Who closes a database last checkpoints it and deletes its log. That must not be a stranger.

    It was one, once a worker had opened and closed the file: that drops all locks of the process.
    """
    history = History(tmp_path, "process")
    say(history, "one")
    checkpoint(tmp_path)
    with stranger(tmp_path, "SELECT * FROM message"):
        pass
    say(history, "two")
    with stranger(tmp_path, "SELECT * FROM message"):
        pass
    assert (tmp_path / "history.db-wal").exists()
    assert ask(tmp_path, "SELECT text FROM message") == [("one",), ("two",)]
    history.close()


def test_everything_is_in_one_file_in_the_end(tmp_path: Path) -> None:
    history = History(tmp_path, "process")
    say(history, "hello")
    history.close()
    assert [file.name for file in tmp_path.iterdir()] == [HISTORY_FILE]


def test_what_a_checkpoint_moves(tmp_path: Path) -> None:
    history = History(tmp_path, "process")
    say(history, *map(str, range(500)))
    before = (tmp_path / HISTORY_FILE).stat().st_size
    checkpoint(tmp_path)
    assert (tmp_path / HISTORY_FILE).stat().st_size > before
    assert len(texts(history)) == 500
    history.close()


def test_read_only(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        connect(tmp_path / HISTORY_FILE, readonly=True)
    history = History(tmp_path, "process")
    reader = connect(tmp_path / HISTORY_FILE, readonly=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM meta")
    reader.close()
    history.close()

"""The data directory: whose it is, which version, who may read it, how durable it is."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import (
    DURABILITIES,
    HISTORY_FILE,
    JOURNAL_FILE,
    LOCK_FILE,
    DataDirectory,
    StoreError,
    connect,
    exposed,
    own_target,
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
        " stop it, or choose another directory with --data"
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
    with pytest.raises(
        StoreError, match=r"history.db is not a Chatroom database; choose another directory"
    ):
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
        pytest.raises(StoreError, match=r"Cannot update .*history.db.*: database is locked"),
    ):
        History(tmp_path, "process")


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("power", 2)])
def test_durability_is_sqlites_synchronous(
    tmp_path: Path, durability: str, synchronous: int
) -> None:
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


# Others on the machine


@pytest.fixture
def crowded() -> Iterator[Path]:
    """A directory like /tmp, in which everybody may make files, and nobody remove another's."""
    with TemporaryDirectory() as path:
        Path(path).chmod(0o1777)
        yield Path(path)


def link(path: Path, target: Path, owner: int) -> Path:
    """A symbolic link of this user's."""
    path.symlink_to(target)
    if owner != os.geteuid():
        os.lchown(path, owner, owner)
    return path


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make others' links")


def test_ones_own_link_is_followed(tmp_path: Path, crowded: Path) -> None:
    """Also by way of another, and relative ones."""
    target = tmp_path / "target"
    first = link(tmp_path / "first", target, os.geteuid())
    assert own_target(first) == own_target(target) == target.resolve()
    (crowded / "second").symlink_to(first)
    assert own_target(crowded / "second") == target.resolve()
    (tmp_path / "third").symlink_to("first")
    assert own_target(tmp_path / "third") == target.resolve()


@needs_root
def test_somebody_elses_link_is_not(tmp_path: Path, crowded: Path) -> None:
    """Nor one behind our own; nothing is written where it leads to."""
    target = tmp_path / "target"
    strange = link(crowded / "strange", target, NOBODY)
    behind = link(tmp_path / "mine", strange, 0)
    for path in (strange, behind):
        with pytest.raises(
            StoreError, match=r"/strange is a symbolic link that another user created"
        ):
            own_target(path)
    link(crowded / "roots", target, 0)
    with as_nobody(), pytest.raises(StoreError, match="that another user created"):
        own_target(crowded / "roots")
    assert not target.exists()


def test_links_in_a_circle(tmp_path: Path) -> None:
    link(tmp_path / "a", tmp_path / "b", os.geteuid())
    link(tmp_path / "b", tmp_path / "a", os.geteuid())
    with pytest.raises(OSError, match="symbolic links"):
        own_target(tmp_path / "a")


@pytest.mark.parametrize("name", [LOCK_FILE, JOURNAL_FILE])
def test_our_own_files_are_no_links(tmp_path: Path, name: str) -> None:
    """Whoever could write to the directory once must not choose what we write to."""
    (tmp_path / "victim").write_text("dear diary")
    data = tmp_path / "data"
    DataDirectory(data).close()
    (data / name).unlink(missing_ok=True)
    (data / name).symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError, match=f"{data}.*: it is a symbolic link"):
        DataDirectory(data).close()
        History(data, "process")
    assert (tmp_path / "victim").read_text() == "dear diary"


@needs_root
def test_a_database_behind_somebody_elses_link(tmp_path: Path) -> None:
    link(tmp_path / HISTORY_FILE, tmp_path / "elsewhere", NOBODY)
    with pytest.raises(StoreError, match="that another user created"):
        History(tmp_path, "process")
    assert not (tmp_path / "elsewhere").exists()


def test_what_others_can_read_is_told(tmp_path: Path) -> None:
    """In one line, with the remedy."""
    path = tmp_path / "data"
    assert exposed(path) == []
    DataDirectory(path).close()
    History(path, "process").close()
    assert exposed(path) == []
    advice = f"run: chmod -R go= {path}"
    for mode in (0o777, 0o740, 0o704, 0o702):
        path.chmod(mode)
        assert exposed(path) == [f"others can read or write {path}; {advice}"]
    path.chmod(0o711)
    assert exposed(path) == []
    (path / HISTORY_FILE).chmod(0o644)
    assert exposed(path) == [f"others can read or write {path / HISTORY_FILE}; {advice}"]


_SORT = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from chatroom.store.history import History
history = History(Path(sys.argv[1]), "process")
connection = history._connection
connection.execute("PRAGMA temp.cache_size = 10")
connection.execute("CREATE TEMP TABLE large (text)")
for _ in range(1000):
    connection.execute("INSERT INTO large VALUES (?)", ("x" * 1000,))
print(*(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
        if os.path.islink(f"/proc/self/fd/{fd}")), sep="\\n")
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_temporary_files_are_in_the_data_directory(tmp_path: Path) -> None:
    """An import or the index must not fail where /tmp cannot be written to."""
    data = tmp_path / "it's data"
    data.mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "nowhere")}
    command = [sys.executable, "-c", _SORT, str(data), *sys.path]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert [line for line in done.stdout.splitlines() if line.startswith(f"{data}/etilqs_")]

"""`--check` of a data directory: whatever prevents a start is told with the sentence of the start,
and nothing is written."""

import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import inspection
from chatroom.store.database import (
    HISTORY_FILE,
    JOURNAL_FILE,
    LOCK_FILE,
    TAKEN_FILE,
    DataDirectory,
    StoreError,
    connect,
)
from chatroom.store.history import History
from chatroom.store.inspection import inspect
from chatroom.store.journal import Journal
from chatroom.store.migrations import MIGRATIONS
from chatroom.wire.message import Message
from store.talk import ask


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server leaves that was killed: a write-ahead log, and a journal with messages."""
    directory = tmp_path_factory.mktemp("left")
    alive = directory / "alive"
    with closing(DataDirectory(alive)), closing(History(alive, "process")) as history:
        for number in range(300):
            message = Message("PRIVMSG", ("#general", f"{number} " + "x" * 100), "bob!bob@h")
            history.record("#general", message, 1_800_000_000 + number)
        history.save_room("#general", {"topic": "tea"})
        history.commit()
        history.record(
            "#general", Message("PRIVMSG", ("#general", "last"), "bob!bob@h"), 1_900_000_000.0
        )
        history.make_durable()
        assert history.in_journal
        shutil.copytree(alive, directory / "data")
    assert {file.name for file in (directory / "data").iterdir()} >= {
        *(HISTORY_FILE, JOURNAL_FILE, LOCK_FILE, f"{HISTORY_FILE}-wal")
    }
    return directory / "data"


@pytest.fixture(params=["killed", "stopped"])
def data(request: pytest.FixtureRequest, left: Path, tmp_path: Path) -> Path:
    """A directory that was in use: by a server that was killed, or one that came to its end."""
    copy = tmp_path / "data"
    shutil.copytree(left, copy)
    if request.param == "stopped":
        assert start(copy) is None
        assert not (copy / f"{HISTORY_FILE}-wal").exists()
    return copy


def start(directory: Path) -> str | None:
    """Why a start fails."""
    try:
        with closing(DataDirectory(directory)), closing(History(directory, "process")) as history:
            history.saved_rooms()
    except StoreError as error:
        return str(error)
    return None


def state(directory: Path) -> list[tuple[object, ...]]:
    """All that is there, as far as a write would show."""
    found: list[tuple[object, ...]] = []
    for each in sorted([directory, *directory.parent.rglob("*")]):
        if os.path.lexists(each):
            facts = each.lstat()
            regular = stat.S_ISREG(facts.st_mode)
            content = each.read_bytes() if regular and not each.name.endswith("-shm") else b""
            found.append((each, facts.st_mode, facts.st_ino, content))
    return found


def _instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """What makes something else of a file of the directory."""

    def instead(data: Path) -> None:
        for file in data.glob(f"{name}*"):
            file.unlink()
        make(data / name)

    return instead


def _sql(statements: str) -> Callable[[Path], object]:
    def execute(data: Path) -> None:
        with closing(sqlite3.connect(data / HISTORY_FILE)) as connection:
            connection.executescript(statements)

    return execute


def _overwritten(name: str, at: int, count: int) -> Callable[[Path], object]:
    def overwrite(data: Path) -> None:
        if name == HISTORY_FILE:  # all of it, but for the journal's messages
            with closing(sqlite3.connect(data / name)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (data / name).open("r+b") as file:
            file.seek(at)
            file.write(b"\xa5" * count)

    return overwrite


def _in_its_place(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """What makes something else of the directory."""

    def in_its_place(data: Path) -> None:
        shutil.rmtree(data)
        make(data)

    return in_its_place


def _own_link_to_itself(file: Path) -> None:
    file.symlink_to(file.name)


def _somebody_elses_link(file: Path) -> None:
    file.symlink_to("/dev/null")
    os.lchown(file, 12345, 12345)


def _no_messages(file: Path) -> None:
    file.write_text("nonsense\n")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file in its place": _in_its_place(Path.touch),
    "a dangling link in its place": _in_its_place(lambda data: data.symlink_to("nowhere")),
    "a loop in its place": _in_its_place(_own_link_to_itself),
    "the lock is a directory": _instead(LOCK_FILE, Path.mkdir),
    "the lock is a link": _instead(LOCK_FILE, lambda file: file.symlink_to("/dev/null")),
    "no SQLite": _instead(HISTORY_FILE, lambda file: file.write_text("text " * 999)),
    "another program's": _instead(
        HISTORY_FILE, lambda f: sqlite3.connect(f).execute("CREATE TABLE t (x)").connection.close()
    ),
    "a directory for a database": _instead(HISTORY_FILE, Path.mkdir),
    "a pipe for a database": _instead(HISTORY_FILE, os.mkfifo),
    "the journal is a pipe": _instead(JOURNAL_FILE, os.mkfifo),
    "a link to itself": _instead(HISTORY_FILE, _own_link_to_itself),
    "newer": _sql(f"PRAGMA user_version = {len(MIGRATIONS) + 1}"),
    "much newer": _sql("DROP TABLE message; DROP TABLE room; PRAGMA user_version = 99"),
    "without a table": _sql("DROP TABLE room"),
    "a room's state": _sql("UPDATE room SET state = '{'"),
    "the header": _overwritten(HISTORY_FILE, 0, 100),
    "the schema": _overwritten(HISTORY_FILE, 100, 3900),
    "all but the first page": _overwritten(HISTORY_FILE, 4096, 200_000),
    "cut off": lambda data: os.truncate(data / HISTORY_FILE, 5000),
    "nonsense in the journal": _instead(JOURNAL_FILE, _no_messages),
    "the journal is a directory": _instead(JOURNAL_FILE, Path.mkdir),
    "the journal is a link": _instead(JOURNAL_FILE, lambda file: file.symlink_to(LOCK_FILE)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_fault_of_the_start_is_one_of_the_check(data: Path, damage: str) -> None:
    DAMAGES[damage](data)
    before = state(data)
    found = inspect(data)
    assert state(data) == before
    why = start(data)
    if damage != "cut off":  # which the log of a killed server makes good
        assert why is not None
    if why is not None:
        assert why in found.faults
    assert all("\n" not in fault for fault in found.faults)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_link_of_somebody_elses(data: Path) -> None:
    _instead(HISTORY_FILE, _somebody_elses_link)(data)
    assert start(data) in inspect(data).faults


def _a_log_to_look_at(data: Path) -> None:
    log = data / f"{HISTORY_FILE}-wal"
    log.write_bytes(b"x" * 99)
    log.chmod(0o400)


def _a_closed_journal(data: Path) -> None:
    (data / JOURNAL_FILE).touch()
    (data / JOURNAL_FILE).chmod(0)


def _closed_without(name: str) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        (data / name).unlink()
        data.chmod(0o500)

    return damage


FORBIDDEN: dict[str, Callable[[Path], object]] = {
    "a directory to look at only": lambda data: data.chmod(0o500),
    "the same without a lock": _closed_without(LOCK_FILE),
    "the same without a database": _closed_without(HISTORY_FILE),
    "a closed directory": lambda data: data.chmod(0),
    "a closed lock": lambda data: (data / LOCK_FILE).chmod(0),
    "a closed database": lambda data: (data / HISTORY_FILE).chmod(0),
    "a database to look at only": lambda data: (data / HISTORY_FILE).chmod(0o400),
    "a log to look at only": _a_log_to_look_at,
    "a closed journal": _a_closed_journal,
}


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A directory of a user who is not root, as whom the test runs."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, 12345, 12345)
            os.setresuid(12345, 12345, 0)
        yield Path(name)
        for each in Path(name).iterdir():
            each.chmod(0o700)
        if os.getuid() == 12345:
            os.setresuid(0, 0, 0)


@pytest.mark.parametrize("closed", FORBIDDEN)
def test_what_one_may_not_do(closed: str, ordinary_user: Path) -> None:
    data = ordinary_user / "data"
    assert start(data) is None
    FORBIDDEN[closed](data)
    found = inspect(data)
    why = start(data)
    assert why is not None
    assert why in found.faults


def test_where_one_may_make_no_directory(ordinary_user: Path) -> None:
    (ordinary_user / "locked").mkdir(0o500)
    data = ordinary_user / "locked" / "a" / "b"
    (fault,) = inspect(data).faults
    assert fault == start(data)
    assert fault.endswith("permission denied")


def test_what_is_fine(data: Path) -> None:
    before = state(data)
    assert inspect(data) == ([], [], "")
    assert state(data) == before
    assert start(data) is None


def test_one_that_is_not_there_yet(tmp_path: Path) -> None:
    """Nothing is made."""
    assert inspect(tmp_path / "a" / "b") == ([], [], "")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file/below/it", "dangling/below", "n" * 300):
        (fault,) = inspect(tmp_path / name).faults
        assert fault == start(tmp_path / name)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_one_is_fine(version: int, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / HISTORY_FILE)) as connection:
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("INSERT INTO meta VALUES ('suffix', 'abcdef')")
        connection.commit()
    with closing(Journal(tmp_path, "abcdef")) as journal:  # its server was killed
        message = Message("PRIVMSG", ("#general", "last"), "bob!bob@h")
        journal.append([(5, 1_800_000_000_000, "#general", message, None)])
    assert inspect(tmp_path).faults == []
    assert start(tmp_path) is None
    assert ask(tmp_path, "SELECT text FROM message") == [("last",)]


def test_damage_that_a_start_does_not_meet(data: Path) -> None:
    """A page in the middle: people would meet it, and lose what is on it."""
    with closing(connect(data / HISTORY_FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (data / HISTORY_FILE).stat().st_size
    _overwritten(HISTORY_FILE, size // 8192 * 4096, 4096)(data)
    (fault,) = inspect(data).faults
    assert "damaged" in fault or "malformed" in fault


def test_damage_of_which_sqlite_only_tells(data: Path) -> None:
    """Five free pages in the header that are not there: a verdict, and no error."""
    with closing(connect(data / HISTORY_FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (data / HISTORY_FILE).open("r+b") as file:
        file.seek(36)
        file.write((5).to_bytes(4, "big"))
    (fault,) = inspect(data).faults
    assert "is damaged (" in fault
    assert fault.endswith("); restore a backup")


def test_the_index_of_a_log_is_not_left_behind(left: Path, tmp_path: Path) -> None:
    """SQLite makes it to read a log, where it is missing."""
    data = tmp_path / "data"
    shutil.copytree(left, data)
    (data / f"{HISTORY_FILE}-shm").unlink(missing_ok=True)
    before = state(data)
    assert inspect(data) == ([], [], "")
    assert state(data) == before


def test_every_fault_is_told(data: Path) -> None:
    DAMAGES["newer"](data)
    DAMAGES["nonsense in the journal"](data)
    assert len(inspect(data).faults) == 2


def test_a_running_server_is_no_fault(data: Path) -> None:
    with closing(DataDirectory(data)), closing(History(data, "process")) as history:
        history.record(
            "#general", Message("PRIVMSG", ("#general", "hi"), "bob!bob@h"), 1_900_000_001.0
        )
        history.make_durable()
        before = state(data)
        assert inspect(data) == ([], [], str(os.getpid()))
        assert state(data) == before
        history.commit()


def test_little_space_is_a_warning(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "FEW_BYTES", sys.maxsize)
    (warning,) = inspect(data).warnings
    assert warning.startswith("only ")
    (warning,) = inspect(data / "not" / "there" / TAKEN_FILE).warnings

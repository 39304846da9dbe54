"""`check-data`: what is damaged is found, and nothing is changed by looking."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.accounts import AccountStore
from chatroom.store.audit import AuditFile
from chatroom.store.checking.checks import check_data
from chatroom.store.checking.findings import MOST_NAMED, Data, Finding
from chatroom.store.database import (
    AUDIT_FILE,
    CHANGES_FILE,
    HISTORY_FILE,
    JOURNAL_FILE,
    LOCK_FILE,
    SEARCH_FILE,
    TAKEN_FILE,
    DataDirectory,
    StoreError,
)
from chatroom.store.files.store import FileStore
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from chatroom.wire.scram import derive
from store.talk import NOW, ask, said, say
from store.test_files import HELLO, about

KEYS = derive(b"correct horse", b"salt", 1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with some of everything, as a server leaves it."""
    directory = tmp_path_factory.mktemp("whole") / "data"
    with closing(DataDirectory(directory)), closing(History(directory, "process")) as history:
        say(history, *(f"word{number} and more" for number in range(300)))
        say(history, "elsewhere", room="#den")
        history.save_room("#den", {"topic": "tea", "kept": [["alice", "q"]]})
        history.commit()
    with closing(FileStore(directory)) as files:
        new = files.begin(0)
        new.write(b"hello")
        files.add(new, about("hello"))
    with closing(AccountStore(directory)) as accounts:
        accounts.add("alice", KEYS, NOW)
    with closing(SearchIndex(directory)) as index:
        index.update()
    with closing(AuditFile(directory, "process")) as audit:
        audit.note(NOW, "alice!a@h", "alice", "KLINE x")
        audit.note(NOW, "alice!a@h", "alice", "KLINE y")
        audit.commit()
    for name in (HISTORY_FILE, SEARCH_FILE):  # as when a server stops, without write-ahead logs
        with closing(sqlite3.connect(directory / name)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (directory / TAKEN_FILE).write_text('["ab", 1, 2, ["alice", "h"], ["#den"]]\n')
    (directory / TAKEN_FILE).chmod(0o600)
    return directory


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def nothing(_name: str) -> None:
    pass


def found(directory: Path, quick: bool = False) -> list[Finding]:
    return list(check_data(Data(directory, quick), nothing))


def states(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(each.relative_to(directory)): (each.read_bytes(), each.stat().st_mtime_ns)
        for each in directory.rglob("*")
        if each.is_file()
    }


@pytest.mark.parametrize("quick", [False, True])
def test_of_what_is_whole_nothing_is_found_and_nothing_is_changed(data: Path, quick: bool) -> None:
    before = states(data)
    checked = Data(data, quick)
    steps: list[str] = []
    assert list(check_data(checked, steps.append)) == []
    assert states(data) == before
    assert checked.counts == {
        "messages": 301, "rooms": 2, "accounts": 1, "uploaded files": 1, "contents of files": 1,
        "audit entries": 2, "read positions": 1,
    }  # fmt: skip
    assert steps[0] == "the directory" and steps[-1] == "the search index"


def run(query: str) -> Callable[[Path], object]:
    """A change of the database."""

    def change(directory: Path) -> None:
        with closing(sqlite3.connect(directory / HISTORY_FILE)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute(query)
            connection.commit()

    return change


def put(name: str, old: bytes, new: bytes) -> Callable[[Path], object]:
    """Other bytes in a file, at the last place where it has these."""

    def change(directory: Path) -> None:
        data = (directory / name).read_bytes()
        at = data.rindex(old)
        (directory / name).write_bytes(data[:at] + new + data[at + len(old) :])

    return change


def at(name: str, place: int, new: bytes) -> Callable[[Path], object]:
    """Other bytes in a file, at that place."""

    def change(directory: Path) -> None:
        with (directory / name).open("r+b") as file:
            file.seek(place)
            file.write(new)

    return change


def lock_is_a_link(data: Path) -> None:
    (data / LOCK_FILE).unlink()
    (data / LOCK_FILE).symlink_to("elsewhere")


CONTENT = f"files/{HELLO[:2]}/{HELLO[2:]}"


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda data: data.chmod(0o755), r"others can read or write \S+data; run: chmod -R go= "),
        (lambda data: (data / HISTORY_FILE).unlink(), "history.db: is missing; restore a backup"),
        (lock_is_a_link, "lock: cannot be opened .*; remove it"),
        (at(HISTORY_FILE, 0, b"x"), "history.db: cannot be read .*not a database"),
        (at(HISTORY_FILE, 100, b"\x99" * 8), r"history.db: (cannot be read|is damaged) \("),
        (at(HISTORY_FILE, 8192, b"\x99" * 4096), "history.db: is damaged"),
        (lambda data: os.truncate(data / HISTORY_FILE, 40_000), "history.db: .*malformed|damaged"),
        (put(HISTORY_FILE, b"word299 and", b"wird299 and"), "search.db: has other words .*damaged"),
        (run("DELETE FROM room WHERE name = '#den'"), "1 messages belong to no room"),
        (run("DELETE FROM sender"), "301 messages have no sender"),
        (run("UPDATE message SET command = 99 WHERE id % 2"), "messages are of an unknown kind"),
        (run("UPDATE message SET more = '{' WHERE text = 'elsewhere'"), "1 messages have tags"),
        (run("UPDATE message SET text = x'00' WHERE text = 'elsewhere'"), "of the wrong type"),
        (run("INSERT INTO foreign_msgid VALUES ('a', 9)"), "note: .*1 msgids of imported"),
        (run("UPDATE room SET state = 'x'"), "2 rooms have a state that cannot be read"),
        (run("UPDATE room SET folded = 'x' WHERE name = '#den'"), "room '#den' is stored as 'x'"),
        (run("UPDATE account SET stored = NULL"), "1 accounts have incomplete keys.*password NAME"),
        (run("UPDATE account SET flags = 'x'"), "1 accounts have flags that cannot be read"),
        (run("INSERT INTO account_certificate VALUES ('a', 9, 1)"), "note: .*account_certificate"),
        (run("INSERT INTO read_marker VALUES (9, '#den', 1)"), "note: .*read_marker belong to no"),
        (run("INSERT INTO always_on VALUES (1, 'x')"), "1 rows of always_on cannot be read"),
        (run("DELETE FROM account"), "#den gives ranks to the account 'alice', which does not"),
        (run("DELETE FROM meta WHERE key = 'suffix'"), "has lost the ending of its msgids; rest"),
        (run("PRAGMA user_version = 999"), "from a newer Chatroom .*update Chatroom"),
        (run("UPDATE file SET digest = 'x'"), "1 uploaded files have an invalid digest"),
        (lambda data: (data / CONTENT).unlink(), f"{CONTENT}: is missing: the content of 'a.txt'"),
        (at(CONTENT, 0, b"j"), f"{CONTENT}: is damaged .*'a.txt'; upload it again"),
        (at(CONTENT, 5, b"j"), f"{CONTENT}: has 6 bytes instead of 5"),
        (lambda data: (data / "files" / "x").touch(), "files/x: does not belong there"),
        (put(AUDIT_FILE, b"KLINE x", b'KLI"E x'), "audit.log: line 1 is damaged"),
        (put(AUDIT_FILE, b'{"at"', b'"at" '), "audit.log: line 2 is damaged"),
        (at(JOURNAL_FILE, 0, b"nonsense\n"), "history.journal: line 1 is damaged.*; move the file"),
        (at(CHANGES_FILE, 0, b"nonsense\n"), "history.changes: line 1 is damaged.*; move the file"),
        (at(SEARCH_FILE, 0, b"x"), "search.db: .*not a database.*delete search.db|cannot be"),
        (at(SEARCH_FILE, 4096, b"\x99" * 4096), "search.db: .*damaged"),
    ],
)
def test_damage_is_found(damage: Callable[[Path], object], expected: str, data: Path) -> None:
    for name in (JOURNAL_FILE, CHANGES_FILE):
        (data / name).touch(mode=0o600)
    damage(data)
    before = states(data)
    shown = [
        f"{'note: ' * each.is_note}{each.where}: {each.what}; {each.remedy}" for each in found(data)
    ]
    wanted = [each for each in shown if re.search(expected, each)]
    assert wanted, shown
    assert expected.startswith("note: ") or not wanted[0].startswith("note: ")
    assert states(data) == before


def test_the_index_is_compared_with_the_history(data: Path) -> None:
    run("DELETE FROM message WHERE text = 'word7 and more'")(data)
    [finding] = found(data)
    assert (finding.what, finding.is_note) == ("has words of 1 messages that are gone", True)
    with closing(History(data, "process")) as history:
        history.record("#den", said("new", "#den"), NOW + 1)
        history.commit()
    [finding] = found(data)  # the index is behind, and only that
    assert finding.is_note
    with closing(sqlite3.connect(data / SEARCH_FILE)) as index:
        index.execute("UPDATE progress SET upto = (SELECT max(first) + 99999999 FROM span)")
        index.commit()
    shown = [each.what for each in found(data)]
    assert "is of another version or history; it is built anew" in shown


def test_messages_that_a_search_would_not_find(data: Path) -> None:
    with closing(sqlite3.connect(data / SEARCH_FILE)) as index:
        [(number,)] = ask(data, "SELECT id FROM message WHERE text = 'elsewhere'")
        words = ("elsewhere", "r2", "n" + b"alice".hex())
        index.execute("INSERT INTO words (words, rowid, said, place, author)"
                      " VALUES ('delete', ?, ?, ?, ?)", (number, *words))  # fmt: skip
        index.commit()
    [finding] = found(data)
    assert finding.what == "1 messages are not in it, so a search does not find them"
    assert "delete search.db" in finding.remedy


def test_what_is_no_damage_is_a_note(data: Path) -> None:
    (data / "files" / "new" / "half").touch(mode=0o600)
    (data / "files" / "00").mkdir(mode=0o700)
    (data / "files" / "00" / ("1" * 62)).touch(mode=0o600)
    (data / SEARCH_FILE).unlink()
    with (data / AUDIT_FILE).open("a") as file:
        file.write('{"at": 1')
    with (data / TAKEN_FILE).open("a") as file:
        file.write("nonsense\n")
    assert [(each.where.removeprefix(f"{data}/")[:9], each.is_note) for each in found(data)] == [
        ("history.t", True), ("audit.log", True), ("files/00/", True), ("files/new", True),
        ("search.db", True),
    ]  # fmt: skip


def test_many_findings_of_a_kind_are_counted(data: Path) -> None:
    for number in range(MOST_NAMED + 5):
        (data / "files" / f"x{number}").touch()
    shown = [each.what for each in found(data)]
    assert len(shown) == MOST_NAMED + 1
    assert shown[-1] == "5 more files that do not belong there"


def test_beside_a_running_server(data: Path) -> None:
    """It waits for nobody, and says what it could not compare."""
    with closing(DataDirectory(data)), closing(History(data, "process")) as history:
        say(history, "meanwhile")
        shown = [each.what for each in found(data)]
        assert shown == [
            f"a server (process {os.getpid()}) is using it",
            "its words were not compared, because a server writes to it",
        ]
        say(history, "afterwards")


def test_an_old_database_is_not_read_as_a_new_one(data: Path) -> None:
    run("PRAGMA user_version = 3")(data)
    [finding] = found(data)
    assert finding.is_note and finding.what.startswith("has version 3 of its format")


def test_no_directory_at_all(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no data directory"):
        found(tmp_path / "none")

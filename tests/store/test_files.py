"""Uploaded files on disk: contents, rows, and that neither is ever without the other."""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.accounts import AccountStore
from chatroom.store.age_count import AgeCount
from chatroom.store.ages import RELEASED
from chatroom.store.database import HISTORY_FILE, StoreError, exposed
from chatroom.store.erasure import erase_now
from chatroom.store.files import content
from chatroom.store.files.content import NoSpace
from chatroom.store.files.copies import copy_named
from chatroom.store.files.index import BLOCK, StoredFile
from chatroom.store.files.store import FileStore
from chatroom.wire.scram import derive
from store.talk import ask

KEYS = derive(b"correct horse", b"salt", 1)

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""The SHA-256 of `hello`."""

DAY = 86_400.0
NOW = RELEASED / 1000 + 1000 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    store = FileStore(tmp_path, ages=AgeCount("file_ages", lambda: 0.0, "", lambda _now: True))
    yield store
    store.close()


def about(id: str, account: int = 1, at: float = NOW) -> StoredFile:
    return StoredFile(id, "", "a.txt", "text/plain", 0, round(at * 1000), account)


def put(
    store: FileStore, id: str, data: bytes = b"hello", account: int = 1, at: float = NOW
) -> StoredFile:
    new = store.begin(0)
    new.write(data)
    return store.add(new, about(id, account, at))


def contents(directory: Path) -> list[str]:
    """What there is below files/, but for empty directories."""
    top = directory / content.FILES
    return sorted(str(each.relative_to(top)) for each in top.rglob("*") if each.is_file())


def test_a_file_is_kept_by_its_content_for_the_owner_alone(
    store: FileStore, tmp_path: Path
) -> None:
    kept = put(store, "one")
    assert kept == store.find("one")._replace(number=0)  # type: ignore[union-attr]
    assert (kept.digest, kept.size, kept.charge) == (HELLO, 5, BLOCK)
    assert contents(tmp_path) == [f"{HELLO[:2]}/{HELLO[2:]}"]
    descriptor = store.open(kept)
    assert os.read(descriptor, 100) == b"hello"
    os.close(descriptor)
    for each in (tmp_path / content.FILES).rglob("*"):
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)


def test_the_same_content_is_kept_once_until_its_last_file_goes(
    store: FileStore, tmp_path: Path
) -> None:
    put(store, "one")
    put(store, "two", account=2)
    assert len(contents(tmp_path)) == 1
    assert store.usage() == {1: BLOCK, 2: BLOCK}
    assert [file.id for file in store.remove(["one"], lambda _file: True)] == ["one"]
    assert len(contents(tmp_path)) == 1
    reading = store.open(store.find("two"))  # type: ignore[arg-type]
    store.remove(["two", "missing"], lambda _file: True)
    assert contents(tmp_path) == []
    assert store.usage() == {}
    assert os.read(reading, 100) == b"hello"  # a download that had begun
    os.close(reading)


def test_only_what_one_may_remove_is_removed(store: FileStore) -> None:
    put(store, "mine")
    put(store, "theirs", b"x", account=2)
    removed = store.remove(["mine", "theirs"], lambda file: file.account == 1)
    assert [file.id for file in removed] == ["mine"]
    assert store.find("theirs") is not None


def test_content_and_names_are_synced_before_the_row_is_written(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a power cut after the answer would leave an address that finds nothing."""
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content")
        sync(descriptor)

    def replaced(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    store._connection.set_trace_callback(
        lambda line: steps.append("row") if line.startswith("INSERT INTO file") else None
    )
    put(store, "one")
    # the second directory is the new one's parent, which has its name
    assert steps == ["content", "directory", "rename", "directory", "row"]
    (level,) = store._connection.execute("PRAGMA synchronous").fetchone()
    assert level == 2  # FULL: the commit syncs


def test_a_discarded_content_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    new = store.begin(0)
    new.write(b"half")
    assert len(contents(tmp_path)) == 1
    new.discard()
    new.discard()
    assert contents(tmp_path) == []


def test_a_row_that_cannot_be_written_leaves_no_content(store: FileStore, tmp_path: Path) -> None:
    put(store, "one", b"other")
    with pytest.raises(StoreError, match="Cannot store a file"):
        put(store, "one")  # the id is taken
    assert len(contents(tmp_path)) == 1
    with pytest.raises(StoreError):
        put(store, "one", b"other")
    assert len(contents(tmp_path)) == 1  # the first file's


def test_a_crash_leaves_what_the_next_start_removes(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    put(store, "one")
    put(store, "two", b"two")
    store.begin(0).write(b"half")
    ask(tmp_path, "DELETE FROM file WHERE id = 'two'")  # committed, and then killed
    store.close()
    stray = tmp_path / content.FILES / "README"
    stray.write_text("not ours")
    store = FileStore(tmp_path)
    assert store.sweep() == 1
    assert contents(tmp_path) == [f"{HELLO[:2]}/{HELLO[2:]}", "README"]
    store.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_apart(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fails(_descriptor: int, _data: object) -> int:
        raise OSError(code, os.strerror(code))

    new = store.begin(0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fails)
        with pytest.raises(NoSpace, match="disk is full"):
            new.write(b"x")
    new.discard()


def test_the_floor_of_free_space_is_kept(store: FileStore, tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    new = store.begin(disk.f_bavail * disk.f_frsize + (1 << 40))
    with pytest.raises(NoSpace, match="not enough free space"):
        new.write(b"x")
    new.discard()


def test_retention_counts_time_instead_of_believing_a_clock(tmp_path: Path) -> None:
    passed = [0.0]
    ages = AgeCount("file_ages", lambda: passed[0], "boot", lambda _now: False)
    store = FileStore(tmp_path, ages=ages)
    put(store, "old", b"old", at=NOW)

    def run(days: float, clock: float) -> list[str]:
        passed[0] = days * DAY
        removed, more = store.expire(30, clock)
        assert not more
        return [file.id for file in removed]

    assert run(0, NOW) == []
    assert run(1, NOW + 3650 * DAY) == []  # the clock is ten years ahead
    put(store, "new", b"new", at=NOW + 10 * DAY)
    assert run(20, NOW + 20 * DAY) == []
    assert run(32, NOW + 32 * DAY) == ["old"]
    assert store.expire(0, NOW + 9000 * DAY) == ([], False)
    store.close()


def test_old_files_go_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    store = FileStore(tmp_path, ages=AgeCount("x", lambda: passed[0], "", lambda _now: True))
    monkeypatch.setattr("chatroom.store.files.store.STEP", 2)
    for number in range(5):
        put(store, f"old{number}", b"%d" % number)
    store.expire(30, NOW)
    passed[0] = 31 * DAY
    put(store, "new", at=NOW + 31 * DAY)
    removed, _ = store.expire(30, NOW + 31 * DAY)
    assert [file.id for file in removed] == [f"old{number}" for number in range(5)]
    assert store.find("new") is not None
    assert contents(tmp_path) == [f"{HELLO[:2]}/{HELLO[2:]}"]
    store.close()


def test_rows_are_in_the_historys_database(store: FileStore, tmp_path: Path) -> None:
    """So a backup has them."""
    put(store, "one")
    with sqlite3.connect(tmp_path / HISTORY_FILE) as connection:
        assert connection.execute("SELECT id FROM file").fetchall() == [("one",)]


def test_an_export_takes_the_files_of_its_messages_along(store: FileStore, tmp_path: Path) -> None:
    put(store, "one")
    put(store, "two", b"two")
    target = tmp_path / "out"
    copied = copy_named(store._connection, tmp_path, ["one", "gone"], target)
    assert copied == (1, 5)
    assert [str(each.relative_to(target)) for each in target.rglob("*")] == ["one", "one/a.txt"]
    assert (target / "one" / "a.txt").read_bytes() == b"hello"


def test_an_erased_account_takes_its_files_with_it(tmp_path: Path) -> None:
    """Its rows at once, in the transaction that removes the account; then the contents."""
    with closing(AccountStore(tmp_path, "process")) as accounts, closing(FileStore(tmp_path)) as to:
        number = accounts.add("alice", KEYS, NOW).number
        put(to, "one", account=number)
        put(to, "two", b"two", account=number + 1)
        accounts.remove("alice", erase=True)
        assert to.find("one") is None
    erase_now(tmp_path)
    assert len(contents(tmp_path)) == 1


def test_files_that_others_can_read_are_reported(store: FileStore, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    assert exposed(tmp_path) == []
    (tmp_path / content.FILES).chmod(0o755)
    assert f"{tmp_path}/files" in exposed(tmp_path)[0]

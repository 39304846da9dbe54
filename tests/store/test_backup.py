"""Backups of everything, and what they become when they are restored."""

import errno
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.store import backup, backup_archive, restore
from chatroom.store.backup import back_up
from chatroom.store.backup_archive import CONFIG, FACTS, SUMS, Archive, BadArchive
from chatroom.store.database import (
    AUDIT_FILE,
    CHANGES_FILE,
    HISTORY_FILE,
    LOCK_FILE,
    TAKEN_FILE,
    DataDirectory,
    StoreError,
)
from chatroom.store.files.store import FileStore
from chatroom.store.history import History
from store.talk import ask, restored, said, say, texts
from store.test_files import HELLO, about

CERTIFICATE = "a certificate and its key"


def put(directory: Path, id: str, data: bytes) -> str:
    """Upload a file. Returns the digest of its content."""
    with closing(FileStore(directory)) as store:
        new = store.begin(0)
        new.write(data)
        return store.add(new, about(id)).digest


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with some of everything."""
    directory = tmp_path / "data"
    directory.mkdir(0o700)
    with closing(History(directory, "process")) as history:
        say(history, "one", "two")
    put(directory, "hello", b"hello")
    put(directory, "again", b"hello")
    put(directory, "empty", b"")
    for name in (AUDIT_FILE, TAKEN_FILE):
        (directory / name).write_text(f"{name}\n")
    (directory / "certificate.pem").write_text(CERTIFICATE)
    (directory / "certificate.pem").chmod(0o600)
    (directory / "search.db").write_text("can be built anew")
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    """All files below a directory."""
    return {
        str(each.relative_to(directory)): each.read_bytes()
        for each in directory.rglob("*")
        if each.is_file()
    }


def test_a_backup_has_everything_but_the_search_index(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    config.write_text("# mine\n")
    done = back_up(data, tmp_path / "backup", {CONFIG: config})
    assert (done.messages, done.files, done.damaged) == (2, (2, 5), ())
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert done.bytes == (tmp_path / "backup").stat().st_size
    again = restored(tmp_path / "backup", tmp_path / "again")
    old, new = contents(data), contents(again)
    same = {name for name in new if old.get(name) == new[name]}
    digest = hashlib.sha256(b"").hexdigest()
    assert same - {LOCK_FILE} == {
        *(AUDIT_FILE, TAKEN_FILE, "certificate.pem"),
        *(f"files/{each[:2]}/{each[2:]}" for each in (HELLO, digest)),
    }
    assert new.keys() == same | {HISTORY_FILE, LOCK_FILE}
    with closing(History(again, "process")) as history:
        assert texts(history) == ["one", "two"]
    with closing(FileStore(again)) as store:
        assert store.sweep() == 0
        assert store.find("again") is not None
    modes = {each.stat().st_mode & 0o777 for each in again.rglob("*") if each.is_file()}
    folders = {each.stat().st_mode & 0o777 for each in (again, *again.rglob("*")) if each.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


READONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
COPY = """
import sys
from pathlib import Path
from chatroom.store.backup import back_up
from chatroom.store.checking.checks import check_data
from chatroom.store.checking.findings import Data
from chatroom.store.inspection import inspect
data, target = map(Path, sys.argv[1:])
back_up(data, target)
print([each.what for each in check_data(Data(data), lambda _: None) if not each.is_note])
print(inspect(data).faults)
"""


def test_a_disk_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    """The kernel makes a broken disk readonly; that is when a copy is needed."""
    (data / "search.db").unlink()
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", READONLY, "sh"]
    if not shutil.which("unshare") or subprocess.run([*prefix, data, "true"]).returncode:
        pytest.skip("a mount namespace cannot be made")
    done = subprocess.run(
        [*prefix, data, sys.executable, "-c", COPY, data, tmp_path / "backup"],
        capture_output=True,
        text=True,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    found, faults = done.stdout.splitlines()
    assert found == "['line 1 is damaged']"  # of the audit log, which is none
    assert "read-only file system" in faults
    restored(tmp_path / "backup", tmp_path / "again")
    assert ask(tmp_path / "again", "SELECT text FROM message") == [("one",), ("two",)]


def test_others_can_unpack_and_check_it(data: Path, tmp_path: Path) -> None:
    """With nothing but the usual programs: the last resort."""
    back_up(data, tmp_path / "backup")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xf", tmp_path / "backup"], cwd=tmp_path / "out", check=True)
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    subprocess.run(command, cwd=tmp_path / "out", check=True)
    assert ask(tmp_path / "out", "SELECT text FROM message") == [("one",), ("two",)]


def test_a_backup_holds_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it not for a read transaction, each write would make it begin anew."""
    monkeypatch.setattr(backup, "PAGES", 100)
    steps = []
    with closing(History(tmp_path, "process")) as history:
        say(history, *("x" * 400 for _ in range(1_200)))

        def progress(done: int, total: int) -> None:
            steps.append((done, total))
            say(history, "meanwhile")

        done = back_up(tmp_path, tmp_path / "copy", copied=progress)
        assert len(texts(history, limit=9999)) == 1_200 + len(steps)
    assert done.messages == 1_200
    assert len(steps) > 1
    assert steps[-1][0] == steps[-1][1]
    assert not list(tmp_path.glob(".chatroom*"))
    with closing(History(restored(tmp_path / "copy", tmp_path / "again"), "process")) as history:
        assert set(texts(history, limit=9999)) == {"x" * 400}


def test_states_that_are_not_in_the_database_yet_are_in_the_backup(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        say(history, "one")
        history.save_room("#general", {"flags": ["n"]})
        history.make_durable()
        assert (tmp_path / CHANGES_FILE).stat().st_size
        back_up(tmp_path, tmp_path / "copy")
    again = restored(tmp_path / "copy", tmp_path / "again")
    assert ask(again, "SELECT state FROM room") == [('{"flags": ["n"]}',)]
    assert not (again / CHANGES_FILE).exists()


def test_a_file_that_is_removed_meanwhile_has_no_row_in_the_backup(data: Path) -> None:
    (data / "files" / HELLO[:2] / HELLO[2:]).unlink()
    assert back_up(data, data.parent / "copy").files == (1, 0)
    again = restored(data.parent / "copy", data.parent / "again")
    assert ask(again, "SELECT id FROM file") == [("empty",)]


def test_a_damaged_content_is_named_and_backed_up_as_it_is(data: Path) -> None:
    (data / "files" / HELLO[:2] / HELLO[2:]).write_bytes(b"jello")
    assert back_up(data, data.parent / "copy").damaged == (HELLO,)
    again = restored(data.parent / "copy", data.parent / "again")
    assert (again / "files" / HELLO[:2] / HELLO[2:]).read_bytes() == b"jello"


def test_a_failed_backup_leaves_the_old_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails, and whenever: a full disk in the middle, or a copy that is not the same."""
    target = data.parent / "copy"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def damaged(*_: object) -> None:
        raise BadArchive("it is damaged")

    for name, failing in (("finish", full), ("add_bytes", full), ("verify", damaged)):
        owner = Archive if name == "verify" else backup_archive.ArchiveWriter
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, failing)
            with pytest.raises(StoreError, match=r"no space left on device|is damaged"):
                back_up(data, target)
        assert target.read_text() == "old"
        assert sorted(each.name for each in data.parent.iterdir()) == ["copy", "data"]


# Restoring


def none(_done: int, _all: int) -> None:
    pass


def restoring(backup: Path, directory: Path, force: bool = False) -> restore.Restored:
    with Archive(backup) as archive:
        return restore.restore(archive, directory, force, none)


def test_what_is_in_the_way_is_kept(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "copy")
    before = contents(data)
    with pytest.raises(StoreError, match=r"is not empty; .*--force"):
        restoring(tmp_path / "copy", data)
    assert contents(data) == before
    with closing(DataDirectory(data)), pytest.raises(StoreError, match="is in use by another"):
        restoring(tmp_path / "copy", data, force=True)
    done = restoring(tmp_path / "copy", data, force=True)
    assert done.aside == tmp_path / "data.before-restore"
    assert {**contents(done.aside), LOCK_FILE: b""} == {**before, LOCK_FILE: b""}
    again = restoring(tmp_path / "copy", data, force=True)
    assert again.aside == tmp_path / "data.before-restore-2"
    with closing(DataDirectory(data)), closing(History(data, "process")) as history:
        assert texts(history) == ["one", "two"]
    assert not list(tmp_path.glob(".chatroom*"))


def test_a_directory_that_cannot_be_replaced_is_filled(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume of a container: the root of a file system."""
    back_up(data, tmp_path / "copy")
    volume = tmp_path / "volume"
    (volume / "lost+found").mkdir(parents=True)
    monkeypatch.setattr(Path, "is_mount", lambda path: path == volume)
    inode = volume.stat().st_ino
    restoring(tmp_path / "copy", volume)
    assert volume.stat().st_ino == inode
    with closing(DataDirectory(volume)), closing(History(volume, "process")) as history:
        assert texts(history) == ["one", "two"]
    with pytest.raises(StoreError, match=r"cannot be moved aside.*empty it first"):
        restoring(tmp_path / "copy", volume, force=True)
    assert not [each for each in volume.iterdir() if each.name.startswith(".")]


def test_if_the_new_directory_cannot_be_put_in_place_the_old_one_is(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(data, tmp_path / "copy")
    before, real = contents(data), Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name.startswith(restore.STAGE):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(StoreError, match="input/output error"):
        restoring(tmp_path / "copy", data, force=True)
    assert contents(data) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy", "data"]


def test_a_full_disk_is_noticed_before(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(data, tmp_path / "copy")
    monkeypatch.setattr(restore, "_SPARE", 1 << 62)
    with pytest.raises(StoreError, match=r"it needs [\d,]+ bytes, and [\d,]+ are free"):
        restoring(tmp_path / "copy", tmp_path / "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy", "data"]


# Archives that are no backups

Members = Iterable[tuple[tarfile.TarInfo | str, bytes]]


def archive(path: Path, members: Members, mode: str = "w", sums: str = "") -> Path:
    """A tar archive of these, and the digests of all of them, after those in `sums`."""
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # a mode is a str here
        for member, text in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            if isinstance(member, str):
                info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
            sums += f"{hashlib.sha256(text).hexdigest()}  {info.name}\n"
        last = tarfile.TarInfo(SUMS)
        last.size = len(sums)
        tar.addfile(last, io.BytesIO(sums.encode()))
    return path


WHOLE = (
    (FACTS, b'{"format": 1, "made": 0, "version": "1", "messages": 0}'),
    (HISTORY_FILE, b"not a database"),
)


def special(name: str, type: bytes, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = type, target, size
    return info


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../history.db", "a file of an unknown name, '../history.db'"),
        ("/etc/passwd", "unknown name"),
        ("files/../../x", "unknown name"),
        ("files/ab/new", "unknown name"),
        ("files/new/x", "unknown name"),
        ("lock", "unknown name"),
        ("history.db-wal", "unknown name"),
        ("\x1b[2J", r"unknown name, '\\x1b\[2J'"),
        ("x" * 90_000, "other than an ordinary file"),  # the name is a member of its own
        (special("audit.log", tarfile.SYMTYPE, "/etc/passwd"), "other than an ordinary file"),
        (special("audit.log", tarfile.LNKTYPE, HISTORY_FILE), "other than an ordinary file"),
        (special("audit.log", tarfile.CHRTYPE), "other than an ordinary file"),
        (special("audit.log", tarfile.FIFOTYPE), "other than an ordinary file"),
        (special("files", tarfile.DIRTYPE), "other than an ordinary file"),
        (special("audit.log", tarfile.GNUTYPE_SPARSE), "other than an ordinary file"),
        (special("audit.log", tarfile.XHDTYPE), "other than an ordinary file"),
        (HISTORY_FILE, "it has history.db twice"),
        (SUMS, f"it has {SUMS} twice"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "special",
)
def test_a_hostile_archive_is_refused(
    member: str | tarfile.TarInfo, reason: str, tmp_path: Path
) -> None:
    bad = archive(tmp_path / "bad", (*WHOLE, (member, b"")))
    with pytest.raises(BadArchive, match=f"bad cannot be used: .*{reason}"):
        restoring(bad, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_archives_that_lack_something_are_refused(data: Path, tmp_path: Path) -> None:
    facts, history = WHOLE
    newer = (FACTS, facts[1].replace(b'"format": 1', b'"format": 2'))
    for members, reason in (
        ([facts], "it has no history.db"),
        ([history], "it has no backup.json"),
        ([(FACTS, b"[]"), history], "backup.json is damaged"),
        ([(FACTS, b"[" * 60_000), history], "backup.json is damaged"),
        ([(FACTS, b" " * 70_000), history], "too large"),
        *(
            ([(FACTS, facts[1].replace(old, new)), history], "backup.json is damaged")
            for old, new in (
                (b'"made": 0', b'"made": Infinity'),
                (b'"made": 0', b'"made": NaN'),
                (b'"made": 0', b'"made": 1e18'),
                (b'"made": 0', b'"made": -1e14'),
                (b'"version": "1"', rb'"version": "\u001b[2J"'),
                (b'"version": "1"', rb'"version": "1\n2"'),
                (b'"messages": 0', b'"messages": -5'),
                (b'"messages": 0', b'"messages": 1e308'),
            )
        ),
        ([newer, history], "is from a newer Chatroom; update"),
        (WHOLE, "file is not a database"),
    ):
        with pytest.raises(StoreError, match=reason):
            restoring(archive(tmp_path / "bad", members), tmp_path / "new")
    digest = "0" * 64
    for sums, reason in (
        (f"{digest}  audit.log\n", "its files are not those that SHA256SUMS lists"),
        (f"{digest}  history.db\n", "SHA256SUMS is damaged"),
        (f"{digest} *history.db\n", "SHA256SUMS is damaged"),
    ):
        with pytest.raises(BadArchive, match=reason):
            Archive(archive(tmp_path / "bad", WHOLE, sums=sums))
    back_up(data, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    for text, reason in (
        (b"", "it is damaged, or not a backup"),
        (b"hello" * 1000, "it is damaged, or not a backup"),
        (whole[: len(whole) // 2], "damaged|incomplete"),
        (whole[:-20_000], "damaged|incomplete"),
        ((data / HISTORY_FILE).read_bytes(), "a copy of the database; to restore it, copy it"),
    ):
        (tmp_path / "bad").write_bytes(text)
        with pytest.raises(StoreError, match=reason):
            restoring(tmp_path / "bad", tmp_path / "new")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(StoreError, match="is not a regular file"):
        restoring(tmp_path / "fifo", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".chatroom*"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory = tmp_path_factory.mktemp("whole")
    (directory / "data").mkdir()
    with closing(History(directory / "data", "process")) as history:
        history.record("#general", said("one"), 1e9)
        history.commit()
    put(directory / "data", "hello", b"hello")
    back_up(directory / "data", directory / "copy")
    data = (directory / "copy").read_bytes()
    shutil.rmtree(directory)
    return data


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, at: float, bit: int
) -> None:
    """Wherever it is, it is found, or it changes nothing of what is restored."""
    damaged = bytearray(whole)
    damaged[int(at * len(whole))] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "damaged"
    good = path.with_name("good")
    path.write_bytes(damaged)
    good.write_bytes(whole)
    with Archive(good) as expected:
        try:
            with Archive(path) as found:
                found.verify(none)
                assert all(found.read(name) == expected.read(name) for name in expected.members)
                assert found.members.keys() == expected.members.keys()
        except BadArchive as error:
            assert re.match(r".*damaged cannot be used: ", str(error))


def test_the_owner_of_a_directory_keeps_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If root restores for a service."""
    back_up(data, tmp_path / "copy")
    given: list[Any] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *all, **_: given.append(all))
    service = tmp_path / "service"
    service.mkdir()
    restoring(tmp_path / "copy", service)
    owner = service.stat()
    assert {each[1:] for each in given} == {(owner.st_uid, owner.st_gid)}
    names = {each[0].name for each in given}
    assert {HISTORY_FILE, LOCK_FILE, "certificate.pem", HELLO[2:]} <= names

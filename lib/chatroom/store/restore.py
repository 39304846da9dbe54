"""Restores a backup into a data directory: all of it, or nothing.

Everything is written into a new directory and checked there, and only then gets the name of the
data directory. So a restore that fails, or is killed, changes nothing but a directory whose name
begins with `.chatroom-restore-`.

If the data directory is the root of a file system, as in a container, or if nobody may write beside
it, the new directory is made within it, and the files are moved one by one, the database last.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from chatroom.store.backup_archive import (
    CONFIG_PARTS,
    DATA_PARTS,
    Archive,
    Facts,
    Progress,
    is_content,
)
from chatroom.store.database import (
    HISTORY_FILE,
    LOCK_FILE,
    DataDirectory,
    StoreError,
    as_store_error,
    own_target,
    version_of,
)
from chatroom.store.files.content import FILES, NEW, sync_directory
from chatroom.store.files.copies import Copied

STAGE = ".chatroom-restore-"
ASIDE = ".before-restore"

_EMPTY = frozenset({LOCK_FILE, "lost+found"})
"""What an empty data directory may have in it. A file system has the second."""

_SPARE = 16 << 20
"""Bytes that have to stay free on the disk."""


class Restored(NamedTuple):
    """What was restored. `aside` is where the former data directory is now, if there was one;
    `config` are the names of the parts of the configuration that the backup has."""

    facts: Facts
    files: Copied
    aside: Path | None
    config: tuple[str, ...]


def restore(archive: Archive, directory: Path, force: bool, progress: Progress) -> Restored:
    """Restore into a data directory that is empty or missing. With `force` it may have something in
    it, which is then moved aside. Raises StoreError; then the directory is unchanged."""
    with as_store_error(f"Cannot restore into {directory}"):
        directory = own_target(directory)
        occupied = _is_occupied(directory)
        if occupied and not force:
            raise StoreError(
                f"{directory} is not empty; choose another directory with --data, or use --force,"
                " which keeps what is in it in a directory beside it"
            )
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            _locked(directory),
            _stage(directory, occupied) as stage,
            closing(DataDirectory(stage)),  # a server that starts a moment later finds it taken
        ):
            _ask_for_space(archive, stage)
            names = [name for name in archive.members if name in DATA_PARTS or is_content(name)]
            _unpack(archive, names, stage, progress)
            _check_database(stage / HISTORY_FILE)
            _give_to_owner(stage, directory)
            aside = _take_place(stage, directory, occupied)
    contents = [name for name in names if is_content(name)]
    files = Copied(len(contents), archive.size(iter(contents)) if contents else 0)
    config = tuple(name for name in CONFIG_PARTS if name in archive.members)
    return Restored(archive.facts, files, aside, config)


def _is_occupied(directory: Path) -> bool:
    if not os.path.lexists(directory):
        return False
    return any(each.name not in _EMPTY for each in directory.iterdir())


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Refuse a directory that a server uses, and keep servers from starting there."""
    if not directory.exists():
        yield
        return
    was_there = os.path.lexists(directory / LOCK_FILE)
    with closing(DataDirectory(directory)):
        try:
            yield
        except BaseException:
            if not was_there:
                (directory / LOCK_FILE).unlink(missing_ok=True)
            raise


@contextmanager
def _stage(directory: Path, occupied: bool) -> Iterator[Path]:
    """A new directory, deleted if it is still there in the end."""
    inside = directory.is_mount() or not os.access(directory.parent, os.W_OK | os.X_OK)
    if inside and occupied:
        raise StoreError(
            f"{directory} cannot be moved aside, because it is the root of a file system or nobody"
            " may write beside it; empty it first"
        )
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=directory if inside else directory.parent))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _ask_for_space(archive: Archive, stage: Path) -> None:
    disk = os.statvfs(stage)
    free, needed = disk.f_bavail * disk.f_frsize, archive.size() + _SPARE
    if free < needed:
        raise StoreError(
            f"Cannot restore {archive.path}: it needs {needed:,} bytes, and {free:,} are free"
        )


def _unpack(archive: Archive, names: list[str], stage: Path, progress: Progress) -> None:
    """Write these members; each is compared with its digest."""
    total, done = archive.size(iter(names)), 0
    (stage / FILES / NEW).mkdir(mode=0o700, parents=True)
    (stage / FILES).chmod(0o700)
    for name in names:
        target = stage / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
            for piece in archive.pieces(name):
                file.write(piece)
                done += len(piece)
                progress(done, total)
            file.flush()
            os.fsync(file.fileno())
    for folder in (*(stage / FILES).iterdir(), stage / FILES, stage):
        sync_directory(folder)


def _check_database(file: Path) -> None:
    """Refuse a database that this version could not use, before it takes anybody's place."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if not version_of(connection, file):
            raise StoreError(f"The {HISTORY_FILE} in the backup is empty")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(f"The {HISTORY_FILE} in the backup is damaged ({verdict})")


def _give_to_owner(stage: Path, directory: Path) -> None:
    """If root restores into the directory of a service, the files belong to the service."""
    if os.geteuid() or not directory.exists():
        return
    owner = directory.stat()
    for path in (stage, *stage.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _take_place(stage: Path, directory: Path, occupied: bool) -> Path | None:
    """Let the new directory become the data directory. Returns where the former one is now."""
    if stage.parent == directory:
        (stage / LOCK_FILE).unlink()
        for each in sorted(stage.iterdir(), key=lambda each: each.name == HISTORY_FILE):
            each.rename(directory / each.name)
        sync_directory(directory)
        return None
    aside = _free_name(directory) if occupied else None
    if aside:
        directory.rename(aside)
    else:
        (directory / LOCK_FILE).unlink(missing_ok=True)
    try:
        stage.rename(directory)
    except OSError:
        if aside:
            aside.rename(directory)
        raise
    sync_directory(directory.parent)
    return aside


def _free_name(directory: Path) -> Path:
    """A name beside the directory that nothing has."""
    number, aside = 1, directory.with_name(f"{directory.name}{ASIDE}")
    while os.path.lexists(aside):
        number += 1
        aside = directory.with_name(f"{directory.name}{ASIDE}-{number}")
    return aside

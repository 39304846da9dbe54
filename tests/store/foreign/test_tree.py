"""The files of an export: directories, zip files, single files."""

import os
import zipfile
from pathlib import Path

import pytest

from chatroom.store.database import StoreError
from chatroom.store.foreign import tree
from chatroom.store.foreign.tree import Files, TooLarge


def test_directories_zip_files_and_single_files(tmp_path: Path) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "b").write_text("one\ntwo")
    (tmp_path / "folder" / "link").symlink_to("/etc/passwd")
    (tmp_path / "single").write_text("x")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("general/a.json", "[]")
        archive.mkdir("empty")
        archive.writestr("__MACOSX/general/a.json", "x")
        archive.writestr("general/._a.json", "x")
    (tmp_path / "folder" / ".DS_Store").write_text("x")
    with Files([tmp_path / "folder", tmp_path / "single", tmp_path / "z.zip"]) as files:
        assert files.names() == [
            f"{tmp_path}/folder/deep/b", f"{tmp_path}/single", f"{tmp_path}/z.zip/general/a.json",
        ]  # fmt: skip
        assert list(files.lines(f"{tmp_path}/folder/deep/b")) == [b"one\n", b"two"]
        assert files.read(f"{tmp_path}/z.zip/general/a.json") == b"[]"


def test_a_zip_bomb_is_read_no_further_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "LARGEST_FILE", 1000)
    monkeypatch.setattr(tree, "LONGEST_LINE", 100)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "x" * 10_000_000)
    with Files([tmp_path / "z.zip"]) as files:
        [name] = files.names()
        with pytest.raises(TooLarge):
            files.read(name)
        assert len(next(files.lines(name))) == 100


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04nonsense")
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", os.urandom(3000).hex())
    data = bytearray((tmp_path / "damaged.zip").read_bytes())
    data[900:1000] = bytes(100)
    (tmp_path / "damaged.zip").write_bytes(data)
    for name, reason in (
        ("fifo", "is not a regular file"), ("bad.zip", "is damaged"), ("none", "no such file"),
    ):  # fmt: skip
        with pytest.raises(StoreError, match=rf"Cannot read \S+/{name}: .*{reason}"):
            Files([tmp_path / name])
    with Files([tmp_path / "damaged.zip"]) as files, pytest.raises(StoreError, match="Cannot read"):
        list(files.lines(*files.names()))
    monkeypatch.setattr(tree, "MOST_FILES", 0)
    with pytest.raises(StoreError, match="There are more than 0 files"):
        Files([tmp_path / "damaged.zip"])

"""Files that are saved: never outside the chosen folder, never over another one."""

import os
from pathlib import Path

import pytest

from chatroom.client.errors import TransferError
from chatroom.client.files.incoming import Destination, IncomingFile, destination

TAG = '"0123abcd"'
URL = "https://chat.example.org/files/" + "x" * 22 + "/a.txt"


def saved(where: Destination, data: bytes) -> Path:
    file = IncomingFile(where, URL)
    file.begin(0, len(data))
    file.write(data)
    return file.finish()


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("C:\\windows\\x.exe", "x.exe"),
        ("con.txt", "_con.txt"),
        (".bashrc", "bashrc"),
        ("a\x1b[2J\u202egnp.exe", "a[2Jgnp.exe"),
        ("a\x00b\nc.txt", "ab c.txt"),
        ("x" * 500 + ".png", "x" * 116 + ".png"),
    ],
)
def test_hostile_names(tmp_path: Path, hostile: str, name: str) -> None:
    where = destination(str(tmp_path), hostile)
    assert where == (tmp_path, name)
    path = saved(where, b"hello")
    assert path == tmp_path / name
    assert sorted(tmp_path.iterdir()) == [path]


def test_destination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a name of one's own, `~/Downloads`, or the current directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert destination("", "a.txt") == (Path(), "a.txt")
    (tmp_path / "Downloads").mkdir()
    assert destination("", "a.txt") == (tmp_path / "Downloads", "a.txt")
    assert destination("~", "a.txt") == (tmp_path, "a.txt")
    assert destination("~/b.txt", "a.txt") == (tmp_path, "b.txt")
    assert destination("b.txt", "a.txt") == (Path(), "b.txt")
    for missing in ("none/", "none/b.txt"):
        with pytest.raises(TransferError, match="There is no folder none"):
            destination(missing, "a.txt")
    with pytest.raises(TransferError, match="Cannot save to"):
        destination("~nobody-has-this-name/x", "a.txt")


def test_nothing_is_replaced(tmp_path: Path) -> None:
    """Not even what a link points to."""
    where = Destination(tmp_path, "a.txt")
    (tmp_path / "other").write_text("precious")
    (tmp_path / "a.txt").symlink_to(tmp_path / "missing")
    (tmp_path / "a (1).txt").symlink_to(tmp_path / "other")
    assert saved(where, b"new").name == "a (2).txt"
    assert saved(where, b"newer").name == "a (3).txt"
    assert (tmp_path / "other").read_text() == "precious"
    assert not (tmp_path / "missing").exists()


def test_goes_on(tmp_path: Path) -> None:
    """The part stays, if something is in it; two clients do not write into it at a time."""
    where = Destination(tmp_path, "a.txt")
    IncomingFile(where, URL).close()
    assert list(tmp_path.iterdir()) == []
    first = IncomingFile(where, URL)
    first.begin(0, 10, TAG)
    first.write(b"hello")
    with pytest.raises(TransferError, match=r"a\.txt is being saved already"):
        IncomingFile(where, URL)
    first.close()
    other = IncomingFile(where, URL + "x")
    assert other.size == 0
    other.close()
    second = IncomingFile(where, URL)
    assert (second.size, second.etag) == (5, TAG)
    second.begin(5, 10)
    second.write(b"world")
    assert second.finish().read_bytes() == b"helloworld"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    "tag", ["", 'W/"weak"', "none", '"two" "tags"', '"' + "x" * 300 + '"', '"\r\nA: b"', '"\xe4"']
)
def test_does_not_go_on_without_a_tag(tmp_path: Path, tag: str) -> None:
    """Nobody could say whether the rest belongs to it. The tag is sent, so it is checked."""
    where = Destination(tmp_path, "a.txt")
    for written in (False, True):
        file = IncomingFile(where, URL)
        file.begin(0, 10, TAG if written else tag)
        file.write(b"hello")
        file.close()
        if written:
            (path,) = (path for path in tmp_path.iterdir() if path.suffix == ".etag")
            path.write_bytes(tag.encode("latin-1"))
        file = IncomingFile(where, URL)
        assert (file.size, file.etag) == (0, "")
        file.close()
    file = IncomingFile(where, URL)
    file.discard()
    assert not list(tmp_path.iterdir())


def test_a_tag_is_not_read_through_a_link(tmp_path: Path) -> None:
    where = Destination(tmp_path, "a.txt")
    file = IncomingFile(where, URL)
    file.begin(0, 10, TAG)
    file.write(b"hello")
    file.close()
    (tag,) = (path for path in tmp_path.iterdir() if path.suffix == ".etag")
    (tmp_path / "secret").write_text(TAG)
    tag.unlink()
    tag.symlink_to(tmp_path / "secret")
    file = IncomingFile(where, URL)
    assert file.size == 0
    file.begin(0, 5, '"new"')
    file.write(b"hello")
    file.finish()
    assert (tmp_path / "secret").read_text() == TAG


def test_in_the_way(tmp_path: Path) -> None:
    """In a folder of everybody, somebody else may have put something where the part goes."""
    where = Destination(tmp_path, "a.txt")
    file = IncomingFile(where, URL)
    part = next(tmp_path.iterdir())
    file.close()
    part.symlink_to(tmp_path / "target")
    with pytest.raises(TransferError, match=r"Cannot save .*a\.txt"):
        IncomingFile(where, URL)
    part.unlink()
    os.mkfifo(part)
    with pytest.raises(TransferError, match=r"Cannot save|in the way"):
        IncomingFile(where, URL)


def test_no_room(tmp_path: Path) -> None:
    file = IncomingFile(Destination(tmp_path, "a.txt"), URL)
    with pytest.raises(TransferError, match=r"too little room on the disk: .* TB are missing"):
        file.begin(0, 10**17)
    file.close()

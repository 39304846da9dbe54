"""The log's files: names that strangers chose, rights, and a disk that does not want."""

import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.errors import ServiceError
from chatroom.client.files.chat_log import LONGEST_NAME, Logbook, file_name

NAMES = "aAbſsßKkiıİIéE\u0301eﬁ.%#/\\ \0~ς"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("#general", "#general"),
        ("#../../etc/passwd", "#..%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("#a\x00\nb", "#a%00%0Ab"),
        ("#日本", "#日本"),
        ("[bob]", "%5Bbob%5D"),
        ("#grün", "#grün"),
        ("#straße", "#stra%C3%9Fe"),
        ("#STR", "#%53%54%52"),
        ("#e\u0301", "#e%CC%81"),
        ("con", "%63on"),
        ("nul.x", "%6Eul.x"),
        ("console", "console"),
        ("\udce9", "%ED%B3%A9"),
    ],
)
def test_a_conversations_name_is_no_path(name: str, file: str) -> None:
    """Nothing of them is a path."""
    assert file_name(name) == file


@given(st.text())
def test_any_name_is_one_file(text: str) -> None:
    """Never a path, never too long."""
    name = file_name(text)
    assert name not in ("", ".", "..")
    assert not set("/\\\0\n\x1b") & set(name)
    assert len(name.encode()) <= LONGEST_NAME + len("~") + 16


@given(st.text(NAMES, max_size=6), st.text(NAMES, max_size=6))
def test_different_names_are_different_files(one: str, other: str) -> None:
    """Also for a file system that takes upper and lower case, and spellings, for the same."""
    same = as_some_file_systems_see_it(file_name(one)) == as_some_file_systems_see_it(
        file_name(other)
    )
    assert same == (one == other)


def as_some_file_systems_see_it(name: str) -> str:
    """Those of Windows and macOS, and stricter."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).upper().casefold())


def test_rooms_that_differ_have_logs_that_do(tmp_path: Path) -> None:
    """#Straße and #STRASSE are two rooms."""
    book = Logbook(tmp_path, "s")
    book.write("#straße", "one")
    book.write("#STRASSE", "two")
    book.write("#strasse", "three")
    assert (tmp_path / "s" / "#stra%C3%9Fe.log").read_text() == "one\n"
    assert (tmp_path / "s" / "#strasse.log").read_text() == "two\nthree\n"


def test_long_names_are_told_apart() -> None:
    """By a hash behind what is cut."""
    assert file_name("x" * 999 + "1") != file_name("x" * 999 + "2")


def test_lines_are_added_for_their_owner_alone(tmp_path: Path) -> None:
    """0600 in 0700; a room is one file, however it is spelled."""
    book = Logbook(tmp_path / "logs", "127.0.0.1:8080")
    book.write("#General", "one")
    book.write("#general", "two")
    directory = tmp_path / "logs" / "127.0.0.1%3A8080"
    file = directory / "#general.log"
    assert file.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its path and the reason; a link that somebody has put there is not followed."""
    (tmp_path / "logs").write_text("no directory")
    with pytest.raises(ServiceError, match=r"The log .*#x\.log cannot be written: .+\."):
        Logbook(tmp_path / "logs", "s").write("#x", "one")
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "#x.log").symlink_to(elsewhere)
    with pytest.raises(ServiceError):
        Logbook(tmp_path, "s").write("#x", "one")
    assert not elsewhere.exists()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing: /dev/full."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    book = Logbook(Path("/nowhere"), "s")
    monkeypatch.setattr(book, "_path", lambda _conversation: full)
    with pytest.raises(ServiceError, match="No space left on device"):
        book.write("#x", "one")


@pytest.mark.parametrize("service", ["NickServ", "nickserv", "SaslServ"])
def test_talks_with_services_are_not_logged(tmp_path: Path, service: str) -> None:
    """They are told passwords."""
    Logbook(tmp_path / "logs", "s").write(service, "<You -> NickServ> identify secret")
    assert not (tmp_path / "logs").exists()

"""`history.taken`: kept over the end of a process, and gone with what it is about."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.database import StoreError
from chatroom.store.history import History
from chatroom.store.taken_file import LARGE, Line, TakenFile
from chatroom.wire.message import Message
from store.talk import NOW

SUFFIX = "abc"
BOB = ("bob", "192.0.2.1")
AT = int(NOW)
LINE = Line(AT, 5, BOB, ("#a", "#b"))


def read(directory: Path, suffix: str = SUFFIX) -> list[Line]:
    with closing(TakenFile(directory, suffix)) as file:
        return file.read()


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    ann = Line(AT, 7, ("Ännchen", "::1"), ("#straße",))
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        assert file.read() == []
        file.append([LINE])
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.append([ann])
    assert read(tmp_path) == [LINE, ann]
    assert (tmp_path / "history.taken").stat().st_mode & 0o777 == 0o600


def test_an_empty_file_vanishes(tmp_path: Path) -> None:
    file = TakenFile(tmp_path, SUFFIX)
    file.close()
    file.close()
    assert list(tmp_path.iterdir()) == []


def test_another_databases_lines_are_not_read(tmp_path: Path) -> None:
    """The numbers of messages are of one database."""
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.append([LINE])
    assert read(tmp_path, "xyz") == []


@pytest.mark.parametrize(
    "damage",
    [
        b"\n",
        b"[",
        b"\xff\xfe\n",
        b"null\n",
        b"7\n",
        b'["abc", 1, 2, ["bob"], []]\n',
        b'["abc", 1.5, 2, ["bob", "h"], ["#a"]]\n',
        b'["abc", 1, true, ["bob", "h"], ["#a"]]\n',
        b'["abc", 1, 2, ["bob", 3], ["#a"]]\n',
        b'["abc", 1, 2, ["bob", "h"], [3]]\n',
        b'["abc", 1, 2, ["bob", "h"], "#a"]\n',
        b"[" * 100_000 + b"\n",
        b'["abc", -1' + b"0" * 320 + b', 2, ["bob", "h"], ["#a"]]\n',
        b'["abc", 1, 1' + b"0" * 30 + b', ["bob", "h"], ["#a"]]\n',
        b'["abc", 1, 2, ["bob", "h"], []]\n',
    ],
)
def test_a_line_that_cannot_be_read_is_skipped(tmp_path: Path, damage: bytes) -> None:
    """And spoils no other, be it torn."""
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.append([LINE])
    with (tmp_path / "history.taken").open("ab") as raw:
        raw.write(damage)
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        assert file.read() == [LINE]
        file.append([LINE])
    assert read(tmp_path) == [LINE, LINE]


def test_a_torn_line_at_each_length(tmp_path: Path) -> None:
    path = tmp_path / "history.taken"
    whole = json.dumps([SUFFIX, *LINE]).encode() + b"\n"
    for length in range(len(whole)):
        path.write_bytes(whole + whole[:length])
        expected = [LINE] if length < len(whole) - 1 else [LINE, LINE]
        assert read(tmp_path) == expected


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "history.taken").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="symbolic link"):
        TakenFile(tmp_path, SUFFIX)


def say(history: History, room: str, source: str) -> int:
    history.record(room, Message("PRIVMSG", (room, "hi"), source), NOW)
    history.commit()
    return history.position


def test_written_anew_without_what_is_of_no_use(tmp_path: Path, history: History) -> None:
    """Too old, a visitor of whom the history has nothing, a room of which it has nothing. What is
    above its highest number is not in the database yet, and stays."""
    number = say(history, "#Ä", "Bob!~bob@192.0.2.1")
    lines = [
        Line(AT, number, BOB, ("#ä", "#gone")),
        Line(AT - 10, number, BOB, ("#ä",)),
        Line(AT, number, ("bob", "192.0.2.2"), ("#ä",)),
        Line(AT, number, ("eve", "192.0.2.1"), ("#ä",)),
        Line(AT, number + 1, ("eve", "192.0.2.1"), ("#new",)),
    ]
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.append([LINE])
        dropped = file.write_anew(lines, AT - 5)
        file.reopen()
        file.append([LINE])
    assert dropped == [Line(AT, number, BOB, ("#gone",)), *lines[1:4]]
    assert read(tmp_path) == [Line(AT, number, BOB, ("#ä",)), lines[4], LINE]
    assert not (tmp_path / "history.taken.new").exists()


def test_who_has_another_nickname_and_says_nothing_is_known(
    tmp_path: Path, history: History
) -> None:
    """All that the history has of bobby is bob's NICK. Without it, irssi and WeeChat were shown
    everything again after a restart of the server."""
    source = "bob!~bob@192.0.2.1"
    for room in ("#a", "#b"):
        say(history, room, source)
    history.record_in_each(["#a"], Message("NICK", ("Bobby",), source), NOW)
    history.commit()
    bobby = ("bobby", "192.0.2.1")
    known = Line(AT, history.position, bobby, ("#a",))
    stranger = Line(AT, history.position, ("bobby", "192.0.2.2"), ("#a",))
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        assert file.write_anew([known, stranger], 0) == [stranger]
        file.reopen()
    assert read(tmp_path) == [known]


def test_what_a_worker_left_behind_is_in_nobodys_way(tmp_path: Path, history: History) -> None:
    number = say(history, "#a", "bob!~bob@192.0.2.1")
    (tmp_path / "history.taken.new").write_text("half")
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.write_anew([Line(AT, number, BOB, ("#a",))], 0)
        file.reopen()
    assert read(tmp_path) == [Line(AT, number, BOB, ("#a",))]


def test_it_is_large_when_most_of_it_is_outdated(tmp_path: Path, history: History) -> None:
    with closing(TakenFile(tmp_path, SUFFIX)) as file:
        file.append([LINE])
        assert not file.is_large
        file.append([Line(AT, 5, BOB, ("#" + "x" * LARGE,))])
        assert file.is_large
        file.write_anew([], 0)
        file.reopen()
        assert not file.is_large

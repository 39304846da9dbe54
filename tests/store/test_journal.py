"""What is durable before it is in the database: it survives a death, and comes once."""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.store import recovery
from chatroom.store.backup import back_up
from chatroom.store.database import DataDirectory, StoreError
from chatroom.store.export import Selection, Snapshot
from chatroom.store.history import FEW, JOURNAL_MESSAGES, History
from chatroom.store.intake import Intake
from chatroom.store.journal import JOURNAL_FILE, Journal
from chatroom.store.rows import COMMANDS
from chatroom.wire.message import Message
from store.talk import ALICE, NOW, Searched, ask, found, said, texts


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """A history that keeps few messages in its journal."""
    with closing(History(tmp_path, "process")) as one:
        yield one


def keep(history: History, *texts: str, room: str = "#general") -> list[str]:
    """Say this in one tick; the msgids."""
    stamped = [history.record(room, said(text, room), NOW) for text in texts]
    history.keep()
    return [message.tags["msgid"] for message in stamped]


def in_database(directory: Path) -> list[str]:
    return [text for (text,) in ask(directory, "SELECT text FROM message ORDER BY id")]


def lines(directory: Path) -> list[str]:
    """The texts in the journal."""
    written = (directory / JOURNAL_FILE).read_text().splitlines()
    return [json.loads(line)[5][-1] for line in written]


def after_a_death(directory: Path) -> History:
    """What the next process has. The last one's objects still lie about, but do nothing more."""
    return History(directory, "process")


# Writing


WORDS = st.text() | st.sampled_from(['"', "\\", "\ud800", "\u2028", "{0}", "\\u0041"])


@given(WORDS, st.lists(WORDS), WORDS, st.dictionaries(WORDS, WORDS))
def test_any_words_come_back(
    room: str, params: list[str], source: str, tags: dict[str, str]
) -> None:
    """Each message on a line of its own, whatever is in it."""
    message = Message("PRIVMSG", tuple(params), source, tags)
    messages = [(1, 2, room, message), (2, 2, room, message)]
    with TemporaryDirectory() as directory, closing(Journal(Path(directory), "ab12")) as journal:
        journal.append(messages)
        assert journal.read() == messages
        assert len(Path(directory, JOURNAL_FILE).read_bytes().splitlines()) == 2


def test_few_are_lines_in_a_file(history: History, tmp_path: Path) -> None:
    """And wait for the database in memory, where queries find them."""
    keep(history, "one")
    keep(history, *map(str, range(FEW)))
    assert in_database(tmp_path) == []
    assert lines(tmp_path) == ["one", *map(str, range(FEW))] == texts(history)
    assert (history.pending, history.in_journal) == (0, FEW + 1)


def test_a_transaction_moves_them(history: History, tmp_path: Path) -> None:
    keep(history, "one", "two")
    history.commit()
    assert in_database(tmp_path) == ["one", "two"] == texts(history)
    assert lines(tmp_path) == []
    assert (history.pending, history.in_journal) == (0, 0)
    keep(history, "three")
    assert lines(tmp_path) == ["three"]


def test_many_are_a_transaction(history: History, tmp_path: Path) -> None:
    """With what was in the journal before, in its order."""
    keep(history, "first")
    many = [str(number) for number in range(FEW + 1)]
    keep(history, *many)
    assert in_database(tmp_path) == ["first", *many]
    assert lines(tmp_path) == []


def test_the_journal_does_not_grow(history: History, tmp_path: Path) -> None:
    for number in range(JOURNAL_MESSAGES):
        keep(history, str(number))
    assert len(in_database(tmp_path)) == JOURNAL_MESSAGES
    assert lines(tmp_path) == []


def test_rooms_that_change_are_a_transaction(history: History, tmp_path: Path) -> None:
    keep(history, "one")
    history.seal("#general", NOW)
    keep(history, "two")
    assert lines(tmp_path) == []
    assert history.pending == 0
    assert texts(history) == ["two"]


def test_power_may_fail(tmp_path: Path) -> None:
    """Then each tick is a transaction that is synced."""
    with closing(History(tmp_path, "power")) as history:
        keep(history, "one")
        assert in_database(tmp_path) == ["one"]
        assert lines(tmp_path) == []


def test_nothing_waits(history: History, tmp_path: Path) -> None:
    history.keep()
    assert lines(tmp_path) == []


def test_the_backlog_is_what_could_be_lost(tmp_path: Path) -> None:
    """What is in the journal is not."""
    with closing(History(tmp_path, "process", backlog=1)) as history:
        for text in ("one", "two", "three"):
            keep(history, text)
        assert texts(history) == ["one", "two", "three"]


# A disk that is full


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process grows beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_half_a_line_is_taken_back(history: History, tmp_path: Path) -> None:
    """Or it would spoil the next one, which somebody may have seen."""
    keep(history, "one")
    history.record("#general", said("lost" * 50), NOW)
    with room_for((tmp_path / JOURNAL_FILE).stat().st_size + 20), pytest.raises(StoreError):
        history.keep()
    assert history.pending == 1
    assert lines(tmp_path) == ["one"]
    history.keep()
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["one", "lost" * 50]


def test_where_the_journal_takes_nothing_the_database_does(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).symlink_to("/dev/full")
    with closing(History(tmp_path, "process")) as history:
        keep(history, "one")
        assert in_database(tmp_path) == ["one"]
        assert history.pending == 0


# After a death


def test_it_survives(history: History, tmp_path: Path) -> None:
    """All of it: the msgid, the order, tags, commands, whatever is in the text."""
    said_before = keep(history, "naïve \u2028 \x1b[31m 😀", '"quoted\\"')
    topic = Message("TOPIC", ("#general", "tea"), ALICE)
    tagged = Message("PRIVMSG", ("@#general", "x"), ALICE, {"+draft/reply": "a;b", "bot": ""})
    events = [history.record("#general", event, NOW) for event in (topic, tagged)]
    history.keep()
    before = history.select("#general", 100, COMMANDS)
    with closing(after_a_death(tmp_path)) as next_one:
        assert next_one.select("#general", 100, COMMANDS) == before
        msgids = [message.tags["msgid"] for message in before]
        assert msgids == [*said_before, *(event.tags["msgid"] for event in events)]
        assert lines(tmp_path) == []
        assert all(next_one.point("#general", msgid) for msgid in msgids)


def test_numbers_and_times_go_on(history: History, tmp_path: Path) -> None:
    """A message in the journal has both, and no later one comes before it."""
    (first,) = keep(history, "one")
    with closing(after_a_death(tmp_path)) as next_one:
        stamped = next_one.record("#general", said("two"), NOW - 100)
        next_one.keep()
        assert stamped.tags["msgid"] != first
        assert texts(next_one) == ["one", "two"]


def test_it_comes_once(history: History, tmp_path: Path) -> None:
    """Though death came between the transaction and the end of the journal."""
    keep(history, "one", "two")
    journal = (tmp_path / JOURNAL_FILE).read_bytes()
    history.commit()
    keep(history, "three")
    with (tmp_path / JOURNAL_FILE).open("ab") as file:
        file.write(journal)
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["one", "two", "three"]


def test_it_waits_where_the_disk_takes_nothing(history: History, tmp_path: Path) -> None:
    """A start is not prevented by what is durable where it is; what is said now comes after it."""
    (first,) = keep(history, "one")
    with room_for(100):
        next_one = after_a_death(tmp_path)
        assert (next_one.pending, next_one.in_journal) == (0, 1)
        later = next_one.record("#general", said("two"), NOW - 100)
        assert texts(next_one) == ["one", "two"]
        assert later.tags["msgid"] > first
    next_one.keep()
    next_one.commit()
    assert in_database(tmp_path) == ["one", "two"]
    next_one.close()


def test_holes_that_a_loss_of_power_has_left(history: History, tmp_path: Path) -> None:
    """A file system may have kept the file's length, and not all of its bytes."""
    for text in ("one", "two", "three"):
        keep(history, text)
    first, _, third = (tmp_path / JOURNAL_FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / JOURNAL_FILE).write_bytes(first + bytes(200) + b'"]\n' + third + bytes(50))
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["one", "three"]


@pytest.mark.parametrize("cut", [1, 2, 50])
def test_a_line_without_its_end_was_not_said(history: History, tmp_path: Path, cut: int) -> None:
    """Death came in the middle of the write, so nobody has seen it."""
    keep(history, "one")
    keep(history, "two")
    file = tmp_path / JOURNAL_FILE
    file.write_bytes(file.read_bytes()[:-cut])
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["one"]


def test_another_databases_journal(tmp_path: Path) -> None:
    """Someone put another history there: its messages are not that one's, and not thrown away."""
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    with closing(History(tmp_path / "b", "process")):
        first = History(tmp_path / "a", "process")
    keep(first, "of the first")
    journal = (tmp_path / "a" / JOURNAL_FILE).rename(tmp_path / "b" / JOURNAL_FILE)
    before = journal.read_bytes()
    with pytest.raises(StoreError, match=r"belongs to another history\.db; move it away"):
        after_a_death(tmp_path / "b")
    assert journal.read_bytes() == before
    first.close()


@pytest.mark.parametrize(
    "line",
    [b"[1, 2", b"5", b"null", b"[" * 100_000, b'"abcdefgh"', b"[1, 2, 3, 4, 5, 6, 7, 8]", b"\xff",
     b'["x", 1, 2, "#r", "DANCE", [], "s", {}]', b'["x", 1, 2, "#r", "JOIN", [], "s", 7]'],
)  # fmt: skip
def test_a_journal_that_cannot_be_read(history: History, tmp_path: Path, line: bytes) -> None:
    """It is not thrown away."""
    keep(history, "one")
    file = tmp_path / JOURNAL_FILE
    before = file.read_bytes() + line + b"\n"
    file.write_bytes(before)
    with pytest.raises(StoreError, match=r"Line 2 of history\.journal cannot be read; move"):
        after_a_death(tmp_path)
    assert file.read_bytes() == before


def test_a_journal_that_is_removed(history: History, tmp_path: Path) -> None:
    """What is appended to it would be for nobody: it is left for a new one."""
    for remove in (Path.unlink, lambda file: file.rename(tmp_path / "elsewhere")):
        keep(history, "one")
        remove(tmp_path / JOURNAL_FILE)
        keep(history, "two")
        history.check_file()
        assert in_database(tmp_path)[-2:] == ["one", "two"]
        keep(history, "three")
        assert lines(tmp_path) == ["three"]
        history.commit()


def test_at_the_end_only_ones_own_is_removed(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")):
        (tmp_path / JOURNAL_FILE).unlink()
        (tmp_path / JOURNAL_FILE).write_text("not ours")
    assert (tmp_path / JOURNAL_FILE).read_text() == "not ours"


def test_an_import_after_a_death(history: History, tmp_path: Path) -> None:
    """What is in the journal was there first, and keeps its numbers."""
    msgids = keep(history, "one", "two")
    line = {"room": "#general", "time": "2026-01-01T00:00:00.000Z", "msgid": "x", "source": ALICE,
            "account": "", "command": "PRIVMSG", "params": ["#general", "old"], "tags": {},
            "sealed": False}  # fmt: skip
    with closing(Intake(tmp_path, round(NOW * 1000))) as intake:
        intake.check(io.BytesIO(json.dumps(line).encode()), print)
        intake.write(print)
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["old", "one", "two"]
        assert all(next_one.point("#general", msgid) for msgid in msgids)


def test_at_a_good_end_it_is_gone(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        keep(history, "one")
        history.commit()
    assert not (tmp_path / JOURNAL_FILE).exists()


# What is taken back


def test_what_is_redacted_is_gone_from_there_too(history: History, tmp_path: Path) -> None:
    (secret,) = keep(history, "a secret")
    assert history.author("#general", secret) == ALICE
    history.take_out("#general", secret, Message("REDACT", ("#general", secret), ALICE))
    assert b"secret" not in (tmp_path / JOURNAL_FILE).read_bytes()
    assert "a secret" not in texts(history)


# Others who read


def exported(directory: Path) -> list[str]:
    with Snapshot(directory) as snapshot:
        return [entry.message.params[-1] for entry in snapshot.entries(Selection())]


def test_a_tool_that_waits_in_vain(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server runs that cannot write: the tool says what is missing."""
    monkeypatch.setattr(recovery, "JOURNAL_PATIENCE", 0.05)
    keep(history, "one")
    with closing(DataDirectory(tmp_path)), Snapshot(tmp_path) as snapshot:
        assert snapshot.missing == 1
    with closing(DataDirectory(tmp_path)):
        done = back_up(tmp_path, tmp_path / "copy", lambda *_: None)
        assert (done.messages, done.missing) == (0, 1)


def test_a_tool_after_a_death(history: History, tmp_path: Path) -> None:
    """No server runs, so the tool itself moves it into the database."""
    keep(history, "one", "two")
    assert exported(tmp_path) == ["one", "two"]
    assert not (tmp_path / JOURNAL_FILE).exists()
    with closing(Searched(tmp_path)) as index:
        assert found(index, "two") == ["two"]


_SERVER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from chatroom.store.database import DataDirectory
from chatroom.store.history import History
from store.test_journal import keep
directory = Path(sys.argv[1])
lock, history = DataDirectory(directory), History(directory, "process")
keep(history, "one", "two")
print("kept", flush=True)
for _ in sys.stdin:
    history.commit()
    print("moved", flush=True)
"""


def test_a_tool_waits_for_the_server(tmp_path: Path) -> None:
    """A running one moves it very soon."""
    command = [sys.executable, "-c", _SERVER, str(tmp_path), *sys.path]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin and server.stdout
        assert server.stdout.readline() == "kept\n"
        script = "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path;"
        script += "from store.test_journal import exported; print(exported(Path(sys.argv[1])))"
        tool = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), *sys.path],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        server.stdin.write("\n")
        server.stdin.close()
        assert tool.communicate()[0] == "['one', 'two']\n"

"""What is durable before it is in the database: it survives a death, and comes once."""

import io
import json
import os
import re
import resource
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.store.backup import back_up
from chatroom.store.database import HISTORY_FILE, JOURNAL_FILE, DataDirectory, StoreError
from chatroom.store.export import Selection, Snapshot
from chatroom.store.history import History
from chatroom.store.importing import Intake
from chatroom.store.journal import Journal, read_lines
from chatroom.store.recording import CROWDED, FEW, JOURNAL_MESSAGES, PORTION, PORTION_ROOMS
from chatroom.store.rows import COMMANDS
from chatroom.store.unmoved import left_behind
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError
from store.talk import ALICE, NOW, ask, restored, said, texts


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """A history that keeps few messages in its journal."""
    with closing(History(tmp_path, "process")) as one:
        yield one


def keep(history: History, *texts: str, room: str = "#general") -> list[str]:
    """Say this in one tick; the msgids."""
    stamped = [history.record(room, said(text, room), NOW) for text in texts]
    history.make_durable()
    return [message.tags["msgid"] for message in stamped]


def in_database(directory: Path) -> list[str]:
    return [text for (text,) in ask(directory, "SELECT text FROM message ORDER BY id")]


def lines(directory: Path) -> list[str]:
    """The texts in the journal."""
    written = (directory / JOURNAL_FILE).read_text().splitlines()
    return [json.loads(line[9:])[5][-1] for line in written]


def after_a_death(directory: Path) -> History:
    """What the next process has. The last one's objects still lie about, but do nothing more."""
    return History(directory, "process")


# Writing


WORDS = st.text() | st.sampled_from(['"', "\\", "\u2028", "{0}", "\\u0041"])


@given(WORDS, st.lists(WORDS), WORDS, st.dictionaries(WORDS, WORDS))
def test_any_words_come_back(
    room: str, params: list[str], source: str, tags: dict[str, str]
) -> None:
    """Each message on a line of its own, whatever is in it."""
    message = Message("PRIVMSG", tuple(params), source, tags)
    messages = [(1, 2, room, message, None), (2, 2, room, message, 1)]
    with TemporaryDirectory() as directory, closing(Journal(Path(directory), "ab12")) as journal:
        journal.append(messages)
        size = Path(directory, JOURNAL_FILE).stat().st_size
        assert journal.read() == ([(1, messages[0]), (2, messages[1])], size)
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


def test_one_event_in_many_rooms_goes_there(history: History, tmp_path: Path) -> None:
    """A transaction would touch pages of each room. It is read back for each."""
    event = Message("QUIT", ("bye",), ALICE)
    rooms = [f"#room{number}" for number in range(50)]
    keep(history, "before")
    history.record_in_each(rooms, event, NOW)
    history.make_durable()
    history.record_in_each([], event, NOW)
    keep(history, "after")
    assert (history.pending, history.in_journal) == (0, 52)
    assert lines(tmp_path) == ["before", "bye", "after"]
    numbers = [(each[0],) for each in history._pending]
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["before", "after"]
        assert ask(tmp_path, "SELECT id FROM message ORDER BY id") == numbers
        for room in rooms:
            (found,) = next_one.select(room, 5, ("QUIT",))
            assert found.params == ("bye",)


def test_an_event_is_in_all_rooms_or_none(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process", backlog=2)) as history:
        with pytest.raises(HistoryError):
            history.record_in_each(["#a", "#b", "#c"], said("x"), NOW)
        assert history.pending == 0
        history.record_in_each(["#a", "#b"], said("x"), NOW)
        assert history.pending == 2


def test_the_journal_is_moved_in_portions(history: History, tmp_path: Path) -> None:
    """No tick has to move all of it, and none waits: what is new is in the journal first."""
    rooms = [f"#room{number}" for number in range(7)]
    numbers = iter(range(10_000))

    def tick() -> int:
        before = len(in_database(tmp_path))
        number = next(numbers)
        keep(history, str(number), room=rooms[number % len(rooms)])
        assert history.pending == 0
        return len(in_database(tmp_path)) - before

    for _ in range(JOURNAL_MESSAGES - 1):
        assert tick() == 0
    moved = [tick()]
    assert moved == [PORTION_ROOMS + 1]
    while lines(tmp_path):
        everything = [str(number) for number in range(JOURNAL_MESSAGES + len(moved) - 1)]
        assert [each[3].params[1] for each in history._pending] == everything[sum(moved) :]
        assert sorted(each[0] for of in history._pending_of.values() for each in of) == [
            each[0] for each in history._pending
        ]
        with copied(tmp_path) as directory, closing(after_a_death(directory)) as next_one:
            assert {texts(next_one, room)[-1] for room in rooms} == set(everything[-len(rooms) :])
        moved.append(tick())
    assert len(moved) <= JOURNAL_MESSAGES // PORTION_ROOMS
    assert in_database(tmp_path) == [str(number) for number in range(sum(moved))]
    assert tick() == 0


def test_a_portion_of_one_room_is_larger(history: History, tmp_path: Path) -> None:
    for number in range(JOURNAL_MESSAGES):
        keep(history, str(number))
    assert len(in_database(tmp_path)) == PORTION + 1


def test_an_event_in_many_rooms_moves_nothing(history: History, tmp_path: Path) -> None:
    """Its tick has enough to do, until there is too much in the journal."""
    rooms = [f"#room{number}" for number in range(50)]
    moved = []
    for _ in range(CROWDED // len(rooms)):
        moved.append(len(in_database(tmp_path)))
        history.record_in_each(rooms, Message("QUIT", ("bye",), ALICE), NOW)
        history.make_durable()
    assert set(moved) == {0}
    assert history.pending == 0
    assert len(in_database(tmp_path)) == PORTION + len(rooms)


@contextmanager
def copied(directory: Path) -> Iterator[Path]:
    """The files as they are now."""
    with TemporaryDirectory() as another:
        yield Path(shutil.copytree(directory, Path(another, "data")))


def test_rooms_that_change_are_a_transaction_of_the_next_tick(
    history: History, tmp_path: Path
) -> None:
    """Before that they are in a file of their own."""
    keep(history, "one")
    history.seal("#general", NOW)
    keep(history, "two")
    assert lines(tmp_path) == ["one", "two"]
    assert (history.pending, history.can_move) == (0, True)
    assert texts(history) == ["two"]
    history.make_durable()
    assert lines(tmp_path) == []
    assert (history.pending, history.can_move) == (0, False)
    assert texts(history) == ["two"]


def test_power_may_fail(tmp_path: Path) -> None:
    """Then each tick is a transaction that is synced."""
    with closing(History(tmp_path, "power")) as history:
        keep(history, "one")
        assert in_database(tmp_path) == ["one"]
        assert lines(tmp_path) == []


def test_nothing_waits(history: History, tmp_path: Path) -> None:
    history.make_durable()
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
        history.make_durable()
    assert history.pending == 1
    assert lines(tmp_path) == ["one"]
    history.make_durable()
    with closing(after_a_death(tmp_path)) as next_one:
        assert texts(next_one) == ["one", "lost" * 50]


def test_where_the_journal_takes_nothing_the_database_does(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history, open("/dev/full", "ab") as full:  # noqa: PTH123
        os.dup2(full.fileno(), history._journal._file.fileno())
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
    history.make_durable()
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
        next_one.make_durable()
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
    next_one.make_durable()
    next_one.commit()
    assert in_database(tmp_path) == ["one", "two"]
    next_one.close()


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
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with closing(History(tmp_path / "b", "process")):
        first = History(tmp_path / "a", "process")
    keep(first, "of the first")
    journal = (tmp_path / "a" / JOURNAL_FILE).rename(tmp_path / "b" / JOURNAL_FILE)
    before = journal.read_bytes()
    with pytest.raises(StoreError, match=r"journal line 1 belongs to another history\.db\. Noth"):
        after_a_death(tmp_path / "b")
    assert journal.read_bytes() == before
    first.close()


# Damage


def states(directory: Path) -> dict[str, object]:
    """What must not change: the journal, byte for byte, and what the database says."""
    return {
        "journal": (directory / JOURNAL_FILE).read_bytes(),
        "messages": ask(directory, "SELECT * FROM message ORDER BY id"),
        "rooms": ask(directory, "SELECT * FROM room"),
        "version": ask(directory, "PRAGMA user_version"),
    }


def refusal(directory: Path) -> str:
    """The line for the operator. Nothing was written, and the tools say the same."""
    before = states(directory)
    with pytest.raises(StoreError) as raised:
        after_a_death(directory)
    said_at_the_start = str(raised.value)
    for tool in (
        lambda: Snapshot(directory),
        lambda: back_up(directory, directory / "copy"),
        lambda: Intake(directory),
    ):
        with pytest.raises(StoreError) as raised:
            tool()
        assert str(raised.value) == said_at_the_start
    assert states(directory) == before
    assert not (directory / "copy").exists()
    assert "\n" not in said_at_the_start
    return said_at_the_start


def sealed(text: bytes) -> bytes:
    """A line with the checksum of this text."""
    return b"%08x %b\n" % (zlib.crc32(text), text)


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[Path]:
    """The directory of a server that died with three messages in its journal, one in the database.

    The texts have line breaks' and checksums' characters in them, and the names other scripts'.
    """
    history = History(tmp_path, "process")
    keep(history, "moved")
    history.commit()
    keep(history, "one", "two, \u2028 or [2]", room="#tè")
    keep(history, "three")
    yield tmp_path
    history.close()


EVERYTHING = ["moved", "three"], ["one", "two, \u2028 or [2]"]


def what_comes_back(directory: Path) -> tuple[list[str], list[str]] | str:
    """The messages of both rooms, or the error, after a start on a copy of the directory."""
    with TemporaryDirectory() as copy:
        for name in (HISTORY_FILE, f"{HISTORY_FILE}-wal", JOURNAL_FILE):
            shutil.copy(directory / name, copy)
        try:
            next_one = after_a_death(Path(copy))
        except StoreError as error:
            return str(error).replace(copy, str(directory))
        with closing(next_one):
            return texts(next_one), texts(next_one, "#tè")


def test_every_bit_of_a_journal(dead: Path) -> None:
    """Each that falls over is found, and named with its line."""
    file = dead / JOURNAL_FILE
    data = file.read_bytes()
    assert what_comes_back(dead) == EVERYTHING
    suffix = data[10:18].split(b'"')[1].decode()
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            found = damage_of(bytes(damaged), suffix, file)
            line = data.count(b"\n", 0, place) + 1
            assert found.startswith(f"{file} line {line} is damaged: "), (place, bit, found)
            assert found.endswith("Move the file away to go on without the messages in it")


def damage_of(data: bytes, suffix: str, file: Path) -> str:
    """What is said of these bytes as a journal; "" for nothing."""
    try:
        read_lines(data, suffix, file)
    except StoreError as error:
        return str(error)
    return ""


def test_every_length_of_a_journal(dead: Path) -> None:
    """The lines that are whole come back; a torn one was not finished, so nobody has seen it."""
    file = dead / JOURNAL_FILE
    data = file.read_bytes()
    ends = [end for end, byte in enumerate(data, 1) if byte == 10]
    for length in range(len(data) + 1):
        file.write_bytes(data[:length])
        left, size = left_behind(dead)
        assert len(left) == sum(end <= length for end in ends)
        assert size == max((end for end in ends if end <= length), default=0)


def test_a_torn_line_does_not_spoil_the_next(dead: Path) -> None:
    """Though the disk is full, so that the rest stays in the journal."""
    file = dead / JOURNAL_FILE
    file.write_bytes(file.read_bytes()[:-5])
    with room_for(100):
        next_one = after_a_death(dead)
        assert next_one.in_journal == 2
    keep(next_one, "four")
    assert what_comes_back(dead) == (["moved", "four"], EVERYTHING[1])
    next_one.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"PRIVMSG"', b'"DANCE"'), (b'"PRIVMSG"', b"7"), (b'"PRIVMSG"', b"[[]]"),
        (b'"#t', b'5, "#t'), (b', "#t\\u00e8", "P', b', [], "P'),
        (b', "#t\\u00e8", "P', b', ["#a", 5], "P'),
        (b'["#t', b'[5, "#t'), (b"{}", b"[]"), (b"{}", b'{"a": 5}'), (b'"alice', b'null, "alice'),
        (b'"alice', b'"\\ud800'), (b", 1", b", -1"), (b", 1", b", true, 1"), (b", 1", b', "1", 1'),
        (b", 1", b", 1.5, 1"), (b", 1", b", 9999999999999999999, 1"), (b"]", b"]" * 100_000),
        (b"[", b"[" * 100_000), (b"[", b"\xff["), (b"[", b"\0["),
    ],
)  # fmt: skip
def test_fields_that_are_none(dead: Path, old: bytes, new: bytes) -> None:
    """With a checksum that fits: a bug of ours, or somebody's edit."""
    file = dead / JOURNAL_FILE
    first, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(sealed(first[9:-1].replace(old, new)) + b"".join(rest))
    assert refusal(dead).startswith(f"{file} line 1 is damaged: it does not contain a message. ")


@pytest.mark.parametrize(
    "line",
    [b"", b"\0", bytes(200), b"5", b"null", b'"abcdefgh"', b"\xff", b'["x", 1, 2]', b"[" * 100_000],
)
def test_lines_that_are_none(dead: Path, line: bytes) -> None:
    """Such as the holes that a loss of power has left."""
    file = dead / JOURNAL_FILE
    first, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + line + b"\n" + b"".join(rest))
    assert refusal(dead).startswith(f"{file} line 2 is damaged: it does not begin with a checksum")


def test_a_number_twice(dead: Path) -> None:
    """In the journal, or by another message in the database."""
    file = dead / JOURNAL_FILE
    data = file.read_bytes()
    file.write_bytes(data + data.splitlines(keepends=True)[1])
    assert refusal(dead).startswith(
        f"{file} line 4 has the same number as line 2. Nothing was changed"
    )
    file.write_bytes(data)
    (number,) = ask(dead, "SELECT id FROM message")[0]
    lines = data.splitlines(keepends=True)
    other = re.sub(rb", \d+,", b", %d," % number, lines[1][9:-1], count=1)
    file.write_bytes(lines[0] + sealed(other) + lines[2])
    assert refusal(dead).startswith(
        f"{file} line 2 has the same number as another message in history.db"
    )


def test_without_its_database(tmp_path: Path, dead: Path) -> None:
    """Nothing is made beside it."""
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(dead / JOURNAL_FILE, alone)
    with pytest.raises(StoreError, match=r"line 1 belongs to another history\.db\. "):
        after_a_death(alone)
    assert [file.name for file in alone.iterdir()] == [JOURNAL_FILE]


def test_a_journal_of_the_version_before(dead: Path) -> None:
    """It has no checksums, and is taken over once; among lines with checksums there is none."""
    file = dead / JOURNAL_FILE
    lines = file.read_bytes().splitlines(keepends=True)
    bare = [line[9:] for line in lines]
    file.write_bytes(b"".join(bare))
    assert what_comes_back(dead) == EVERYTHING
    file.write_bytes(b"".join(bare)[:-1])
    assert what_comes_back(dead) == (["moved"], EVERYTHING[1])
    file.write_bytes(bare[0] + lines[1] + lines[2])
    assert what_comes_back(dead) == EVERYTHING
    file.write_bytes(lines[0] + bare[1] + lines[2])
    assert refusal(dead).startswith(f"{file} line 2 is damaged: it does not begin with a checksum")


def test_a_message_that_was_redacted_since(dead: Path) -> None:
    """Though the journal could not be emptied before: what is gone does not come back."""
    file = dead / JOURNAL_FILE
    before = file.read_bytes()
    with closing(after_a_death(dead)) as history:
        msgid = history.select("#general", 1, COMMANDS)[0].tags["msgid"]
        history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), ALICE))
    file.write_bytes(before)
    with closing(after_a_death(dead)) as history:
        assert texts(history) == ["moved", msgid]


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
    with closing(Intake(tmp_path)) as intake:
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
    history.redact_row("#general", secret, Message("REDACT", ("#general", secret), ALICE))
    assert b"secret" not in (tmp_path / JOURNAL_FILE).read_bytes()
    assert "a secret" not in texts(history)


# Others who read


def exported(directory: Path) -> list[str]:
    with Snapshot(directory) as snapshot:
        return [entry.message.params[-1] for entry in snapshot.entries(Selection())]


def test_a_tool_reads_both(history: History, tmp_path: Path) -> None:
    """What a running server has not moved yet is there, in its place, and nobody waits for it."""
    keep(history, "one")
    history.commit()
    keep(history, "two", "three")
    (msgid,) = keep(history, "new", room="#new")
    with closing(DataDirectory(tmp_path)), Snapshot(tmp_path) as snapshot:
        history.commit()  # between the two readings, or after them
        entries = list(snapshot.entries(Selection()))
        assert [entry.message.params[1] for entry in entries] == ["one", "two", "three", "new"]
        assert entries[-1].message.tags["msgid"] == msgid
        assert snapshot.rooms(Selection()) == ["#general", "#new"]
        assert snapshot.count(Selection()) == 4
        assert snapshot.count(Selection("#GENERAL")) == 3
        at = round(NOW * 1000)
        assert snapshot.count(Selection(since=at + 1)) == snapshot.count(Selection(until=at)) == 0
        assert [tuple(one) for one in snapshot.summaries()] == [
            ("#general", 3, at, at), ("#new", 1, at, at),
        ]  # fmt: skip
    assert exported(tmp_path) == ["one", "two", "three", "new"]


def test_a_backup_has_both(history: History, tmp_path: Path) -> None:
    keep(history, "one")
    history.commit()
    msgids = keep(history, "two") + keep(history, "new", room="#new")
    with closing(DataDirectory(tmp_path)):
        done = back_up(tmp_path, tmp_path / "backup")
    assert done.messages == 3
    restored(tmp_path / "backup", tmp_path / "copy")
    with closing(after_a_death(tmp_path / "copy")) as other:
        assert (texts(other), texts(other, "#new")) == (["one", "two"], ["new"])
        assert other.point("#general", msgids[0]) and other.point("#new", msgids[1])
    assert (history.in_journal, in_database(tmp_path)) == (2, ["one"])


def test_a_tool_after_a_death_changes_nothing(history: History, tmp_path: Path) -> None:
    keep(history, "one", "two")
    before = states(tmp_path)
    assert exported(tmp_path) == ["one", "two"]
    assert states(tmp_path) == before

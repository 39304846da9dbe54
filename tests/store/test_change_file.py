"""States are on disk before anybody sees them, also while somebody else has the database's lock."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

import pytest

from chatroom.store.change_file import ChangeFile
from chatroom.store.database import CHANGES_FILE, HISTORY_FILE, StoreError, StoreLocked
from chatroom.store.history import History
from chatroom.store.inspection import inspect
from chatroom.store.recording import FILED_BYTES
from chatroom.wire.message import Message
from store.talk import NOW

STATE, LATER = {"topic": "tea"}, {"topic": "coffee"}


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Somebody else writes."""
    with closing(sqlite3.connect(directory / HISTORY_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def states(directory: Path) -> dict[str, object]:
    """What the next server finds."""
    with closing(History(directory, "process")) as history:
        return {room: dict(state) for room, state in history.saved_rooms().items()}


@pytest.mark.parametrize("sparing", [True, False])
def test_a_state_is_there_after_a_kill(tmp_path: Path, sparing: bool) -> None:
    """Whether a worker of ours has the lock, or another process. Of two, the later one counts."""
    history = History(tmp_path, "process")
    history.sparing = sparing
    with locked(tmp_path):
        for state in (STATE, LATER):
            history.save_room("#den", state)
            history.save_server_ban("x", ["x"])
            history.record("#den", Message("PRIVMSG", ("#den", "hi"), "a!b@c"), NOW)
            assert history.pending == 3
            history.make_durable()
            assert history.pending == 0
            assert history.has_written(history.changes)
    assert states(tmp_path) == {"#den": LATER}
    assert (tmp_path / CHANGES_FILE).exists() is False


def test_many_messages_are_durable_while_another_process_writes(tmp_path: Path) -> None:
    """More than the journal takes otherwise."""
    history = History(tmp_path, "process")
    with locked(tmp_path):
        for number in range(50):
            history.record("#den", Message("PRIVMSG", ("#den", str(number)), "a!b@c"), NOW)
        history.make_durable()
        assert history.pending == 0
    with closing(History(tmp_path, "process")) as again:
        assert len(again.select("#den", 100, {"PRIVMSG"})) == 50


def test_the_next_transaction_empties_the_file(tmp_path: Path) -> None:
    """What is newer in the database is not undone by the next start."""
    history = History(tmp_path, "process")
    history.sparing = True
    with locked(tmp_path):
        history.save_room("#den", STATE)
        history.make_durable()
    history.sparing = False
    assert (tmp_path / CHANGES_FILE).stat().st_size > 0
    history.save_room("#den", LATER)
    history.make_durable()
    assert (tmp_path / CHANGES_FILE).stat().st_size > 0
    history.make_durable()
    assert (tmp_path / CHANGES_FILE).stat().st_size == 0
    assert states(tmp_path) == {"#den": LATER}


def test_changes_without_end_reach_the_database(tmp_path: Path) -> None:
    """Also where each tick has some, so that none is quiet."""
    sizes = []
    with closing(History(tmp_path, "process")) as history:
        for number in range(FILED_BYTES // 100):
            history.save_room("#den", {"topic": f"{number:0100}"})
            history.make_durable()
            sizes.append((tmp_path / CHANGES_FILE).stat().st_size)
    assert 0 in sizes
    assert max(sizes) < 2 * FILED_BYTES


def test_a_crash_between_the_transaction_and_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file still has what was older, and the next start believes the file."""
    history = History(tmp_path, "process")
    history.save_room("#den", STATE)
    history.make_durable()
    history.save_room("#den", LATER)
    monkeypatch.setattr(ChangeFile, "clear", lambda _file: None)
    history.commit()
    monkeypatch.undo()
    with closing(History(tmp_path, "process")) as again:
        again.make_durable()
    assert states(tmp_path) == {"#den": LATER}


def test_with_power_nothing_is_shown_before_it_is_in_the_database(tmp_path: Path) -> None:
    history = History(tmp_path, "power")
    history.sparing = True
    with locked(tmp_path):
        history.save_room("#den", STATE)
        with pytest.raises(StoreLocked):
            history.make_durable()
        assert history.pending == 1
    history.make_durable()
    history.close()
    assert states(tmp_path) == {"#den": STATE}


def left(directory: Path) -> Path:
    """A file of changes that a killed server left."""
    history = History(directory, "process")
    history.sparing = True
    with locked(directory):
        history.save_room("#den", STATE)
        history.make_durable()
    return directory / CHANGES_FILE


def test_a_torn_line_was_shown_to_nobody(tmp_path: Path) -> None:
    file = left(tmp_path)
    file.write_bytes(file.read_bytes() + b'0123abcd ["torn')
    assert states(tmp_path) == {"#den": STATE}


def test_a_damaged_line_is_reported(tmp_path: Path) -> None:
    """And nothing is written."""
    file = left(tmp_path)
    damaged = file.read_bytes().replace(b"tea", b"tee")
    file.write_bytes(damaged)
    with pytest.raises(StoreError, match="line 1 is damaged") as caught:
        History(tmp_path, "process")
    assert inspect(tmp_path).faults == [str(caught.value)]
    assert file.read_bytes() == damaged


def test_a_kind_that_this_version_does_not_know_is_reported(tmp_path: Path) -> None:
    """A newer version wrote it. Nothing is written, and the older changes are not lost."""
    file = left(tmp_path)
    suffix = json.loads(file.read_bytes().partition(b" ")[2])[0]
    text = json.dumps([suffix, "#den", "colour", "#den", "red"]).encode()
    file.write_bytes(file.read_bytes() + b"%08x %s\n" % (crc32(text), text))
    before = {each: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(StoreError) as caught:
        History(tmp_path, "process")
    assert str(caught.value) == (
        f"{file} line 2 is from a newer Chatroom: this one does not know changes of the kind"
        " 'colour'. Nothing was changed. Update Chatroom, or move the file away to go on without"
        " the changes in it"
    )
    assert inspect(tmp_path).faults == [str(caught.value)]
    assert {each: each.read_bytes() for each in tmp_path.iterdir()} == before
    file.rename(tmp_path.parent / "away")
    assert states(tmp_path) == {}


@pytest.mark.parametrize("text", [b"5", b'["a", 1, 2, 3, 4]'])
def test_a_line_that_is_whole_and_no_change_is_reported(tmp_path: Path, text: bytes) -> None:
    left(tmp_path).write_bytes(b"%08x %s\n" % (crc32(text), text))
    with pytest.raises(StoreError, match="line 1 is damaged"):
        History(tmp_path, "process")

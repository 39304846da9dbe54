"""Gone means gone: names and texts are in no file any more, as bytes or otherwise."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import connect_worker
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from chatroom.store.sweep import Sweep
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from store.talk import ALICE, NOW, ask, found, keeping, said, say, texts

OLD = NOW - 9 * 86_400


def upkeep(directory: Path, index: SearchIndex, sweep: Sweep) -> None:
    """What a worker does now and then."""
    index.update()
    assert sweep.run()
    assert checkpoint(directory)


def left(directory: Path, *words: str) -> list[tuple[str, str]]:
    """Where these words still are, as they are, or as the index writes nicknames."""
    contents = {file.name: file.read_bytes() for file in sorted(directory.iterdir())}
    return [
        (name, word)
        for name, content in contents.items()
        for word in words
        for form in (word, fold(word).encode().hex())
        if form.encode() in content
    ]


@pytest.fixture
def sweep(tmp_path: Path, index: SearchIndex) -> Iterator[Sweep]:
    with closing(Sweep(tmp_path, index)) as sweep:
        yield sweep


def test_the_database_is_opened_once(
    history: History, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each upkeep asks whether there is something to do, and to open a database takes longer than
    the answer."""
    opened: list[Path] = []

    def noted(file: Path) -> sqlite3.Connection:
        opened.append(file)
        return connect_worker(file)

    monkeypatch.setattr("chatroom.store.sweep.connect_worker", noted)
    history.commit()
    assert sweep.run()
    assert sweep.run()
    assert len(opened) == 1


def secret(number: int) -> tuple[str, str, str, str]:
    """Nickname, host, room and word of a message, unlike any other's."""
    return (
        f"nick{number:04}q",
        f"host{number:04}q.example",
        f"#room{number:04}q",
        f"text{number:04}q",
    )


@pytest.mark.slow
def test_all_of_it_goes(tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep) -> None:
    """In the end no byte of it is in any file, and what is kept is found as before."""
    history._latest = 0
    numbers = random.Random(1).sample(range(150), 150)
    for at, wanted in ((OLD, 1), (NOW, 0)):
        for number in numbers:
            if number % 2 == wanted:
                nick, host, room, text = secret(number)
                words = f"{text} {'x' * (number % 90)}"
                say(history, words, words, room=room, source=f"{nick}!u@{host}", at=at)
        index.update()
    gone = [word for number in range(1, 150, 2) for word in secret(number)]
    assert len({word for _, word in left(tmp_path, *gone)}) == len(gone)
    assert keeping(tmp_path, index, 1, 0).run(NOW) == 150
    upkeep(tmp_path, index, sweep)
    assert left(tmp_path, *gone) == []
    assert ask(tmp_path, "SELECT count(*) FROM room") == [(75,)]
    assert ask(tmp_path, "SELECT count(*) FROM author", name="search.db") == [(75,)]
    assert len(found(index, "text0002q from:nick0002q")) == 2
    assert found(index, "text0003q") == []
    ask(tmp_path, "INSERT INTO words (words) VALUES ('integrity-check')", name="search.db")
    assert ask(tmp_path, "PRAGMA integrity_check") == [("ok",)]


def test_a_redaction(tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep) -> None:
    """The text goes, and with the last message its author's name and host; the others stay."""
    (msgid,) = say(history, "a mistake42", source="mallory!m@there.example")
    say(history, *(f"word{number}" for number in range(200)))
    index.update()
    redaction = Message("REDACT", ("#general", msgid), ALICE)
    index.forget(*history.redact_row("#general", msgid, redaction))
    upkeep(tmp_path, index, sweep)
    assert left(tmp_path, "mistake42", "mallory", "there.example") == []
    assert msgid in texts(history)
    assert found(index, "word7") == ["word7"]


def test_words_that_are_taken_out_late(
    tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep
) -> None:
    """The index hears of a redaction after the upkeep, since another worker had it."""
    (msgid,) = say(history, "a mistake42")
    index.update()
    gone = history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), ALICE))
    upkeep(tmp_path, index, sweep)
    index.forget(*gone)
    sweep._not_before = sweep._vacuum_at = 0.0
    upkeep(tmp_path, index, sweep)
    assert left(tmp_path, "mistake42") == []


def test_who_comes_back_is_new(
    tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep
) -> None:
    """The loop has remembered the numbers of names, and no number is given to another name."""
    say(history, "old", room="#den", at=OLD)
    index.update()
    keeping(tmp_path, index, 1, 0).run(NOW)
    upkeep(tmp_path, index, sweep)
    say(history, "bob's", room="#den", source="bob!b@h")
    say(history, "again", room="#den")
    index.update()
    assert texts(history, "#den") == ["bob's", "again"]
    assert found(index, "from:alice") == ["again"]
    assert found(index, "from:bob") == ["bob's"]


@pytest.mark.parametrize("what", ["state", "message", "event"])
def test_rooms_that_stay(
    tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep, what: str
) -> None:
    """Permanent ones with something to remember, and those of which something is kept."""
    say(history, "old", room="#den", at=OLD)
    if what == "state":
        history.save_room("#den", {"topic": "tea"})
    elif what == "message":
        history.record("#den", said("new", "#den"), NOW)
    else:
        history.record("#den", Message("JOIN", ("#den",), ALICE), NOW)
    history.commit()
    keeping(tmp_path, index, 1, 0).run(NOW)
    upkeep(tmp_path, index, sweep)
    assert ask(tmp_path, "SELECT name FROM room") == [("#den",)]


def test_a_seal_goes_with_what_it_hides(
    tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep
) -> None:
    say(history, "old", room="#den", at=OLD)
    history.seal("#den", OLD + 1)
    history.commit()
    keeping(tmp_path, index, 1, 0).run(NOW)
    upkeep(tmp_path, index, sweep)
    assert ask(tmp_path, "SELECT name FROM room") == []


def test_a_redaction_while_it_looks(
    tmp_path: Path, history: History, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have brought a name back that the look did not see: so it looks again."""
    (msgid,) = say(history, "stays", source="bob!b@h")
    history._writer.sender_id("carol!c@h")
    look = Sweep._delete_names

    class Slow(Sweep):
        def _delete_names(self, connection: sqlite3.Connection) -> bool:
            monkeypatch.setattr(Slow, "_delete_names", look)
            history.redact_row(
                "#general", msgid, Message("REDACT", ("#general", msgid), "carol!c@h")
            )
            return look(self, connection)

    ask(tmp_path, "DELETE FROM meta WHERE key = 'swept'")
    slow = Slow(tmp_path, index)
    assert not slow.run()
    slow._not_before = 0.0
    assert slow.run()
    assert [row[0] for row in ask(tmp_path, "SELECT source FROM sender")] == ["carol!c@h"]
    assert texts(history) == [msgid]


def test_without_deletions_there_is_nothing_to_do(
    tmp_path: Path, history: History, index: SearchIndex, sweep: Sweep
) -> None:
    """Nobody looks at each message for nothing."""
    say(history, "one")
    before = ask(tmp_path, "SELECT * FROM meta")
    assert sweep.run()
    assert ask(tmp_path, "SELECT * FROM meta") == before
    assert sweep._not_before == 0.0


def test_it_is_written_anew_once_in_ten_minutes(
    tmp_path: Path, history: History, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can write meanwhile. What is put off then is not forgotten, and all the rest of
    the sweep is not done again for it."""
    clock = 1000.0
    monkeypatch.setattr("chatroom.store.sweep.time.monotonic", lambda: clock)
    vacuums: list[float] = []
    real = SearchIndex.write_anew

    def write_anew(index: SearchIndex) -> None:
        vacuums.append(clock)
        real(index)

    monkeypatch.setattr(SearchIndex, "write_anew", write_anew)
    sweep = Sweep(tmp_path, index)
    state = "SELECT value FROM meta WHERE key = 'swept'"
    ended: list[bool] = []
    for number in range(3):
        (msgid,) = say(history, f"mistake{number}", source=f"mallory{number}!m@there")
        history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), ALICE))
        ended.append(sweep.run())
        assert ask(tmp_path, "SELECT 1 FROM sender WHERE source LIKE 'mallory%'") == []
        clock += 100.0
    assert (vacuums, ended) == ([1000.0], [True, False, False])
    assert ask(tmp_path, state) == [("deleted",)]
    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "_delete_names", lambda *_: pytest.fail("it looks again"))
        assert not sweep.run()
        clock = 1600.0
        assert sweep.run()
        assert sweep.run()
    assert vacuums == [1000.0, 1600.0]
    assert ask(tmp_path, state) == [("done",)]
    assert checkpoint(tmp_path)
    assert left(tmp_path, *(f"mistake{number}" for number in range(3)), "mallory") == []


def test_what_a_version_before_has_left(tmp_path: Path) -> None:
    """It did not know that names go, and so there is no mark."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "one")
    ask(tmp_path, "INSERT INTO sender (source) VALUES ('mallory!m@there')")
    ask(tmp_path, "DELETE FROM meta WHERE key = 'swept'")
    with closing(SearchIndex(tmp_path)) as index:
        assert Sweep(tmp_path, index).run()
    assert [row[0] for row in ask(tmp_path, "SELECT source FROM sender") if row[0]] == [ALICE]

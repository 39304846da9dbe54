"""The store in the server's life: its workers, its patience, and what it says in trouble.

The troubles are real ones; tests/end_to_end/test_full_disk.py has them with a whole server.
"""

import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatroom.chat.history_port import IndexBehind
from chatroom.server import retention_schedule, searches, tick_commit, upkeep
from chatroom.server.history_service import HistoryService
from chatroom.store import recording, retention
from chatroom.store.database import BUSY_MS, HISTORY_FILE, StoreLocked, connect_worker
from chatroom.store.files import index
from chatroom.store.files.index import StoredFile
from chatroom.store.recording import FEW
from chatroom.store.search import SearchIndex
from chatroom.text.search_query import parse_query
from chatroom.wire.attachment import ID_LENGTH
from chatroom.wire.message import Message
from chatroom.wire.private import BY
from chatroom.wire.reference import HistoryError
from harness import PATIENCE
from server.history_setting import Setting, asker
from store.talk import ALICE, NOW, ask, said, say, stranger, texts


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Setting]]:
    """Settings that are closed in the end."""
    made: list[Setting] = []

    def make(**settings: Any) -> Setting:
        made.append(Setting(tmp_path, **settings))
        return made[-1]

    yield make
    for setting in made:
        setting.close()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick_commit, "RETRY", 0.02)
    monkeypatch.setattr(upkeep, "UPKEEP", 0.02)
    monkeypatch.setattr(retention_schedule, "SHORT_PAUSE", 0.02)
    monkeypatch.setattr(upkeep, "CALM", 0.05)


# Trouble


def test_it_is_told_once_when_it_begins_and_once_when_it_ends(
    make: Callable[..., Setting], caplog: pytest.LogCaptureFixture
) -> None:
    setting = make()
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        for number in range(5):
            setting.service.record("#general", said(str(number)), NOW)
            setting.commit()
        assert len(setting.told) == 1
        assert "cannot be written right now" in setting.told[0]
    setting.until(lambda: len(setting.told) > 1)
    assert setting.told[1:] == [
        "The history can be written again, and no message is missing from it."
    ]
    assert texts(setting.history) == [*"01234"]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "ERROR",
            "Cannot write the history: database is locked. The chat continues; retrying every"
            " second.",
        ),
        ("WARNING", "The history can be written again, and no message is missing from it."),
    ]


def test_it_comes_again(make: Callable[..., Setting]) -> None:
    setting = make()
    for _ in range(2):
        with stranger(setting.directory, "BEGIN EXCLUSIVE"):
            setting.service.record("#general", said("x"), NOW)
            setting.commit()
        setting.until(lambda: not setting.history.pending and not setting.history.sparing)
    assert len(setting.told) == 4


def test_nothing_is_tried_in_between(make: Callable[..., Setting]) -> None:
    """Each try waits a moment for the lock, with the loop."""
    setting = make()
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        setting.service.record("#general", said("x"), NOW)
        setting.service.commit_tick(100.0)
    setting.service.commit_tick(100.0 + tick_commit.RETRY / 2)
    assert setting.history.pending == 1
    setting.service.commit_tick(100.0 + tick_commit.RETRY)
    assert setting.history.pending == 0


def test_the_backlog_has_a_bound(make: Callable[..., Setting]) -> None:
    """What is refused leaves no trace: no number, no place."""
    setting = make(backlog=3)
    for number in range(3):
        setting.service.record("#general", said(str(number)), NOW)
    for _ in range(2):
        with pytest.raises(HistoryError, match=r"^too many messages are waiting to be written$"):
            setting.service.record("#general", said("too much"), NOW)
    setting.commit()
    setting.service.record("#general", said("3"), NOW)
    setting.commit()
    assert texts(setting.history) == [*"0123"]
    numbers = [row[0] for row in ask(setting.directory, "SELECT id FROM message")]
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_a_redaction_that_writes_what_waits_ends_the_trouble(make: Callable[..., Setting]) -> None:
    setting = make()
    msgid = setting.service.record("#general", said("oops"), NOW).tags["msgid"]
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        setting.service.commit_tick(time.monotonic() - tick_commit.RETRY)
    assert setting.service.author("#general", msgid) == ALICE
    assert setting.history.pending == 0
    setting.commit()
    assert len(setting.told) == 2


def test_commands_that_write_fail_at_once_after_one_has(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick_commit, "RETRY", 3600.0)
    setting = make()
    (msgid,) = say(setting.history, "oops")
    redaction = Message("REDACT", ("#general", msgid), ALICE)
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        with pytest.raises(HistoryError, match="database is locked"):
            setting.service.redact("#general", msgid, redaction)
        for _ in range(1000):
            with pytest.raises(HistoryError, match="a moment ago"):
                setting.service.author("#general", msgid)
    assert texts(setting.history) == ["oops"]
    assert setting.told == []  # nothing that was said waits


def test_the_end_waits_for_a_stranger(make: Callable[..., Setting]) -> None:
    setting = make()
    busy = sqlite3.connect(
        setting.directory / "history.db", isolation_level=None, check_same_thread=False
    )
    busy.execute("BEGIN EXCLUSIVE")
    setting.service.record("#general", said("last words"), NOW)
    setting.commit()
    assert setting.told
    ending = threading.Thread(target=busy.close)
    ending.start()
    setting.service.close()
    ending.join()
    assert ask(setting.directory, "SELECT text FROM message") == [("last words",)]


# A worker of ours that writes


@contextmanager
def writing(service: HistoryService, directory: Path) -> Iterator[None]:
    """A worker has the database's lock, until the block ends."""
    has_lock, may_end = threading.Event(), threading.Event()

    def write() -> None:
        with closing(connect_worker(directory / "history.db")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_lock.set()
            may_end.wait(PATIENCE)

    service._upkeep._writes.submit(write, lambda future: future.result())
    try:
        assert has_lock.wait(PATIENCE)
        yield
    finally:
        may_end.set()


def test_nobody_hears_of_a_worker_that_writes(make: Callable[..., Setting]) -> None:
    """What is said is durable at once, and so is a room's topic; both go into the database as soon
    as the worker has ended."""
    setting = make(durability="process")
    service, history = setting.service, setting.history
    with writing(setting.service, setting.directory):
        for number in range(FEW + 2):
            service.save_room("#general", {"topic": f"tea {number}"})
            service.record("#general", said(f"line {number}"), NOW)
            setting.commit()
            assert (history.in_journal, history.pending) == (number + 1, 0)
        service.seal("#den", NOW)
        setting.commit()
        assert history.sealing == {"#den"}
    setting.until(lambda: not history.sealing)
    assert history.saved_rooms() == {"#general": {"topic": f"tea {FEW + 1}"}}
    assert setting.told == []


def test_the_loop_waits_for_no_worker(make: Callable[..., Setting]) -> None:
    """SQLite's busy timeout, in milliseconds, is what it would wait."""

    def patience() -> int:
        (milliseconds,) = setting.history._connection.execute("PRAGMA busy_timeout").fetchone()
        return int(milliseconds)

    setting = make(durability="process")
    with writing(setting.service, setting.directory):
        assert patience() == 0
        with setting.service._commit.one_try():
            assert 0 < patience() <= 5
        assert patience() == 0
    setting.until(lambda: not setting.history.sparing)
    assert patience() == BUSY_MS


def test_the_journal_takes_what_it_must(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it has enough for a transaction, and although an upkeep is due."""
    monkeypatch.setattr(recording, "JOURNAL_MOST", 2)
    setting = make(durability="process")
    with writing(setting.service, setting.directory):
        for number in range(5):
            setting.service._upkeep.plan(time.monotonic() - 1.0)
            setting.service.record("#general", said(str(number)), NOW)
            setting.commit()
        assert (setting.history.in_journal, setting.history.pending) == (5, 0)
    setting.until(lambda: not setting.history.in_journal)
    assert setting.told == []
    assert ask(setting.directory, "SELECT text FROM message") == [(text,) for text in "01234"]


def test_without_a_journal_the_output_waits_for_the_worker(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durable before seen: the tick's output may be sent when its messages are on disk."""
    monkeypatch.setattr(tick_commit, "HELD", 3600.0)
    setting = make(durability="power")
    with writing(setting.service, setting.directory):
        assert setting.commit()  # nothing waits
        setting.service.record("#general", said("tea"), NOW)
        for _ in range(2):
            assert not setting.commit()
            assert setting.history.pending == 1
        assert setting.timers.wait(time.monotonic()) is not None  # for the next attempt
    setting.until(lambda: not setting.history.pending)
    assert setting.commit()
    assert setting.told == []
    assert ask(setting.directory, "SELECT text FROM message") == [("tea",)]


def test_the_output_waits_for_a_small_write_of_somebody_else(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper of the accounts, say, with an fsync on a busy disk: no failure."""
    monkeypatch.setattr(tick_commit, "HELD", 3600.0)
    setting = make(durability="power")
    with closing(sqlite3.connect(setting.directory / HISTORY_FILE, isolation_level=None)) as other:
        setting.service.note_writer(True)
        other.execute("BEGIN IMMEDIATE")
        setting.service.record("#general", said("tea"), NOW)
        for _ in range(2):
            assert not setting.commit()
            assert setting.history.pending == 1
        other.execute("COMMIT")
    setting.service.note_writer(False)
    assert setting.commit()
    assert setting.history.pending == 0
    assert setting.told == []


def test_a_lock_that_lasts_is_announced(make: Callable[..., Setting]) -> None:
    """The output does not wait for ever; and each wait has the same time."""
    setting = make(durability="power")
    for _ in range(2):
        start = time.monotonic()
        setting.told.clear()
        with writing(setting.service, setting.directory):
            setting.service.record("#general", said("tea"), NOW)
            assert not setting.service.commit_tick(start)
            assert not setting.service.commit_tick(start + tick_commit.HELD / 2)
            assert setting.told == []
            assert setting.service.commit_tick(start + tick_commit.HELD)
            assert len(setting.told) == 1
            assert setting.service.commit_tick(start + tick_commit.HELD)
        setting.until(lambda: not setting.history.sparing)
        assert setting.service.commit_tick(start + 2 * tick_commit.HELD)
        assert len(setting.told) == 2
        assert setting.history.pending == 0


def test_a_command_that_writes_ends_the_wait(make: Callable[..., Setting]) -> None:
    """And the next wait has all of its time again."""
    setting = make(durability="power")
    for start in 1000.0, 2000.0:
        with writing(setting.service, setting.directory):
            msgid = setting.service.record("#general", said("tea"), NOW).tags["msgid"]
            assert not setting.service.commit_tick(start)
        while setting.history.sparing:
            setting.loop.select(PATIENCE)
            setting.workers.collect()
        assert setting.service.author("#general", msgid) == ALICE
        assert setting.service.commit_tick(start)
    assert setting.told == []


def test_the_output_waits_if_the_journal_is_gone(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has removed it: then only the database can take messages, which a worker writes."""
    monkeypatch.setattr(tick_commit, "HELD", 3600.0)
    setting = make(durability="process")
    with writing(setting.service, setting.directory):
        (setting.directory / "history.journal").unlink()
        setting.service.record("#general", said("tea"), NOW)
        setting.history.save_room("#general", {"topic": "tea"})
        assert not setting.commit()
    setting.until(lambda: not setting.history.pending)
    assert setting.commit()
    assert setting.told == []
    assert (setting.directory / "history.journal").exists()


def test_a_search_while_a_worker_writes(make: Callable[..., Setting]) -> None:
    """It waits, because it has to find what people have seen."""
    setting = make(durability="process")
    say(setting.history, "tea one")
    answers: list[list[Message] | HistoryError] = []
    with writing(setting.service, setting.directory):
        setting.service.record("#general", said("tea two"), NOW)
        setting.commit()
        setting.service.find(parse_query("tea"), 10, asker(), "", answers.append)
        for _ in range(5):
            setting.turn()
        assert answers == []
    setting.until(lambda: answers)
    (found,) = answers
    assert not isinstance(found, HistoryError)
    assert [message.params[1] for message in found] == ["tea two", "tea one"]


def test_a_search_while_a_worker_writes_without_end(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather no result than one without what people have seen."""
    monkeypatch.setattr(searches, "SETTLE_SECONDS", 0.0)
    setting = make(durability="process")
    with writing(setting.service, setting.directory):
        setting.service.record("#general", said("tea"), NOW)
        setting.commit()
        with pytest.raises(IndexBehind):
            setting.find("tea")


def test_a_redaction_while_a_worker_writes(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused, not waited for, and it is no trouble of the disk: the next may come soon."""
    monkeypatch.setattr(tick_commit, "RETRY", 3600.0)
    monkeypatch.setattr(tick_commit, "SPARING_RETRY", 0.0)
    setting = make(durability="process")
    (msgid,) = say(setting.history, "oops")
    redaction = Message("REDACT", ("#general", msgid), ALICE)
    with writing(setting.service, setting.directory):
        with pytest.raises(StoreLocked):
            setting.service.redact("#general", msgid, redaction)
        assert texts(setting.history) == ["oops"]
    setting.until(lambda: not setting.history.sparing)
    assert setting.service.author("#general", msgid) == ALICE
    setting.service.redact("#general", msgid, redaction)
    assert texts(setting.history) == [msgid]
    assert setting.told == []


def test_a_message_takes_its_authors_files_with_it(make: Callable[..., Setting]) -> None:
    """In one transaction with it, so that no crash can leave them. Not those of others that it
    quotes, and not those of a guest at another address."""
    setting = make()
    here = ALICE.rpartition("@")[2]
    kinds = ((0, here), (0, f"x{here}"), (1, ""))
    rows = setting.history._connection
    ids = [str(number) * ID_LENGTH for number in range(3)]
    for id, (account, host) in zip(ids, kinds, strict=True):
        index.add(rows, StoredFile(id, id, "a", "image/png", 1, 1, account, host))
    gone: list[StoredFile] = []
    setting.service.on_files_gone = gone.extend
    text = " ".join(f"http://h/files/{id}/a" for id in ids)
    (msgid,) = say(setting.history, text)
    setting.service.redact("#general", msgid, Message("REDACT", ("#general", msgid), ALICE))
    assert [file.id for file in gone] == ids[:1]
    assert [index.find(rows, id) is None for id in ids] == [True, False, False]
    by_account = Message("PRIVMSG", ("#general", text), ALICE, {BY: "1"})
    setting.service.record("#general", by_account, NOW)
    setting.commit()
    (again,) = setting.history.select("#general", 1, ("PRIVMSG",))
    redaction = Message("REDACT", ("#general", again.tags["msgid"]), ALICE)
    setting.service.redact("#general", again.tags["msgid"], redaction)
    assert [index.find(rows, id) is None for id in ids] == [True, False, True]


# Searching


def test_a_search_in_a_worker(make: Callable[..., Setting]) -> None:
    setting = make()
    ids = say(setting.history, "tea one", "tea two", "tea three")
    say(setting.history, "tea elsewhere", room="#den")
    assert setting.find("tea") == ["tea elsewhere", "tea three", "tea two", "tea one"]
    assert setting.find("tea", "#den", below=ids[2]) == ["tea two", "tea one"]
    setting.service.redact("#general", ids[0], Message("REDACT", ("#general", ids[0]), ALICE))
    assert setting.find("tea", "#den") == ["tea three", "tea two"]


def test_a_seal_that_waits_for_the_disk_holds(make: Callable[..., Setting]) -> None:
    """A worker sees only what is on disk, and a search may come before the seal is there."""
    setting = make()
    say(setting.history, "secret tea", room="#den")
    setting.service.seal("#Den", NOW)
    results: list[Any] = []
    setting.service.find(parse_query("tea"), 10, asker(), "", results.append)
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        setting.until(lambda: results)
        assert results == [[]]
        assert setting.find("tea in:den") == []
    setting.until(lambda: not setting.history.pending)
    assert setting.find("tea") == []


def test_a_search_that_fails_says_so(make: Callable[..., Setting]) -> None:
    setting = make()
    say(setting.history, "tea")
    (setting.directory / "search.db").mkdir()
    with pytest.raises(HistoryError, match=r"Cannot open \S+search\.db"):
        setting.find("tea")
    (setting.directory / "search.db").rmdir()
    assert setting.find("tea") == ["tea"]


def test_a_next_page_that_cannot_be_looked_up(make: Callable[..., Setting]) -> None:
    setting = make()
    ask(setting.directory, "DROP TABLE foreign_msgid")
    with pytest.raises(HistoryError, match="no such table"):
        setting.find("tea", below="somebody-elses")


# Upkeep


def test_upkeep_indexes_and_empties_the_log(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces, so that an end needs not wait long."""
    monkeypatch.setattr(upkeep, "INDEXED", 1000)
    setting = make()
    say(setting.history, *(f"tea {number}" for number in range(2500)))
    size = (setting.directory / "history.db").stat().st_size
    setting.service.begin(time.monotonic(), lambda: NOW)
    last = ask(setting.directory, "SELECT max(id) FROM message")
    setting.until(lambda: indexed(setting) == last)
    assert (setting.directory / "history.db").stat().st_size > size


def indexed(setting: Setting) -> list[Any]:
    """Up to which message the index goes; nothing while it is being made."""
    try:
        return ask(setting.directory, "SELECT upto FROM progress", name="search.db")
    except sqlite3.OperationalError:
        return []


def test_upkeep_that_fails_is_tried_again(
    make: Callable[..., Setting], caplog: pytest.LogCaptureFixture
) -> None:
    """And complains once of the same thing."""
    setting = make()
    (setting.directory / "search.db").mkdir()
    say(setting.history, "tea")
    setting.service.begin(time.monotonic(), lambda: NOW)
    setting.until(lambda: caplog.records)
    turns = itertools.count()
    setting.until(lambda: next(turns) > 10)
    (setting.directory / "search.db").rmdir()
    setting.until(lambda: (setting.directory / "search.db").exists())
    assert [record.getMessage().partition(": ")[0] for record in caplog.records] == [
        f"Cannot open {setting.directory}/search.db"
    ]


def test_retention_goes_on_until_all_is_gone(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run after run at first; then from time to time. Whoever remembers messages is told."""
    monkeypatch.setattr(retention_schedule, "MOST", retention.STEP)
    monkeypatch.setattr(retention, "MOST", retention.STEP)
    setting = make(keep_messages=2)
    deletions: list[None] = []
    setting.service.on_deletion = lambda: deletions.append(None)
    say(setting.history, *(f"tea {number}" for number in range(350)))
    setting.service.begin(time.monotonic(), lambda: NOW)
    setting.until(lambda: len(texts(setting.history)) == 2)
    assert texts(setting.history) == ["tea 348", "tea 349"]
    setting.until(lambda: len(deletions) == 4)


def test_a_bug_in_a_worker_costs_that_job(
    make: Callable[..., Setting], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = make()
    say(setting.history, "tea")
    with monkeypatch.context() as patch:
        patch.setattr(SearchIndex, "update", lambda *_: 1 // 0)
        with pytest.raises(HistoryError):
            setting.find("tea")
    assert [record.exc_info is not None for record in caplog.records if record.exc_info] == [True]
    assert setting.find("tea") == ["tea"]


# The journal


def in_database(setting: Setting) -> list[str]:
    return [text for (text,) in ask(setting.directory, "SELECT text FROM message ORDER BY id")]


def test_what_is_in_the_journal_is_moved_in_a_while(make: Callable[..., Setting]) -> None:
    """By a tick that comes for it, though nobody says anything more."""
    setting = make(durability="process")
    for text in ("one", "two"):
        setting.service.record("#general", said(text), NOW)
        setting.commit()
    assert (setting.history.in_journal, in_database(setting)) == (2, [])
    setting.until(lambda: not setting.history.in_journal)
    assert in_database(setting) == ["one", "two"]
    setting.service.record("#general", said("three"), NOW)
    setting.commit()
    assert setting.history.in_journal == 1
    setting.until(lambda: not setting.history.in_journal)


class Pace:
    """A server's days in moments: ticks by a clock of our own, and jobs that end when we say so."""

    def __init__(self, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(upkeep, "UPKEEP", 2.0)
        monkeypatch.setattr(upkeep, "CALM", 20.0)
        self.setting, self.upkeeps = setting, 0
        self.jobs: list[Callable[[], None]] = []
        monkeypatch.setattr(setting.workers, "submit", self._submit)

    def _submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Future[Any]], None],
        background: bool,
    ) -> None:
        assert background  # nobody waits for it
        self.upkeeps += 1
        future: Future[Any] = Future()

        def carry_out() -> None:
            future.set_result(job())
            done(future)

        self.jobs.append(carry_out)

    def say(self, clock: float, count: int = 1) -> None:
        """So many messages in a tick."""
        for _ in range(count):
            self.setting.service.record("#general", said("x"), NOW)
        self.setting.service.commit_tick(clock)

    def end_job(self) -> None:
        """Let the worker do it, and the loop notice."""
        self.jobs.pop(0)()


def test_people_who_say_little_share_an_upkeep(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes CALM seconds after the first of their messages, and none where nothing is new."""
    pace = Pace(make(durability="process"), monkeypatch)
    for clock in range(1000, 1020):
        pace.say(clock)
    assert (pace.upkeeps, pace.setting.history.in_journal) == (0, 20)
    pace.say(1020)
    assert (pace.upkeeps, pace.setting.history.in_journal) == (1, 0)
    pace.end_job()
    assert len(in_database(pace.setting)) == 21
    assert indexed(pace.setting) == ask(pace.setting.directory, "SELECT max(id) FROM message")
    pace.say(5000, 0)
    assert pace.upkeeps == 1
    pace.say(6000)
    pace.say(6019, 0)
    assert pace.upkeeps == 1
    pace.say(6020, 0)
    assert pace.upkeeps == 2


def test_many_messages_have_an_upkeep_soon(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So neither the index nor the log lags by more than what comes in UPKEEP seconds, or MANY."""
    pace = Pace(make(durability="process"), monkeypatch)
    pace.say(1000, upkeep.MANY - 1)
    assert pace.upkeeps == 0
    pace.say(1000)
    assert pace.upkeeps == 1
    pace.end_job()
    pace.say(1001, upkeep.MANY)
    assert pace.upkeeps == 1
    pace.say(1002, 0)
    assert pace.upkeeps == 2


def test_nobody_waits_for_a_worker_that_writes(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the journal takes also what is many, and no second upkeep begins beside it."""
    pace = Pace(make(durability="process"), monkeypatch)
    pace.say(1000, upkeep.MANY)
    with stranger(pace.setting.directory, "BEGIN IMMEDIATE"):
        for clock in range(1010, 1100, 10):
            pace.say(clock, upkeep.MANY)
        assert (pace.upkeeps, pace.setting.history.in_journal) == (1, 9 * upkeep.MANY)
        assert pace.setting.told == []
    pace.end_job()
    pace.say(1100, 0)
    assert (pace.upkeeps, pace.setting.history.in_journal) == (2, 0)
    assert len(in_database(pace.setting)) == 10 * upkeep.MANY


def test_a_long_reader_gone_the_log_is_small_again(
    make: Callable[..., Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export keeps it from beginning anew; the upkeeps after it do not wait for more talk."""
    pace = Pace(make(durability="process"), monkeypatch)
    log = pace.setting.directory / "history.db-wal"
    with stranger(pace.setting.directory, "BEGIN", "SELECT * FROM message"):
        for clock in range(1000, 1100, 10):
            pace.say(clock, upkeep.MANY)
            pace.end_job()
        assert log.stat().st_size > 100_000
    pace.setting.timers.run(time.monotonic() + upkeep.CALM)
    pace.say(time.monotonic() + upkeep.CALM, 0)
    pace.end_job()
    assert log.stat().st_size < 10_000


def test_a_search_finds_what_is_in_the_journal(make: Callable[..., Setting]) -> None:
    setting = make(durability="process")
    setting.service.record("#general", said("tea"), NOW)
    setting.commit()
    assert setting.history.in_journal
    assert setting.find("tea") == ["tea"]


def test_trouble_is_met_when_the_journal_is_moved(make: Callable[..., Setting]) -> None:
    """Until then all is durable; then it is told, and the end of it too."""
    setting = make(durability="process")
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        setting.service.record("#general", said("one"), NOW)
        setting.commit()
        assert (setting.history.pending, setting.told) == (0, [])
        setting.until(lambda: setting.told)
        assert (setting.history.pending, setting.history.in_journal) == (0, 1)
    setting.until(lambda: len(setting.told) > 1)
    assert in_database(setting) == ["one"]


def test_an_end_in_trouble_leaves_the_journal(
    make: Callable[..., Setting], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost: the next start moves it."""
    monkeypatch.setattr(tick_commit, "LAST_PATIENCE", 0.01)
    setting = make(durability="process")
    with stranger(setting.directory, "BEGIN EXCLUSIVE"):
        setting.service.record("#general", said("one"), NOW)
        setting.commit()
        setting.service.close()
        assert "The next start moves the latest messages into the database." in caplog.text
        assert "lost" not in caplog.text
    assert texts(make(durability="process").history) == ["one"]

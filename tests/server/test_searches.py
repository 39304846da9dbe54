"""Whose search is next, what is shown of what it found, and how one is abandoned."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatroom.chat.history_port import Asker, IndexBehind, SearchTooLong
from chatroom.server import searches as module
from chatroom.server.searches import Turns, _Search
from chatroom.store import search, search_process
from chatroom.store.history import History
from chatroom.text.search_query import Query, parse_query
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError
from server.history_setting import Setting, asker
from store.talk import NOW, ask, said, say, stranger

TEA = Query(("tea",))


class Salon(Setting):
    """A history service whose searches can be watched; `answers` are (name, texts or the error)."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.answers: list[tuple[str, Any]] = []

    def ask(self, name: str, who: Asker, limit: int = 10, query: str = "tea") -> None:
        """Search; the answer comes later."""

        def found(result: list[Message] | HistoryError) -> None:
            texts = result if isinstance(result, HistoryError) else [m.params[1] for m in result]
            self.answers.append((name, texts))

        self.service.find(parse_query(query), limit, who, "", found)

    def answered(self, count: int) -> list[tuple[str, Any]]:
        """Turn until there are so many answers."""
        self.until(lambda: len(self.answers) >= count)
        return self.answers

    @property
    def pid(self) -> int:
        """The process's number, once there is one."""
        self.until(lambda: self.service.searches.pid)
        return self.service.searches.pid or 0


@pytest.fixture
def salon(tmp_path: Path) -> Iterator[Salon]:
    salon = Salon(tmp_path)
    yield salon
    salon.close()


def is_gone(pid: int) -> bool:
    """Whether no process has that number, not even a dead one that nobody has waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def visitor(name: str, address: str = "192.0.2.1", **others: Any) -> Asker:
    return replace(asker(), session=name, address=address, **others)


# Whose turn it is


def a_search(name: str, address: str, gone: bool = False) -> _Search:
    return _Search(TEA, 10, visitor(name, address, is_gone=lambda: gone), None, lambda _: None)


def taken(turns: Turns) -> list[object]:
    """Who is next, until nobody is."""
    found = []
    while search := turns.take():
        found.append(search.asker.session)
    return found


def test_addresses_take_turns_and_their_sessions_too() -> None:
    turns = Turns()
    for name in ("a1", "a1", "a2", "a2", "a2", "a3"):
        turns.add(a_search(name, "192.0.2.1"))
    for name in ("b1", "b1"):
        turns.add(a_search(name, "192.0.2.2"))
    assert taken(turns) == ["a1", "b1", "a2", "b1", "a3", "a1", "a2", "a2"]


def test_a_network_has_one_turn() -> None:
    """The /64 of a v6 address, as for connections."""
    turns = Turns()
    for number in range(3):
        turns.add(a_search(f"a{number}", f"2001:db8::{number}"))
    turns.add(a_search("b", "2001:db8:0:1::1"))
    assert taken(turns) == ["a0", "b", "a1", "a2"]


def test_twenty_sessions_of_one_address_delay_others_by_the_one_under_way() -> None:
    turns = Turns()
    for number in range(80):
        turns.add(a_search(f"flooder{number % 20}", "192.0.2.1"))
    assert turns.take()
    turns.add(a_search("honest", "192.0.2.2"))
    assert taken(turns)[0] == "honest"


def test_the_searches_of_those_who_left_are_dropped() -> None:
    """And their address keeps its turn."""
    turns = Turns()
    for name, gone in (("left", True), ("left", True), ("here", False)):
        turns.add(a_search(name, "192.0.2.1", gone))
    turns.add(a_search("other", "192.0.2.2"))
    assert taken(turns) == ["here", "other"]


def test_they_are_served_in_that_order(salon: Salon) -> None:
    """One after the other, by one process."""
    say(salon.history, "tea")
    for number in range(12):
        salon.ask("flooder", visitor(f"flooder{number % 4}"))
    salon.ask("honest", visitor("honest", "192.0.2.2"))
    names = [name for name, _ in salon.answered(13)]
    assert names.index("honest") == 1  # after the one that was under way
    assert all(texts == ["tea"] for _, texts in salon.answers)


def test_who_leaves_is_not_answered(salon: Salon) -> None:
    """Neither while the search is under way, nor while it waits for its turn."""
    say(salon.history, "tea")
    left: set[str] = set()
    for name in ("first", "second", "third"):
        salon.ask(name, visitor(name, is_gone=lambda name=name: name in left))
    left.update(("first", "second"))
    assert salon.answered(1) == [("third", ["tea"])]


# What may be read


def test_it_goes_on_below_what_may_not_be_read(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the closed rooms, and each time it is charged as another search."""
    monkeypatch.setattr(module, "CANDIDATES", 10)
    say(salon.history, *(f"tea {number}" for number in range(5)))
    for number in range(30):
        say(salon.history, f"secret tea {number}", room=f"#den{number % 3}")
    charges: list[None] = []
    who = replace(asker("#den0", "#den1", "#den2"), charge=lambda: charges.append(None))
    salon.ask("bob", who)
    assert salon.answered(1) == [("bob", [f"tea {number}" for number in (4, 3, 2, 1, 0)])]
    assert len(charges) == 1


def test_it_does_not_go_on_for_ever(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is kept from finding something is not told that there is more."""
    monkeypatch.setattr(module, "CANDIDATES", 10)
    say(salon.history, "tea")
    for number in range(100):
        say(salon.history, "secret tea", room=f"#den{number}")
    charges: list[None] = []
    closed = [f"#den{number}" for number in range(100)]
    salon.ask("bob", replace(asker(*closed), charge=lambda: charges.append(None)))
    assert salon.answered(1) == [("bob", [])]
    assert len(charges) == module.ROUNDS


def test_some_lines_of_a_room(salon: Salon) -> None:
    """A room of which a line may not be read is not left out for that."""
    say(salon.history, *(f"tea {number}" for number in range(40)))
    who = replace(
        asker(), may_read=lambda m: int(m.params[1][4:]) % 10 == 0, is_shut_out=lambda _: False
    )
    salon.ask("bob", who, limit=3)
    assert salon.answered(1) == [("bob", ["tea 30", "tea 20", "tea 10"])]


def test_only_a_few_candidates_are_looked_at_in_a_tick(salon: Salon) -> None:
    """For each, a room's bans may have to be matched."""
    say(salon.history, *(f"tea {number}" for number in range(95)))
    asked = 0
    most = 0

    def may_read(_message: Message) -> bool:
        nonlocal asked
        asked += 1
        return True

    salon.ask("bob", replace(asker(), may_read=may_read), limit=95)
    while not salon.answers:
        before = asked
        for call, mask in salon.loop.select(salon.timers.wait(time.monotonic())):
            call(mask)
        salon.timers.run(time.monotonic())
        salon.workers.collect()
        most = max(most, asked - before)
    assert asked == 95
    assert 0 < most <= 20  # the answer's end and a timer may come in one tick


def test_a_room_that_is_sealed_while_it_is_searched(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has faded, so that everybody may read it: but not what was said behind its door, though
    the process has read it before."""
    say(salon.history, "secret tea", room="#Den")
    real = module.Searches._sift

    def sift(searches: module.Searches, search: _Search, candidates: int, suffix: str) -> None:
        salon.service.seal("#den", NOW)
        real(searches, search, candidates, suffix)

    monkeypatch.setattr(module.Searches, "_sift", sift)
    salon.ask("bob", asker())
    assert salon.answered(1) == [("bob", [])]


def test_a_bug_in_the_rights_costs_one_search(
    salon: Salon, caplog: pytest.LogCaptureFixture
) -> None:
    say(salon.history, "tea")
    salon.ask("bob", replace(asker(), may_read=lambda _: 1 // 0 == 0))
    salon.ask("carol", asker())
    (_, error), carol = salon.answered(2)
    assert isinstance(error, HistoryError)
    assert carol == ("carol", ["tea"])
    assert "Unhandled exception in a search" in caplog.text


def test_a_bug_in_the_answer_costs_one_search(salon: Salon) -> None:
    """Not the next one, which has begun by then."""
    say(salon.history, "tea")

    def found(_: list[Message] | HistoryError) -> None:
        raise ZeroDivisionError

    salon.service.find(TEA, 10, asker(), "", found)
    salon.ask("carol", asker())
    assert salon.answered(1) == [("carol", ["tea"])]


# The process


def stopped(salon: Salon) -> int:
    """Its number, once it has searched something and stands still."""
    salon.ask("first", asker())
    salon.answered(1)
    salon.answers.clear()
    os.kill(salon.pid, signal.SIGSTOP)
    return salon.pid


def test_a_search_that_takes_too_long_is_abandoned(
    salon: Salon, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its process is killed, and the next search has another."""
    caplog.set_level("INFO")
    say(salon.history, "tea")
    pid = stopped(salon)
    with monkeypatch.context() as patch:
        patch.setattr(module, "SECONDS", 0.02)
        salon.ask("slow", visitor("slow"))
        (_, error) = salon.answered(1)[0]
    assert isinstance(error, SearchTooLong)
    salon.ask("next", visitor("next"))
    assert salon.answered(2)[1] == ("next", ["tea"])
    assert salon.pid != pid
    salon.until(lambda: is_gone(pid))
    assert "A search was stopped" in caplog.text


def test_a_part_of_the_result_is_not_given_for_the_whole(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The further round, below what may not be read, took too long: so the search failed."""
    say(salon.history, "tea", *["other"] * 10)
    say(salon.history, "secret tea", room="#den")
    say(salon.history, "new tea")

    def charge() -> None:
        os.kill(salon.pid, signal.SIGSTOP)
        monkeypatch.setattr(module, "SECONDS", 0.02)

    salon.ask("bob", replace(asker("#den"), charge=charge), limit=2)
    (_, error) = salon.answered(1)[0]
    assert isinstance(error, SearchTooLong)


GIVES_UP = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    print("{}", flush=True)
"""


def test_a_search_that_looks_at_too_many_rows(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process gives it up by itself, and stays."""
    command = [sys.executable, "-c", GIVES_UP]
    monkeypatch.setattr(search_process, "command", lambda _: command)
    salon.ask("one", asker())
    salon.ask("two", asker())
    assert [type(error) for _, error in salon.answered(1)] == [SearchTooLong]
    pid = salon.pid
    assert [type(error) for _, error in salon.answered(2)] == [SearchTooLong] * 2
    assert salon.pid == pid


def test_the_end_waits_for_no_search(tmp_path: Path) -> None:
    """It is killed, and gone when `close` returns; nobody is called back after that."""
    salon = Salon(tmp_path)
    say(salon.history, "tea")
    pid = stopped(salon)
    for number in range(5):
        salon.ask("late", visitor(f"late{number}"))
    salon.until(lambda: not salon.workers._pool._work_queue.qsize())
    salon.close()
    assert is_gone(pid)
    assert salon.answers == []


def test_a_process_that_somebody_kills(salon: Salon, caplog: pytest.LogCaptureFixture) -> None:
    """The search fails, and the next has another process."""
    say(salon.history, "tea")
    pid = stopped(salon)
    salon.ask("unlucky", asker())
    os.kill(pid, signal.SIGKILL)
    assert isinstance(salon.answered(1)[0][1], HistoryError)
    assert "The search process ended unexpectedly" in caplog.text
    salon.ask("next", asker())
    assert salon.answered(2)[1] == ("next", ["tea"])


def test_a_process_that_ends_while_its_candidates_are_sifted(salon: Salon) -> None:
    """That search fails; the next one, which begins at once, finds what there is."""
    say(salon.history, *(f"tea {number}" for number in range(30)))

    def may_read(_message: Message) -> bool:
        if salon.service.searches._child and not ended:
            ended.append(salon.pid)
            os.kill(salon.pid, signal.SIGKILL)
            salon.service.searches._child._process.wait()
        return True

    ended: list[int] = []
    salon.ask("unlucky", replace(visitor("unlucky"), may_read=may_read), limit=30)
    salon.ask("next", visitor("next"), limit=30)
    (_, error), following = salon.answered(2)
    assert isinstance(error, HistoryError)
    assert following == ("next", [f"tea {number}" for number in reversed(range(30))])


def test_an_idle_process_ends(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    say(salon.history, "tea")
    salon.ask("bob", asker())
    pid = salon.pid
    salon.answered(1)
    monkeypatch.setattr(module, "REAP_SECONDS", 0.01)
    salon.until(lambda: salon.service.searches.pid is None and is_gone(pid))
    salon.ask("bob", asker())
    assert salon.answered(2)[1] == ("bob", ["tea"])


def test_it_only_reads(salon: Salon) -> None:
    """While somebody holds the history's lock, and while it has the files open for long."""
    say(salon.history, "tea")
    salon.ask("bob", asker())
    salon.answered(1)
    with stranger(salon.directory, "BEGIN IMMEDIATE"):
        salon.ask("carol", asker())
        assert salon.answered(2)[1] == ("carol", ["tea"])
    os.kill(salon.pid, signal.SIGSTOP)
    salon.service.record("#general", said("more tea"), NOW)
    salon.commit()
    assert salon.history.pending == 0
    os.kill(salon.pid, signal.SIGCONT)


def test_an_index_that_is_made_anew_is_seen(salon: Salon) -> None:
    """As another file, by the same process."""
    say(salon.history, "tea")
    salon.ask("bob", asker())
    salon.answered(1)
    pid = salon.pid
    salon.service._index.close()
    salon.service._index._connection = None
    for end in ("", "-wal", "-shm"):
        (salon.directory / f"search.db{end}").unlink(missing_ok=True)
    say(salon.history, "more tea")
    salon.ask("carol", asker())
    assert salon.answered(2)[1] == ("carol", ["more tea", "tea"])
    assert salon.pid == pid


def an_old_directory(directory: Path) -> None:
    """One whose index an older version has made."""
    history = History(directory, "process")
    say(history, *(f"tea {number}" for number in range(9)))
    history.close()
    index = search.SearchIndex(directory)
    index.update()
    index.close()
    ask(directory, "INSERT INTO words (words) VALUES ('delete-all')", name="search.db")
    ask(directory, f"PRAGMA user_version = {search.INDEX_VERSION - 1}", name="search.db")


def test_a_search_misses_nothing_while_an_old_index_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, some messages at a time; or it says why not, rather than find a part."""
    an_old_directory(tmp_path)
    monkeypatch.setattr(module, "AT_ONCE", 2)
    salon = Salon(tmp_path)
    try:
        monkeypatch.setattr(module, "INDEX_SECONDS", 0.0)
        salon.ask("alice", visitor("alice"))
        ((_, error),) = salon.answered(1)
        assert isinstance(error, IndexBehind)
        assert str(error) == "The search index is behind; try again in a minute"
        monkeypatch.setattr(module, "INDEX_SECONDS", 600.0)
        salon.ask("bob", visitor("bob"))
        assert salon.answered(2)[1] == ("bob", [f"tea {number}" for number in reversed(range(9))])
    finally:
        salon.close()


def test_indexing_lets_a_search_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In between two batches, however many there are."""
    monkeypatch.setattr(search, "BATCH", 10)
    history = History(tmp_path, "process")
    say(history, *(f"tea {number}" for number in range(500)))
    history.close()
    index = search.SearchIndex(tmp_path)
    order: list[str] = []
    first_batch, asked = threading.Event(), threading.Event()
    real = search._index_batch

    def batch(connection: Any, most: int) -> int:
        order.append(threading.current_thread().name)
        first_batch.set()
        asked.wait(15)
        return real(connection, most)

    monkeypatch.setattr(search, "_index_batch", batch)
    upkeep = threading.Thread(target=index.update, name="upkeep")
    upkeep.start()
    assert first_batch.wait(15)
    searcher = threading.Thread(target=lambda: index.update(10), name="search")
    searcher.start()
    deadline = time.monotonic() + 15
    while not index._lock._door.locked() and time.monotonic() < deadline:
        pass
    asked.set()
    searcher.join()
    upkeep.join()
    index.close()
    assert order[:2] == ["upkeep", "search"]

"""What is under way comes to its end before a snapshot is taken, and nothing new begins."""

import socket
import threading
from concurrent.futures import Future
from itertools import count
from math import inf

import pytest

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers
from chatroom.server.account_keeper import answer_of
from chatroom.server.doors import door
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.handshake import HandshakeDoor
from chatroom.server.tries import Tries
from chatroom.server.upgrade.moving import StillUnderWay
from chatroom.server.upgrade.quiesce import Busy, is_calm, quiesce, release, under_way
from chatroom.server.upgrade.snapshot import take
from chatroom.wire.reference import HistoryError
from harness import PATIENCE, Client
from server.conftest import session_of
from web_client import WebClient, request

from .conftest import MovingHouse
from .test_doors import connect, rest

ROOMS = ",".join(f"#room{number}" for number in range(20))


def slowly(house: MovingHouse) -> None:
    """From now on each look at the stopwatch takes longer than a turn has."""
    ticks = count()
    house.server.stopwatch = lambda: next(ticks) / 1000


def test_an_answer_comes_to_its_end(moving: MovingHouse) -> None:
    """And the line behind it is carried out by the other process, as are those that nobody has
    read."""
    alice = moving.join("alice")
    slowly(moving)
    alice.send(f"JOIN {ROOMS}", "PING between")
    moving.until(lambda: session_of(moving, "alice").answer is not None)
    with pytest.raises(StillUnderWay):
        take(moving.server)
    assert under_way(moving.server) == {"connections with something unfinished": 1}
    alice.send("PING last")
    quiesce(moving.server, PATIENCE)
    moving.server.stopwatch = lambda: 0.0
    moving.move()
    lines = moving.settle(alice).seen
    assert sum(" 366 " in line for line in lines) == 20
    assert [line.split()[-1] for line in lines if " PONG " in line][-3:-1] == [":between", ":last"]


def test_nobody_waits_for_a_reader_who_does_not_read(
    moving: MovingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is written nevertheless: the rest goes along, unsent."""
    monkeypatch.setattr(door, "BRAKE", 1024)
    alice = connect(moving)
    (connection,) = moving.server.doors
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    alice.sendall(b"NICK alice\r\nUSER a 0 * :a\r\n")
    rest(moving)
    alice.sendall(b"PING :unread\r\n" * 400)
    rest(moving)
    slowly(moving)
    alice.sendall(f"JOIN {ROOMS}\r\nPING behind\r\n".encode())
    moving.until(lambda: session_of(moving, "alice").answer is not None)
    assert connection.backlog > door.BRAKE
    quiesce(moving.server, 1.0)
    moving.server.stopwatch = lambda: 0.0
    moving.move()
    client = Client(alice)
    while not any("behind" in line for line in client.seen):
        rest(moving)
        client.line()
    assert sum(" 366 " in line for line in client.seen) == 20


def test_a_job_of_a_worker(moving: MovingHouse) -> None:
    """Its result is handed over first."""
    done: list[Future[int]] = []
    moving.server.workers.submit(lambda: 1, done.append)
    assert not is_calm(moving.server)
    quiesce(moving.server, PATIENCE)
    assert [one.result() for one in done] == [1]


def test_what_does_not_end(moving: MovingHouse) -> None:
    """Then there is no upgrade, and the server goes on."""
    alice, never = moving.join("alice"), threading.Event()
    moving.server.workers.submit(never.wait, lambda _done: None)
    with pytest.raises(Busy, match="1 jobs of workers"):
        quiesce(moving.server, 0.05)
    alice.send("PING still")
    release(moving.server)
    moving.settle(alice)
    assert any(line.endswith(":still") for line in alice.seen)
    never.set()


def test_a_request_that_is_not_complete(moving: MovingHouse) -> None:
    """It is refused, and a program tries again; one that comes in time is answered."""
    slow = WebClient(moving.connect().sock, moving.tick)
    quick = WebClient(moving.connect().sock, moving.tick)
    for web in (slow, quick):
        web.sock.sendall(request("POST", "/rooms/den", b"hello")[:-3])
    quick.sock.sendall(b"llo")
    moving.until(lambda: under_way(moving.server)["connections with something unfinished"] == 1)
    quiesce(moving.server, 0.1)
    moving.server.timers.at(0.0, lambda: None)
    release(moving.server)
    assert quick.reply().status == 401
    moving.until(lambda: len(moving.server.doors) == 1)
    data = slow.sock.recv(4096)
    assert data.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 1\r\n" in data
    assert b"try again" in data


def test_nobody_waits_for_a_peer_that_has_stopped(moving: MovingHouse) -> None:
    """In the middle of a handshake, or of a request: however much time there is, it is over."""
    silent = moving.connect()
    (greeter,) = moving.server.doors.values()
    handshake = HandshakeDoor(moving.server.door_host, greeter.arrived_at, Greeter)
    greeter.switch_to(handshake)
    web = WebClient(moving.connect().sock, moving.tick)
    web.sock.sendall(request("POST", "/rooms/den", b"hello")[:-3])
    moving.until(lambda: under_way(moving.server)["connections with something unfinished"] == 2)
    assert not any(one.is_stalled for one in moving.server.doors.values())
    assert not is_calm(moving.server)
    for one in moving.server.doors.values():
        one.heard_at -= 2 * door.STALLED
    assert is_calm(moving.server)
    quiesce(moving.server, inf)
    assert all(one.closing for one in moving.server.doors)
    silent.close()


def test_tries_that_wait() -> None:
    """They are refused as if there were too many; the one that is made is not."""
    loop, begun, may_end = Loop(), threading.Event(), threading.Event()
    workers = Workers(loop, 1)
    tries: Tries[Answer] = Tries(workers, 9, 9)
    answers: list[Answer] = []

    def job() -> Answer:
        begun.set()
        may_end.wait()
        return Answer(Verdict.DONE)

    for _ in range(3):
        tries.add("", job, lambda future: answers.append(answer_of(future)))
    begun.wait()
    tries.drop()
    assert [one.verdict for one in answers] == [Verdict.TOO_OFTEN] * 2
    may_end.set()
    while workers.pending:
        loop.select(PATIENCE)
        workers.collect()
    assert answers[-1].verdict is Verdict.DONE
    workers.close()
    loop.close()


def test_a_search_that_takes_too_long(moving: MovingHouse) -> None:
    """Its client is told, and does not wait for ever."""
    moving.server.open_history()
    alice = moving.join("alice", "#den")
    alice.send("SEARCH text=tea")
    assert moving.server.history is not None
    searches = moving.server.history.searches
    moving.until(lambda: not searches.is_idle)
    searches.stop(HistoryError("The search was interrupted; search again"))
    assert searches.is_idle
    moving.settle(alice)
    assert any("FAIL SEARCH " in line for line in alice.seen)


def test_a_history_that_cannot_be_written(moving: MovingHouse) -> None:
    """Its messages wait in memory, where another process would not find them."""
    moving.server.open_history()
    assert moving.server.history is not None
    commit = moving.server.history._commit
    commit.failing, commit._retry_at = True, inf
    with pytest.raises(Busy, match="cannot be written"):
        quiesce(moving.server, PATIENCE)
    commit.failing = False


def test_background_work_is_held_back(moving: MovingHouse) -> None:
    """Until the server goes on."""
    moving.server.open_history()
    history = moving.server.history
    assert history is not None
    quiesce(moving.server, PATIENCE)
    done: list[Future[int]] = []
    history._writes.submit(lambda: 1, done.append)
    assert is_calm(moving.server)
    assert not history._history.sparing
    release(moving.server)
    assert not is_calm(moving.server)
    moving.until(lambda: done)

"""A tick's last step but one: what was said in a row, and what one is told besides."""

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chatroom.net.ring import Ring
from chatroom.server import server
from harness import Client

from .conftest import House, session_of


def lines_of(client: Client) -> list[str]:
    """What has come in one piece."""
    return client.sock.recv(1 << 20).decode().splitlines()


def sends_of_a_tick(house: House) -> Counter[Any]:
    """How many `send`s of the socket's own it makes, by the peers' addresses."""
    sends: Counter[Any] = Counter()
    send = socket.socket.send

    def counting(sock: socket.socket, data: bytes) -> int:
        sends[sock.getpeername()] += 1
        return send(sock, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "send", counting)
        house.tick()
    return sends


def test_a_row_and_a_reply_are_one_send(house: House) -> None:
    """For each connection and tick, in the order in which it happened."""
    alice, bob, carol = (house.join(nick, "#room") for nick in ("alice", "bob", "carol"))
    house.settle(bob), house.settle(alice)
    session_of(house, "bob").tell("NOTICE", "bob", "1")
    alice.send("PRIVMSG #room 2", "PRIVMSG #room 3")
    assert sends_of_a_tick(house) == {client.sock.getsockname(): 1 for client in (bob, carol)}
    assert [line[-1] for line in lines_of(carol)] == ["2", "3"]
    assert [line[-1] for line in lines_of(bob)] == ["1", "2", "3"]


def test_what_was_said_comes_before_the_goodbye(house: House) -> None:
    """Also when the server is stopped in that very tick."""
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    pat = house.connect().send("pat", "room")
    house.until(lambda: len(house.server.world.rooms["#room"].members) == 3)
    house.settle(alice), house.settle(bob)
    pat.read_until("Welcome to room")
    alice.send("PRIVMSG #room :last words")
    house.server.timers.at(0, house.server.stop)
    house.tick()
    *_, said, goodbye = lines_of(bob)
    assert said.endswith("PRIVMSG #room :last words")
    assert goodbye.startswith("ERROR")
    assert [line[-10:] for line in lines_of(pat)][-2] == "last words"


def test_what_was_said_comes_before_a_persons_answer(house: House) -> None:
    """The plain door has no numerics to tell them apart."""
    alice = house.join("alice", "#room")
    pat = house.connect().send("pat", "room")
    house.until(lambda: len(house.server.world.rooms["#room"].members) == 2)
    house.settle(alice)
    pat.read_until("Welcome to room")
    door = next(one for one in house.server.doors.values() if one.session.user.nick == "pat")
    alice.send("PRIVMSG #room :before")
    house.server.timers.at(0, lambda: door.handle(b"/who"))
    house.tick()
    *_, said, answer = lines_of(pat)
    assert said.endswith("before")
    assert answer.startswith("In room")


@pytest.mark.usefixtures("ring")
def test_with_io_uring_all_is_the_same(house: House) -> None:
    """One call for those who only listen; for whom something else waits, theirs, in its order."""
    house.server.ring = Ring()
    alice, bob, *others = (house.join(f"m{number}", "#room") for number in range(Ring.LEAST + 2))
    for client in (alice, bob, *others):
        house.settle(client)
    session_of(house, "m1").tell("NOTICE", "m1", "1")
    alice.send("PRIVMSG #room 2", "PRIVMSG #room 3")
    assert sends_of_a_tick(house) == {bob.sock.getsockname(): 1}
    assert [line[-1] for line in lines_of(bob)] == ["1", "2", "3"]
    for client in others:
        assert [line[-1] for line in lines_of(client)] == ["2", "3"]


def test_a_tick_writes_to_a_limited_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd is told over several ticks, and nobody has read what is still on its way."""
    house.server.open_history()
    monkeypatch.setattr(server, "RECIPIENTS", 2)
    alice, *others = clients = [house.join(f"m{number}", "#room") for number in range(6)]
    for client in clients:
        house.settle(client)
    house.until(lambda: not house.server.is_writing)
    marks, log = house.server.world.read_marks, house.server.world.log
    before, written = log.position, []
    assert marks.flushed == before
    alice.send("PRIVMSG #room 1")
    while log.position == before:
        written.append(sends_of_a_tick(house))
    assert marks.flushed == before
    alice.send("PRIVMSG #room 2", "PRIVMSG m5 3")
    while house.server.is_writing or log.position < before + 2:
        written.append(sends_of_a_tick(house))
    assert marks.flushed == before + 2
    assert max(sends.total() for sends in written) <= 4  # parcels and outboxes, two each
    expected = [["1", "2"]] * 4 + [["1", "2", "3"]]
    assert [[line[-1] for line in lines_of(client)] for client in others] == expected


def test_outboxes_are_a_limited_number_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "RECIPIENTS", 2)
    clients = [house.join(f"m{number}", "#room") for number in range(5)]
    for client in clients:
        house.settle(client)
    house.until(lambda: not house.server.is_writing)
    for number in range(5):
        session_of(house, f"m{number}").tell("NOTICE", f"m{number}", "x")
    assert [sends_of_a_tick(house).total() for _ in range(3)] == [2, 2, 1]


class Faulty:
    """A socket that has a bug of ours in it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: bytes) -> int:
        raise RuntimeError(f"a bug, met with {len(data)} bytes")


def test_a_bug_in_sending_costs_its_finder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Though many are written to in one go."""
    house = House(tmp_path)
    house.forgiving = True
    alice, _finder, carol = (house.join(nick, "#room") for nick in ("alice", "finder", "carol"))
    house.settle(alice), house.settle(carol)
    connection: Any = session_of(house, "finder").peer
    connection.sock = Faulty(connection.sock)
    alice.send("PRIVMSG #room :hello")
    house.until(lambda: house.server.world.find("finder") is None)
    assert "a bug, met with" in caplog.text
    house.settle(alice), house.settle(carol)
    assert any(line.endswith("PRIVMSG #room :hello") for line in carol.seen)
    house.server.end()
